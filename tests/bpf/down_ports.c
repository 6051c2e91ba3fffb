// SPDX-License-Identifier: GPL-2.0-or-later
/* Ports that are down at the start. */
#include <net/if.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "bpf/dp_rig.h"

static void set_up_generic(void)
{
	rig_up(DP_GENERIC);
}

TestSuite(down_ports, .init = set_up_generic, .fini = rig_down, .timeout = 60);

/* Generic XDP gives a packet up at the first receiver that is down. */
Test(down_ports, one_that_is_down_at_the_start_costs_no_other_a_frame)
{
	char name[] = "p0";

	dataplane_close(rig_dp);
	cr_assert_eq(system("ip link set p1 down"), 0);
	cr_assert_eq(rig_open(DP_GENERIC, &rig_dp), 0, "%s", rig_error);
	for (unsigned int i = 0; i < PORTS; i++, name[1]++) {
		rig_attach(i, if_nametoindex(name));
		dataplane_link(rig_dp, i, i != 1);
	}
	cr_assert_eq(rig_flow_set(1, 14), 0);
	cr_assert_eq(dataplane_start(rig_dp, rig_error), 0, "%s", rig_error);
	rig_forwards(20, 4 | 8);
	cr_assert_eq(system("ip link set p1 up"), 0);
	dataplane_link(rig_dp, 1, true);
	rig_forwards(20, 2 | 4 | 8);
}
