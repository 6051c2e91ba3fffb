/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The router side: election of the querier, older hosts, limits, source-specific groups, static
 * joins. */
#include <criterion/criterion.h>

#include "unit/rig.h"

#define SEC USEC_PER_SEC

static const char *const G = "239.1.1.1";
static const char *const A = "10.100.0.11";
static const char *const B = "10.100.0.12";

static struct rig *quiet_rig(enum fast_leave fast_leave)
{
	struct rig *rig = rig_new(fast_leave);

	rig_row(rig, "", "", "", 7, 0);
	rig_advance(rig, 40 * SEC);
	rig_queries(rig, 0);
	rig_queries(rig, 1);
	return rig;
}

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
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);
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
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);

	rig_query_from(rig, 0, "fe80:0:0:1::", &general);
	cr_expect(!querier_of(rig, true)->elected);
	rig_free(rig);
}

/* RFC 9776 section 8.5: whose clients are to answer sooner than ours is given no less time. */
Test(querier, elected_one_that_is_impatient_is_waited_for_as_any)
{
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);
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
	struct rig *rig = quiet_rig(FAST_LEAVE_OFF);
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
	struct rig *rig = quiet_rig(FAST_LEAVE_OFF);

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
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);

	rig_query_from(rig, 0, "0.0.0.0", &general);
	cr_expect(querier_of(rig, false)->elected);
	rig_free(rig);
}

Test(querier, guard_believes_no_other)
{
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);
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
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);
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
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);

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
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);

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
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);

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
	struct rig *rig = quiet_rig(FAST_LEAVE_OFF);

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
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);

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

/* ---- limits ---- */

Test(limits, refuse_count_and_disturb_nothing)
{
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);
	struct port_settings settings = rig->proxy->ports[0].settings;
	const uint64_t *stats = rig->proxy->ports[0].stats;

	settings.groups_per_port = 2;
	settings.sources_per_group = 3;
	settings.memberships_per_client = 2;
	rig_settings(rig, 0, &settings);
	rig_record(rig, 0, A, RECORD_TO_EX, "239.1.1.1", "");
	rig_record(rig, 0, A, RECORD_ALLOW, "239.1.1.2", "10.0.0.1 10.0.0.2");
	rig_record(rig, 0, A, RECORD_TO_EX, "239.1.1.3", "");
	cr_expect_eq(stats[PORT_OVER_CLIENT], 1u);
	rig_record(rig, 0, B, RECORD_TO_EX, "239.1.1.3", "");
	cr_expect_eq(stats[PORT_OVER_GROUPS], 1u);
	rig_record(rig, 0, B, RECORD_ALLOW, "239.1.1.2", "10.0.0.3 10.0.0.4");
	cr_expect_eq(stats[PORT_OVER_SOURCES], 1u);
	cr_expect_str_eq(rig_member(rig, 0, B, "239.1.1.2"), "INCLUDE 10.0.0.3");
	cr_expect_str_eq(rig_member(rig, 0, A, "239.1.1.2"), "INCLUDE 10.0.0.1 10.0.0.2");
	cr_expect_str_eq(rig_member(rig, 0, A, "239.1.1.1"), "EXCLUDE |");
	rig_record(rig, 1, B, RECORD_TO_EX, "239.1.1.3", "");
	cr_expect_str_eq(rig_member(rig, 1, B, "239.1.1.3"), "EXCLUDE |", "another port");
	/* Room again once something went. */
	rig_record(rig, 0, A, RECORD_BLOCK, "239.1.1.2", "10.0.0.1");
	rig_record(rig, 0, B, RECORD_ALLOW, "239.1.1.2", "10.0.0.4");
	cr_expect_str_eq(rig_member(rig, 0, B, "239.1.1.2"), "INCLUDE 10.0.0.3 10.0.0.4");
	cr_expect_eq(rig->n_warnings, 3u, "one for each limit");
	rig_free(rig);
}

Test(limits, are_told_of_once_from_four_fifths_on)
{
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);
	struct port_settings settings = rig->proxy->ports[0].settings;
	char group[ADDR_STRLEN];

	settings.groups_per_port = 10;
	rig_settings(rig, 0, &settings);
	for (unsigned int i = 1; i <= 11; i++) {
		snprintf(group, sizeof(group), "239.1.1.%u", i);
		rig_record(rig, 0, A, RECORD_TO_EX, group, "");
		cr_expect_eq(rig->n_warnings, i < 8 ? 0u : 1u, "%u groups", i);
	}
	cr_expect_eq(rig->proxy->ports[0].n_groups, 10u);
	rig_free(rig);
}

/* A thousand viewers of one channel name one source. */
Test(limits, known_sources_are_open_to_all)
{
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);
	struct port_settings settings = rig->proxy->ports[0].settings;
	char client[ADDR_STRLEN];

	settings.sources_per_group = 2;
	settings.memberships_per_port = 13;
	rig_settings(rig, 0, &settings);
	for (unsigned int i = 1; i <= 5; i++) {
		snprintf(client, sizeof(client), "10.100.0.%u", i);
		rig_record(rig, 0, client, RECORD_ALLOW, "232.1.1.1", "10.0.0.1");
		cr_expect_str_eq(rig_member(rig, 0, client, "232.1.1.1"), "INCLUDE 10.0.0.1");
	}
	rig_record(rig, 0, client, RECORD_ALLOW, "232.1.1.1", "10.0.0.2");
	cr_expect_eq(rig->proxy->ports[0].stats[PORT_OVER_SOURCES], 1u);
	/* Five memberships with a source each, and what a port may have. */
	rig_record(rig, 0, A, RECORD_ALLOW, "232.1.1.2", "10.0.0.1 10.0.0.2");
	cr_expect_str_eq(rig_member(rig, 0, A, "232.1.1.2"), "INCLUDE 10.0.0.1 10.0.0.2");
	rig_record(rig, 0, B, RECORD_TO_EX, "232.1.1.3", "");
	cr_expect_eq(rig->proxy->ports[0].stats[PORT_OVER_PORT], 1u);
	cr_expect_str_eq(rig_member(rig, 0, B, "232.1.1.3"), "");
	rig_free(rig);
}

Test(limits, memberships_of_a_port)
{
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);
	struct port_settings settings = rig->proxy->ports[0].settings;

	settings.memberships_per_port = 2;
	rig_settings(rig, 0, &settings);
	rig_record(rig, 0, A, RECORD_TO_EX, "239.1.1.1", "");
	rig_record(rig, 0, B, RECORD_TO_EX, "239.1.1.1", "");
	rig_record(rig, 0, B, RECORD_TO_EX, "239.1.1.2", "");
	cr_expect_eq(rig->proxy->ports[0].stats[PORT_OVER_PORT], 1u);
	rig_record(rig, 0, A, RECORD_TO_IN, "239.1.1.1", "");
	rig_record(rig, 0, B, RECORD_TO_EX, "239.1.1.2", "");
	cr_expect_str_eq(rig_member(rig, 0, B, "239.1.1.2"), "EXCLUDE |");
	rig_free(rig);
}

static unsigned int room_for_three(void *ctx)
{
	(void)ctx;
	return 3;
}

/* Groups and sources of a port are at most as many as the forwarding entries that are left. */
Test(limits, forwarding_entries_are_left_for_others)
{
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);

	rig->proxy->ops.room = room_for_three;
	rig_record(rig, 0, A, RECORD_TO_EX, "239.1.1.1", "");
	rig_record(rig, 0, A, RECORD_ALLOW, "239.1.1.2", "10.0.0.1 10.0.0.2");
	cr_expect_str_eq(rig_member(rig, 0, A, "239.1.1.2"), "INCLUDE 10.0.0.1");
	rig_record(rig, 0, A, RECORD_TO_EX, "239.1.1.3", "");
	cr_expect_eq(rig->proxy->ports[0].stats[PORT_OVER_ENTRIES], 2u);
	rig_record(rig, 1, A, RECORD_TO_EX, "239.1.1.3", "");
	cr_expect_str_eq(rig_member(rig, 1, A, "239.1.1.3"), "EXCLUDE |", "another port");
	rig_record(rig, 0, A, RECORD_BLOCK, "239.1.1.2", "10.0.0.1");
	rig_record(rig, 0, A, RECORD_TO_EX, "239.1.1.3", "");
	cr_expect_str_eq(rig_member(rig, 0, A, "239.1.1.3"), "EXCLUDE |", "room again");
	rig_free(rig);
}

Test(limits, memberships_in_all)
{
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);
	const struct proxy_params params = {.memberships = 2};

	proxy_set_params(rig->proxy, &params);
	rig_record(rig, 0, A, RECORD_TO_EX, "239.1.1.1", "");
	rig_record(rig, 1, "fe80::12", RECORD_TO_EX, "ff1e::1", "");
	rig_record(rig, 1, B, RECORD_TO_EX, "239.1.1.1", "");
	cr_expect_str_eq(rig_member(rig, 1, B, "239.1.1.1"), "");
	cr_expect_eq(rig->proxy->ports[1].stats[PORT_OVER_TOTAL], 1u);
	rig_free(rig);
}

/* ---- source-specific groups: RFC 4604 section 2.2, RFC 4607 section 1 ---- */

Test(ssm, joins_without_a_source_are_refused_there)
{
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);
	struct prefix ranges[2];
	struct proxy_params params = {.ssm_ranges = ranges, .n_ssm_ranges = 2};

	prefix_parse("232.0.0.0/8", &ranges[0]);
	prefix_parse("ff3e::/32", &ranges[1]);
	proxy_set_params(rig->proxy, &params);
	rig_record(rig, 0, A, RECORD_TO_EX, "232.1.1.1", "");
	rig_record(rig, 0, A, RECORD_IS_EX, "232.1.1.1", "10.0.0.1");
	rig_old_report(rig, 0, A, 2, "232.1.1.1");
	rig_record(rig, 0, "fe80::11", RECORD_TO_EX, "ff3e::1", "");
	cr_expect_eq(rig->proxy->members.n, 0u);
	cr_expect_eq(rig->proxy->ports[0].stats[PORT_SSM_REFUSED], 4u);
	rig_record(rig, 0, A, RECORD_ALLOW, "232.1.1.1", "10.0.0.1");
	rig_record(rig, 0, A, RECORD_TO_EX, "232.1.1.1", "");
	cr_expect_str_eq(rig_member(rig, 0, A, "232.1.1.1"), "INCLUDE 10.0.0.1");
	rig_record(rig, 0, "fe80::11", RECORD_ALLOW, "ff3e::1", "2001:db8::1");
	rig_leave(rig, 0, A, "232.1.1.1");
	rig_leave(rig, 0, "fe80::11", "ff3e::1");
	cr_expect_eq(rig->proxy->ports[0].stats[PORT_SSM_REFUSED], 7u);
	cr_expect_str_eq(rig_member(rig, 0, A, "232.1.1.1"), "INCLUDE 10.0.0.1");
	cr_expect_str_eq(rig_member(rig, 0, "fe80::11", "ff3e::1"), "INCLUDE 2001:db8::1");
	params.ssm_any_source = true;
	proxy_set_params(rig->proxy, &params);
	rig_record(rig, 0, B, RECORD_TO_EX, "232.1.1.1", "");
	cr_expect_str_eq(rig_member(rig, 0, B, "232.1.1.1"), "EXCLUDE |");
	rig_free(rig);
}

/* As a reload does. */
static void use_range(struct rig *rig, const struct proxy_params *params)
{
	proxy_set_params(rig->proxy, params);
	proxy_ssm_changed(rig->proxy, rig->now);
	proxy_flush(rig->proxy, rig->now);
}

Test(ssm, changes_of_the_ranges_reach_who_is_joined)
{
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);
	struct prefix range;
	struct proxy_params params = {.ssm_ranges = &range, .n_ssm_ranges = 1};

	prefix_parse("239.1.0.0/16", &range);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	rig_old_report(rig, 0, B, 2, G);
	rig_record(rig, 1, B, RECORD_ALLOW, G, "10.0.0.1");
	rig_record(rig, 0, A, RECORD_TO_EX, "239.2.1.1", "");
	rig_events(rig);
	use_range(rig, &params);
	cr_expect_str_eq(rig_events(rig), "leave 1 10.100.0.11 239.1.1.1 exclude ssm\n"
					  "leave 1 10.100.0.12 239.1.1.1 exclude ssm\n");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "2", "who names a source stays");
	cr_expect_str_eq(rig_forwards(rig, 7, "239.2.1.1", "10.0.0.1"), "1");
	cr_expect_str_eq(rig_queries(rig, 0), "general4 general6", "hosts may name a source");

	params.ssm_any_source = true;
	use_range(rig, &params);
	cr_expect_str_eq(rig_events(rig), "");
	cr_expect_str_eq(rig_queries(rig, 0), "general4 general6", "or none, where they may");
	rig_free(rig);
}

/* ---- static joins ---- */

static void join(struct rig *rig, unsigned int port, const char *group, const char *source)
{
	struct addr g, s = ADDR_NONE;

	cr_assert_eq(addr_parse(group, &g), 0);
	cr_assert(!*source || !addr_parse(source, &s));
	proxy_static_join(rig->proxy, port, &g, &s, rig->now);
	rig_advance(rig, 0);
	proxy_flush(rig->proxy, rig->now);
}

static void leave(struct rig *rig, unsigned int port, const char *group, const char *source)
{
	struct addr g, s = ADDR_NONE;

	cr_assert_eq(addr_parse(group, &g), 0);
	cr_assert(!*source || !addr_parse(source, &s));
	proxy_static_leave(rig->proxy, port, &g, &s, rig->now);
	rig_advance(rig, 0);
	proxy_flush(rig->proxy, rig->now);
}

Test(static_joins, hold_without_a_report)
{
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);

	join(rig, 3, "239.9.9.9", "");
	cr_expect_str_eq(rig_reports(rig, 3), "TO_EX 239.9.9.9", "on the upstream itself");
	cr_expect_str_eq(rig_forwards(rig, 8, "239.9.9.9", "10.0.0.1"), "");
	join(rig, 3, "ff3e::9", "2001:db8::1");
	cr_expect_str_eq(rig_reports(rig, 3), "ALLOW ff3e::9 2001:db8::1");
	join(rig, 0, G, "");
	join(rig, 0, "232.1.1.1", "10.0.0.1");
	join(rig, 1, "ff1e::1", "");
	rig_advance(rig, 1000 * SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, "232.1.1.1", "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, "232.1.1.1", "10.0.0.2"), "");
	cr_expect_str_eq(rig_forwards(rig, 7, "ff1e::1", "2001:db8::5"), "2");
	leave(rig, 3, "239.9.9.9", "");
	leave(rig, 3, "ff3e::9", "2001:db8::1");
	leave(rig, 0, G, "");
	leave(rig, 0, "232.1.1.1", "10.0.0.1");
	leave(rig, 1, "ff1e::1", "");
	rig_advance(rig, 10 * SEC);
	proxy_flush(rig->proxy, rig->now);
	cr_expect_eq(rig->proxy->members.n, 0u);
	cr_expect_eq(rig->n_flows, 0u);
	rig_free(rig);
}

Test(static_joins, one_is_taken_back_and_others_of_its_group_stay)
{
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);

	join(rig, 0, G, "10.0.0.1");
	join(rig, 0, G, "");
	join(rig, 0, G, "10.0.0.2");
	leave(rig, 0, G, "10.0.0.2");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.2"), "1", "any source is wanted");
	leave(rig, 0, G, "");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.2"), "");
	leave(rig, 0, G, "10.0.0.2");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1", "that is no join any more");
	rig_events(rig);
	leave(rig, 0, G, "10.0.0.1");
	cr_expect_str_eq(rig_events(rig), "leave 1  239.1.1.1 include left\n");
	cr_expect_eq(proxy_audit(rig->proxy, NULL, NULL), 0u);
	rig_free(rig);
}

Test(static_joins, follow_their_port)
{
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);
	struct sender sender = rig->proxy->ports[0].own;

	join(rig, 0, G, "");
	join(rig, 2, "239.9.9.9", "");
	proxy_port_down(rig->proxy, 0, true, rig->now);
	proxy_port_down(rig->proxy, 2, true, rig->now);
	proxy_flush(rig->proxy, rig->now);
	cr_expect_eq(rig->n_flows, 0u);
	rig_reports(rig, 2);
	proxy_port_up(rig->proxy, 2, &sender, 1500, rig->now);
	proxy_port_up(rig->proxy, 0, &sender, 1500, rig->now);
	proxy_flush(rig->proxy, rig->now);
	rig_advance(rig, SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1");
	cr_expect_not_null(strstr(rig_reports(rig, 2), "TO_EX 239.9.9.9"));
	rig_free(rig);
}

/* They limit what clients take, which a static join is none of. */
Test(static_joins, are_not_subject_to_limits)
{
	struct rig *rig = quiet_rig(FAST_LEAVE_AUTO);
	struct port_settings settings = rig->proxy->ports[0].settings;

	settings.groups_per_port = 1;
	settings.sources_per_group = 1;
	settings.memberships_per_port = 1;
	rig_settings(rig, 0, &settings);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	join(rig, 0, "239.9.9.9", "");
	join(rig, 0, "232.1.1.1", "10.0.0.1");
	join(rig, 0, "232.1.1.1", "10.0.0.2");
	cr_expect_str_eq(rig_forwards(rig, 7, "239.9.9.9", "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, "232.1.1.1", "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, "232.1.1.1", "10.0.0.2"), "1");
	rig_free(rig);
}
