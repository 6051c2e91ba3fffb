/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The router side: election of the querier, older hosts. */
#include <criterion/criterion.h>

#include "unit/rig.h"

#define SEC USEC_PER_SEC

static const char *const G = "239.1.1.1";
static const char *const A = "10.100.0.11";
static const char *const B = "10.100.0.12";

/* ---- election: RFC 9776 section 6.6.2, RFC 9777 section 7.6.2 ---- */

static const struct query general = {
	.generation = 3,
	.max_response = 10 * SEC,
	.query_interval = 60 * SEC,
	.robustness = 3,
};

static struct querier *querier_of(struct rig *rig, bool v6)
{
	return &rig->proxy->ports[0].querier[v6];
}

static void check_election(bool v6)
{
	const char *lower = v6 ? "fe80::" : "10.0.0.0", *higher = v6 ? "fe80::2" : "10.0.0.2";
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);
	struct querier *q = querier_of(rig, v6);

	rig_query_from(rig, 0, higher, &general);
	cr_expect(q->elected, "the lower address stays");
	rig_query_from(rig, 0, lower, &general);
	cr_expect(!q->elected);
	cr_expect_eq(q->robustness, 3u, "QRV is adopted, RFC 9776 section 4.1.6");
	cr_expect_eq(q->query_interval, 60 * SEC, "QQIC is adopted, RFC 9776 section 4.1.7");
	/* RFC 9776 section 8.5: 3 × 60 s + 10 s / 2 */
	rig_advance(rig, 184 * SEC);
	cr_expect_null(strstr(rig_queries(rig, 0), v6 ? "general6" : "general4"));
	cr_expect(!q->elected);
	rig_advance(rig, 2 * SEC);
	cr_expect(q->elected, "the other querier is gone");
	cr_expect_not_null(strstr(rig_queries(rig, 0), v6 ? "general6" : "general4"));
	cr_expect_eq(q->query_interval, 125 * SEC, "our own values again");
	rig_free(rig);
}

Test(querier, lowest_address_is_elected)
{
	check_election(false);
	check_election(true);
}

/* RFC 9777 section 7.6.2: of an address the last 64 bits count. */
Test(querier, lowest_interface_identifier_is_elected)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);

	rig_query_from(rig, 0, "fe80:0:0:1::", &general);
	cr_expect(!querier_of(rig, true)->elected);
	rig_free(rig);
}

/* RFC 9776 section 8.5: whose clients are to answer sooner than ours is given no less time. */
Test(querier, elected_one_that_is_impatient_is_waited_for_as_any)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);
	struct query q = general;

	q.max_response = 1 * SEC;
	rig_query_from(rig, 0, "10.0.0.0", &q);
	rig_advance(rig, 185 * SEC - 1);
	cr_expect(!querier_of(rig, false)->elected);
	rig_advance(rig, 1);
	cr_expect(querier_of(rig, false)->elected);
	rig_free(rig);
}

Test(querier, elected_out_proxy_still_tracks)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_OFF);
	struct query group = {.generation = 3, .max_response = 1 * SEC, .robustness = 2};

	rig_query_from(rig, 0, "10.0.0.0", &general);
	rig_old_report(rig, 0, A, 2, G);
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.9"), "1");
	rig_leave(rig, 0, A, G);
	cr_expect_str_eq(rig_queries(rig, 0), "", "the elected router asks");
	rig_advance(rig, 5 * SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.9"), "1", "nobody has asked yet");
	/* RFC 9776 section 6.6.1: its question lowers the timers. */
	addr_parse(G, &group.group);
	rig_query_from(rig, 0, "10.0.0.0", &group);
	rig_advance(rig, 3 * SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.9"), "");
	rig_free(rig);
}

/* RFC 2236 section 3: no transition while group-specific queries are sent. */
Test(querier, does_not_step_down_while_last_member_queries_run)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_OFF);

	rig_old_report(rig, 0, A, 2, G);
	rig_leave(rig, 0, A, G);
	cr_expect_str_eq(rig_queries(rig, 0), G);
	rig_query_from(rig, 0, "10.0.0.0", &general);
	cr_expect(querier_of(rig, false)->elected);
	rig_advance(rig, 3 * SEC);
	cr_expect_str_eq(rig_queries(rig, 0), G, "the second one");
	rig_query_from(rig, 0, "10.0.0.0", &general);
	cr_expect(!querier_of(rig, false)->elected);
	rig_free(rig);
}

/* RFC 4541 section 2.1.1: snooping switches ask from 0.0.0.0. */
Test(querier, query_from_nobody_is_no_election)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);

	rig_query_from(rig, 0, "0.0.0.0", &general);
	cr_expect(querier_of(rig, false)->elected);
	rig_free(rig);
}

Test(querier, guard_believes_no_other)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);
	struct port_settings settings = rig->proxy->ports[0].settings;

	settings.query_guard = true;
	rig_settings(rig, 0, &settings);
	for (int i = 0; i < 3; i++)
		rig_query_from(rig, 0, "10.0.0.0", &general);
	cr_expect(querier_of(rig, false)->elected);
	cr_expect_eq(rig->proxy->ports[0].stats[PORT_GUARDED], 3u);
	cr_expect_eq(rig->n_warnings, 1u, "said once");
	rig_free(rig);
}

Test(querier, off_never_asks_and_follows_who_does)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);
	struct port_settings settings = rig->proxy->ports[0].settings;

	settings.querier = false;
	rig_settings(rig, 0, &settings);
	rig_advance(rig, 300 * SEC);
	cr_expect_str_eq(rig_queries(rig, 0), "");
	rig_query_from(rig, 0, "10.0.0.200", &general);
	cr_expect_eq(querier_of(rig, false)->query_interval, 60 * SEC);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.9"), "1");
	rig_advance(rig, 600 * SEC);
	cr_expect_str_eq(rig_queries(rig, 0), "");
	settings.querier = true;
	rig_settings(rig, 0, &settings);
	rig_advance(rig, 0);
	cr_expect_not_null(strstr(rig_queries(rig, 0), "general4"));
	rig_free(rig);
}

static void heal(struct rig *rig, unsigned int port)
{
	proxy_port_heal(rig->proxy, port, rig->now);
	proxy_flush(rig->proxy, rig->now);
}

/* Messages were lost: clients are asked, where we ask, and upstreams are told again. */
Test(querier, losses_are_healed)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);

	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	rig_advance(rig, 10 * SEC);
	rig_reports(rig, 2);
	heal(rig, 0);
	cr_expect_str_eq(rig_queries(rig, 0), "general4 general6");
	heal(rig, 2);
	cr_expect_str_eq(rig_reports(rig, 2), "TO_EX 239.1.1.1");
	rig_query_from(rig, 0, "10.0.0.0", &general);
	heal(rig, 0);
	cr_expect_str_eq(rig_queries(rig, 0), "general6");
	cr_expect_eq(rig->proxy->ports[0].stats[PORT_HEALS], 2u);
	rig_free(rig);
}

/* What the last frame on a port was sent from. */
static void expect_source(struct rig *rig, unsigned int port, enum family family, const char *want)
{
	struct addr source = ADDR_NONE, address;

	cr_assert_eq(addr_parse(want, &address), 0);
	for (unsigned int i = 0; i < rig->n_frames; i++) {
		const uint8_t *ip = rig->frames[i].data + ETH_HLEN;

		if (rig->frame_port[i] == port && rig->frames[i].family == family)
			source = family == FAMILY_V4 ? addr_from_v4(ip + 12) : addr_from_v6(ip + 8);
	}
	cr_expect(addr_eq(&source, &address), "sent from %s", want);
}

Test(querier, source_address_is_the_ports_a_configured_one_or_none)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);
	struct port_settings settings = rig->proxy->ports[0].settings;
	struct sender bare = {.mac = {2, 0, 0, 0, 0, 0x10}, .v4 = addr_zero(FAMILY_V4)};

	rig_advance(rig, 0);
	expect_source(rig, 0, FAMILY_V4, "10.0.0.1");
	expect_source(rig, 0, FAMILY_V6, "fe80::1");
	addr_parse("192.0.2.1", &settings.igmp_source);
	addr_parse("fe80::77", &settings.mld_source);
	rig_settings(rig, 0, &settings);
	rig_advance(rig, 40 * SEC);
	expect_source(rig, 0, FAMILY_V4, "192.0.2.1");
	expect_source(rig, 0, FAMILY_V6, "fe80::77");
	settings.igmp_source = settings.mld_source = ADDR_NONE;
	proxy_port_up(rig->proxy, 0, &bare, 1500, rig->now);
	rig_settings(rig, 0, &settings);
	rig_advance(rig, 130 * SEC);
	expect_source(rig, 0, FAMILY_V4, "0.0.0.0");
	/* RFC 9777 section 5.1.14 wants a link-local source: as the port would make it itself. */
	expect_source(rig, 0, FAMILY_V6, "fe80::ff:fe00:10");
	rig_free(rig);
}

/* ---- older hosts: RFC 9776 section 7.3.2, RFC 9777 section 8.3.2 ---- */

Test(querier, older_host_keeps_the_group_careful_until_its_timer_ends)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);

	rig_old_report(rig, 0, A, 2, G);
	rig_record(rig, 0, B, RECORD_TO_EX, G, "");
	rig_record(rig, 0, B, RECORD_TO_IN, G, "");
	cr_expect_str_eq(rig_queries(rig, 0), G, "an older host is on the port");
	rig_advance(rig, 3 * SEC);
	rig_queries(rig, 0);
	/* A speaks version 3 from now on; 2 × 125 s + 10 s later it is believed. */
	rig_record(rig, 0, A, RECORD_IS_EX, G, "");
	rig_record(rig, 0, A, RECORD_BLOCK, G, "10.0.0.5");
	cr_expect_str_eq(rig_member(rig, 0, A, G), "EXCLUDE |", "BLOCK is ignored");
	for (int i = 0; i < 3; i++) {
		rig_advance(rig, 100 * SEC);
		rig_record(rig, 0, A, RECORD_IS_EX, G, "");
	}
	rig_queries(rig, 0);
	rig_record(rig, 0, A, RECORD_TO_IN, G, "");
	cr_expect_str_eq(rig_queries(rig, 0), "");
	cr_expect_str_eq(rig_member(rig, 0, A, G), "");
	rig_free(rig);
}

static bool next_query_suppresses(struct rig *rig)
{
	unsigned int at = 0;
	struct message m;

	cr_assert(rig_next_message(rig, 0, &at, &m));
	cr_expect_eq(m.type, MESSAGE_QUERY);
	rig_queries(rig, 0);
	return m.suppress;
}

/* RFC 9776 section 6.6.3.1: with the S flag nobody lowers timers that are above the last member
 * query time. */
Test(querier, older_hosts_leave_is_asked_about_with_the_flag_when_a_newer_host_stays)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);

	rig_old_report(rig, 0, A, 2, G);
	rig_record(rig, 0, B, RECORD_TO_EX, G, "");
	rig_queries(rig, 0);
	rig_leave(rig, 0, A, G);
	cr_expect(next_query_suppresses(rig));
	rig_record(rig, 0, B, RECORD_TO_IN, G, "");
	cr_expect(!next_query_suppresses(rig));
	rig_free(rig);
}

/* RFC 9776 section 6.4.2: in EXCLUDE mode a new source begins with the group timer. */
Test(querier, source_blocked_behind_a_leave_ends_with_the_group_unasked)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_OFF);

	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	rig_record(rig, 0, A, RECORD_TO_IN, G, "");
	rig_advance(rig, 1 * SEC);
	rig_queries(rig, 0);
	rig_record(rig, 0, A, RECORD_BLOCK, G, "10.0.0.5");
	cr_expect_str_eq(rig_queries(rig, 0), "");
	rig_advance(rig, 1 * SEC);
	cr_expect_str_eq(rig_member(rig, 0, A, G), "");
	rig_free(rig);
}

Test(querier, version_1_hosts_do_not_leave)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);

	rig_old_report(rig, 0, A, 1, G);
	rig_old_report(rig, 0, B, 2, G);
	rig_leave(rig, 0, B, G);
	cr_expect_str_eq(rig_queries(rig, 0), "");
	rig_advance(rig, 10 * SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.9"), "1");
	rig_advance(rig, 260 * SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.9"), "");
	rig_free(rig);
}
