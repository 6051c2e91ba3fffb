// SPDX-License-Identifier: GPL-2.0-or-later
/* What a mode takes from the other end of a veth. */
#include <stdlib.h>

#include <criterion/criterion.h>

#include "bpf/dp_rig.h"

TestSuite(offloads, .fini = rig_down, .timeout = 60);

static bool peer_segments(void)
{
	return system("ethtool -k q1 | grep -q '^tcp-segmentation-offload: on'") == 0;
}

/* Unicast TCP pays for it: mupi-agent(8), CHECKS. */
Test(offloads, segmentation_is_taken_by_native_xdp_only)
{
	rig_up(DP_NATIVE);
	cr_expect_not(peer_segments());
	dataplane_detach(rig_dp, 1);
	cr_expect(peer_segments(), "without a program");
}

Test(offloads, segmentation_stays_with_generic_xdp)
{
	rig_up(DP_GENERIC);
	cr_expect(peer_segments());
}

Test(offloads, segmentation_stays_with_tc)
{
	rig_up(DP_TC);
	cr_expect(peer_segments());
}
