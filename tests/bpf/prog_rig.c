// SPDX-License-Identifier: GPL-2.0-or-later
#include "bpf/prog_rig.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <criterion/criterion.h>

#define LOOPBACK PROG_PORT

struct mupi *prog_skel;
enum prog_hook prog_hook;

/* XDP's word for a verdict of TC. */
static unsigned int translated(unsigned int verdict)
{
	switch ((int)verdict) {
	case TC_ACT_UNSPEC:
		return XDP_PASS;
	case TC_ACT_SHOT:
		return XDP_DROP;
	case TC_ACT_REDIRECT:
		return XDP_REDIRECT;
	default:
		return XDP_ABORTED;
	}
}

unsigned int prog_run(const uint8_t *frame, size_t len, int repeat)
{
	struct xdp_md xdp = {.data_end = (uint32_t)len, .ingress_ifindex = LOOPBACK};
	struct __sk_buff skb = {.ifindex = LOOPBACK};
	struct bpf_program *prog =
		prog_hook == XDP ? prog_skel->progs.mupi_xdp : prog_skel->progs.mupi_tc;
	uint8_t out[2048];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = (uint32_t)len,
		    .data_out = out, .data_size_out = sizeof(out), .repeat = repeat);

	opts.ctx_in = prog_hook == XDP ? (void *)&xdp : (void *)&skb;
	opts.ctx_size_in = prog_hook == XDP ? sizeof(xdp) : sizeof(skb);
	cr_assert_eq(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), 0, "%m");
	return prog_hook == XDP ? opts.retval : translated(opts.retval);
}

uint64_t prog_counter(unsigned int reason)
{
	uint64_t cpus[1024] = {0}, sum = 0;
	uint32_t key = reason;

	bpf_map_lookup_elem(bpf_map__fd(prog_skel->maps.port_stats), &key, cpus);
	for (int i = 0; i < libbpf_num_possible_cpus(); i++)
		sum += cpus[i];
	return sum;
}

void prog_set_port(unsigned int flags, unsigned int reports, unsigned int queries)
{
	struct mupi_port port = {
		.flags = flags,
		.rate = {[MUPI_PUNT_REPORT] = reports, [MUPI_PUNT_QUERY] = queries},
	};
	uint32_t key = LOOPBACK;

	bpf_map_update_elem(bpf_map__fd(prog_skel->maps.ports), &key, &port, BPF_ANY);
}

static void set4(const char *group, const char *source, uint32_t out, uint32_t flags)
{
	struct mupi_key4 key = {.ifindex = LOOPBACK};
	struct mupi_fwd fwd = {.out = out, .flags = flags};

	inet_pton(AF_INET, group, &key.group);
	inet_pton(AF_INET, source, &key.source);
	fwd.tag = mupi_tag4(&key);
	cr_assert_eq(bpf_map_update_elem(bpf_map__fd(prog_skel->maps.fwd4), &key, &fwd, 0), 0);
}

static void set6(const char *group, const char *source, uint32_t out, uint32_t flags)
{
	struct mupi_key6 key = {.ifindex = LOOPBACK};
	struct mupi_fwd fwd = {.out = out, .flags = flags};

	inet_pton(AF_INET6, group, key.group);
	inet_pton(AF_INET6, source, key.source);
	fwd.tag = mupi_tag6(&key);
	cr_assert_eq(bpf_map_update_elem(bpf_map__fd(prog_skel->maps.fwd6), &key, &fwd, 0), 0);
}

static void range4(const char *source, unsigned int len, uint32_t flags)
{
	struct mupi_range4 key = {.prefixlen = MUPI_RANGE4_BITS + len, .ifindex = LOOPBACK};
	struct mupi_fwd fwd = {.out = LOOPBACK, .flags = flags};

	inet_pton(AF_INET, "239.1.1.3", &key.group);
	inet_pton(AF_INET, source, &key.source);
	cr_assert_eq(bpf_map_update_elem(bpf_map__fd(prog_skel->maps.range4), &key, &fwd, 0), 0);
}

static void range6(const char *source, unsigned int len, uint32_t flags)
{
	struct mupi_range6 key = {.prefixlen = MUPI_RANGE6_BITS + len, .ifindex = LOOPBACK};
	struct mupi_fwd fwd = {.out = LOOPBACK, .flags = flags};

	inet_pton(AF_INET6, "ff3e::3", key.group);
	inet_pton(AF_INET6, source, key.source);
	cr_assert_eq(bpf_map_update_elem(bpf_map__fd(prog_skel->maps.range6), &key, &fwd, 0), 0);
}

/* Prefixes within each other, and a source within both. */
static void set_ranges(void)
{
	set4("239.1.1.3", "0.0.0.0", 0, MUPI_FWD_HAS_SOURCES | MUPI_FWD_HAS_PREFIXES);
	set4("239.1.1.3", "10.1.2.3", LOOPBACK, MUPI_FWD_SINGLE);
	range4("10.1.0.0", 16, MUPI_FWD_SINGLE);
	range4("10.1.2.0", 24, MUPI_FWD_DROP);
	set6("ff3e::3", "::", 0, MUPI_FWD_HAS_SOURCES | MUPI_FWD_HAS_PREFIXES);
	set6("ff3e::3", "fd01::2:3", LOOPBACK, MUPI_FWD_SINGLE);
	range6("fd01::", 32, MUPI_FWD_SINGLE);
	range6("fd01::", 64, MUPI_FWD_DROP);
}

void prog_up(void)
{
	uint32_t zero = 0, key = 2, receiver;
	struct mupi_members members = {{1 << key}};
	int list;

	cr_assert_eq(unshare(CLONE_NEWNET), 0, "needs root: %m");
	prog_skel = mupi__open_and_load();
	cr_assert_not_null(prog_skel);
	list = bpf_map_create(BPF_MAP_TYPE_DEVMAP_HASH, "list", 4, 4, 4, NULL);
	cr_assert_eq(system("ip link add name out type veth peer name in"), 0);
	receiver = if_nametoindex("out");
	cr_assert_eq(bpf_map_update_elem(list, &key, &receiver, 0), 0);
	cr_assert_eq(bpf_map_update_elem(bpf_map__fd(prog_skel->maps.members), &zero, &members, 0),
		     0);
	cr_assert_eq(bpf_map_update_elem(bpf_map__fd(prog_skel->maps.lists), &zero, &list, 0), 0);
	set4("232.1.1.1", "0.0.0.0", LOOPBACK, MUPI_FWD_SINGLE | MUPI_FWD_HAS_SOURCES);
	set4("232.1.1.1", "10.0.0.66", 0, MUPI_FWD_DROP);
	set4("232.1.1.2", "0.0.0.0", 0, MUPI_FWD_LIST);
	set6("ff1e::1", "::", 0, MUPI_FWD_LIST | MUPI_FWD_HAS_SOURCES);
	set6("ff1e::1", "fd00::66", 0, MUPI_FWD_DROP);
	set_ranges();
}

void prog_down(void)
{
	mupi__destroy(prog_skel);
}
