// SPDX-License-Identifier: GPL-2.0-or-later
#include "bpf/dp_rig.h"

#include <fcntl.h>
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
#include <criterion/criterion.h>

struct mupi_punt rig_punt;
unsigned int rig_punt_index;
uint8_t rig_punted[MUPI_PUNT_SNAP];

struct dataplane *rig_dp;
char rig_error[256];

static void on_punt(void *ctx, unsigned int index, const struct mupi_punt *punt)
{
	(void)ctx;
	rig_punt = *punt;
	rig_punt_index = index;
	memcpy(rig_punted, punt->frame, punt->len);
}

int rig_pinned(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), PIN_DIR "/v%d/%s", MUPI_DP_VERSION, name);
	return bpf_obj_get(path);
}

int rig_open(enum dataplane_mode mode, struct dataplane **ret)
{
	struct dataplane_params params = {
		.pin_dir = PIN_DIR,
		.n_ports = PORTS,
		.mode = mode,
		.max_flows = 20000,
	};

	return dataplane_open(&params, on_punt, NULL, ret, rig_error);
}

int rig_start(enum dataplane_mode mode, struct dataplane **ret)
{
	int r = rig_open(mode, ret);

	return r ? r : dataplane_start(*ret, rig_error);
}

unsigned int rig_veth(unsigned int i)
{
	char command[160], name[16];

	snprintf(command, sizeof(command),
		 "ip link add p%u type veth peer name q%u && ip link set p%u up && ip link set q%u "
		 "up && ethtool -K q%u gro on",
		 i, i, i, i, i);
	cr_assert_eq(system(command), 0);
	snprintf(name, sizeof(name), "p%u", i);
	return if_nametoindex(name);
}

int rig_new_netns(char path[static 40])
{
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), other;

	cr_assert_eq(unshare(CLONE_NEWNET), 0);
	other = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	cr_assert_eq(setns(own, CLONE_NEWNET), 0);
	close(own);
	snprintf(path, 40, "/proc/%d/fd/%d", getpid(), other);
	return other;
}

void rig_attach(unsigned int index, unsigned int ifindex)
{
	struct mupi_port port = {.flags = index ? 0 : MUPI_PORT_UPSTREAM};

	cr_assert_eq(dataplane_attach(rig_dp, index, ifindex, &port, rig_error), 0, "%s",
		     rig_error);
}

void rig_up(enum dataplane_mode mode)
{
	cr_assert_eq(unshare(CLONE_NEWNET | CLONE_NEWNS), 0, "needs root: %m");
	cr_assert_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	cr_assert_eq(mount("sysfs", "/sys", "sysfs", 0, NULL), 0);
	/* The host's own MLD reports would be counted too. */
	cr_assert_eq(system("echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6"), 0);
	cr_assert_eq(rig_start(mode, &rig_dp), 0, "%s", rig_error);
	for (unsigned int i = 0; i < PORTS; i++)
		rig_attach(i, rig_veth(i));
}

void rig_down(void)
{
	dataplane_close(rig_dp);
	cr_expect_eq(dataplane_cleanup(PIN_DIR, rig_error), 0, "%s", rig_error);
}

static struct addr group_of(unsigned int i)
{
	uint8_t b[4] = {239, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};

	return addr_from_v4(b);
}

int rig_flow_set(unsigned int i, unsigned int mask)
{
	struct addr group = group_of(i);
	struct prefix any = {0};
	struct portset out = {{mask}};

	return dataplane_flow_set(rig_dp, 0, &group, &any, &out, 0);
}

void rig_flow_del(unsigned int i)
{
	struct addr group = group_of(i);
	struct prefix any = {0};

	dataplane_flow_del(rig_dp, 0, &group, &any);
}

static void read_flow(void *ctx, const struct dataplane_flow *flow)
{
	struct rig_flows *r = ctx;

	r->n++;
	r->last = *flow;
}

struct rig_flows rig_flows(void)
{
	struct rig_flows r = {0};

	cr_assert_eq(dataplane_flows(rig_dp, read_flow, &r), 0);
	return r;
}

unsigned long rig_received(unsigned int i)
{
	char path[64];
	unsigned long n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/net/q%u/statistics/rx_packets", i);
	file = fopen(path, "r");
	if (!file)
		return 0;
	cr_assert_eq(fscanf(file, "%lu", &n), 1);
	fclose(file);
	return n;
}

unsigned long rig_more(unsigned int i, unsigned long before, unsigned int n)
{
	struct timespec nap = {0, 1000000};

	for (int ms = 0; ms < 10000 && rig_received(i) - before < n; ms++)
		nanosleep(&nap, NULL);
	return rig_received(i) - before;
}

void rig_send_bytes(const char *name, unsigned int mark, const void *frame, size_t len)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name)};

	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)), 0);
	sendto(fd, frame, len, 0, (struct sockaddr *)&to, sizeof(to));
	close(fd);
}

void rig_send(const char *name, unsigned int mark, unsigned int n)
{
	uint8_t frame[RIG_FRAME] = {1, 0, 0x5e, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8, 0, 0x45, 0, 0, 114};

	frame[23] = 17;
	memcpy(frame + 26, (uint8_t[]){10, 0, 0, 1, 239, 0, 0, 1}, 8);
	for (unsigned int i = 0; i < n; i++)
		rig_send_bytes(name, mark, frame, sizeof(frame));
}

uint64_t rig_stat(unsigned int port, enum mupi_stat reason)
{
	uint64_t stats[MUPI_STAT_MAX];

	cr_assert_eq(dataplane_port_stats(rig_dp, port, stats), 0);
	return stats[reason];
}

void rig_forwards(unsigned int n, unsigned int mask)
{
	unsigned long before[PORTS];

	for (unsigned int i = 1; i < PORTS; i++)
		before[i] = rig_received(i);
	rig_send("q0", 0, n);
	for (unsigned int i = 1; i < PORTS; i++)
		if (mask >> i & 1)
			cr_expect_eq(rig_more(i, before[i], n), n, "port %u", i);
	for (unsigned int i = 1; i < PORTS; i++)
		if (!(mask >> i & 1))
			cr_expect_eq(rig_received(i), before[i], "port %u", i);
}

void rig_reasons(const char *text)
{
	cr_expect(strstr(dataplane_mode_reason(rig_dp), text), "%s: no '%s'",
		  dataplane_mode_reason(rig_dp), text);
}
