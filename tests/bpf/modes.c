// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames on the wire in each mode, and how `auto` chooses. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <criterion/criterion.h>

#include "bpf/dp_rig.h"
#include "io/clock.h"
#include "io/dp_internal.h"
#include "io/probe.h"
#include "lib/util.h"

static void set_up_native(void)
{
	rig_up(DP_NATIVE);
}

static void set_up_generic(void)
{
	rig_up(DP_GENERIC);
}

static void set_up_tc(void)
{
	rig_up(DP_TC);
}

static void set_up_auto(void)
{
	rig_up(DP_AUTO);
}

TestSuite(native, .init = set_up_native, .fini = rig_down, .timeout = 60);
TestSuite(generic, .init = set_up_generic, .fini = rig_down, .timeout = 60);
TestSuite(tc_mode, .init = set_up_tc, .fini = rig_down, .timeout = 60);
TestSuite(auto_mode, .init = set_up_auto, .fini = rig_down, .timeout = 60);

/* A test in each mode. */
#define EACH_MODE(name)                                                                            \
	static void name(void);                                                                    \
	Test(native, name)                                                                         \
	{                                                                                          \
		name();                                                                            \
	}                                                                                          \
	Test(generic, name)                                                                        \
	{                                                                                          \
		name();                                                                            \
	}                                                                                          \
	Test(tc_mode, name)                                                                        \
	{                                                                                          \
		name();                                                                            \
	}                                                                                          \
	static void name(void)

EACH_MODE(each_receiver_gets_each_frame_once_and_others_none)
{
	cr_assert_eq(rig_flow_set(1, 6), 0);
	rig_forwards(100, 6);
	cr_expect_eq(rig_stat(0, MUPI_STAT_FORWARDED), 100);
	cr_expect_eq(rig_flows().last.stats.packets, 100);
	cr_expect_eq(rig_flows().last.stats.bytes, 100 * RIG_FRAME);
	cr_assert_eq(rig_flow_set(1, 8), 0);
	rig_forwards(100, 8);
	cr_assert_eq(rig_flow_set(1, 0), 0);
	rig_forwards(100, 0);
	cr_expect_eq(rig_stat(0, MUPI_STAT_NO_MEMBER), 100);
	for (unsigned int i = 1; i < PORTS; i++)
		cr_expect_eq(rig_stat(i, MUPI_STAT_GUARDED), 0);
}

EACH_MODE(a_receiver_that_vanishes_breaks_no_other)
{
	cr_assert_eq(rig_flow_set(1, 14), 0);
	cr_assert_eq(system("ip link del p2"), 0);
	rig_forwards(20, 2 | 8);
	cr_assert_eq(system("ip link set p1 down"), 0);
	dataplane_link(rig_dp, 1, false);
	rig_forwards(20, 8);
	cr_expect_eq(rig_flows().last.out.w[0] & 10, 10, "what the flow shall have");
	cr_assert_eq(system("ip link set p1 up"), 0);
	dataplane_link(rig_dp, 1, true);
	rig_forwards(20, 2 | 8);
}

EACH_MODE(an_interface_is_one_port_only)
{
	struct mupi_port port = {0};

	cr_assert_eq(rig_flow_set(1, 14), 0);
	cr_expect_eq(dataplane_attach(rig_dp, 3, if_nametoindex("p1"), &port, rig_error), -EBUSY);
	cr_expect(strstr(rig_error, "another port"), "%s", rig_error);
	rig_forwards(20, 14);
}

static bool is_allmulti(const char *name)
{
	struct link_facts link;

	probe_link(name, 0, &link);
	return link.flags & IFF_ALLMULTI;
}

EACH_MODE(all_multicast_is_received_again_when_that_was_switched_off)
{
	cr_expect(is_allmulti("p1"));
	cr_assert_eq(system("ip link set p1 allmulticast off"), 0);
	cr_expect_not(is_allmulti("p1"));
	dataplane_link(rig_dp, 1, true);
	cr_expect(is_allmulti("p1"));
	dataplane_detach(rig_dp, 1);
	cr_expect_not(is_allmulti("p1"));
	cr_assert_eq(system("ip link set p1 allmulticast on"), 0);
	rig_attach(1, if_nametoindex("p1"));
	dataplane_detach(rig_dp, 1);
	cr_expect(is_allmulti("p1"), "it was so before");
}

EACH_MODE(what_came_in_does_not_go_out_there)
{
	unsigned long before = rig_received(0);

	cr_assert_eq(rig_flow_set(1, 1 | 6), 0);
	rig_forwards(20, 6);
	cr_expect_eq(rig_received(0), before);
}

EACH_MODE(the_guard_stops_the_switch_but_not_the_agent)
{
	rig_send("p1", 0, 10);
	rig_send("p1", MUPI_MARK, 10);
	cr_expect_eq(rig_stat(1, MUPI_STAT_GUARDED), 10, "%lu guarded",
		     rig_stat(1, MUPI_STAT_GUARDED));
}

static unsigned int ifindex_of(unsigned int i)
{
	char name[] = {'p', (char)('0' + i), 0};

	return if_nametoindex(name);
}

/* An IGMPv2 report and a data frame behind two tags; TC finds the outer one beside the frame. */
static const uint8_t report[] = {
	1,   0, 0x5e, 1, 1, 1, 2, 0, 0, 0, 0, 9,  0x88, 0xa8, 0, 7,   0x81, 0, 0, 9,	8, 0, 0x45,
	0,   0, 28,   0, 0, 0, 0, 1, 2, 0, 0, 10, 0,	0,    9, 239, 1,    1, 1, 0x16, 0, 0, 0,
	239, 1, 1,    1, 0, 0, 0, 0, 0, 0, 0, 0,  0,	0,    0, 0,   0,    0, 0, 0,	0,
};

static void wait_for_punt(void)
{
	for (int ms = 0; ms < 10000 && !rig_punt.len; ms++) {
		dataplane_poll(rig_dp);
		usleep(1000);
	}
}

EACH_MODE(tags_are_kept)
{
	uint8_t data[RIG_FRAME] = {0};
	unsigned long before = rig_received(1);

	memcpy(data, report, sizeof(report));
	data[31] = 17;
	memcpy(data + 38, (uint8_t[]){239, 0, 0, 1}, 4);
	cr_assert_eq(rig_flow_set(1, 2), 0);
	rig_send_bytes("q0", 0, data, sizeof(data));
	cr_expect_eq(rig_more(1, before, 1), 1);
	cr_expect_eq(rig_flows().last.stats.bytes, sizeof(data));
	rig_send_bytes("q1", 0, report, sizeof(report));
	wait_for_punt();
	cr_assert_eq(rig_punt.len, sizeof(report), "%u", rig_punt.len);
	cr_expect_eq(rig_punt_index, 1);
	cr_expect_eq(rig_punt.wire_len, sizeof(report));
	cr_expect_eq(rig_punt.l3_offset, 22);
	cr_expect(!memcmp(rig_punted, report, sizeof(report)), "bytes");
}

Test(native, what_a_former_agent_left_unread_is_of_the_port_as_it_is_now)
{
	rig_send_bytes("q1", 0, report, sizeof(report));
	for (int ms = 0; ms < 10000 && !rig_stat(1, MUPI_STAT_PUNTED); ms++)
		usleep(1000);
	dataplane_close(rig_dp);
	cr_assert_eq(rig_open(DP_NATIVE, &rig_dp), 0, "%s", rig_error);
	rig_attach(0, ifindex_of(0));
	rig_attach(1, ifindex_of(2));
	rig_attach(2, ifindex_of(1));
	cr_assert_eq(rig_punt.len, 0);
	cr_assert_eq(dataplane_start(rig_dp, rig_error), 0, "%s", rig_error);
	cr_assert_eq(rig_punt.len, sizeof(report), "%u", rig_punt.len);
	cr_expect_eq(rig_punt_index, 2);
}

/* A host reports as much at once as its MTU has room for. */
static void a_report_over_jumbo_frames_is_whole(void)
{
	static uint8_t jumbo[9014];

	for (unsigned int i = 0; i < sizeof(jumbo); i++)
		jumbo[i] = (uint8_t)(i * 7);
	memcpy(jumbo, report, 12);
	memcpy(jumbo + 12, report + 20, 26); /* without its tags */
	memcpy(jumbo + 16, (uint8_t[]){9000 >> 8, 9000 & 0xff}, 2);
	cr_assert_eq(system("ip link set p1 mtu 9000 && ip link set q1 mtu 9000"), 0);
	rig_send_bytes("q1", 0, jumbo, sizeof(jumbo));
	wait_for_punt();
	cr_assert_eq(rig_punt.len, sizeof(jumbo), "%u of %u", rig_punt.len, rig_punt.wire_len);
	cr_expect(!memcmp(rig_punted, jumbo, sizeof(jumbo)), "bytes");
}

Test(tc_mode, a_report_over_jumbo_frames_is_whole)
{
	a_report_over_jumbo_frames_is_whole();
}

Test(generic, a_report_over_jumbo_frames_is_whole)
{
	a_report_over_jumbo_frames_is_whole();
}

/* Another agent, with a pin folder of its own, wants port 1. */
static int start_beside(enum dataplane_mode mode)
{
	struct dataplane_params params = {
		.pin_dir = PIN_DIR "-other",
		.n_ports = PORTS,
		.mode = mode,
	};
	struct mupi_port port = {0};
	struct dataplane *other;
	int r = dataplane_open(&params, NULL, NULL, &other, rig_error);

	cr_assert_eq(r, 0, "%s", rig_error);
	r = dataplane_attach(other, 0, ifindex_of(1), &port, rig_error);
	cr_assert_eq(r, 0, "%s", rig_error);
	r = dataplane_start(other, rig_error);
	dataplane_close(other);
	return r;
}

EACH_MODE(a_port_is_of_one_agent_only)
{
	cr_assert_eq(rig_flow_set(1, 6), 0);
	for (enum dataplane_mode mode = DP_AUTO; mode <= DP_TC; mode++) {
		cr_expect_eq(start_beside(mode), -EBUSY, "mode %d", mode);
		cr_expect(strstr(rig_error, "another mupi-agent"), "%s", rig_error);
	}
	cr_expect(dataplane_holds(rig_dp, 1));
	rig_forwards(20, 6);
}

static void start_another(enum dataplane_mode mode)
{
	dataplane_close(rig_dp);
	cr_assert_eq(rig_open(mode, &rig_dp), 0, "%s", rig_error);
	for (unsigned int i = 0; i < PORTS; i++)
		rig_attach(i, ifindex_of(i));
	cr_assert_eq(rig_flow_set(1, 6), 0);
	cr_assert_eq(dataplane_start(rig_dp, rig_error), 0, "%s", rig_error);
}

Test(tc_mode, other_agents_and_other_modes_take_over_without_a_gap)
{
	start_another(DP_NATIVE);
	cr_expect_str_eq(dataplane_mode_name(rig_dp, 0), "native");
	rig_forwards(20, 6);
	cr_expect_eq(rig_stat(0, MUPI_STAT_FORWARDED), 20);
}

/* As a start leaves them that is killed once it has pinned its links, before the others went. */
static void pin_twice(void)
{
	char path[128], name[16];
	int link;

	snprintf(path, sizeof(path), PIN_DIR "/v%d-new", MUPI_DP_VERSION);
	cr_assert_eq(mkdir(path, 0700), 0, "%s: %m", path);
	for (unsigned int i = 0; i < PORTS; i++) {
		snprintf(name, sizeof(name), "xdp-%u", i);
		link = rig_pinned(name);
		cr_assert_geq(link, 0, "%s: %m", name);
		snprintf(path, sizeof(path), PIN_DIR "/v%d-new/xdp-%u", MUPI_DP_VERSION, i);
		cr_assert_eq(bpf_obj_pin(link, path), 0, "%s: %m", path);
		close(link);
	}
}

Test(native, an_agent_starts_after_one_that_was_killed_in_its_start)
{
	pin_twice();
	start_another(DP_NATIVE);
	rig_forwards(20, 6);
}

static void expect_programs(void)
{
	for (unsigned int i = 0; i < PORTS; i++) {
		uint32_t id = 0;

		cr_expect_eq(bpf_xdp_query_id((int)ifindex_of(i), 0, &id), 0);
		cr_expect_neq(id, 0, "port %u", i);
	}
}

/* The links of the former agent are on interfaces of other namespaces, with the same numbers. */
static void starts_in_another_namespace(enum dataplane_mode mode)
{
	int former = open("/proc/thread-self/ns/net", O_RDONLY); /* it stays */
	unsigned int before = ifindex_of(0);

	cr_assert_geq(former, 0);
	cr_assert_eq(unshare(CLONE_NEWNET), 0);
	for (unsigned int i = 0; i < PORTS; i++)
		rig_veth(i);
	cr_assert_eq(ifindex_of(0), before);
	start_another(mode);
	expect_programs();
	/* Once more, as usual. */
	start_another(mode);
	expect_programs();
	close(former);
}

Test(native, an_agent_starts_in_another_namespace)
{
	starts_in_another_namespace(DP_NATIVE);
}

/* ---- auto ---- */

Test(auto_mode, takes_native_xdp_when_every_port_can)
{
	for (unsigned int i = 0; i < PORTS; i++)
		cr_expect_str_eq(dataplane_mode_name(rig_dp, i), "native");
	cr_assert_eq(rig_flow_set(1, 6), 0);
	rig_forwards(20, 6);
}

Test(auto_mode, goes_over_to_tc_when_a_port_cannot)
{
	cr_assert_eq(rig_flow_set(1, 6), 0);
	cr_assert_eq(system("ethtool -K q2 gro off"), 0);
	dataplane_link(rig_dp, 2, true);
	for (unsigned int i = 0; i < PORTS; i++)
		cr_expect_str_eq(dataplane_mode_name(rig_dp, i), "tc");
	rig_reasons("p2: no redirect target");
	rig_reasons("`ethtool -K q2 gro on`");
	rig_forwards(20, 6);
}

static void look_after(usec_t since_change)
{
	rig_dp->changed = clock_usec() - since_change;
	dataplane_features_read(rig_dp);
	dataplane_heartbeat(rig_dp, 60 * USEC_PER_SEC);
}

Test(auto_mode, returns_to_native_xdp_when_every_port_can_again)
{
	struct pollfd fd = {.fd = dataplane_features_fd(rig_dp), .events = POLLIN};

	cr_assert_eq(rig_flow_set(1, 6), 0);
	cr_assert_eq(system("ethtool -K q2 gro off"), 0);
	look_after(0);
	cr_assert_str_eq(dataplane_mode_name(rig_dp, 0), "tc");
	look_after(60 * USEC_PER_SEC);
	cr_expect_str_eq(dataplane_mode_name(rig_dp, 0), "tc", "with the obstacle");
	cr_assert_eq(system("ethtool -K q2 gro on"), 0);
	cr_assert_eq(poll(&fd, 1, 10000), 1);
	look_after(0);
	cr_expect_str_eq(dataplane_mode_name(rig_dp, 0), "tc", "at once");
	look_after(60 * USEC_PER_SEC);
	for (unsigned int i = 0; i < PORTS; i++)
		cr_expect_str_eq(dataplane_mode_name(rig_dp, i), "native");
	rig_reasons("every port can again");
	rig_forwards(20, 6);
	/* And not for ever to and fro. */
	cr_assert_eq(system("ethtool -K q2 gro off"), 0);
	look_after(0);
	cr_assert_eq(system("ethtool -K q2 gro on"), 0);
	look_after(60 * USEC_PER_SEC);
	cr_expect_str_eq(dataplane_mode_name(rig_dp, 0), "tc", "a second time in a minute");
	rig_forwards(20, 6);
}

Test(auto_mode, stays_with_tc_and_loses_nothing_where_xdp_is_refused)
{
	int prog = rig_dp->xdp_prog;

	cr_assert_eq(rig_flow_set(1, 6), 0);
	cr_assert_eq(system("ethtool -K q2 gro off"), 0);
	look_after(0);
	cr_assert_eq(system("ethtool -K q2 gro on"), 0);
	rig_dp->xdp_prog = rig_dp->tc_prog;
	look_after(60 * USEC_PER_SEC);
	rig_dp->xdp_prog = prog;
	cr_expect_str_eq(dataplane_mode_name(rig_dp, 0), "tc");
	rig_forwards(20, 6);
	look_after(60 * USEC_PER_SEC);
	cr_expect_str_eq(dataplane_mode_name(rig_dp, 0), "tc", "it is not tried for ever");
}

/* With no more than the kernel's word. */
Test(auto_mode, hears_of_changed_features)
{
	struct pollfd fd = {.fd = dataplane_features_fd(rig_dp), .events = POLLIN};

	cr_assert_geq(fd.fd, 0);
	dataplane_features_read(rig_dp);
	cr_expect_str_eq(dataplane_mode_name(rig_dp, 2), "native");
	cr_assert_eq(rig_flow_set(1, 6), 0);
	cr_assert_eq(system("ethtool -K q2 gro off"), 0);
	cr_assert_eq(poll(&fd, 1, 10000), 1);
	dataplane_features_read(rig_dp);
	cr_expect_str_eq(dataplane_mode_name(rig_dp, 2), "tc");
	rig_forwards(20, 6);
}

Test(auto_mode, a_new_port_without_xdp_counts_too)
{
	dataplane_detach(rig_dp, 3);
	cr_assert_eq(system("ip link add p9 type bridge && ip link set p9 up"), 0);
	rig_attach(3, if_nametoindex("p9"));
	cr_expect_str_eq(dataplane_mode_name(rig_dp, 0), "tc");
	cr_assert_eq(rig_flow_set(1, 6), 0);
	rig_forwards(20, 6);
}

static pid_t start_toggling_allmulti(unsigned int ifindex)
{
	pid_t child = fork();

	cr_assert_geq(child, 0);
	if (child)
		return child;
	for (bool on = false;; on = !on)
		dp_set_allmulti(ifindex, on);
}

/* `ip link set up` of an operator and the agent's own flag, both at once. */
Test(native, a_flag_is_set_and_no_other_is_undone)
{
	unsigned int ifindex = if_nametoindex("p1"), undone = 0;
	struct link_facts link;
	pid_t child = start_toggling_allmulti(ifindex);

	for (unsigned int i = 0; i < 100; i++) {
		cr_assert_eq(system("ip link set p1 down && ip link set p1 up"), 0);
		probe_link(NULL, ifindex, &link);
		undone += !(link.flags & IFF_UP);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	cr_expect_eq(undone, 0, "%u times of 100 the interface was not up", undone);
	dp_set_allmulti(ifindex, false);
	cr_expect(dp_set_allmulti(ifindex, true));
	cr_expect_not(dp_set_allmulti(ifindex, true), "set twice");
	probe_link(NULL, ifindex, &link);
	cr_expect(link.flags & IFF_ALLMULTI);
}
