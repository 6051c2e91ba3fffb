// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames of chance: the XDP program, the TC program and the agent's decoder make the same of each.
 * MUPI_SEED picks others.
 */
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>
#include <criterion/criterion.h>

#include "bpf/fixtures.h"
#include "bpf/prog_rig.h"
#include "lib/util.h"
#include "wire/message.h"
#include "wire/neighbour.h"

#define FRAMES	   5000
#define SHORTEST   54 /* the kernel takes no test frame without its IP header */
#define LONGEST	   1500
#define MAC_HEADER 14
#define TAG	   4

TestSuite(random_frames, .init = prog_up, .fini = prog_down, .timeout = 60);

struct sample {
	uint8_t frame[4096];
	size_t len, l3;
	unsigned int flags; /* of the port */
};

static unsigned int below(unsigned int n)
{
	return (unsigned int)random() % n;
}

/* ---- frames ---- */

static void insert(struct sample *s, size_t at, const uint8_t *bytes, size_t n)
{
	memmove(s->frame + at + n, s->frame + at, s->len - at);
	memcpy(s->frame + at, bytes, n);
	s->len += n;
}

/* A message as agents and hosts send it. */
static void put_message(struct sample *s, enum family family)
{
	static const uint8_t v4[] = {10, 0, 0, 1}, group4[] = {239, 1, 1, 1};
	static const uint8_t v6[16] = {0xfe, 0x80, [15] = 1}, group6[16] = {0xff, 0x1e, [15] = 1};
	struct sender from = {.v4 = addr_from_v4(v4), .v6 = addr_from_v6(v6)};
	struct addr group = family == FAMILY_V4 ? addr_from_v4(group4) : addr_from_v6(group6);
	struct query query = {.generation = 3, .group = ADDR_NONE, .max_response = USEC_PER_SEC};
	struct frame f;

	switch (below(4)) {
	case 0:
		frame_old_report(&f, family, &from, 2, &group);
		break;
	case 1:
		frame_old_leave(&f, family, &from, &group);
		break;
	case 2:
		frame_query(&f, family, &from, &query, LONGEST);
		break;
	default:
		frame_report_start(&f, family, &from);
		frame_report_add(&f, LONGEST, RECORD_TO_EX, &group, NULL, 0);
		frame_report_finish(&f);
	}
	memcpy(s->frame, f.data, f.len);
	s->len = f.len;
}

/* In front of what is there: hop-by-hop, for the destination, routing, fragment, or one that no
 * program looks behind. */
static void put_extension(struct sample *s)
{
	static const uint8_t types[] = {0, 60, 60, 60, 43, 44, 51};
	uint8_t type = types[below(sizeof(types))], words = type == 44 ? 0 : (uint8_t)below(3);
	uint8_t header[24] = {s->frame[20], words, 1, (uint8_t)(4 + 8 * words)};
	size_t size = 8 * (words + 1u), payload;

	if (type == 44)
		memset(header + 2, 0, 2);
	insert(s, MAC_HEADER + 40, header, size);
	s->frame[20] = type;
	payload = s->len - MAC_HEADER - 40;
	s->frame[18] = (uint8_t)(payload >> 8);
	s->frame[19] = (uint8_t)payload;
}

static void put_tag(struct sample *s)
{
	uint8_t tag[TAG] = {0x81, 0x00, 0, 7};

	if (below(2))
		memcpy(tag, (uint8_t[]){0x88, 0xa8}, 2);
	insert(s, 12, tag, sizeof(tag));
	s->l3 += TAG;
}

static void spoil(struct sample *s)
{
	static const uint8_t values[] = {0,  1,	 2,   6,   17,	43,   44,   51,	  58,
					 60, 69, 103, 130, 131, 0x60, 0xe0, 0xff, 0x81};

	for (unsigned int n = below(4); n; n--) {
		uint8_t *byte = s->frame + 12 + below((unsigned int)MIN(s->len - 12, 90));

		*byte = below(2) ? values[below(sizeof(values))] : (uint8_t)below(256);
	}
	if (s->len > SHORTEST && below(4) == 0)
		s->len = SHORTEST + below((unsigned int)s->len - SHORTEST + 1);
	else if (below(4) == 0)
		s->len += below(LONGEST);
}

static void make(struct sample *s)
{
	const struct fixture *fixture = &fixtures[below((unsigned int)n_fixtures)];
	enum family family = below(3) ? FAMILY_V6 : FAMILY_V4;
	bool message = below(2);

	memset(s, 0, sizeof(*s));
	s->l3 = MAC_HEADER;
	s->flags = below(2) ? MUPI_PORT_UPSTREAM : 0;
	if (message)
		put_message(s, family);
	else
		s->len = MAX(fixture_build(fixture, 0, s->frame), SHORTEST);
	for (unsigned int n = message && family == FAMILY_V6 ? below(4) : 0; n; n--)
		put_extension(s);
	for (unsigned int n = below(4); n; n--)
		put_tag(s);
	if (below(3))
		spoil(s);
}

/* ---- what becomes of them ---- */

struct outcome {
	unsigned int verdict, n_punts;
	uint64_t counters[MUPI_STAT_MAX];
	struct mupi_punt punt;
	uint8_t frame[MUPI_PUNT_SNAP];
};

static int on_punt(void *ctx, void *data, size_t size)
{
	struct outcome *o = ctx;
	const struct mupi_punt *punt = data;

	cr_assert_leq(sizeof(*punt) + punt->len, size);
	o->n_punts++;
	o->punt = *punt;
	memcpy(o->frame, punt->frame, punt->len);
	return 0;
}

static void try(enum prog_hook hook, const struct sample *s, struct outcome *o)
{
	struct ring_buffer *ring =
		ring_buffer__new(bpf_map__fd(prog_skel->maps.punt), on_punt, o, NULL);

	memset(o, 0, sizeof(*o));
	prog_hook = hook;
	for (unsigned int i = 0; i < MUPI_STAT_MAX; i++)
		o->counters[i] = -prog_counter(i);
	o->verdict = prog_run(s->frame, s->len, 1);
	for (unsigned int i = 0; i < MUPI_STAT_MAX; i++)
		o->counters[i] += prog_counter(i);
	ring_buffer__consume(ring);
	ring_buffer__free(ring);
}

static void print(const struct sample *s)
{
	for (size_t i = 0; i < s->len && i < 200; i++)
		fprintf(stderr, "%02x%s", s->frame[i], i + 1 == s->l3 ? " " : "");
	fputc('\n', stderr);
}

static bool has_tags(const struct sample *s, unsigned int most)
{
	for (size_t at = 12; at + 2 < s->l3; at += TAG)
		if (memcmp(s->frame + at, "\x81\x00", 2) != 0 &&
		    memcmp(s->frame + at, "\x88\xa8", 2) != 0)
			return false;
	return s->l3 <= MAC_HEADER + most * TAG;
}

/* What the decoder takes reached the agent, as what it is. */
static bool decoder_agrees(const struct sample *s, const struct outcome *o)
{
	uint16_t proto = (uint16_t)(s->frame[s->l3 - 2] << 8 | s->frame[s->l3 - 1]);
	bool upstream = s->flags & MUPI_PORT_UPSTREAM;
	enum mupi_punt_kind kind = MUPI_PUNT_REPORT;
	struct neighbour neighbour;
	struct message m;

	if (!has_tags(s, 2))
		return true;
	if (neighbour_decode(s->frame, s->len, s->l3, proto, &neighbour))
		return upstream || (o->n_punts && o->punt.kind == MUPI_PUNT_NEIGHBOUR);
	if (message_decode(s->frame, s->len, s->l3, proto, false, &m))
		return true;
	if (m.type == MESSAGE_PIM_HELLO && !upstream)
		return true;
	if (m.type == MESSAGE_QUERY || m.type == MESSAGE_PIM_HELLO)
		kind = MUPI_PUNT_QUERY;
	return o->n_punts && o->punt.kind == kind && o->punt.l3_offset == s->l3;
}

Test(random_frames, are_the_same_to_both_programs_and_the_decoder)
{
	static struct outcome xdp, tc;
	const char *seed = getenv("MUPI_SEED");
	static struct sample s;

	srandom(seed ? (unsigned int)atoi(seed) : 1);
	for (unsigned int i = 0; i < FRAMES; i++) {
		make(&s);
		prog_set_port(s.flags, 0, 0);
		try(XDP, &s, &xdp);
		try(TC, &s, &tc);
		cr_expect(!memcmp(&xdp, &tc, sizeof(xdp)), "frame %u: verdict %u by XDP, %u by TC",
			  i, xdp.verdict, tc.verdict);
		cr_expect(decoder_agrees(&s, &xdp), "frame %u: verdict %u, but it is a message", i,
			  xdp.verdict);
		if (memcmp(&xdp, &tc, sizeof(xdp)) || !decoder_agrees(&s, &xdp))
			print(&s);
	}
}
