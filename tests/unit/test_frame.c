// SPDX-License-Identifier: GPL-2.0-or-later
/* What the builders write, the decoders read; and the bytes around it are those of the RFCs. */
#include <criterion/criterion.h>
#include <errno.h>

#include "wire/message.h"

static struct addr addr(const char *text)
{
	struct addr a = ADDR_NONE;

	if (*text)
		cr_assert_eq(addr_parse(text, &a), 0);
	return a;
}

static struct sender sender(void)
{
	return (struct sender){
		.mac = {2, 0, 0, 0, 0, 9},
		.v4 = addr("10.0.0.9"),
		.v6 = addr("fe80::9"),
	};
}

/* Decodes strictly, and checks addresses, MAC, TTL and the IPv4 header's checksum. */
static struct message decode(const struct frame *f, const char *to, const char *mac)
{
	bool v4 = f->family == FAMILY_V4;
	struct addr destination = addr(to), source = addr(v4 ? "10.0.0.9" : "fe80::9");
	struct message m = {.n = 0};
	enum decode_error error;

	error = message_decode(f->data, f->len, 14, v4 ? ETHERTYPE_IP : ETHERTYPE_IPV6, true, &m);
	cr_assert_eq(error, DECODE_OK, "%s", decode_error_name(error));
	cr_expect(addr_eq(&m.destination, &destination), "%s", to);
	cr_expect(addr_eq(&m.source, &source));
	cr_expect_eq(memcmp(f->data, mac, 6), 0, "%s", to);
	cr_expect_eq(memcmp(m.source_mac, "\x02\0\0\0\0\x09", 6), 0);
	cr_expect_eq(memcmp(f->data + 12, v4 ? "\x08\x00" : "\x86\xdd", 2), 0);
	if (v4) {
		cr_expect_eq(inet_checksum(f->data + 14, 24, 0), 0);
		cr_expect_eq(f->data[15], 0xc0);
	}
	return m;
}

Test(frame, queries)
{
	static const struct {
		enum family family;
		struct query q;
		const char *group, *to, *mac;
		usec_t response;
	} cases[] = {
		{FAMILY_V4, {.generation = 1}, "", "224.0.0.1", "\x01\0\x5e\0\0\1", 10000000},
		{FAMILY_V4,
		 {.generation = 2, .max_response = 10000000},
		 "",
		 "224.0.0.1",
		 "\x01\0\x5e\0\0\1",
		 10000000},
		{FAMILY_V4,
		 {.generation = 2, .max_response = 1000000},
		 "232.129.2.3",
		 "232.129.2.3",
		 "\x01\0\x5e\1\2\3",
		 1000000},
		{FAMILY_V4,
		 {.generation = 2, .max_response = 60000000},
		 "",
		 "224.0.0.1",
		 "\x01\0\x5e\0\0\1",
		 25500000},
		{FAMILY_V4,
		 {.generation = 2, .max_response = 1},
		 "",
		 "224.0.0.1",
		 "\x01\0\x5e\0\0\1",
		 100000},
		/* Only what takes no time at all is said as none. */
		{FAMILY_V4,
		 {.generation = 3, .max_response = 1},
		 "",
		 "224.0.0.1",
		 "\x01\0\x5e\0\0\1",
		 100000},
		{FAMILY_V4, {.generation = 3}, "", "224.0.0.1", "\x01\0\x5e\0\0\1", 0},
		{FAMILY_V4,
		 {.generation = 3,
		  .max_response = 10000000,
		  .query_interval = 125000000,
		  .robustness = 2},
		 "",
		 "224.0.0.1",
		 "\x01\0\x5e\0\0\1",
		 10000000},
		{FAMILY_V4,
		 {.generation = 3,
		  .max_response = 1000000,
		  .query_interval = 128000000,
		  .robustness = 7,
		  .suppress = true},
		 "239.1.2.3",
		 "239.1.2.3",
		 "\x01\0\x5e\1\2\3",
		 1000000},
		{FAMILY_V6,
		 {.generation = 2, .max_response = 10000000},
		 "",
		 "ff02::1",
		 "\x33\x33\0\0\0\1",
		 10000000},
		{FAMILY_V6,
		 {.generation = 2, .max_response = 99000000},
		 "ff3e::8000:1",
		 "ff3e::8000:1",
		 "\x33\x33\x80\0\0\1",
		 65535000},
		{FAMILY_V6,
		 {.generation = 3,
		  .max_response = 32768000,
		  .query_interval = 125000000,
		  .robustness = 2},
		 "",
		 "ff02::1",
		 "\x33\x33\0\0\0\1",
		 32768000},
		{FAMILY_V6,
		 {.generation = 3,
		  .max_response = 1000000,
		  .query_interval = 125000000,
		  .suppress = true},
		 "ff3e::8000:1",
		 "ff3e::8000:1",
		 "\x33\x33\x80\0\0\1",
		 1000000},
	};
	struct sender from = sender();

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct query q = cases[i].q;
		struct message m;
		struct frame f;

		q.group = addr(cases[i].group);
		cr_expect_eq(frame_query(&f, cases[i].family, &from, &q, 1500), 0);
		m = decode(&f, cases[i].to, cases[i].mac);
		cr_expect_eq(m.type, MESSAGE_QUERY);
		cr_expect_eq(m.generation, q.generation, "case %zu", i);
		cr_expect(addr_eq(&m.group, &q.group), "case %zu", i);
		cr_expect_eq(m.max_response, cases[i].response, "case %zu", i);
		cr_expect_eq(m.query_interval, q.query_interval, "case %zu", i);
		cr_expect_eq(m.robustness, q.robustness, "case %zu", i);
		cr_expect_eq(m.suppress, q.suppress, "case %zu", i);
	}
}

Test(frame, a_robustness_above_7_is_not_said)
{
	struct query q = {.generation = 3, .robustness = 8};
	struct sender from = sender();
	struct frame f;

	frame_query(&f, FAMILY_V4, &from, &q, 1500);
	cr_expect_eq(decode(&f, "224.0.0.1", "\x01\0\x5e\0\0\1").robustness, 0);
}

static void fill(struct addr *sources, unsigned int n, const char *first)
{
	for (unsigned int i = 0; i < n; i++) {
		sources[i] = addr(first);
		sources[i].b[14] = (uint8_t)(i >> 8);
		sources[i].b[15] = (uint8_t)i;
	}
}

Test(frame, query_sources_stop_at_the_mtu)
{
	static const struct {
		enum family family;
		const char *group, *mac, *source;
		unsigned int given, fit;
		size_t mtu;
	} cases[] = {
		{FAMILY_V4, "232.1.2.3", "\x01\0\x5e\1\2\3", "10.1.0.0", 3, 3, 1500},
		{FAMILY_V4, "232.1.2.3", "\x01\0\x5e\1\2\3", "10.1.0.0", 500, 366, 1500},
		{FAMILY_V4, "232.1.2.3", "\x01\0\x5e\1\2\3", "10.1.0.0", 500, 499, 9000},
		{FAMILY_V6, "ff3e::8000:1", "\x33\x33\x80\0\0\1", "2001:db8::", 500, 89, 1500},
	};
	struct sender from = sender();
	struct addr sources[500];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct query q = {.generation = 3,
				  .group = addr(cases[i].group),
				  .sources = sources,
				  .n_sources = cases[i].given};
		struct message m;
		struct frame f;

		fill(sources, 500, cases[i].source);
		cr_expect_eq(frame_query(&f, cases[i].family, &from, &q, cases[i].mtu),
			     cases[i].fit);
		m = decode(&f, cases[i].group, cases[i].mac);
		cr_assert_eq(m.n, cases[i].fit);
		for (unsigned int s = 0; s < m.n; s++) {
			struct addr got = message_query_source(&m, s);

			cr_expect(addr_eq(&got, &sources[s]));
		}
	}
}

Test(frame, old_reports_and_leaves)
{
	static const struct {
		enum family family;
		unsigned int generation;
		const char *group, *mac, *leave_to, *leave_mac;
	} cases[] = {
		{FAMILY_V4, 1, "239.129.2.3", "\x01\0\x5e\1\2\3", "224.0.0.2", "\x01\0\x5e\0\0\2"},
		{FAMILY_V4, 2, "239.129.2.3", "\x01\0\x5e\1\2\3", "224.0.0.2", "\x01\0\x5e\0\0\2"},
		{FAMILY_V6, 2, "ff3e::8000:1", "\x33\x33\x80\0\0\1", "ff02::2", "\x33\x33\0\0\0\2"},
	};
	struct sender from = sender();

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct addr group = addr(cases[i].group);
		struct message m;
		struct frame f;

		frame_old_report(&f, cases[i].family, &from, cases[i].generation, &group);
		m = decode(&f, cases[i].group, cases[i].mac);
		cr_expect_eq(m.type, MESSAGE_REPORT);
		cr_expect_eq(m.generation, cases[i].generation);
		cr_expect(addr_eq(&m.group, &group));
		frame_old_leave(&f, cases[i].family, &from, &group);
		m = decode(&f, cases[i].leave_to, cases[i].leave_mac);
		cr_expect_eq(m.type, MESSAGE_LEAVE);
		cr_expect(addr_eq(&m.group, &group));
	}
}

static void expect_record(const struct message *m, size_t *offset, enum record_type type,
			  const struct addr *group, const struct addr *sources, unsigned int n)
{
	struct record r;

	cr_assert(message_next_record(m, offset, &r));
	cr_expect_eq(r.type, type);
	cr_expect(addr_eq(&r.group, group));
	cr_assert_eq(r.n_sources, n);
	for (unsigned int i = 0; i < n; i++) {
		struct addr got = record_source(&r, i);

		cr_expect(addr_eq(&got, &sources[i]));
	}
}

static const struct {
	enum family family;
	const char *group, *source, *to, *mac;
	unsigned int fit_576; /* sources of one record in 576 bytes */
} families[] = {
	{FAMILY_V4, "232.1.2.3", "10.1.0.0", "224.0.0.22", "\x01\0\x5e\0\0\x16", 134},
	{FAMILY_V6, "ff3e::8000:1", "2001:db8::", "ff02::16", "\x33\x33\0\0\0\x16", 31},
};

Test(frame, reports_with_every_type_of_record)
{
	struct sender from = sender();
	struct addr sources[6];

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		struct addr group = addr(families[i].group);
		struct message m;
		struct record r;
		struct frame f;
		size_t offset = 0;

		fill(sources, 6, families[i].source);
		frame_report_start(&f, families[i].family, &from);
		for (unsigned int t = RECORD_IS_IN; t <= RECORD_BLOCK; t++)
			cr_expect_eq(frame_report_add(&f, 1500, (enum record_type)t, &group,
						      sources, t - 1),
				     (int)t - 1);
		frame_report_finish(&f);
		m = decode(&f, families[i].to, families[i].mac);
		cr_expect_eq(m.n, 6);
		for (unsigned int t = RECORD_IS_IN; t <= RECORD_BLOCK; t++)
			expect_record(&m, &offset, (enum record_type)t, &group, sources, t - 1);
		cr_expect_not(message_next_record(&m, &offset, &r));
	}
}

Test(frame, a_report_takes_what_fits_and_then_refuses)
{
	struct sender from = sender();
	struct addr sources[300];

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		struct addr group = addr(families[i].group);
		unsigned int fit = families[i].fit_576;
		struct frame f, before;
		struct message m;
		size_t offset = 0;

		fill(sources, 300, families[i].source);
		frame_report_start(&f, families[i].family, &from);
		cr_expect_eq(frame_report_add(&f, 576, RECORD_ALLOW, &group, sources, 300),
			     (int)fit);
		cr_expect(f.len <= 14 + 576);
		before = f;
		cr_expect_eq(frame_report_add(&f, 576, RECORD_ALLOW, &group, sources, 1), -ENOSPC);
		cr_expect_eq(frame_report_add(&f, 576, RECORD_TO_EX, &group, NULL, 0), -ENOSPC);
		cr_expect_eq(memcmp(f.data, before.data, f.len), 0);
		cr_expect_eq(f.len, before.len);
		frame_report_finish(&f);
		m = decode(&f, families[i].to, families[i].mac);
		expect_record(&m, &offset, RECORD_ALLOW, &group, sources, fit);
	}
}

/* With room for the header of a record but for no source, only an empty record fits. */
Test(frame, a_record_without_room_for_one_source_is_refused)
{
	struct addr group = addr("232.1.2.3"), source = addr("10.0.0.1");
	struct sender from = sender();
	struct frame f;

	frame_report_start(&f, FAMILY_V4, &from);
	cr_expect_eq(frame_report_add(&f, 24 + 8 + 8 + 3, RECORD_ALLOW, &group, &source, 1),
		     -ENOSPC);
	cr_expect_eq(frame_report_add(&f, 24 + 8 + 8 + 3, RECORD_TO_EX, &group, NULL, 0), 0);
	cr_expect_eq(frame_report_add(&f, 24 + 8 + 8 + 3, RECORD_TO_EX, &group, NULL, 0), -ENOSPC);
}

Test(frame, a_port_without_an_address_sends_from_zero)
{
	struct sender from = {.v4 = ADDR_NONE};
	struct addr group = addr("239.1.1.1");
	struct message m;
	struct frame f;

	frame_old_report(&f, FAMILY_V4, &from, 2, &group);
	cr_assert_eq(message_decode(f.data, f.len, 14, ETHERTYPE_IP, true, &m), DECODE_OK);
	cr_expect(addr_is_zero(&m.source));
}
