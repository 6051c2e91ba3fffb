// SPDX-License-Identifier: GPL-2.0-or-later
/* The data plane's user side. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <criterion/criterion.h>

#include "bpf/dp_rig.h"
#include "io/dp_internal.h"
#include "lib/util.h"

static void set_up(void)
{
	rig_up(DP_NATIVE);
}

TestSuite(replication, .init = set_up, .fini = rig_down, .timeout = 60);
TestSuite(pin_folder, .init = set_up, .fini = rig_down, .timeout = 60);

Test(replication, what_is_set_is_what_the_kernel_has)
{
	static const unsigned int masks[] = {0, 2, 6, 14, 8, 0, 10};

	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		struct rig_flows r;

		cr_assert_eq(rig_flow_set(1, masks[i]), 0);
		r = rig_flows();
		cr_expect_eq(r.n, 1);
		cr_expect_eq(r.last.out.w[0], masks[i], "%#x", masks[i]);
	}
}

/* A list leaves out where a frame came from, a plain redirect does not. */
Test(replication, an_upstream_is_no_receiver_of_its_own)
{
	cr_assert_eq(rig_flow_set(1, 1), 0);
	cr_expect_eq(rig_flows().last.out.w[0], 0);
	cr_assert_eq(rig_flow_set(1, 3), 0);
	cr_expect_eq(rig_flows().last.out.w[0], 2);
	rig_forwards(10, 2);
	cr_assert_eq(rig_flow_set(1, 1), 0);
	rig_forwards(10, 0);
	cr_expect_eq(rig_received(0), 0, "nothing comes back");
}

Test(replication, a_port_that_returns_is_in_its_lists_again)
{
	cr_assert_eq(rig_flow_set(1, 6), 0);
	cr_assert_eq(rig_flow_set(2, 2), 0);
	dataplane_detach(rig_dp, 1);
	cr_expect_eq(dataplane_attach(rig_dp, 1, 9999, &(struct mupi_port){0}, rig_error), -ENODEV,
		     "%s", rig_error);
	rig_attach(1, rig_veth(9));
	rig_flow_del(2);
	cr_expect_eq(rig_flows().last.out.w[0], 6);
	cr_assert_eq(rig_flow_set(2, 2), 0);
	rig_flow_del(1);
	cr_expect_eq(rig_flows().last.out.w[0], 2);
}

static unsigned int questions;

/* In the place of libbpf's, for the data plane as well: a question for one entry of a map. */
int bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	union bpf_attr attr = {
		.map_fd = (uint32_t)fd, .key = (uintptr_t)key, .value = (uintptr_t)value};

	questions++;
	return syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr)) ? -errno : 0;
}

static void expect_receiver(void *ctx, const struct dataplane_flow *flow)
{
	unsigned int *n = ctx;

	cr_expect_eq(flow->out.w[0], flow->group.b[15] % 100 ? 4u : 2u);
	(*n)++;
}

/* Nobody is served meanwhile. */
Test(replication, a_port_goes_without_a_question_for_each_entry)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < 10000; i++)
		cr_assert_eq(rig_flow_set(i, i % 256 % 100 ? 4 : 2), 0);
	questions = 0;
	dataplane_detach(rig_dp, 1);
	cr_expect_lt(questions, 100, "%u questions", questions);
	rig_attach(1, if_nametoindex("p1"));
	cr_assert_eq(dataplane_flows(rig_dp, expect_receiver, &n), 0);
	cr_expect_eq(n, 10000);
}

static void send_away_and_back(const char *name)
{
	char command[200], path[40];
	int other = rig_new_netns(path);

	snprintf(command, sizeof(command),
		 "ip link set %s netns %s && nsenter --net=%s ip link set %s netns %d", name, path,
		 path, name, getpid());
	cr_assert_eq(system(command), 0);
	close(other);
}

Test(replication, an_interface_that_was_away_is_told)
{
	char command[100];

	cr_assert_eq(rig_flow_set(1, 6), 0);
	for (unsigned int i = 0; i < PORTS; i++)
		cr_expect(dataplane_holds(rig_dp, i), "port %u", i);
	send_away_and_back("p1");
	cr_expect_not(dataplane_holds(rig_dp, 1), "from another namespace");
	snprintf(command, sizeof(command),
		 "ip link del p2 && ip link add p2 index %u type veth peer name q2",
		 if_nametoindex("p2"));
	cr_assert_eq(system(command), 0);
	cr_expect_not(dataplane_holds(rig_dp, 2), "made anew");
	cr_expect(dataplane_holds(rig_dp, 3));
}

Test(replication, a_join_does_not_wait_for_a_grace_period)
{
	struct timespec a, b;
	double us;

	clock_gettime(CLOCK_MONOTONIC, &a);
	for (unsigned int i = 0; i < 10000; i++)
		cr_assert_eq(rig_flow_set(i, i % 8 * 2), 0);
	clock_gettime(CLOCK_MONOTONIC, &b);
	us = ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / 1e7;
	fprintf(stderr, "flow_set: %.1f us each\n", us);
	cr_expect_lt(us, 500);
	cr_expect_eq(rig_flows().n, 10000);
}

Test(replication, freed_lists_come_back)
{
	for (unsigned int i = 0; i < 3000; i++)
		cr_assert_eq(rig_flow_set(1, i % 2 ? 6 : 12), 0);
	while (dataplane_prepare(rig_dp))
		;
	cr_expect_eq(rig_flows().last.out.w[0], 6);
}

Test(replication, one_agent_a_folder)
{
	struct dataplane *other = NULL;

	cr_expect_eq(rig_open(DP_AUTO, &other), -EBUSY);
	cr_expect_null(other);
}

/* The kernel's number of the link on port 0, 0: none. */
static uint32_t link_id(void)
{
	struct bpf_link_info info = {0};
	uint32_t size = sizeof(info);
	int pin = rig_pinned("xdp-0");

	if (pin < 0)
		return 0;
	cr_expect_eq(bpf_obj_get_info_by_fd(pin, &info, &size), 0);
	close(pin);
	return info.id;
}

static uint32_t prog_id(void)
{
	uint32_t id = 0;

	bpf_xdp_query_id((int)if_nametoindex("p0"), 0, &id);
	return id;
}

Test(replication, a_new_agent_takes_over_without_a_gap)
{
	uint32_t link = link_id(), prog = prog_id();

	dataplane_close(rig_dp);
	cr_expect_eq(link_id(), link, "it outlives the agent");
	cr_assert_eq(rig_open(DP_NATIVE, &rig_dp), 0, "%s", rig_error);
	rig_attach(0, if_nametoindex("p0"));
	cr_expect_eq(prog_id(), prog, "not before it is ready");
	cr_assert_eq(dataplane_start(rig_dp, rig_error), 0, "%s", rig_error);
	cr_expect_eq(link_id(), link, "the same link");
	cr_expect_neq(prog_id(), prog, "another program");
}

static void open_with_a_port_that_vanishes(void)
{
	cr_assert_eq(system("ip link add x0 type veth peer name x1"), 0);
	cr_assert_eq(rig_open(DP_NATIVE, &rig_dp), 0, "%s", rig_error);
	rig_attach(0, if_nametoindex("p0"));
	rig_attach(1, if_nametoindex("p3"));
	rig_attach(2, if_nametoindex("x0"));
	cr_assert_eq(system("ip link del x0"), 0);
}

Test(replication, a_start_that_fails_leaves_nothing)
{
	dataplane_close(rig_dp);
	cr_assert_eq(dataplane_cleanup(PIN_DIR, rig_error), 0, "%s", rig_error);
	open_with_a_port_that_vanishes();
	cr_expect_neq(dataplane_start(rig_dp, rig_error), 0);
	dataplane_close(rig_dp);
	cr_expect_eq(link_id(), 0u);
	cr_expect_eq(prog_id(), 0u);
	cr_assert_eq(rig_start(DP_NATIVE, &rig_dp), 0, "%s", rig_error);
}

Test(replication, a_new_port_that_fails_keeps_no_former_one_from_going_on)
{
	uint32_t link = link_id(), prog = prog_id();

	dataplane_detach(rig_dp, 3);
	dataplane_close(rig_dp);
	open_with_a_port_that_vanishes();
	cr_assert_eq(dataplane_start(rig_dp, rig_error), 0, "%s", rig_error);
	cr_expect(dataplane_has(rig_dp, 0));
	cr_expect(dataplane_has(rig_dp, 1));
	cr_expect_not(dataplane_has(rig_dp, 2));
	cr_expect_eq(link_id(), link, "the same link");
	cr_expect_neq(prog_id(), prog, "another program");
}

Test(replication, a_port_that_is_none_any_more_is_left)
{
	dataplane_close(rig_dp);
	cr_assert_eq(rig_start(DP_NATIVE, &rig_dp), 0, "%s", rig_error);
	cr_expect_eq(link_id(), 0u);
}

Test(replication, another_mode_takes_the_place)
{
	dataplane_close(rig_dp);
	cr_assert_eq(rig_open(DP_GENERIC, &rig_dp), 0, "%s", rig_error);
	rig_attach(0, if_nametoindex("p0"));
	cr_assert_eq(dataplane_start(rig_dp, rig_error), 0, "%s", rig_error);
	cr_expect_str_eq(dataplane_mode_name(rig_dp, 0), "generic");
}

Test(replication, a_foreign_program_is_named)
{
	int ifindex = (int)if_nametoindex("p3");

	dataplane_detach(rig_dp, 3);
	cr_assert_geq(bpf_link_create(rig_dp->xdp_prog, ifindex, BPF_XDP, NULL), 0);
	cr_expect_eq(dataplane_attach(rig_dp, 3, (unsigned int)ifindex, &(struct mupi_port){0},
				      rig_error),
		     -EBUSY, "%s", rig_error);
	cr_expect_not_null(strstr(rig_error, "XDP program"), "%s", rig_error);
}

/* Frames of group 1 without end, as fast as can be. */
static void *flood(void *ctx)
{
	const atomic_bool *stop = ctx;
	uint8_t frame[RIG_FRAME] = {1, 0, 0x5e, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8, 0, 0x45, 0, 0, 114};
	struct xdp_md from = {.data_end = sizeof(frame), .ingress_ifindex = if_nametoindex("p0")};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame),
		    .ctx_in = &from, .ctx_size_in = sizeof(from), .repeat = 10000,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	frame[23] = 17;
	memcpy(frame + 26, (uint8_t[]){10, 0, 0, 1, 239, 0, 0, 1}, 8);
	while (!*stop && !bpf_prog_test_run_opts(rig_dp->xdp_prog, &opts))
		;
	return NULL;
}

/* Group 2 gets the memory that group 1 had. */
Test(replication, no_frame_reaches_the_members_of_another_group)
{
	atomic_bool stop = false;
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, flood, &stop), 0);
	for (unsigned int i = 0; i < 100000; i++) {
		cr_assert_eq(rig_flow_set(1, 2), 0);
		rig_flow_del(1);
		cr_assert_eq(rig_flow_set(2, 4), 0);
		rig_flow_del(2);
	}
	stop = true;
	pthread_join(thread, NULL);
	cr_expect_gt(rig_received(1), 0);
	cr_expect_eq(rig_received(2), 0, "%lu frames", rig_received(2));
}

/* ---- the pin folder ---- */

static int open_in(const char *pin_dir, struct dataplane **ret)
{
	struct dataplane_params params = {.pin_dir = pin_dir, .n_ports = PORTS};

	return dataplane_open(&params, NULL, NULL, ret, rig_error);
}

Test(pin_folder, may_be_a_bpffs_and_hides_nothing_beside_it)
{
	struct dataplane *dp = NULL;

	cr_assert_eq(system("umount -l /sys/fs/bpf"), 0);
	cr_assert_eq(open_in("/sys/fs/bpf", &dp), 0, "%s", rig_error);
	cr_expect_eq(access("/sys/fs/cgroup", F_OK), 0, "/sys/fs is what it was");
	dataplane_close(dp);
	cr_assert_eq(system("umount -l /sys/fs/bpf"), 0);
	cr_expect_lt(open_in("/sys/fs/mupi", &dp), 0);
	cr_expect_eq(access("/sys/fs/cgroup", F_OK), 0, "/sys/fs is what it was");
}

Test(pin_folder, ends_in_slashes_or_lies_behind_a_dot)
{
	struct dataplane *dp = NULL;

	cr_assert_eq(open_in("/sys/fs/bpf/new//", &dp), 0, "%s", rig_error);
	dataplane_close(dp);
	cr_assert_eq(system("mkdir /run/mupi.test && mount -t tmpfs none /run/mupi.test"), 0);
	cr_expect_eq(open_in("/run/mupi.test/pins", &dp), 0, "%s", rig_error);
	dataplane_close(dp);
	cr_assert_eq(system("umount -R /run/mupi.test && rmdir /run/mupi.test"), 0);
	cr_expect_eq(open_in("/sys/fs/bpf/a.b", &dp), -EINVAL);
	cr_expect(strstr(rig_error, "a dot"), "%s", rig_error);
}

Test(pin_folder, what_others_keep_there_stays)
{
	cr_assert_eq(system("mkdir -p " PIN_DIR "/vlans/x"), 0);
	cr_assert_eq(dataplane_cleanup(PIN_DIR, rig_error), -EBUSY, "the rig's agent runs");
	dataplane_close(rig_dp);
	rig_dp = NULL;
	cr_assert_eq(dataplane_cleanup(PIN_DIR, rig_error), 0, "%s", rig_error);
	cr_expect_eq(access(PIN_DIR "/vlans/x", F_OK), 0);
}
