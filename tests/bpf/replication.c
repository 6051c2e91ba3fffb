// SPDX-License-Identifier: GPL-2.0-or-later
/* The data plane's user side, in a network and mount namespace of its own. */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <criterion/criterion.h>

#include "io/dataplane.h"
#include "lib/util.h"

#define PORTS	4
#define PIN_DIR "/sys/fs/bpf/mupi-test"

static struct dataplane *dp;
static char error[256];

static void no_punt(void *ctx, const struct mupi_punt *punt)
{
	(void)ctx;
	(void)punt;
}

static int open_again(enum dataplane_mode mode, struct dataplane **ret)
{
	struct dataplane_params params = {
		.pin_dir = PIN_DIR,
		.n_ports = PORTS,
		.mode = mode,
		.max_flows = 20000,
	};

	return dataplane_open(&params, no_punt, NULL, ret, error);
}

static int start_again(enum dataplane_mode mode, struct dataplane **ret)
{
	int r = open_again(mode, ret);

	return r ? r : dataplane_start(*ret, error);
}

static unsigned int make_veth(unsigned int i)
{
	char command[128], name[16];

	snprintf(command, sizeof(command),
		 "ip link add p%u type veth peer name q%u && ip link set p%u up && ip link set q%u "
		 "up",
		 i, i, i, i);
	cr_assert_eq(system(command), 0);
	snprintf(name, sizeof(name), "p%u", i);
	return if_nametoindex(name);
}

static void attach(unsigned int index, unsigned int ifindex)
{
	struct mupi_port port = {.flags = index ? 0 : MUPI_PORT_UPSTREAM};

	cr_assert_eq(dataplane_attach(dp, index, ifindex, &port, error), 0, "%s", error);
}

static void set_up(void)
{
	cr_assert_eq(unshare(CLONE_NEWNET | CLONE_NEWNS), 0, "needs root: %m");
	cr_assert_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	cr_assert_eq(mount("sysfs", "/sys", "sysfs", 0, NULL), 0);
	/* The host's own MLD reports would be counted too. */
	cr_assert_eq(system("echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6"), 0);
	cr_assert_eq(start_again(DP_AUTO, &dp), 0, "%s", error);
	for (unsigned int i = 0; i < PORTS; i++)
		attach(i, make_veth(i));
}

static void tear_down(void)
{
	dataplane_close(dp);
	cr_expect_eq(dataplane_cleanup(PIN_DIR, error), 0, "%s", error);
}

TestSuite(replication, .init = set_up, .fini = tear_down, .timeout = 60);

static struct addr group_of(unsigned int i)
{
	uint8_t b[4] = {239, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};

	return addr_from_v4(b);
}

static int set_flow(unsigned int i, unsigned int mask)
{
	struct addr group = group_of(i);
	struct prefix any = {0};
	struct portset out = {{mask}};

	return dataplane_flow_set(dp, 0, &group, &any, &out, 0);
}

static void del_flow(unsigned int i)
{
	struct addr group = group_of(i);
	struct prefix any = {0};

	dataplane_flow_del(dp, 0, &group, &any);
}

struct reading {
	unsigned int n;
	struct dataplane_flow last;
};

static int read_flow(void *ctx, const struct dataplane_flow *flow)
{
	struct reading *r = ctx;

	r->n++;
	r->last = *flow;
	return 0;
}

static struct reading read_all(void)
{
	struct reading r = {0};

	cr_assert_eq(dataplane_flows(dp, read_flow, &r), 0);
	return r;
}

Test(replication, what_is_set_is_what_the_kernel_has)
{
	static const unsigned int masks[] = {0, 2, 6, 14, 8, 0, 10};

	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		struct reading r;

		cr_assert_eq(set_flow(1, masks[i]), 0);
		r = read_all();
		cr_expect_eq(r.n, 1);
		cr_expect_eq(r.last.out.w[0], masks[i], "%#x", masks[i]);
	}
}

Test(replication, a_port_that_returns_is_in_its_lists_again)
{
	cr_assert_eq(set_flow(1, 6), 0);
	cr_assert_eq(set_flow(2, 2), 0);
	dataplane_detach(dp, 1);
	cr_expect_eq(dataplane_attach(dp, 1, 9999, &(struct mupi_port){0}, error), -ENODEV, "%s",
		     error);
	attach(1, make_veth(9));
	del_flow(2);
	cr_expect_eq(read_all().last.out.w[0], 6);
	cr_assert_eq(set_flow(2, 2), 0);
	del_flow(1);
	cr_expect_eq(read_all().last.out.w[0], 2);
}

Test(replication, a_join_does_not_wait_for_a_grace_period)
{
	struct timespec a, b;
	double us;

	clock_gettime(CLOCK_MONOTONIC, &a);
	for (unsigned int i = 0; i < 10000; i++)
		cr_assert_eq(set_flow(i, i % 8 * 2), 0);
	clock_gettime(CLOCK_MONOTONIC, &b);
	us = ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / 1e7;
	fprintf(stderr, "flow_set: %.1f us each\n", us);
	cr_expect_lt(us, 500);
	cr_expect_eq(read_all().n, 10000);
}

Test(replication, freed_lists_come_back)
{
	for (unsigned int i = 0; i < 3000; i++)
		cr_assert_eq(set_flow(1, i % 2 ? 6 : 12), 0);
	while (dataplane_prepare(dp))
		;
	cr_expect_eq(read_all().last.out.w[0], 6);
}

Test(replication, one_agent_a_folder)
{
	struct dataplane *other = NULL;

	cr_expect_eq(open_again(DP_AUTO, &other), -EBUSY);
	cr_expect_null(other);
}

/* The kernel's number of the link on port 0, 0: none. */
static uint32_t link_id(void)
{
	struct bpf_link_info info = {0};
	uint32_t size = sizeof(info);
	char path[64];
	int pin;

	snprintf(path, sizeof(path), PIN_DIR "/v%d/xdp-0", MUPI_DP_VERSION);
	pin = bpf_obj_get(path);
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

	dataplane_close(dp);
	cr_expect_eq(link_id(), link, "it outlives the agent");
	cr_assert_eq(open_again(DP_NATIVE, &dp), 0, "%s", error);
	attach(0, if_nametoindex("p0"));
	cr_expect_eq(prog_id(), prog, "not before it is ready");
	cr_assert_eq(dataplane_start(dp, error), 0, "%s", error);
	cr_expect_eq(link_id(), link, "the same link");
	cr_expect_neq(prog_id(), prog, "another program");
}

Test(replication, a_start_that_fails_leaves_all_as_it_was)
{
	uint32_t link = link_id(), prog = prog_id();
	unsigned int foreign;

	dataplane_detach(dp, 3);
	dataplane_close(dp);
	foreign = if_nametoindex("p3");
	cr_assert_eq(system("ip link add x0 type veth peer name x1"), 0);
	cr_assert_eq(open_again(DP_NATIVE, &dp), 0, "%s", error);
	attach(0, if_nametoindex("p0"));
	attach(1, foreign);
	attach(2, if_nametoindex("x0"));
	cr_assert_eq(system("ip link del x0"), 0);
	cr_expect_neq(dataplane_start(dp, error), 0);
	dataplane_close(dp);
	cr_expect_eq(link_id(), link);
	cr_expect_eq(prog_id(), prog);
	cr_assert_eq(start_again(DP_NATIVE, &dp), 0, "%s", error);
	cr_expect_eq(link_id(), 0u, "a port that is none any more");
}

Test(replication, another_mode_takes_the_place)
{
	dataplane_close(dp);
	cr_assert_eq(open_again(DP_GENERIC, &dp), 0, "%s", error);
	attach(0, if_nametoindex("p0"));
	cr_assert_eq(dataplane_start(dp, error), 0, "%s", error);
	cr_expect_str_eq(dataplane_mode_name(dp, 0), "generic");
}

Test(replication, a_foreign_program_is_named)
{
	struct dataplane *first = dp;

	dataplane_detach(dp, 3);
	cr_assert_eq(set_flow(1, 6), 0);
	cr_expect_eq(
		dataplane_attach(first, 3, if_nametoindex("p0"), &(struct mupi_port){0}, error),
		-EBUSY, "%s", error);
	cr_expect_not_null(strstr(error, "XDP program"), "%s", error);
}

/* Frames that came to `name`, by the device's own counter. */
static unsigned long received(unsigned int i)
{
	char path[64];
	unsigned long n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/net/q%u/statistics/rx_packets", i);
	file = fopen(path, "r");
	cr_assert_not_null(file);
	cr_assert_eq(fscanf(file, "%lu", &n), 1);
	fclose(file);
	return n;
}

static void send_frames(const char *name, unsigned int mark, unsigned int n)
{
	uint8_t frame[128] = {1, 0, 0x5e, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8, 0, 0x45, 0, 0, 114};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name)};

	frame[23] = 17;
	memcpy(frame + 26, (uint8_t[]){10, 0, 0, 1, 239, 0, 0, 1}, 8);
	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)), 0);
	for (unsigned int i = 0; i < n; i++)
		sendto(fd, frame, sizeof(frame), 0, (struct sockaddr *)&to, sizeof(to));
	close(fd);
}

static uint64_t stat_of(unsigned int port, enum mupi_stat reason)
{
	uint64_t stats[MUPI_STAT_MAX];

	cr_assert_eq(dataplane_port_stats(dp, port, stats), 0);
	return stats[reason];
}

Test(replication, each_receiver_gets_each_frame_once_and_others_none)
{
	unsigned long before[PORTS];
	struct timespec nap = {0, 1000000};

	cr_assert_eq(system("for i in 1 2 3; do ethtool -K q$i gro on; done"), 0);
	cr_assert_eq(set_flow(1, 6), 0);
	for (unsigned int i = 1; i < PORTS; i++)
		before[i] = received(i);
	send_frames("q0", 0, 100);
	for (int i = 0; i < 2000 && received(2) - before[2] < 100; i++)
		nanosleep(&nap, NULL);
	cr_expect_eq(received(1) - before[1], 100, "%lu", received(1) - before[1]);
	cr_expect_eq(received(2) - before[2], 100, "%lu", received(2) - before[2]);
	cr_expect_eq(received(3) - before[3], 0);
	cr_expect_eq(stat_of(0, MUPI_STAT_FORWARDED), 100);
	cr_expect_eq(read_all().last.packets, 100);
	cr_expect_eq(read_all().last.bytes, 12800);
}

Test(replication, the_guard_stops_the_switch_but_not_the_agent)
{
	send_frames("p1", 0, 10);
	send_frames("p1", MUPI_MARK, 10);
	cr_expect_eq(stat_of(1, MUPI_STAT_GUARDED), 10, "%lu guarded",
		     stat_of(1, MUPI_STAT_GUARDED));
}
