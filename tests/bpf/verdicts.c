// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames in, verdict and counter out: both programs through BPF_PROG_TEST_RUN, with one result. */
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <criterion/criterion.h>

#include "bpf/fixtures.h"
#include "mupi/dataplane.h"
#include "lib/util.h"
#include "mupi.skel.h"

#define LOOPBACK 1 /* the context's ifindex must be a live device */

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

static enum { XDP, TC } hook;

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

static unsigned int run(const uint8_t *frame, size_t len, int repeat)
{
	struct xdp_md xdp = {.data_end = (uint32_t)len, .ingress_ifindex = LOOPBACK};
	struct __sk_buff skb = {.ifindex = LOOPBACK};
	struct bpf_program *prog = hook == XDP ? skel->progs.mupi_xdp : skel->progs.mupi_tc;
	uint8_t out[2048];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = (uint32_t)len,
		    .data_out = out, .data_size_out = sizeof(out), .repeat = repeat);

	opts.ctx_in = hook == XDP ? (void *)&xdp : (void *)&skb;
	opts.ctx_size_in = hook == XDP ? sizeof(xdp) : sizeof(skb);
	cr_assert_eq(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), 0, "%m");
	return hook == XDP ? opts.retval : translated(opts.retval);
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

	inet_pton(AF_INET, "239.1.1.3", &key.group);
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
	set4("239.1.1.3", "0.0.0.0", 0, MUPI_FWD_HAS_SOURCES | MUPI_FWD_HAS_PREFIXES);
	set4("239.1.1.3", "10.1.2.3", LOOPBACK, MUPI_FWD_SINGLE);
	range4("10.1.0.0", 16, MUPI_FWD_SINGLE);
	range4("10.1.2.0", 24, MUPI_FWD_DROP);
	set6("ff3e::3", "::", 0, MUPI_FWD_HAS_SOURCES | MUPI_FWD_HAS_PREFIXES);
	set6("ff3e::3", "fd01::2:3", LOOPBACK, MUPI_FWD_SINGLE);
	range6("fd01::", 32, MUPI_FWD_SINGLE);
	range6("fd01::", 64, MUPI_FWD_DROP);
}

static void set_up(void)
{
	uint32_t zero = 0, key = 2, receiver;
	struct mupi_members members = {{1 << key}};
	int list;

	cr_assert_eq(unshare(CLONE_NEWNET), 0, "needs root: %m");
	skel = mupi__open_and_load();
	cr_assert_not_null(skel);
	list = bpf_map_create(BPF_MAP_TYPE_DEVMAP_HASH, "list", 4, 4, 4, NULL);
	cr_assert_eq(system("ip link add name out type veth peer name in"), 0);
	receiver = if_nametoindex("out");
	cr_assert_eq(bpf_map_update_elem(list, &key, &receiver, 0), 0);
	cr_assert_eq(bpf_map_update_elem(bpf_map__fd(skel->maps.members), &zero, &members, 0), 0);
	cr_assert_eq(bpf_map_update_elem(bpf_map__fd(skel->maps.lists), &zero, &list, 0), 0);
	set4("232.1.1.1", "0.0.0.0", LOOPBACK, MUPI_FWD_SINGLE | MUPI_FWD_HAS_SOURCES);
	set4("232.1.1.1", "10.0.0.66", 0, MUPI_FWD_DROP);
	set4("232.1.1.2", "0.0.0.0", 0, MUPI_FWD_LIST);
	set6("ff1e::1", "::", 0, MUPI_FWD_LIST | MUPI_FWD_HAS_SOURCES);
	set6("ff1e::1", "fd00::66", 0, MUPI_FWD_DROP);
	set_ranges();
}

static void tear_down(void)
{
	mupi__destroy(skel);
}

TestSuite(xdp, .init = set_up, .fini = tear_down, .timeout = 60);
TestSuite(tc, .init = set_up, .fini = tear_down, .timeout = 60);

/* A test of each program. */
#define BOTH(name)                                                                                 \
	static void name(void);                                                                    \
	Test(xdp, name)                                                                            \
	{                                                                                          \
		hook = XDP;                                                                        \
		name();                                                                            \
	}                                                                                          \
	Test(tc, name)                                                                             \
	{                                                                                          \
		hook = TC;                                                                         \
		name();                                                                            \
	}                                                                                          \
	static void name(void)

static void check(const struct fixture *f, int tags, struct ring_buffer *ring)
{
	uint64_t before = f->counter < NO_COUNTER ? counter(f->counter) : 0;
	uint8_t frame[FRAME_MAX];
	size_t len = fixture_build(f, tags, frame);

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

BOTH(every_kind_of_frame)
{
	struct ring_buffer *ring =
		ring_buffer__new(bpf_map__fd(skel->maps.punt), on_punt, NULL, NULL);

	cr_assert_not_null(ring);
	for (size_t i = 0; i < n_fixtures; i++)
		for (int tags = 0; tags <= 2; tags++)
			check(&fixtures[i], tags, ring);
	ring_buffer__free(ring);
}

BOTH(cut_at_every_length)
{
	uint8_t frame[FRAME_MAX];

	for (size_t i = 0; i < n_fixtures; i++) {
		size_t len = fixture_build(&fixtures[i], 2, frame);

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

BOTH(reports_and_queries_have_rates_of_their_own)
{
	uint8_t frame[FRAME_MAX];
	size_t len = fixture_build(&fixtures[1], 0, frame);

	set_port(0, 5, 3);
	cr_expect_eq(run(frame, len, 500), XDP_DROP);
	cr_expect_eq(counter(MUPI_STAT_PUNTED), 250);
	cr_expect_eq(counter(MUPI_STAT_PUNT_LIMITED), 250);
	len = fixture_build(&fixtures[0], 0, frame);
	run(frame, len, 500);
	cr_expect_eq(counter(MUPI_STAT_PUNTED), 400);
}

/* A report of many records is as much work as many reports. */
BOTH(long_reports_cost_more)
{
	uint8_t frame[1290] = {0};

	fixture_build(&fixtures[1], 0, frame);
	set_port(0, 5, 0);
	run(frame, sizeof(frame), 100);
	cr_expect_eq(counter(MUPI_STAT_PUNTED), 17, "250 for once, each takes 14");
}

BOTH(arp_passes_and_is_shown_to_the_agent)
{
	uint8_t frame[60] = {[12] = 0x08, [13] = 0x06};

	set_port(0, 0, 0);
	cr_expect_eq(run(frame, sizeof(frame), 1), XDP_PASS);
	cr_expect_eq(counter(MUPI_STAT_PUNTED), 1u);
	set_port(MUPI_PORT_UPSTREAM, 0, 0);
	cr_expect_eq(run(frame, sizeof(frame), 1), XDP_PASS);
	cr_expect_eq(counter(MUPI_STAT_PUNTED), 1u);
}

BOTH(a_full_ring_is_counted)
{
	uint8_t frame[FRAME_MAX];
	size_t len = fixture_build(&fixtures[1], 0, frame);

	set_port(0, 0, 0);
	run(frame, len, 20000);
	cr_expect_gt(counter(MUPI_STAT_PUNT_FULL), 0);
	cr_expect_eq(counter(MUPI_STAT_PUNT_FULL) + counter(MUPI_STAT_PUNTED), 20000);
}

/* A port that floods an agent that does not read leaves room for what others say. */
BOTH(the_last_of_the_ring_is_for_modest_ports)
{
	struct mupi_port quiet = {.index = 1, .rate = {[MUPI_PUNT_REPORT] = 100000}};
	uint8_t frame[FRAME_MAX];
	size_t len = fixture_build(&fixtures[1], 0, frame);
	uint32_t key = LOOPBACK;

	set_port(0, 100000, 1000);
	run(frame, len, 20000);
	cr_expect_gt(counter(MUPI_STAT_PUNTED), 5000);
	cr_expect_gt(counter(MUPI_STAT_PUNT_LIMITED), 5000);
	cr_expect_eq(counter(MUPI_STAT_PUNT_FULL), 0);
	bpf_map_update_elem(bpf_map__fd(skel->maps.ports), &key, &quiet, BPF_ANY);
	run(frame, len, 1000);
	cr_expect_eq(counter(MUPI_STAT_MAX + MUPI_STAT_PUNTED), 1000);
}

BOTH(without_an_agent_everything_unknown_passes)
{
	struct mupi_alive dead = {.last_ns = 1, .hold_ns = 1};
	uint32_t zero = 0;
	uint8_t frame[FRAME_MAX];

	bpf_map_update_elem(bpf_map__fd(skel->maps.alive), &zero, &dead, BPF_ANY);
	set_port(0, 0, 0);
	cr_expect_eq(run(frame, fixture_build(&fixtures[1], 0, frame), 1), XDP_PASS);
	cr_expect_eq(run(frame, fixture_build(&fixtures[12], 0, frame), 1), XDP_PASS);
	set_port(MUPI_PORT_UPSTREAM, 0, 0);
	cr_expect_eq(run(frame, fixture_build(&fixtures[15], 0, frame), 1), XDP_REDIRECT);
}

BOTH(unknown_ports_pass_everything)
{
	uint8_t frame[FRAME_MAX];

	for (size_t i = 0; i < 15; i++) {
		size_t len = fixture_build(&fixtures[i], 0, frame);

		cr_expect_eq(run(frame, len, 1), XDP_PASS, "%s", fixtures[i].name);
	}
}
