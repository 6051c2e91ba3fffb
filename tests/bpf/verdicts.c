// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames in, verdict and counter out: both programs through BPF_PROG_TEST_RUN, with one result. */
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <criterion/criterion.h>

#include "bpf/fixtures.h"
#include "bpf/prog_rig.h"
#include "mupi/dataplane.h"

#define MULTICAST 1
#define UNICAST	  2

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

TestSuite(xdp, .init = prog_up, .fini = prog_down, .timeout = 60);
TestSuite(tc, .init = prog_up, .fini = prog_down, .timeout = 60);

/* A test of each program. */
#define BOTH(name)                                                                                 \
	static void name(void);                                                                    \
	Test(xdp, name)                                                                            \
	{                                                                                          \
		prog_hook = XDP;                                                                   \
		name();                                                                            \
	}                                                                                          \
	Test(tc, name)                                                                             \
	{                                                                                          \
		prog_hook = TC;                                                                    \
		name();                                                                            \
	}                                                                                          \
	static void name(void)

/* `mac`: the first byte of the address that it is to. */
static void check(const struct fixture *f, int tags, uint8_t mac, struct ring_buffer *ring)
{
	uint64_t before = f->counter < NO_COUNTER ? prog_counter(f->counter) : 0;
	uint8_t frame[FRAME_MAX];
	size_t len = fixture_build(f, tags, frame);

	frame[0] = mac;
	n_seen = 0;
	prog_set_port(f->flags, 0, 0);
	cr_expect_eq(prog_run(frame, len, 1), f->verdict, "%s, %d tags: verdict", f->name, tags);
	if (f->counter < NO_COUNTER)
		cr_expect_eq(prog_counter(f->counter), before + 1, "%s, %d tags: counter", f->name,
			     tags);
	ring_buffer__consume(ring);
	cr_expect_eq(n_seen, f->punted, "%s, %d tags: punt", f->name, tags);
	if (f->punted)
		cr_expect(seen_len == len && !memcmp(seen, frame, len), "%s: bytes", f->name);
}

BOTH(every_kind_of_frame)
{
	struct ring_buffer *ring =
		ring_buffer__new(bpf_map__fd(prog_skel->maps.punt), on_punt, NULL, NULL);

	cr_assert_not_null(ring);
	for (size_t i = 0; i < n_fixtures; i++)
		for (int tags = 0; tags <= 2; tags++)
			check(&fixtures[i], tags, MULTICAST, ring);
	ring_buffer__free(ring);
}

static bool is_data(const struct fixture *f)
{
	return f->counter == MUPI_STAT_FORWARDED || f->counter == MUPI_STAT_NO_MEMBER ||
	       f->counter == MUPI_STAT_CLIENT_DATA || f->counter == MUPI_STAT_PASSED;
}

/* No switch would copy what is addressed to one host; IGMP and MLD are the agent's all the same. */
BOTH(data_for_the_mac_address_of_one_host_passes)
{
	struct ring_buffer *ring =
		ring_buffer__new(bpf_map__fd(prog_skel->maps.punt), on_punt, NULL, NULL);

	cr_assert_not_null(ring);
	for (size_t i = 0; i < n_fixtures; i++) {
		struct fixture f = fixtures[i];

		if (is_data(&f)) {
			f.verdict = XDP_PASS;
			f.counter = NO_COUNTER;
		}
		for (int tags = 0; tags <= 2; tags++)
			check(&f, tags, UNICAST, ring);
	}
	cr_expect_eq(prog_counter(MUPI_STAT_FORWARDED), 0);
	cr_expect_eq(prog_counter(MUPI_STAT_NO_MEMBER), 0);
	ring_buffer__free(ring);
}

BOTH(cut_at_every_length)
{
	uint8_t frame[FRAME_MAX];

	for (size_t i = 0; i < n_fixtures; i++) {
		size_t len = fixture_build(&fixtures[i], 2, frame);

		prog_set_port(fixtures[i].flags, 0, 0);
		for (size_t n = 14; n < len; n++) {
			uint64_t punted = prog_counter(MUPI_STAT_PUNTED);
			unsigned int verdict = prog_run(frame, n, 1);

			cr_expect(verdict == XDP_PASS || verdict == XDP_DROP ||
					  verdict == XDP_REDIRECT,
				  "%s cut at %zu", fixtures[i].name, n);
			if (fixtures[i].verdict == XDP_DROP)
				cr_expect_eq(prog_counter(MUPI_STAT_PUNTED), punted,
					     "%s cut at %zu", fixtures[i].name, n);
		}
	}
}

BOTH(reports_and_queries_have_rates_of_their_own)
{
	uint8_t frame[FRAME_MAX];
	size_t len = fixture_build(&fixtures[1], 0, frame);

	prog_set_port(0, 5, 3);
	cr_expect_eq(prog_run(frame, len, 500), XDP_DROP);
	cr_expect_eq(prog_counter(MUPI_STAT_PUNTED), 250);
	cr_expect_eq(prog_counter(MUPI_STAT_PUNT_LIMITED), 250);
	len = fixture_build(&fixtures[0], 0, frame);
	prog_run(frame, len, 500);
	cr_expect_eq(prog_counter(MUPI_STAT_PUNTED), 400);
}

/* A report of many records is as much work as many reports. */
BOTH(long_reports_cost_more)
{
	uint8_t frame[1290] = {0};

	fixture_build(&fixtures[1], 0, frame);
	prog_set_port(0, 5, 0);
	prog_run(frame, sizeof(frame), 100);
	cr_expect_eq(prog_counter(MUPI_STAT_PUNTED), 17, "250 for once, each takes 14");
}

BOTH(arp_passes_and_is_shown_to_the_agent)
{
	uint8_t frame[60] = {[12] = 0x08, [13] = 0x06};

	prog_set_port(0, 0, 0);
	cr_expect_eq(prog_run(frame, sizeof(frame), 1), XDP_PASS);
	cr_expect_eq(prog_counter(MUPI_STAT_PUNTED), 1u);
	prog_set_port(MUPI_PORT_UPSTREAM, 0, 0);
	cr_expect_eq(prog_run(frame, sizeof(frame), 1), XDP_PASS);
	cr_expect_eq(prog_counter(MUPI_STAT_PUNTED), 1u);
}

/* ARP over its rate passes, and is no lost report. */
BOTH(neighbours_over_their_rate_are_counted_apart)
{
	struct mupi_port port = {.rate = {[MUPI_PUNT_NEIGHBOUR] = 5}};
	uint8_t frame[60] = {[12] = 0x08, [13] = 0x06};
	uint32_t key = PROG_PORT;

	bpf_map_update_elem(bpf_map__fd(prog_skel->maps.ports), &key, &port, BPF_ANY);
	cr_expect_eq(prog_run(frame, sizeof(frame), 500), XDP_PASS);
	cr_expect_eq(prog_counter(MUPI_STAT_PUNTED), 250);
	cr_expect_eq(prog_counter(MUPI_STAT_NEIGHBOUR_LIMITED), 250);
	cr_expect_eq(prog_counter(MUPI_STAT_PUNT_LIMITED), 0);
}

BOTH(a_full_ring_is_counted)
{
	uint8_t frame[FRAME_MAX];
	size_t len = fixture_build(&fixtures[1], 0, frame);

	prog_set_port(0, 0, 0);
	prog_run(frame, len, 20000);
	cr_expect_gt(prog_counter(MUPI_STAT_PUNT_FULL), 0);
	cr_expect_eq(prog_counter(MUPI_STAT_PUNT_FULL) + prog_counter(MUPI_STAT_PUNTED), 20000);
}

/* A port that floods an agent that does not read leaves room for what others say. */
BOTH(the_last_of_the_ring_is_for_modest_ports)
{
	struct mupi_port quiet = {.index = 1, .rate = {[MUPI_PUNT_REPORT] = 100000}};
	uint8_t frame[FRAME_MAX];
	size_t len = fixture_build(&fixtures[1], 0, frame);
	uint32_t key = PROG_PORT;

	prog_set_port(0, 100000, 1000);
	prog_run(frame, len, 20000);
	cr_expect_gt(prog_counter(MUPI_STAT_PUNTED), 5000);
	cr_expect_gt(prog_counter(MUPI_STAT_PUNT_LIMITED), 5000);
	cr_expect_eq(prog_counter(MUPI_STAT_PUNT_FULL), 0);
	bpf_map_update_elem(bpf_map__fd(prog_skel->maps.ports), &key, &quiet, BPF_ANY);
	prog_run(frame, len, 1000);
	cr_expect_eq(prog_counter(MUPI_STAT_MAX + MUPI_STAT_PUNTED), 1000);
}

/* One that was heard of so long ago; 0: just now. It has a minute. */
static void set_agent(unsigned int seconds_ago)
{
	struct mupi_alive agent = {.hold_ns = 60 * 1000000000ULL};
	struct timespec now;
	uint32_t zero = 0;

	clock_gettime(CLOCK_MONOTONIC, &now);
	agent.last_ns = (uint64_t)(now.tv_sec - seconds_ago) * 1000000000ULL;
	cr_assert_eq(bpf_map_update_elem(bpf_map__fd(prog_skel->maps.alive), &zero, &agent, 0), 0);
}

BOTH(when_the_hold_time_has_ended_everything_passes)
{
	struct ring_buffer *ring =
		ring_buffer__new(bpf_map__fd(prog_skel->maps.punt), on_punt, NULL, NULL);

	cr_assert_not_null(ring);
	for (size_t i = 0; i < n_fixtures; i++) {
		struct fixture f = fixtures[i];

		set_agent(0);
		check(&f, 0, MULTICAST, ring);
		f.counter = is_data(&f) ? MUPI_STAT_PASSED : NO_COUNTER;
		f.verdict = XDP_PASS;
		f.punted = false;
		set_agent(61);
		check(&f, 0, MULTICAST, ring);
	}
	cr_expect_gt(prog_counter(MUPI_STAT_FORWARDED), 0, "as long as there was an agent");
	ring_buffer__free(ring);
}

BOTH(unknown_ports_pass_everything)
{
	uint8_t frame[FRAME_MAX];

	for (size_t i = 0; i < 15; i++) {
		size_t len = fixture_build(&fixtures[i], 0, frame);

		cr_expect_eq(prog_run(frame, len, 1), XDP_PASS, "%s", fixtures[i].name);
	}
}

/* The memory of an entry that went is the next one's, while a packet still reads it. */
BOTH(entries_that_became_anothers_are_none)
{
	struct mupi_key4 key = {.ifindex = PROG_PORT, .group = htonl(0xe8010101)};
	struct mupi_fwd another = {.out = PROG_PORT, .flags = MUPI_FWD_SINGLE};
	uint8_t frame[FRAME_MAX];
	size_t len = fixture_build(&fixtures[15], 0, frame);

	prog_set_port(MUPI_PORT_UPSTREAM, 0, 0);
	cr_expect_eq(prog_run(frame, len, 1), XDP_REDIRECT);
	bpf_map_update_elem(bpf_map__fd(prog_skel->maps.fwd4), &key, &another, BPF_EXIST);
	cr_expect_eq(prog_run(frame, len, 1), XDP_DROP);
	cr_expect_eq(prog_counter(MUPI_STAT_NO_MEMBER), 1);
}
