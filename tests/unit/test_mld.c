// SPDX-License-Identifier: GPL-2.0-or-later
/* MLD over IPv6: real bytes in, struct message or a reason out. */
#include <criterion/criterion.h>

#include "wire/message.h"

#define L3	 14
#define L4	 (L3 + 48)
#define GROUP	 0xff, 0x3e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 1
#define BAD	 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1
#define MAPPED	 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 232, 1, 1, 1
#define SOURCE_1 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11
#define SOURCE_2 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x22

struct packet {
	uint8_t b[400];
	size_t len;
};

static struct addr addr(const char *text)
{
	struct addr a = ADDR_NONE;

	if (*text)
		cr_assert_eq(addr_parse(text, &a), 0);
	return a;
}

/* The checksum with a pseudo-header, written down once more from RFC 8200 section 8.1. */
static void seal(struct packet *p, size_t len, uint8_t proto)
{
	uint8_t pseudo[40 + 400] = {0};
	uint16_t check;

	memcpy(pseudo, p->b + L3 + 8, 32);
	pseudo[34] = (uint8_t)(len >> 8);
	pseudo[35] = (uint8_t)len;
	pseudo[39] = proto;
	memset(p->b + L4 + 2, 0, 2);
	memcpy(pseudo + 40, p->b + L4, len);
	check = inet_checksum(pseudo, 40 + len, 0);
	memcpy(p->b + L4 + 2, &check, 2);
}

/* Ethernet, IPv6, hop-by-hop with Router Alert, the bytes, checksum, 6 bytes of padding. */
static struct packet packet(const char *from, const char *to, const void *mld, size_t len)
{
	static const uint8_t hop_by_hop[] = {58, 0, 5, 2, 0, 0, 1, 0};
	struct addr source = addr(from), destination = addr(to);
	struct packet p = {.len = L4 + len + 6};

	p.b[11] = 7;
	p.b[L3] = 0x60;
	p.b[L3 + 5] = (uint8_t)(8 + len);
	p.b[L3 + 7] = 1;
	memcpy(p.b + L3 + 8, source.b, 16);
	memcpy(p.b + L3 + 24, destination.b, 16);
	memcpy(p.b + L3 + 40, hop_by_hop, 8);
	memcpy(p.b + L4, mld, len);
	memset(p.b + L4 + len, 0xee, 6);
	seal(&p, len, 58);
	return p;
}

static enum decode_error decode(const struct packet *p, struct message *m)
{
	return message_decode(p->b, p->len, L3, ETHERTYPE_IPV6, false, m);
}

Test(mld, versions_and_types)
{
	static const struct {
		uint8_t bytes[32];
		size_t len;
		const char *to;
		enum message_type type;
		unsigned int generation;
		const char *group;
		usec_t max_response, interval;
		unsigned int robustness;
		bool suppress;
	} cases[] = {
		{{130, 0, 0, 0, 0x27, 0x10},
		 24,
		 "ff02::1",
		 MESSAGE_QUERY,
		 2,
		 "",
		 10000000,
		 0,
		 0,
		 0},
		{{130, 0, 0, 0, 0xff, 0xff, 0, 0, GROUP},
		 24,
		 "ff3e::8000:1",
		 MESSAGE_QUERY,
		 2,
		 "ff3e::8000:1",
		 65535000,
		 0,
		 0,
		 0},
		{{130, 0, 0, 0, 0x03, 0xe8, 0, 0, GROUP},
		 24,
		 "ff02::1",
		 MESSAGE_QUERY,
		 2,
		 "ff3e::8000:1",
		 1000000,
		 0,
		 0,
		 0},
		{{130, 0, 0, 0, 0x27, 0x10, [24] = 2, 125},
		 28,
		 "ff02::1",
		 MESSAGE_QUERY,
		 3,
		 "",
		 10000000,
		 125000000,
		 2,
		 false},
		{{130, 0, 0, 0, 0xff, 0xff, [24] = 0x8f, 0x80},
		 32,
		 "ff02::1",
		 MESSAGE_QUERY,
		 3,
		 "",
		 8387584000ULL,
		 128000000,
		 7,
		 true},
		{{131, 0, 0, 0, 0, 0, 0, 0, GROUP},
		 24,
		 "ff3e::8000:1",
		 MESSAGE_REPORT,
		 2,
		 "ff3e::8000:1",
		 0,
		 0,
		 0,
		 false},
		{{132, 0, 0, 0, 0, 0, 0, 0, GROUP},
		 24,
		 "ff02::2",
		 MESSAGE_LEAVE,
		 2,
		 "ff3e::8000:1",
		 0,
		 0,
		 0,
		 false},
		{{143}, 8, "ff02::16", MESSAGE_REPORT, 3, "", 0, 0, 0, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct packet p = packet("fe80::7", cases[i].to, cases[i].bytes, cases[i].len);
		struct addr want = addr(cases[i].group);
		struct message m;

		cr_assert_eq(decode(&p, &m), DECODE_OK, "case %zu", i);
		cr_expect_eq(m.type, cases[i].type, "case %zu", i);
		cr_expect_eq(m.family, FAMILY_V6);
		cr_expect_eq(m.generation, cases[i].generation, "case %zu", i);
		cr_expect(addr_eq(&m.group, &want), "case %zu", i);
		cr_expect_eq(m.max_response, cases[i].max_response, "case %zu", i);
		cr_expect_eq(m.query_interval, cases[i].interval, "case %zu", i);
		cr_expect_eq(m.robustness, cases[i].robustness, "case %zu", i);
		cr_expect_eq(m.suppress, cases[i].suppress, "case %zu", i);
	}
}

Test(mld, every_source_of_a_query_is_read)
{
	static const uint8_t bytes[] = {130,   0, 0,   0, 3, 0xe8,     0,	0,
					GROUP, 2, 125, 0, 2, SOURCE_1, SOURCE_2};
	struct packet p = packet("fe80::7", "ff3e::8000:1", bytes, sizeof(bytes));
	struct addr want = addr("2001:db8::22"), got;
	struct message m;

	cr_assert_eq(decode(&p, &m), DECODE_OK);
	cr_assert_eq(m.n, 2);
	got = message_query_source(&m, 1);
	cr_expect(addr_eq(&got, &want));
}

Test(mld, every_good_record_is_read_and_the_others_are_skipped)
{
	static const uint8_t bytes[] = {
		143,   0,    0,	   0,	   0x80, 0,	0, 5,	 4,	0,	  0,	    0,
		GROUP, 7,    0,	   0,	   0,	 GROUP, 2, 0,	 0,	0,	  BAD,	    2,
		0,     0,    0,	   MAPPED, 5,	 1,	0, 2,	 GROUP, SOURCE_1, SOURCE_2, 0xaa,
		0xaa,  0xaa, 0xaa, 0,	   1,	 0,	2, 0xbb, 0xbb,
	};
	struct packet p = packet("fe80::7", "ff02::16", bytes, sizeof(bytes));
	struct addr want = addr("ff3e::8000:1"), last = addr("2001:db8::22"), got;
	struct record r;
	struct message m;
	size_t offset = 0;

	cr_assert_eq(decode(&p, &m), DECODE_OK);
	cr_assert(message_next_record(&m, &offset, &r));
	cr_expect_eq(r.type, RECORD_TO_EX);
	cr_expect_eq(r.n_sources, 0);
	cr_expect(addr_eq(&r.group, &want));
	cr_assert(message_next_record(&m, &offset, &r));
	cr_expect_eq(r.type, RECORD_ALLOW);
	cr_assert_eq(r.n_sources, 2);
	got = record_source(&r, 1);
	cr_expect(addr_eq(&got, &last));
	cr_expect_not(message_next_record(&m, &offset, &r));
}

Test(mld, bad_messages_are_refused_with_the_reason)
{
	static const struct {
		uint8_t bytes[48];
		size_t len;
		const char *to;
		enum decode_error error;
	} cases[] = {
		{{130}, 0, "ff02::1", DECODE_TRUNCATED},
		{{130}, 23, "ff02::1", DECODE_TRUNCATED},
		{{130}, 25, "ff02::1", DECODE_TRUNCATED},
		{{131, 0, 0, 0, 0, 0, 0, 0, GROUP}, 20, "ff3e::8000:1", DECODE_TRUNCATED},
		{{130, 0, 0, 0, 0, 0, 0, 0, GROUP, 2, 125, 0, 2}, 44, "ff02::1", DECODE_TRUNCATED},
		{{143}, 7, "ff02::16", DECODE_TRUNCATED},
		{{143, 0, 0, 0, 0, 0, 0, 1}, 8, "ff02::16", DECODE_TRUNCATED},
		{{143, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, GROUP}, 27, "ff02::16", DECODE_TRUNCATED},
		{{143, 0, 0, 0, 0, 0, 0, 1, 5, 0, 0, 2, GROUP}, 44, "ff02::16", DECODE_TRUNCATED},
		{{143, 0, 0, 0, 0, 0, 0, 1, 5, 5, 0, 0, GROUP}, 44, "ff02::16", DECODE_TRUNCATED},
		{{130}, 24, "ff02::2", DECODE_BAD_DESTINATION},
		{{130, 0, 0, 0, 0, 0, 0, 0, GROUP}, 24, "ff3e::9", DECODE_BAD_DESTINATION},
		{{131, 0, 0, 0, 0, 0, 0, 0, GROUP}, 24, "ff3e::9", DECODE_BAD_DESTINATION},
		{{132, 0, 0, 0, 0, 0, 0, 0, GROUP}, 24, "ff02::1", DECODE_BAD_DESTINATION},
		{{143}, 8, "ff02::2", DECODE_BAD_DESTINATION},
		{{130, 0, 0, 0, 0, 0, 0, 0, BAD}, 24, "ff02::1", DECODE_BAD_GROUP},
		{{131, 0, 0, 0, 0, 0, 0, 0, BAD}, 24, "ff02::2", DECODE_BAD_GROUP},
		{{131, 0, 0, 0, 0, 0, 0, 0, MAPPED}, 24, "ff02::2", DECODE_BAD_GROUP},
		{{132}, 24, "ff02::2", DECODE_BAD_GROUP},
		{{130, [27] = 1}, 44, "ff02::1", DECODE_BAD_GROUP},
		{{135}, 24, "ff02::1", DECODE_UNKNOWN_TYPE},
		{{128}, 4, "ff02::1", DECODE_UNKNOWN_TYPE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct packet p = packet("fe80::7", cases[i].to, cases[i].bytes, cases[i].len);
		struct message m = {.n = 77};

		cr_expect_eq(decode(&p, &m), cases[i].error, "case %zu: %s", i,
			     decode_error_name(decode(&p, &m)));
		cr_expect_eq(m.n, 77, "untouched");
	}
}

Test(mld, source_must_be_link_local)
{
	static const uint8_t report[24] = {131, 0, 0, 0, 0, 0, 0, 0, GROUP};
	static const uint8_t done[24] = {132, 0, 0, 0, 0, 0, 0, 0, GROUP};
	static const uint8_t v2[8] = {143}, query[24] = {130};
	static const char *const bad[] = {"::", "2001:db8::1", "ff02::1", "::ffff:1.2.3.4"};
	struct message m;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct packet p[] = {
			packet(bad[i], "ff3e::8000:1", report, sizeof(report)),
			packet(bad[i], "ff02::2", done, sizeof(done)),
			packet(bad[i], "ff02::16", v2, sizeof(v2)),
			packet(bad[i], "ff02::1", query, sizeof(query)),
		};

		for (size_t j = 0; j < ARRAY_SIZE(p); j++)
			cr_expect_eq(decode(&p[j], &m), DECODE_BAD_SOURCE, "%s %zu", bad[i], j);
	}
}

Test(mld, bad_ip_headers_are_refused_with_the_reason)
{
	static const uint8_t bytes[8] = {143};
	static const struct {
		unsigned int at, value;
		enum decode_error error;
	} cases[] = {
		{L3, 0x60, DECODE_OK},
		{L3, 0x40, DECODE_UNKNOWN_TYPE},
		{L3 + 5, 60, DECODE_TRUNCATED},
		{L3 + 5, 4, DECODE_TRUNCATED},
		{L3 + 6, 17, DECODE_UNKNOWN_TYPE},
		{L3 + 6, 44, DECODE_FRAGMENT},
		{L3 + 7, 255, DECODE_BAD_TTL},
		{L3 + 7, 0, DECODE_BAD_TTL},
		{L3 + 40, 44, DECODE_FRAGMENT},
		{L3 + 40, 17, DECODE_UNKNOWN_TYPE},
		{L3 + 41, 9, DECODE_TRUNCATED},
		{L3 + 42, 1, DECODE_NO_ROUTER_ALERT},
		{L3 + 43, 77, DECODE_NO_ROUTER_ALERT},
		{L3 + 45, 1, DECODE_NO_ROUTER_ALERT}, /* value 1 is RSVP */
		{L3 + 6, 60, DECODE_NO_ROUTER_ALERT}, /* in the wrong header */
		{L4 + 2, 0x77, DECODE_BAD_CHECKSUM},
		{L3 + 20, 0x77, DECODE_BAD_CHECKSUM}, /* the pseudo-header counts */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct packet p = packet("fe80::7", "ff02::16", bytes, sizeof(bytes));
		struct message m;

		p.b[cases[i].at] = (uint8_t)cases[i].value;
		cr_expect_eq(decode(&p, &m), cases[i].error, "case %zu: %s", i,
			     decode_error_name(decode(&p, &m)));
	}
}

Test(mld, router_alert_is_required_also_when_not_strict)
{
	static const uint8_t bytes[24] = {130};
	struct packet p = packet("fe80::7", "ff02::1", bytes, sizeof(bytes));
	struct message m;

	p.b[L3 + 42] = 1;
	p.b[L3 + 43] = 4;
	p.b[L3 + 46] = p.b[L3 + 47] = 0;
	cr_expect_eq(decode(&p, &m), DECODE_NO_ROUTER_ALERT);
	/* Pad1 in front of the option is allowed. */
	memcpy(p.b + L3 + 40, (const uint8_t[]){58, 0, 0, 0, 5, 2, 0, 0}, 8);
	cr_expect_eq(decode(&p, &m), DECODE_OK);
}

Test(mld, every_shorter_frame_is_truncated)
{
	static const uint8_t bytes[] = {143, 0, 0, 0, 0, 0, 0, 1, 5, 0, 0, 1, GROUP, SOURCE_1};
	struct packet p = packet("fe80::7", "ff02::16", bytes, sizeof(bytes));
	struct message m;

	for (size_t len = 0; len < p.len - 6; len++)
		cr_expect_eq(message_decode(p.b, len, L3, ETHERTYPE_IPV6, false, &m),
			     DECODE_TRUNCATED, "%zu", len);
	cr_expect_eq(message_decode(p.b, p.len - 6, L3, ETHERTYPE_IPV6, false, &m), DECODE_OK);
}

Test(pim, hello_over_ipv6)
{
	static const uint8_t bytes[] = {0x20, 0, 0, 0, 0, 1, 0, 2, 0, 105};
	struct packet p = packet("fe80::7", "ff02::d", bytes, sizeof(bytes));
	struct message m;

	p.b[L3 + 40] = 103;
	seal(&p, sizeof(bytes), 103);
	cr_assert_eq(decode(&p, &m), DECODE_OK);
	cr_expect_eq(m.type, MESSAGE_PIM_HELLO);
	cr_expect_eq(m.holdtime, 105 * USEC_PER_SEC);
}
