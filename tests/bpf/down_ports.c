// SPDX-License-Identifier: GPL-2.0-or-later
/* Ports that are down at the start, or gone before the agent hears of it. */
#include <net/if.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "bpf/dp_rig.h"
#include "io/clock.h"
#include "io/dp_internal.h"

static void set_up_generic(void)
{
	rig_up(DP_GENERIC);
}

static void set_up_auto(void)
{
	rig_up(DP_AUTO);
}

TestSuite(down_ports, .init = set_up_generic, .fini = rig_down, .timeout = 60);
TestSuite(gone_ports, .init = set_up_auto, .fini = rig_down, .timeout = 60);

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

static void expect_mode(unsigned int mask, const char *mode)
{
	for (unsigned int i = 0; i < PORTS; i++)
		if (mask >> i & 1)
			cr_expect_str_eq(dataplane_mode_name(rig_dp, i), mode, "port %u", i);
}

/* The port is there again. */
static void expect_all(const char *mode)
{
	dataplane_detach(rig_dp, 1);
	rig_attach(1, rig_veth(1));
	expect_mode(15, mode);
	rig_forwards(20, 14);
}

/* A namespace goes with several ports, of which the agent hears one after the other. */
Test(gone_ports, one_keeps_no_other_from_going_over_to_tc)
{
	cr_assert_eq(rig_flow_set(1, 14), 0);
	cr_assert_eq(system("ip link del p1 && ethtool -K q2 gro off"), 0);
	dataplane_link(rig_dp, 2, true);
	expect_mode(1 | 4 | 8, "tc");
	rig_forwards(20, 4 | 8);
	expect_all("tc");
}

Test(gone_ports, one_keeps_no_other_from_going_back_to_native_xdp)
{
	cr_assert_eq(rig_flow_set(1, 14), 0);
	cr_assert_eq(system("ethtool -K q2 gro off"), 0);
	dataplane_link(rig_dp, 2, true);
	expect_mode(15, "tc");
	cr_assert_eq(system("ip link del p1 && ethtool -K q2 gro on"), 0);
	rig_dp->changed = clock_usec() - 60 * USEC_PER_SEC;
	dataplane_link(rig_dp, 2, true);
	dataplane_heartbeat(rig_dp, 0);
	expect_mode(1 | 4 | 8, "native");
	rig_forwards(20, 4 | 8);
	expect_all("native");
}
