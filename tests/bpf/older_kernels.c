// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernels older than this one: clsact in the place of tcx, and nobody who tells what drivers can
 * do. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <criterion/criterion.h>

#include "bpf/dp_rig.h"
#include "io/dp_internal.h"

static void set_up_tc(void)
{
	rig_up(DP_TC);
}

static void set_up_auto(void)
{
	rig_up(DP_AUTO);
}

TestSuite(clsact, .init = set_up_tc, .fini = rig_down, .timeout = 60);
TestSuite(untold, .init = set_up_auto, .fini = rig_down, .timeout = 60);

/* ---- before 6.6 ---- */

/* As dp_tc_attach() does it on kernels before 6.6. */
static void use_clsact(unsigned int i, enum dp_direction direction)
{
	int prog = direction == DP_INGRESS ? rig_dp->tc_prog : rig_dp->guard_prog;
	bool created;

	dp_link_drop(rig_dp,
		     direction == DP_INGRESS ? &rig_dp->ports[i].tc_link
					     : &rig_dp->ports[i].guard_link,
		     direction == DP_INGRESS ? "tc" : "guard", i);
	cr_assert_eq(dp_clsact_attach(rig_dp->ports[i].ifindex, direction, prog, &created), 0);
	if (created)
		dp_keep(rig_dp, i, MUPI_PORT_CLSACT, true);
}

static bool has_clsact(const char *name)
{
	char command[80];

	snprintf(command, sizeof(command), "tc qdisc show dev %s | grep -q clsact", name);
	return system(command) == 0;
}

Test(clsact, does_what_tcx_does)
{
	struct dp_port *ports = rig_dp->ports;

	cr_assert_eq(rig_flow_set(1, 6), 0);
	dp_link_drop(rig_dp, &ports[0].tc_link, "tc", 0);
	rig_forwards(10, 0);
	dp_link_drop(rig_dp, &ports[1].guard_link, "guard", 1);
	for (int again = 0; again < 2; again++)
		use_clsact(0, DP_INGRESS);
	use_clsact(1, DP_EGRESS);
	rig_forwards(10, 6);
	rig_send("p1", 0, 10);
	cr_expect_eq(rig_stat(1, MUPI_STAT_GUARDED), 10);
	cr_expect(dataplane_holds(rig_dp, 1));
	cr_assert_eq(system("tc qdisc del dev p1 clsact"), 0);
	cr_expect_not(dataplane_holds(rig_dp, 1));
	dataplane_detach(rig_dp, 0);
	rig_forwards(10, 0);
}

/* The filter of one agent is not put in the place of another's, nor taken away. */
Test(clsact, is_of_one_agent_only)
{
	struct dataplane_params params = {
		.pin_dir = PIN_DIR "-other", .n_ports = PORTS, .mode = DP_TC};
	struct mupi_port port = {0};
	struct dataplane *other;

	for (int direction = DP_INGRESS; direction <= DP_EGRESS; direction++)
		use_clsact(1, (enum dp_direction)direction);
	cr_assert_eq(dataplane_open(&params, NULL, NULL, &other, rig_error), 0, "%s", rig_error);
	cr_assert_eq(dataplane_attach(other, 0, if_nametoindex("p1"), &port, rig_error), 0);
	cr_expect_eq(dataplane_start(other, rig_error), -EBUSY);
	cr_expect(strstr(rig_error, "another mupi-agent"), "%s", rig_error);
	dataplane_close(other);
	cr_expect(dp_tc_is_attached(rig_dp, 1, DP_INGRESS));
	cr_expect(dp_tc_is_attached(rig_dp, 1, DP_EGRESS));
}

/* One of our own goes with the last filter, one that others use or made stays. */
Test(clsact, leaves_no_trace)
{
	cr_assert_eq(system("tc qdisc add dev p2 clsact"), 0);
	for (unsigned int i = 0; i < PORTS; i++)
		for (int direction = DP_INGRESS; direction <= DP_EGRESS; direction++)
			use_clsact(i, (enum dp_direction)direction);
	cr_assert_eq(system("tc filter add dev p3 egress prio 1 protocol ip u32 match u32 0 0"), 0);
	dataplane_detach(rig_dp, 1);
	cr_expect(!has_clsact("p1"));
	dataplane_close(rig_dp);
	rig_dp = NULL;
	cr_assert_eq(dataplane_cleanup(PIN_DIR, rig_error), 0, "%s", rig_error);
	cr_expect(!has_clsact("p0"));
	cr_expect(has_clsact("p2"));
	cr_expect(has_clsact("p3"));
}

/* ---- before 6.3 ---- */

static int tell_nothing(unsigned int ifindex, uint64_t *ret)
{
	(void)ifindex;
	(void)ret;
	return -EOPNOTSUPP;
}

/* The rig's ports once more. */
static void start_again(void)
{
	char name[] = "p0";

	dataplane_close(rig_dp);
	cr_assert_eq(rig_open(DP_AUTO, &rig_dp), 0, "%s", rig_error);
	rig_dp->features = tell_nothing;
	for (unsigned int i = 0; i < PORTS; i++, name[1]++)
		rig_attach(i, if_nametoindex(name));
	cr_assert_eq(rig_flow_set(1, 6), 0);
	cr_assert_eq(dataplane_start(rig_dp, rig_error), 0, "%s", rig_error);
}

static void expect_mode(const char *mode)
{
	for (unsigned int i = 0; i < PORTS; i++)
		cr_expect_str_eq(dataplane_mode_name(rig_dp, i), mode);
}

Test(untold, native_xdp_when_every_peer_has_gro)
{
	/* An upstream's does not matter. */
	cr_assert_eq(system("ethtool -K q0 gro off"), 0);
	start_again();
	expect_mode("native");
	rig_reasons("before 6.3");
	rig_forwards(20, 6);
}

Test(untold, tc_when_a_peer_has_no_gro)
{
	cr_assert_eq(system("ethtool -K q2 gro off"), 0);
	start_again();
	expect_mode("tc");
	rig_reasons("p2: no redirect target");
	rig_reasons("q2 has GRO off");
	rig_reasons("`ethtool -K q2 gro on`");
	rig_forwards(20, 6);
}

Test(untold, goes_over_to_tc_with_the_next_event)
{
	start_again();
	cr_assert_eq(system("ethtool -K q2 gro off"), 0);
	dataplane_link(rig_dp, 2, true);
	expect_mode("tc");
	rig_forwards(20, 6);
}

/* A namespace that has neither a name nor a process is not found, as none is without rights. */
static void hide_peer(void)
{
	char command[160], path[40];

	rig_new_netns(path);
	snprintf(command, sizeof(command),
		 "ip link set q2 netns %s && nsenter --net=%s ip link set q2 up", path, path);
	cr_assert_eq(system(command), 0);
}

Test(untold, peer_out_of_reach_is_as_it_was_when_last_seen)
{
	start_again();
	hide_peer();
	for (int again = 0; again < 2; again++) {
		dataplane_link(rig_dp, 2, true);
		expect_mode("native");
		start_again();
	}
	dp_keep(rig_dp, 2, MUPI_PORT_TARGET, false);
	dataplane_link(rig_dp, 2, true);
	expect_mode("tc");
	rig_reasons("cannot be entered");
}
