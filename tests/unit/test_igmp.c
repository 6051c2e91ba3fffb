// SPDX-License-Identifier: GPL-2.0-or-later
/* IGMP and PIM over IPv4: real bytes in, struct message or a reason out. */
#include <criterion/criterion.h>

#include "wire/message.h"

#define SOURCE	    10, 0, 0, 7
#define ETHERNET    0x01, 0x00, 0x5e, 0, 0, 1, 0x02, 0, 0, 0, 0, 7, 0x08, 0x00
#define ETHER_LEN   14
#define IP_RA_LEN   24
#define GROUP_BYTES 232, 1, 2, 3

/* Frame under test: Ethernet, IPv4 with Router Alert, the bytes, checksum filled in, 6 bytes of
 * padding. */
struct packet {
	uint8_t b[400];
	size_t len;
};

static struct packet packet(const uint8_t to[static 4], const void *igmp, size_t len)
{
	static const uint8_t head[] = {ETHERNET, 0x46, 0xc0, 0, 0, 0, 0,
				       0x40,	 0,    1,    2, 0, 0, SOURCE};
	struct packet p = {.len = ETHER_LEN + IP_RA_LEN + len + 6};
	uint8_t *l4 = p.b + ETHER_LEN + IP_RA_LEN;
	uint16_t check;

	memcpy(p.b, head, sizeof(head));
	memcpy(p.b + 30, to, 4);
	p.b[34] = 0x94;
	p.b[35] = 4;
	p.b[16] = (uint8_t)((IP_RA_LEN + len) >> 8);
	p.b[17] = (uint8_t)(IP_RA_LEN + len);
	memcpy(l4, igmp, len);
	check = inet_checksum(l4, len, 0);
	memcpy(l4 + 2, &check, 2);
	memset(l4 + len, 0xee, 6);
	return p;
}

static enum decode_error decode(const struct packet *p, struct message *m)
{
	return message_decode(p->b, p->len, ETHER_LEN, ETHERTYPE_IP, true, m);
}

static struct addr addr(const char *text)
{
	struct addr a = ADDR_NONE;

	if (*text)
		cr_assert_eq(addr_parse(text, &a), 0);
	return a;
}

static const uint8_t all_hosts[] = {224, 0, 0, 1}, all_routers[] = {224, 0, 0, 2},
		     v3_routers[] = {224, 0, 0, 22}, pim_routers[] = {224, 0, 0, 13},
		     group[] = {GROUP_BYTES}, other[] = {232, 9, 9, 9};

Test(igmp, a_v3_report_written_out_in_full_is_read)
{
	/* ALLOW (10.0.0.1, 232.1.1.1), checksums worked out apart from the code under test. */
	static const uint8_t frame[] = {
		0x01, 0x00, 0x5e, 0x00, 0x00, 0x16, 0x02, 0x00, 0x00, 0x00, 0x00, 0x07,
		0x08, 0x00, 0x46, 0xc0, 0x00, 0x2c, 0x00, 0x00, 0x40, 0x00, 0x01, 0x02,
		0xf9, 0xee, 0x0a, 0x00, 0x00, 0x07, 0xe0, 0x00, 0x00, 0x16, 0x94, 0x04,
		0x00, 0x00, 0x22, 0x00, 0xe5, 0xf9, 0x00, 0x00, 0x00, 0x01, 0x05, 0x00,
		0x00, 0x01, 0xe8, 0x01, 0x01, 0x01, 0x0a, 0x00, 0x00, 0x01,
	};
	struct addr want = addr("232.1.1.1"), from = addr("10.0.0.7"), s = addr("10.0.0.1"), got;
	struct record r;
	struct message m;
	size_t offset = 0;

	cr_assert_eq(message_decode(frame, sizeof(frame), 14, ETHERTYPE_IP, true, &m), DECODE_OK);
	cr_expect_eq(m.type, MESSAGE_REPORT);
	cr_expect_eq(m.generation, 3);
	cr_expect_eq(m.n, 1);
	cr_expect(addr_eq(&m.source, &from));
	cr_expect_eq(memcmp(m.source_mac, frame + 6, ETH_ALEN), 0);
	cr_assert(message_next_record(&m, &offset, &r));
	cr_expect_eq(r.type, RECORD_ALLOW);
	cr_expect(addr_eq(&r.group, &want));
	cr_assert_eq(r.n_sources, 1);
	got = record_source(&r, 0);
	cr_expect(addr_eq(&got, &s));
	cr_expect_not(message_next_record(&m, &offset, &r));
}

Test(igmp, versions_and_types)
{
	static const struct {
		uint8_t bytes[16];
		size_t len;
		const uint8_t *to;
		enum message_type type;
		unsigned int generation;
		const char *group;
		usec_t max_response, interval;
		unsigned int robustness;
		bool suppress;
	} cases[] = {
		{{0x11, 0}, 8, all_hosts, MESSAGE_QUERY, 1, "", 10000000, 0, 0, false},
		/* RFC 1112 appendix I: the group is ignored. */
		{{0x11, 0, 0, 0, GROUP_BYTES},
		 8,
		 all_hosts,
		 MESSAGE_QUERY,
		 1,
		 "",
		 10000000,
		 0,
		 0,
		 false},
		{{0x11, 100}, 8, all_hosts, MESSAGE_QUERY, 2, "", 10000000, 0, 0, false},
		{{0x11, 10, 0, 0, GROUP_BYTES},
		 8,
		 group,
		 MESSAGE_QUERY,
		 2,
		 "232.1.2.3",
		 1000000,
		 0,
		 0,
		 0},
		/* Linux bridges ask about a group at all hosts. */
		{{0x11, 10, 0, 0, GROUP_BYTES},
		 8,
		 all_hosts,
		 MESSAGE_QUERY,
		 2,
		 "232.1.2.3",
		 1000000,
		 0,
		 0,
		 0},
		{{0x11, 100, 0, 0, 0, 0, 0, 0, 0x02, 125},
		 12,
		 all_hosts,
		 MESSAGE_QUERY,
		 3,
		 "",
		 10000000,
		 125000000,
		 2,
		 false},
		/* E bit of RFC 9279 set, S bit, QRV 7, both codes in floating point. */
		{{0x11, 0xff, 0, 0, 0, 0, 0, 0, 0x8f, 0x80},
		 16,
		 all_hosts,
		 MESSAGE_QUERY,
		 3,
		 "",
		 3174400000ULL,
		 128000000,
		 7,
		 true},
		{{0x12, 0, 0, 0, GROUP_BYTES},
		 8,
		 group,
		 MESSAGE_REPORT,
		 1,
		 "232.1.2.3",
		 0,
		 0,
		 0,
		 false},
		{{0x16, 0, 0, 0, GROUP_BYTES},
		 8,
		 group,
		 MESSAGE_REPORT,
		 2,
		 "232.1.2.3",
		 0,
		 0,
		 0,
		 false},
		{{0x16, 0, 0, 0, GROUP_BYTES},
		 8,
		 all_routers,
		 MESSAGE_REPORT,
		 2,
		 "232.1.2.3",
		 0,
		 0,
		 0,
		 0},
		{{0x17, 0, 0, 0, GROUP_BYTES},
		 8,
		 all_routers,
		 MESSAGE_LEAVE,
		 2,
		 "232.1.2.3",
		 0,
		 0,
		 0,
		 0},
		{{0x17, 0, 0, 0, GROUP_BYTES},
		 8,
		 group,
		 MESSAGE_LEAVE,
		 2,
		 "232.1.2.3",
		 0,
		 0,
		 0,
		 false},
		{{0x22}, 8, v3_routers, MESSAGE_REPORT, 3, "", 0, 0, 0, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct packet p = packet(cases[i].to, cases[i].bytes, cases[i].len);
		struct addr want = addr(cases[i].group);
		struct message m;

		cr_assert_eq(decode(&p, &m), DECODE_OK, "case %zu", i);
		cr_expect_eq(m.type, cases[i].type, "case %zu", i);
		cr_expect_eq(m.family, FAMILY_V4);
		cr_expect_eq(m.generation, cases[i].generation, "case %zu", i);
		cr_expect(addr_eq(&m.group, &want), "case %zu", i);
		cr_expect_eq(m.max_response, cases[i].max_response, "case %zu", i);
		cr_expect_eq(m.query_interval, cases[i].interval, "case %zu", i);
		cr_expect_eq(m.robustness, cases[i].robustness, "case %zu", i);
		cr_expect_eq(m.suppress, cases[i].suppress, "case %zu", i);
	}
}

Test(igmp, every_source_of_a_query_is_read)
{
	static const uint8_t bytes[] = {0x11, 10, 0, 0, GROUP_BYTES, 2, 125, 0, 2,
					10,   0,  0, 1, 10,	     0, 0,   2};
	struct packet p = packet(group, bytes, sizeof(bytes));
	struct addr want = addr("10.0.0.2"), got;
	struct message m;

	cr_assert_eq(decode(&p, &m), DECODE_OK);
	cr_assert_eq(m.n, 2);
	got = message_query_source(&m, 1);
	cr_expect(addr_eq(&got, &want));
}

/* Unknown type, aux data, no multicast group, and an extension behind the last record. */
Test(igmp, every_good_record_is_read_and_the_others_are_skipped)
{
	static const uint8_t bytes[] =
		{
			0x22, 0,    0, 0, 0x80, 0, 0,  5, /* E bit */
			4,    0,    0, 0, 232,	0, 0,  1, /* TO_EX {} */
			9,    0,    0, 1, 232,	0, 0,  2, 1, 1, 1, 1,	 6,    1,    0,
			2,    232,  0, 0, 3,	1, 1,  1, 1, 2, 2, 2,	 2,    0xaa, 0xaa,
			0xaa, 0xaa, 1, 0, 0,	0, 10, 0, 0, 1, 3, 0,	 0,    1,    232,
			0,    0,    5, 3, 3,	3, 3,  0, 1, 0, 2, 0xbb, 0xbb, /* RFC 9279 */
		};
	static const struct {
		enum record_type type;
		const char *group, *last;
		unsigned int n;
	} want[] = {
		{RECORD_TO_EX, "232.0.0.1", "", 0},
		{RECORD_BLOCK, "232.0.0.3", "2.2.2.2", 2},
		{RECORD_TO_IN, "232.0.0.5", "3.3.3.3", 1},
	};
	struct packet p = packet(v3_routers, bytes, sizeof(bytes));
	struct message m;
	struct record r;
	size_t offset = 0;

	cr_assert_eq(decode(&p, &m), DECODE_OK);
	cr_expect_eq(m.n, 5);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		struct addr g = addr(want[i].group), last = addr(want[i].last), got = ADDR_NONE;

		cr_assert(message_next_record(&m, &offset, &r), "record %zu", i);
		cr_expect_eq(r.type, want[i].type);
		cr_expect(addr_eq(&r.group, &g));
		cr_assert_eq(r.n_sources, want[i].n);
		if (r.n_sources)
			got = record_source(&r, r.n_sources - 1);
		cr_expect(addr_eq(&got, &last));
	}
	cr_expect_not(message_next_record(&m, &offset, &r));
}

Test(igmp, bad_messages_are_refused_with_the_reason)
{
	static const struct {
		uint8_t bytes[24];
		size_t len;
		const uint8_t *to;
		enum decode_error error;
	} cases[] = {
		{{0x16, 0, 0, 0, 232, 1, 2}, 7, group, DECODE_TRUNCATED},
		{{0x11, 100}, 9, all_hosts, DECODE_TRUNCATED},
		{{0x11, 100}, 11, all_hosts, DECODE_TRUNCATED},
		{{0x11, 100, 0, 0, GROUP_BYTES, 2, 125, 0, 2}, 16, group, DECODE_TRUNCATED},
		{{0x22, 0, 0, 0, 0, 0, 0, 1}, 8, v3_routers, DECODE_TRUNCATED},
		{{0x22, 0, 0, 0, 0, 0, 0, 1, 4}, 15, v3_routers, DECODE_TRUNCATED},
		{{0x22, 0, 0, 0, 0, 0, 0, 1, 5, 0, 0, 2, GROUP_BYTES},
		 20,
		 v3_routers,
		 DECODE_TRUNCATED},
		{{0x22, 0, 0, 0, 0, 0, 0, 1, 5, 3, 0, 0, GROUP_BYTES},
		 24,
		 v3_routers,
		 DECODE_TRUNCATED},
		{{0x22, 0, 0, 0, 0, 0, 0xff, 0xff, 4, 0, 0, 0, GROUP_BYTES},
		 16,
		 v3_routers,
		 DECODE_TRUNCATED},
		{{0x11, 100}, 8, group, DECODE_BAD_DESTINATION},
		{{0x11, 100, 0, 0, GROUP_BYTES}, 8, other, DECODE_BAD_DESTINATION},
		{{0x16, 0, 0, 0, GROUP_BYTES}, 8, other, DECODE_BAD_DESTINATION},
		{{0x17, 0, 0, 0, GROUP_BYTES}, 8, all_hosts, DECODE_BAD_DESTINATION},
		{{0x22}, 8, all_routers, DECODE_BAD_DESTINATION},
		{{0x11, 100, 0, 0, 10, 1, 1, 1}, 8, all_hosts, DECODE_BAD_GROUP},
		{{0x16, 0, 0, 0, 10, 1, 1, 1}, 8, all_routers, DECODE_BAD_GROUP},
		{{0x12}, 8, all_routers, DECODE_BAD_GROUP},
		{{0x17}, 8, all_routers, DECODE_BAD_GROUP},
		/* A general query names no source. */
		{{0x11, 100, 0, 0, 0, 0, 0, 0, 2, 125, 0, 1}, 16, all_hosts, DECODE_BAD_GROUP},
		{{0x13}, 8, all_hosts, DECODE_UNKNOWN_TYPE},
		{{0x1f}, 8, all_hosts, DECODE_UNKNOWN_TYPE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct packet p = packet(cases[i].to, cases[i].bytes, cases[i].len);
		struct message m = {.n = 77};

		cr_expect_eq(decode(&p, &m), cases[i].error, "case %zu: %s", i,
			     decode_error_name(decode(&p, &m)));
		cr_expect_eq(m.n, 77, "untouched");
	}
}

/* One byte of a good v2 report's IP header changed each time. */
Test(igmp, bad_ip_headers_are_refused_with_the_reason)
{
	static const uint8_t bytes[] = {0x16, 0, 0, 0, GROUP_BYTES};
	static const struct {
		unsigned int at, value;
		enum decode_error error;
	} cases[] = {
		{14, 0x46, DECODE_OK},
		{14, 0x66, DECODE_UNKNOWN_TYPE},
		{14, 0x44, DECODE_TRUNCATED},
		{17, 0x50, DECODE_TRUNCATED},
		{17, 0x17, DECODE_TRUNCATED},
		{16, 0x01, DECODE_TRUNCATED},
		{20, 0x20, DECODE_FRAGMENT},
		{21, 0x01, DECODE_FRAGMENT},
		{22, 2, DECODE_BAD_TTL},
		{22, 0, DECODE_BAD_TTL},
		{23, 17, DECODE_UNKNOWN_TYPE},
		{26, 224, DECODE_BAD_SOURCE},
		{26, 239, DECODE_BAD_SOURCE},
		{34, 0x07, DECODE_NO_ROUTER_ALERT},
		{34, 0x00, DECODE_NO_ROUTER_ALERT},
		{35, 9, DECODE_NO_ROUTER_ALERT},
		{35, 0, DECODE_NO_ROUTER_ALERT},
		{40, 0x55, DECODE_BAD_CHECKSUM},
		{38, 0x17, DECODE_BAD_CHECKSUM},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct packet p = packet(group, bytes, sizeof(bytes));
		struct message m;

		p.b[cases[i].at] = (uint8_t)cases[i].value;
		cr_expect_eq(decode(&p, &m), cases[i].error, "case %zu: %s", i,
			     decode_error_name(decode(&p, &m)));
	}
}

Test(igmp, source_may_be_zero_but_not_broadcast)
{
	static const uint8_t bytes[] = {0x22, 0, 0, 0, 0, 0, 0, 0};
	struct packet p = packet(v3_routers, bytes, sizeof(bytes));
	struct message m;

	memset(p.b + 26, 0, 4);
	cr_expect_eq(decode(&p, &m), DECODE_OK);
	cr_expect(addr_is_zero(&m.source));
	memset(p.b + 26, 255, 4);
	cr_expect_eq(decode(&p, &m), DECODE_BAD_SOURCE);
}

Test(igmp, router_alert_is_asked_for_only_when_strict)
{
	static const uint8_t v1[] = {0x12, 0, 0, 0, GROUP_BYTES},
			     v2[] = {0x16, 0, 0, 0, GROUP_BYTES};
	struct packet p = packet(group, v2, sizeof(v2)), old = packet(group, v1, sizeof(v1));
	struct message m;

	p.b[34] = old.b[34] = 1;
	p.b[35] = old.b[35] = 1;
	cr_expect_eq(message_decode(p.b, p.len, 14, ETHERTYPE_IP, true, &m),
		     DECODE_NO_ROUTER_ALERT);
	cr_expect_eq(message_decode(p.b, p.len, 14, ETHERTYPE_IP, false, &m), DECODE_OK);
	cr_expect_eq(decode(&old, &m), DECODE_OK);
}

Test(igmp, every_shorter_frame_is_truncated)
{
	static const uint8_t bytes[] = {0x22, 0, 0, 0, 0, 0, 0, 1, 5, 0, 0, 1, GROUP_BYTES, SOURCE};
	struct packet p = packet(v3_routers, bytes, sizeof(bytes));
	struct message m;

	for (size_t len = 0; len < p.len - 6; len++)
		cr_expect_eq(message_decode(p.b, len, 14, ETHERTYPE_IP, true, &m), DECODE_TRUNCATED,
			     "%zu", len);
	cr_expect_eq(message_decode(p.b, p.len - 6, 14, ETHERTYPE_IP, true, &m), DECODE_OK);
	cr_expect_eq(message_decode(p.b, p.len, 14, ETHERTYPE_ARP, true, &m), DECODE_UNKNOWN_TYPE);
}

Test(pim, hello_and_its_holdtime)
{
	static const struct {
		uint8_t bytes[20];
		size_t len;
		enum decode_error error;
		usec_t holdtime;
	} cases[] = {
		{{0x20, 0, 0, 0, 0, 1, 0, 2, 0, 30}, 10, DECODE_OK, 30000000},
		{{0x20, 0, 0, 0, 0, 19, 0, 4, 0, 0, 0, 1, 0, 1, 0, 2, 0, 0}, 18, DECODE_OK, 0},
		{{0x20, 0, 0, 0, 0, 1, 0, 2, 0xff, 0xff}, 10, DECODE_OK, USEC_NEVER},
		{{0x20}, 4, DECODE_OK, 105000000},
		{{0x20, 0, 0, 0, 0, 1, 0, 4, 0, 30, 0, 0}, 12, DECODE_OK, 105000000},
		{{0x20}, 3, DECODE_TRUNCATED, 0},
		{{0x20, 0, 0, 0, 0, 1, 0, 9, 0, 30}, 10, DECODE_TRUNCATED, 0},
		{{0x20, 0, 0, 0, 0, 1}, 6, DECODE_TRUNCATED, 0},
		{{0x23}, 8, DECODE_UNKNOWN_TYPE, 0},
		{{0x10}, 8, DECODE_UNKNOWN_TYPE, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct packet p = packet(pim_routers, cases[i].bytes, cases[i].len);
		struct message m = {.holdtime = 0};

		p.b[23] = 103;
		cr_expect_eq(decode(&p, &m), cases[i].error, "case %zu", i);
		cr_expect_eq(m.holdtime, cases[i].holdtime, "case %zu", i);
		if (!cases[i].error)
			cr_expect_eq(m.type, MESSAGE_PIM_HELLO);
	}
}

Test(pim, hello_to_elsewhere_is_refused)
{
	static const uint8_t bytes[] = {0x20, 0, 0, 0};
	struct packet p = packet(all_hosts, bytes, sizeof(bytes));
	struct message m;

	p.b[23] = 103;
	cr_expect_eq(decode(&p, &m), DECODE_BAD_DESTINATION);
	p.b[38 + 3] ^= 1;
	cr_expect_eq(decode(&p, &m), DECODE_BAD_CHECKSUM);
}

Test(igmp, every_reason_has_a_name)
{
	for (unsigned int i = 0; i < DECODE_ERRORS; i++)
		cr_expect_str_neq(decode_error_name((enum decode_error)i), "unknown");
	cr_expect_str_eq(decode_error_name(DECODE_BAD_CHECKSUM), "bad_checksum");
	cr_expect_str_eq(decode_error_name(DECODE_ERRORS), "unknown");
}

Test(codes, floating_point)
{
	static const struct {
		unsigned int value, code8, code16;
	} cases[] = {
		{0, 0, 0},
		{127, 127, 127},
		{128, 0x80, 128},
		{1000, 0xaf, 1000},
		{31744, 0xff, 31744},
		{32767, 0xff, 32767},
		{32768, 0xff, 0x8000},
		{32775, 0xff, 0x8000},
		{8387584, 0xff, 0xffff},
		{9000000, 0xff, 0xffff},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cr_expect_eq(code8_encode(cases[i].value), cases[i].code8, "%u", cases[i].value);
		cr_expect_eq(code16_encode(cases[i].value), cases[i].code16, "%u", cases[i].value);
	}
	for (unsigned int code = 0; code <= 0xff; code++)
		cr_expect_eq(code8_encode(code8_decode((uint8_t)code)), code);
	for (unsigned int code = 0; code <= 0xffff; code++)
		cr_assert_eq(code16_encode(code16_decode((uint16_t)code)), code);
	cr_expect_eq(code8_decode(0xff), 31744);
	cr_expect_eq(code16_decode(0xffff), 8387584);
}

Test(checksum, rfc1071_example_and_odd_length)
{
	static const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7, 0x10};
	uint16_t even = inet_checksum(bytes, 8, 0), odd = inet_checksum(bytes, 9, 0);

	cr_expect_eq(memcmp(&even, "\x22\x0d", 2), 0);
	cr_expect_eq(memcmp(&odd, "\x12\x0d", 2), 0);
	cr_expect_eq(inet_checksum(bytes, 0, 0x1ffff), 0xfffe, "a carry of the carry");
}
