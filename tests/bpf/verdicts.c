// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames in, verdict and counter out: the XDP program through BPF_PROG_TEST_RUN. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <criterion/criterion.h>

#include "mupi/dataplane.h"
#include "lib/util.h"
#include "mupi.skel.h"

#define LOOPBACK   1 /* the context's ifindex must be a live device */
#define NO_COUNTER MUPI_STAT_MAX

enum shape { IP4, IP6 };

struct fixture {
	const char *name;
	enum shape shape;
	const char *source, *group;
	unsigned int proto;
	const char *extra; /* options or hop-by-hop header, as hex */
	const char *payload;
	unsigned int fragment; /* IPv4 fragment field */
	unsigned int flags;    /* of the port */
	unsigned int verdict;
	unsigned int counter;
	bool punted;
};

#define HBH_ALERT "3a00050200000100"
#define MLD2	  "8f00000000000001040000000000000000000000000000000000000000000001"
#define MLD_Q	  "82000000000000000000000000000000000000000000000000000000"
#define IGMP_Q	  "1164000000000000"
#define IGMP_V2	  "16000000e8010101"
#define DATA	  "0102030405060708"

static const struct fixture fixtures[] = {
	{"igmp query", IP4, "10.0.0.1", "224.0.0.1", 2, "94040000", IGMP_Q, 0, 0, XDP_DROP,
	 MUPI_STAT_PUNTED, true},
	{"igmp report", IP4, "10.0.0.1", "232.1.1.1", 2, "", IGMP_V2, 0, 0, XDP_DROP,
	 MUPI_STAT_PUNTED, true},
	{"igmp to unicast", IP4, "10.0.0.1", "10.0.0.2", 2, "", IGMP_Q, 0, 0, XDP_DROP,
	 MUPI_STAT_PUNTED, true},
	{"igmp first fragment", IP4, "10.0.0.1", "224.0.0.22", 2, "", IGMP_V2, 0x2000, 0, XDP_DROP,
	 MUPI_STAT_MALFORMED, false},
	{"igmp later fragment", IP4, "10.0.0.1", "224.0.0.22", 2, "", IGMP_V2, 5, 0, XDP_DROP,
	 MUPI_STAT_MALFORMED, false},
	{"igmp too short", IP4, "10.0.0.1", "224.0.0.22", 2, "", "16000000", 0, 0, XDP_DROP,
	 MUPI_STAT_MALFORMED, false},
	{"pim hello upstream", IP4, "10.0.0.1", "224.0.0.13", 103, "", "2000000000010002", 0,
	 MUPI_PORT_UPSTREAM, XDP_PASS, MUPI_STAT_PUNTED, true},
	{"pim hello downstream", IP4, "10.0.0.1", "224.0.0.13", 103, "", "2000000000010002", 0, 0,
	 XDP_PASS, NO_COUNTER, false},
	{"pim join", IP4, "10.0.0.1", "224.0.0.13", 103, "", "2300000000010002", 0,
	 MUPI_PORT_UPSTREAM, XDP_PASS, NO_COUNTER, false},
	{"link-local group", IP4, "10.0.0.1", "224.0.0.251", 17, "", DATA, 0, 0, XDP_PASS,
	 NO_COUNTER, false},
	{"unicast", IP4, "10.0.0.1", "10.0.0.2", 17, "", DATA, 0, 0, XDP_PASS, NO_COUNTER, false},
	{"broadcast", IP4, "10.0.0.1", "255.255.255.255", 17, "", DATA, 0, 0, XDP_PASS, NO_COUNTER,
	 false},
	{"client data", IP4, "10.0.0.1", "239.9.9.9", 17, "", DATA, 0, 0, XDP_DROP,
	 MUPI_STAT_CLIENT_DATA, false},
	{"client data passed", IP4, "10.0.0.1", "239.9.9.9", 17, "", DATA, 0,
	 MUPI_PORT_PASS_CLIENT_DATA, XDP_PASS, MUPI_STAT_PASSED, false},
	{"nobody asked", IP4, "10.0.0.1", "239.9.9.9", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_DROP, MUPI_STAT_NO_MEMBER, false},
	{"any source", IP4, "10.0.0.1", "232.1.1.1", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"any source, options", IP4, "10.0.0.1", "232.1.1.1", 17, "94040000", DATA, 0,
	 MUPI_PORT_UPSTREAM, XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"later fragment", IP4, "10.0.0.1", "232.1.1.1", 17, "", DATA, 0x2005, MUPI_PORT_UPSTREAM,
	 XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"not udp", IP4, "10.0.0.1", "232.1.1.1", 132, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"blocked source", IP4, "10.0.0.66", "232.1.1.1", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_DROP, MUPI_STAT_NO_MEMBER, false},
	{"replicated", IP4, "10.0.0.1", "232.1.1.2", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"mld2 report", IP6, "fe80::1", "ff02::16", 0, HBH_ALERT, MLD2, 0, 0, XDP_DROP,
	 MUPI_STAT_PUNTED, true},
	{"mld2 report without hbh", IP6, "fe80::1", "ff02::16", 58, "", MLD2, 0, 0, XDP_DROP,
	 MUPI_STAT_PUNTED, true},
	{"mld query", IP6, "fe80::1", "ff02::1", 0, HBH_ALERT, MLD_Q, 0, MUPI_PORT_UPSTREAM,
	 XDP_DROP, MUPI_STAT_PUNTED, true},
	{"mld fragment", IP6, "fe80::1", "ff02::16", 44, "3a00000100000001", MLD2, 0, 0, XDP_DROP,
	 MUPI_STAT_MALFORMED, false},
	{"neighbour solicitation", IP6, "fe80::1", "ff02::1:ff00:1", 58, "", "8700000000000000", 0,
	 0, XDP_PASS, MUPI_STAT_PUNTED, true},
	{"neighbour advertisement", IP6, "fe80::1", "fe80::2", 58, "", "8800000000000000", 0, 0,
	 XDP_PASS, MUPI_STAT_PUNTED, true},
	{"neighbour upstream", IP6, "fe80::1", "fe80::2", 58, "", "8800000000000000", 0,
	 MUPI_PORT_UPSTREAM, XDP_PASS, NO_COUNTER, false},
	{"echo request", IP6, "fe80::1", "fe80::2", 58, "", "8000000000000000", 0, 0, XDP_PASS,
	 NO_COUNTER, false},
	{"interface-local, flags", IP6, "fe80::1", "ff31::1", 17, "", DATA, 0, 0, XDP_PASS,
	 NO_COUNTER, false},
	{"link-local, flags", IP6, "fe80::1", "ff32::1", 17, "", DATA, 0, 0, XDP_PASS, NO_COUNTER,
	 false},
	{"pim6 hello", IP6, "fe80::1", "ff02::d", 103, "", "2000000000010002", 0,
	 MUPI_PORT_UPSTREAM, XDP_PASS, MUPI_STAT_PUNTED, true},
	{"unicast 6", IP6, "fd00::1", "fd00::2", 17, "", DATA, 0, 0, XDP_PASS, NO_COUNTER, false},
	{"client data 6", IP6, "fd00::1", "ff0e::9", 17, "", DATA, 0, 0, XDP_DROP,
	 MUPI_STAT_CLIENT_DATA, false},
	{"nobody asked 6", IP6, "fd00::1", "ff0e::9", 17, "", DATA, 0, MUPI_PORT_UPSTREAM, XDP_DROP,
	 MUPI_STAT_NO_MEMBER, false},
	{"any source 6", IP6, "fd00::1", "ff3e::1", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"any source 6, fragment", IP6, "fd00::1", "ff3e::1", 44, "1100000800000001", DATA, 0,
	 MUPI_PORT_UPSTREAM, XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"blocked source 6", IP6, "fd00::66", "ff3e::1", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_DROP, MUPI_STAT_NO_MEMBER, false},
	{"outside every prefix", IP4, "10.2.0.1", "232.1.1.3", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_DROP, MUPI_STAT_NO_MEMBER, false},
	{"in a prefix", IP4, "10.1.9.9", "232.1.1.3", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"in a longer prefix", IP4, "10.1.2.9", "232.1.1.3", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_DROP, MUPI_STAT_NO_MEMBER, false},
	{"source within prefixes", IP4, "10.1.2.3", "232.1.1.3", 17, "", DATA, 0,
	 MUPI_PORT_UPSTREAM, XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"outside every prefix 6", IP6, "fd02::1", "ff3e::3", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_DROP, MUPI_STAT_NO_MEMBER, false},
	{"in a prefix 6", IP6, "fd01:0:0:9::9", "ff3e::3", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"in a longer prefix 6", IP6, "fd01::2:9", "ff3e::3", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_DROP, MUPI_STAT_NO_MEMBER, false},
	{"source within prefixes 6", IP6, "fd01::2:3", "ff3e::3", 17, "", DATA, 0,
	 MUPI_PORT_UPSTREAM, XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
};

static struct mupi *skel;
static uint8_t seen[MUPI_PUNT_SNAP];
static unsigned int seen_len, n_seen;

static int on_punt(void *ctx, void *data, size_t size)
{
	const struct mupi_punt *punt = data;

	(void)ctx;
	(void)size;
	seen_len = punt->len;
	memcpy(seen, punt->frame, punt->len);
	n_seen++;
	return 0;
}

static size_t put_hex(uint8_t *to, const char *hex)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++)
		sscanf(hex + 2 * i, "%2hhx", to + i);
	return n;
}

static void put16(uint8_t *to, size_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static size_t build(const struct fixture *f, int tags, uint8_t *frame)
{
	size_t n = 12, l3, header;

	memset(frame, 0, 256);
	frame[0] = 1;
	for (; tags; tags--, n += 4)
		put16(frame + n, tags == 2 ? 0x88a8 : 0x8100);
	put16(frame + n, f->shape == IP4 ? 0x0800 : 0x86dd);
	l3 = n + 2;
	header = f->shape == IP4 ? 20 : 40;
	n = l3 + header;
	n += put_hex(frame + n, f->extra);
	if (f->shape == IP4) {
		frame[l3] = (uint8_t)(0x40 | (n - l3) / 4);
		put16(frame + l3 + 6, f->fragment);
		frame[l3 + 9] = (uint8_t)f->proto;
		inet_pton(AF_INET, f->source, frame + l3 + 12);
		inet_pton(AF_INET, f->group, frame + l3 + 16);
	} else {
		frame[l3] = 0x60;
		frame[l3 + 6] = (uint8_t)f->proto;
		inet_pton(AF_INET6, f->source, frame + l3 + 8);
		inet_pton(AF_INET6, f->group, frame + l3 + 24);
	}
	n += put_hex(frame + n, f->payload);
	if (f->shape == IP4)
		put16(frame + l3 + 2, n - l3);
	else
		put16(frame + l3 + 4, n - l3 - 40);
	return n;
}

static unsigned int run(const uint8_t *frame, size_t len, int repeat)
{
	struct xdp_md in = {.data_end = (uint32_t)len, .ingress_ifindex = LOOPBACK};
	uint8_t out[2048];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = (uint32_t)len,
		    .data_out = out, .data_size_out = sizeof(out), .ctx_in = &in,
		    .ctx_size_in = sizeof(in), .repeat = repeat);

	cr_assert_eq(bpf_prog_test_run_opts(bpf_program__fd(skel->progs.mupi_xdp), &opts), 0, "%m");
	return opts.retval;
}

static uint64_t counter(unsigned int reason)
{
	uint64_t cpus[1024] = {0}, sum = 0;
	uint32_t key = reason;

	bpf_map_lookup_elem(bpf_map__fd(skel->maps.port_stats), &key, cpus);
	for (int i = 0; i < libbpf_num_possible_cpus(); i++)
		sum += cpus[i];
	return sum;
}

static void set_port(unsigned int flags, unsigned int reports, unsigned int queries)
{
	struct mupi_port port = {
		.flags = flags,
		.rate = {[MUPI_PUNT_REPORT] = reports, [MUPI_PUNT_QUERY] = queries},
	};
	uint32_t key = LOOPBACK;

	bpf_map_update_elem(bpf_map__fd(skel->maps.ports), &key, &port, BPF_ANY);
}

static void set4(const char *group, const char *source, uint32_t out, uint32_t flags)
{
	struct mupi_key4 key = {.ifindex = LOOPBACK};
	struct mupi_fwd fwd = {.out = out, .flags = flags};

	inet_pton(AF_INET, group, &key.group);
	inet_pton(AF_INET, source, &key.source);
	cr_assert_eq(bpf_map_update_elem(bpf_map__fd(skel->maps.fwd4), &key, &fwd, 0), 0);
}

static void set6(const char *group, const char *source, uint32_t out, uint32_t flags)
{
	struct mupi_key6 key = {.ifindex = LOOPBACK};
	struct mupi_fwd fwd = {.out = out, .flags = flags};

	inet_pton(AF_INET6, group, key.group);
	inet_pton(AF_INET6, source, key.source);
	cr_assert_eq(bpf_map_update_elem(bpf_map__fd(skel->maps.fwd6), &key, &fwd, 0), 0);
}

static void range4(const char *source, unsigned int len, uint32_t flags)
{
	struct mupi_range4 key = {.prefixlen = MUPI_RANGE4_BITS + len, .ifindex = LOOPBACK};
	struct mupi_fwd fwd = {.out = LOOPBACK, .flags = flags};

	inet_pton(AF_INET, "232.1.1.3", &key.group);
	inet_pton(AF_INET, source, &key.source);
	cr_assert_eq(bpf_map_update_elem(bpf_map__fd(skel->maps.range4), &key, &fwd, 0), 0);
}

static void range6(const char *source, unsigned int len, uint32_t flags)
{
	struct mupi_range6 key = {.prefixlen = MUPI_RANGE6_BITS + len, .ifindex = LOOPBACK};
	struct mupi_fwd fwd = {.out = LOOPBACK, .flags = flags};

	inet_pton(AF_INET6, "ff3e::3", key.group);
	inet_pton(AF_INET6, source, key.source);
	cr_assert_eq(bpf_map_update_elem(bpf_map__fd(skel->maps.range6), &key, &fwd, 0), 0);
}

/* Prefixes within each other, and a source within both. */
static void set_ranges(void)
{
	set4("232.1.1.3", "0.0.0.0", 0, MUPI_FWD_HAS_SOURCES | MUPI_FWD_HAS_PREFIXES);
	set4("232.1.1.3", "10.1.2.3", LOOPBACK, MUPI_FWD_SINGLE);
	range4("10.1.0.0", 16, MUPI_FWD_SINGLE);
	range4("10.1.2.0", 24, MUPI_FWD_DROP);
	set6("ff3e::3", "::", 0, MUPI_FWD_HAS_SOURCES | MUPI_FWD_HAS_PREFIXES);
	set6("ff3e::3", "fd01::2:3", LOOPBACK, MUPI_FWD_SINGLE);
	range6("fd01::", 32, MUPI_FWD_SINGLE);
	range6("fd01::", 64, MUPI_FWD_DROP);
}

static void set_up(void)
{
	uint32_t zero = 0;
	int list;

	cr_assert_eq(unshare(CLONE_NEWNET), 0, "needs root: %m");
	skel = mupi__open_and_load();
	cr_assert_not_null(skel);
	list = bpf_map_create(BPF_MAP_TYPE_DEVMAP_HASH, "list", 4, 4, 4, NULL);
	cr_assert_eq(bpf_map_update_elem(bpf_map__fd(skel->maps.lists), &zero, &list, 0), 0);
	set4("232.1.1.1", "0.0.0.0", LOOPBACK, MUPI_FWD_SINGLE | MUPI_FWD_HAS_SOURCES);
	set4("232.1.1.1", "10.0.0.66", 0, MUPI_FWD_DROP);
	set4("232.1.1.2", "0.0.0.0", 0, MUPI_FWD_LIST);
	set6("ff3e::1", "::", 0, MUPI_FWD_LIST | MUPI_FWD_HAS_SOURCES);
	set6("ff3e::1", "fd00::66", 0, MUPI_FWD_DROP);
	set_ranges();
}

static void tear_down(void)
{
	mupi__destroy(skel);
}

TestSuite(bpf, .init = set_up, .fini = tear_down, .timeout = 60);

static void check(const struct fixture *f, int tags, struct ring_buffer *ring)
{
	uint64_t before = f->counter < NO_COUNTER ? counter(f->counter) : 0;
	uint8_t frame[256];
	size_t len = build(f, tags, frame);

	n_seen = 0;
	set_port(f->flags, 0, 0);
	cr_expect_eq(run(frame, len, 1), f->verdict, "%s, %d tags: verdict", f->name, tags);
	if (f->counter < NO_COUNTER)
		cr_expect_eq(counter(f->counter), before + 1, "%s, %d tags: counter", f->name,
			     tags);
	ring_buffer__consume(ring);
	cr_expect_eq(n_seen, f->punted, "%s, %d tags: punt", f->name, tags);
	if (f->punted)
		cr_expect(seen_len == len && !memcmp(seen, frame, len), "%s: bytes", f->name);
}

Test(bpf, every_kind_of_frame)
{
	struct ring_buffer *ring =
		ring_buffer__new(bpf_map__fd(skel->maps.punt), on_punt, NULL, NULL);

	cr_assert_not_null(ring);
	for (size_t i = 0; i < ARRAY_SIZE(fixtures); i++)
		for (int tags = 0; tags <= 2; tags++)
			check(&fixtures[i], tags, ring);
	ring_buffer__free(ring);
}

Test(bpf, cut_at_every_length)
{
	uint8_t frame[256];

	for (size_t i = 0; i < ARRAY_SIZE(fixtures); i++) {
		size_t len = build(&fixtures[i], 2, frame);

		set_port(fixtures[i].flags, 0, 0);
		for (size_t n = 14; n < len; n++) {
			uint64_t punted = counter(MUPI_STAT_PUNTED);
			unsigned int verdict = run(frame, n, 1);

			cr_expect(verdict == XDP_PASS || verdict == XDP_DROP ||
					  verdict == XDP_REDIRECT,
				  "%s cut at %zu", fixtures[i].name, n);
			if (fixtures[i].verdict == XDP_DROP)
				cr_expect_eq(counter(MUPI_STAT_PUNTED), punted, "%s cut at %zu",
					     fixtures[i].name, n);
		}
	}
}

Test(bpf, reports_and_queries_have_rates_of_their_own)
{
	uint8_t frame[256];
	size_t len = build(&fixtures[1], 0, frame);

	set_port(0, 5, 3);
	cr_expect_eq(run(frame, len, 100), XDP_DROP);
	cr_expect_eq(counter(MUPI_STAT_PUNTED), 5);
	cr_expect_eq(counter(MUPI_STAT_PUNT_LIMITED), 95);
	len = build(&fixtures[0], 0, frame);
	run(frame, len, 100);
	cr_expect_eq(counter(MUPI_STAT_PUNTED), 8);
}

Test(bpf, arp_passes_and_is_shown_to_the_agent)
{
	uint8_t frame[60] = {[12] = 0x08, [13] = 0x06};

	set_port(0, 0, 0);
	cr_expect_eq(run(frame, sizeof(frame), 1), XDP_PASS);
	cr_expect_eq(counter(MUPI_STAT_PUNTED), 1u);
	set_port(MUPI_PORT_UPSTREAM, 0, 0);
	cr_expect_eq(run(frame, sizeof(frame), 1), XDP_PASS);
	cr_expect_eq(counter(MUPI_STAT_PUNTED), 1u);
}

Test(bpf, a_full_ring_is_counted)
{
	uint8_t frame[256];
	size_t len = build(&fixtures[1], 0, frame);

	set_port(0, 0, 0);
	run(frame, len, 10000);
	cr_expect_gt(counter(MUPI_STAT_PUNT_FULL), 0);
	cr_expect_eq(counter(MUPI_STAT_PUNT_FULL) + counter(MUPI_STAT_PUNTED), 10000);
}

Test(bpf, without_an_agent_everything_unknown_passes)
{
	struct mupi_alive dead = {.last_ns = 1, .hold_ns = 1};
	uint32_t zero = 0;
	uint8_t frame[256];

	bpf_map_update_elem(bpf_map__fd(skel->maps.alive), &zero, &dead, BPF_ANY);
	set_port(0, 0, 0);
	cr_expect_eq(run(frame, build(&fixtures[1], 0, frame), 1), XDP_PASS);
	cr_expect_eq(run(frame, build(&fixtures[12], 0, frame), 1), XDP_PASS);
	set_port(MUPI_PORT_UPSTREAM, 0, 0);
	cr_expect_eq(run(frame, build(&fixtures[15], 0, frame), 1), XDP_REDIRECT);
}

Test(bpf, unknown_ports_pass_everything)
{
	uint8_t frame[256];

	for (size_t i = 0; i < 15; i++) {
		size_t len = build(&fixtures[i], 0, frame);

		cr_expect_eq(run(frame, len, 1), XDP_PASS, "%s", fixtures[i].name);
	}
}
