/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The proxy from message to effect, on the virtual clock of rig.h. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "unit/rig.h"

#define GMI (270 * USEC_PER_SEC)

static const char *const G = "239.1.1.1";
static const char *const SSM = "232.1.1.1";
static const char *const A = "10.100.0.11";
static const char *const B = "10.100.0.12";

static struct rig *rig_all_to_7(enum fast_leave fast_leave)
{
	struct rig *rig = rig_new(fast_leave);

	rig_row(rig, "", "", "", 7, 0);
	rig_advance(rig, 0);
	rig_reports(rig, 2);
	rig_queries(rig, 0);
	rig_queries(rig, 1);
	return rig;
}

Test(proxy, join_is_forwarded_and_told_upstream_twice)
{
	struct rig *rig = rig_all_to_7(FAST_LEAVE_AUTO);

	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 8, G, "10.0.0.1"), "");
	cr_expect_str_eq(rig_reports(rig, 2), "TO_EX 239.1.1.1");
	rig_advance(rig, 2 * USEC_PER_SEC);
	cr_expect_str_eq(rig_reports(rig, 2), "TO_EX 239.1.1.1");
	rig_advance(rig, 10 * USEC_PER_SEC);
	cr_expect_str_eq(rig_reports(rig, 2), "");
	cr_expect_str_eq(rig_reports(rig, 3), "");
	rig_free(rig);
}

Test(proxy, leave_of_an_exact_client_stops_at_once)
{
	struct rig *rig = rig_all_to_7(FAST_LEAVE_AUTO);

	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	rig_reports(rig, 2);
	rig_record(rig, 0, A, RECORD_TO_IN, G, "");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "");
	rig_advance(rig, 10 * USEC_PER_MSEC);
	cr_expect_str_eq(rig_reports(rig, 2), "TO_IN 239.1.1.1");
	cr_expect_str_eq(rig_queries(rig, 0), "");
	cr_expect_eq(rig->n_flows, 0u);
	rig_free(rig);
}

Test(proxy, two_clients_on_one_port_are_apart)
{
	struct rig *rig = rig_all_to_7(FAST_LEAVE_AUTO);

	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	rig_record(rig, 0, B, RECORD_TO_EX, G, "");
	rig_reports(rig, 2);
	rig_record(rig, 0, A, RECORD_TO_IN, G, "");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1");
	rig_free(rig);
}

Test(proxy, source_specific_client_gets_its_source_only)
{
	struct rig *rig = rig_all_to_7(FAST_LEAVE_AUTO);

	rig_record(rig, 0, A, RECORD_ALLOW, SSM, "10.0.0.1");
	cr_expect_str_eq(rig_forwards(rig, 7, SSM, "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, SSM, "10.0.0.2"), "");
	cr_expect_str_eq(rig_reports(rig, 2), "ALLOW 232.1.1.1 10.0.0.1");
	rig_record(rig, 1, B, RECORD_ALLOW, SSM, "10.0.0.2");
	cr_expect_str_eq(rig_forwards(rig, 7, SSM, "10.0.0.2"), "2");
	rig_free(rig);
}

Test(proxy, any_source_and_excluding_clients_merge)
{
	struct rig *rig = rig_all_to_7(FAST_LEAVE_AUTO);

	rig_record(rig, 0, A, RECORD_TO_EX, G, "10.0.0.1");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.2"), "1");
	cr_expect_str_eq(rig_reports(rig, 2), "TO_EX 239.1.1.1 10.0.0.1");
	/* B wants the excluded source on another port: the upstream must send it, port 1 must not
	 * get it. */
	rig_record(rig, 1, B, RECORD_ALLOW, G, "10.0.0.1");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "2");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.2"), "1");
	rig_advance(rig, 10 * USEC_PER_MSEC);
	cr_expect_str_eq(rig_reports(rig, 2), "TO_EX 239.1.1.1");
	rig_free(rig);
}

Test(proxy, equal_priorities_are_served_by_all)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	rig_row(rig, "", "", "", 7, 10);
	rig_row(rig, "", "", "", 8, 10);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 8, G, "10.0.0.1"), "1");
	cr_expect_str_eq(rig_reports(rig, 2), "TO_EX 239.1.1.1");
	cr_expect_str_eq(rig_reports(rig, 3), "TO_EX 239.1.1.1");
	rig_free(rig);
}

Test(proxy, each_source_goes_to_its_own_upstream)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	rig_row(rig, "", "", "10.0.0.1", 7, 10);
	rig_row(rig, "", "", "10.0.0.2", 8, 10);
	rig_record(rig, 0, A, RECORD_ALLOW, SSM, "10.0.0.1 10.0.0.2 10.0.0.3");
	cr_expect_str_eq(rig_forwards(rig, 7, SSM, "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 8, SSM, "10.0.0.1"), "");
	cr_expect_str_eq(rig_forwards(rig, 8, SSM, "10.0.0.2"), "1");
	cr_expect_eq(rig->proxy->ports[0].stats[PORT_REFUSED], 1u,
		     "no row serves the third source");
	rig_free(rig);
}

Test(proxy, refused_request_is_counted_and_kept)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	rig_row(rig, "10.9.9.9", "", "", 7, 10);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	cr_expect_eq(rig->proxy->ports[0].stats[PORT_REFUSED], 1u);
	cr_expect_eq(rig->n_flows, 0u);
	cr_expect_str_eq(rig_member(rig, 0, A, G), "EXCLUDE |");
	/* A row that serves it comes later. */
	rig_row(rig, A, "", "", 8, 10);
	proxy_flush(rig->proxy, rig->now);
	cr_expect_str_eq(rig_forwards(rig, 8, G, "10.0.0.1"), "1");
	rig_free(rig);
}

Test(proxy, silent_client_expires_and_live_one_stays)
{
	struct rig *rig = rig_all_to_7(FAST_LEAVE_AUTO);

	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	rig_record(rig, 1, B, RECORD_TO_EX, G, "");
	for (int i = 0; i < 3; i++) {
		rig_advance(rig, GMI - USEC_PER_SEC);
		rig_record(rig, 1, B, RECORD_IS_EX, G, "");
	}
	cr_expect_str_eq(rig_member(rig, 0, A, G), "");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "2");
	rig_free(rig);
}

Test(proxy, leave_of_an_older_host_is_checked_by_queries)
{
	struct rig *rig = rig_all_to_7(FAST_LEAVE_AUTO);

	rig_old_report(rig, 0, A, 2, G);
	rig_old_report(rig, 0, B, 2, G);
	rig_leave(rig, 0, A, G);
	cr_expect_str_eq(rig_queries(rig, 0), G);
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1");
	rig_advance(rig, 500 * USEC_PER_MSEC);
	rig_old_report(rig, 0, B, 2, G);
	rig_advance(rig, 10 * USEC_PER_SEC);
	cr_expect_str_eq(rig_queries(rig, 0), G, "the query is sent twice");
	cr_expect_str_eq(rig_member(rig, 0, A, G), "");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1");
	rig_leave(rig, 0, B, G);
	rig_advance(rig, 3 * USEC_PER_SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "");
	rig_free(rig);
}

Test(proxy, fast_leave_off_asks_first)
{
	struct rig *rig = rig_all_to_7(FAST_LEAVE_OFF);

	rig_record(rig, 0, A, RECORD_ALLOW, SSM, "10.0.0.1 10.0.0.2");
	rig_record(rig, 0, A, RECORD_BLOCK, SSM, "10.0.0.2");
	cr_expect_str_eq(rig_queries(rig, 0), "232.1.1.1+10.0.0.2");
	cr_expect_str_eq(rig_forwards(rig, 7, SSM, "10.0.0.2"), "1");
	rig_advance(rig, 1500 * USEC_PER_MSEC);
	cr_expect_str_eq(rig_queries(rig, 0), "232.1.1.1+10.0.0.2");
	rig_advance(rig, 1500 * USEC_PER_MSEC);
	cr_expect_str_eq(rig_forwards(rig, 7, SSM, "10.0.0.2"), "");
	cr_expect_str_eq(rig_forwards(rig, 7, SSM, "10.0.0.1"), "1");
	rig_free(rig);
}

Test(proxy, upstream_queries_are_answered)
{
	struct rig *rig = rig_all_to_7(FAST_LEAVE_AUTO);

	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	rig_record(rig, 0, A, RECORD_ALLOW, SSM, "10.0.0.1 10.0.0.2");
	rig_record(rig, 0, "fe80::11", RECORD_TO_EX, "ff1e::1", "");
	rig_advance(rig, 5 * USEC_PER_SEC);
	rig_reports(rig, 2);
	rig_query(rig, 2, "", "", 10 * USEC_PER_SEC);
	cr_expect_str_eq(rig_reports(rig, 2), "", "not before the random delay");
	rig_advance(rig, 10 * USEC_PER_SEC);
	cr_expect_str_eq(rig_reports(rig, 2),
			 "IS_EX 239.1.1.1 | IS_IN 232.1.1.1 10.0.0.1 10.0.0.2");
	rig_query(rig, 2, SSM, "10.0.0.2 10.0.0.3", 1 * USEC_PER_SEC);
	rig_advance(rig, 1 * USEC_PER_SEC);
	cr_expect_str_eq(rig_reports(rig, 2), "IS_IN 232.1.1.1 10.0.0.2");
	rig_query(rig, 2, "ff1e::1", "", 1 * USEC_PER_SEC);
	rig_advance(rig, 1 * USEC_PER_SEC);
	cr_expect_str_eq(rig_reports(rig, 2), "IS_EX ff1e::1");
	rig_query(rig, 3, "", "", 1 * USEC_PER_SEC);
	rig_advance(rig, 1 * USEC_PER_SEC);
	cr_expect_str_eq(rig_reports(rig, 3), "", "nothing is wanted there");
	rig_free(rig);
}

/* Both families are asked, in whatever order. */
static bool both_general(const char *queries)
{
	return !strcmp(queries, "general4 general6") || !strcmp(queries, "general6 general4");
}

Test(proxy, downstream_gets_start_up_and_general_queries)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	rig_advance(rig, 0);
	cr_expect(both_general(rig_queries(rig, 0)));
	rig_advance(rig, 125 * USEC_PER_SEC / 4);
	cr_expect(both_general(rig_queries(rig, 0)), "a quarter of the interval later");
	rig_advance(rig, 125 * USEC_PER_SEC);
	cr_expect(both_general(rig_queries(rig, 0)));
	cr_expect_str_eq(rig_queries(rig, 2), "", "never upstream");
	rig_free(rig);
}

Test(proxy, lost_upstream_hands_over_and_takes_back)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);
	struct sender sender = {0};

	rig_row(rig, "", "", "", 7, 10);
	rig_row(rig, "", "", "", 8, 5);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	proxy_port_down(rig->proxy, 2, false, rig->now);
	proxy_flush(rig->proxy, rig->now);
	cr_expect_str_eq(rig_forwards(rig, 8, G, "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "");
	rig_reports(rig, 2);
	sender.v4 = addr_zero(FAMILY_V4);
	sender.v6 = addr_zero(FAMILY_V6);
	proxy_port_up(rig->proxy, 2, &sender, 1500, rig->now);
	proxy_flush(rig->proxy, rig->now);
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 8, G, "10.0.0.1"), "");
	rig_free(rig);
}

Test(proxy, reports_from_upstream_and_queries_from_downstream_make_no_members)
{
	struct rig *rig = rig_all_to_7(FAST_LEAVE_AUTO);

	rig_record(rig, 2, A, RECORD_TO_EX, G, "");
	rig_query(rig, 0, "", "", 1 * USEC_PER_SEC);
	cr_expect_eq(rig->proxy->ports[2].stats[PORT_WRONG_SIDE], 1u);
	cr_expect_eq(rig->proxy->ports[0].stats[PORT_QUERIES_IN], 1u);
	cr_expect_eq(rig->proxy->members.n, 0u);
	rig_free(rig);
}

Test(proxy, link_local_groups_are_never_proxied)
{
	struct rig *rig = rig_all_to_7(FAST_LEAVE_AUTO);

	rig_record(rig, 0, A, RECORD_TO_EX, "224.0.0.251", "");
	rig_record(rig, 0, "fe80::11", RECORD_TO_EX, "ff02::fb", "");
	cr_expect_eq(rig->proxy->members.n, 0u);
	rig_free(rig);
}

/*
 * The draft's order (selection = specificity): a client that wants any source has each source that
 * a row names from that row's upstream, and all others from the group's.
 */
Test(proxy, named_sources_are_carved_out)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	murt_set_selection(rig->murt, MURT_SPECIFICITY);
	rig_row(rig, "", G, "10.0.0.8", 8, 0);
	rig_row(rig, "", G, "", 7, 0);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.8"), "", "it has an upstream of its own");
	cr_expect_str_eq(rig_forwards(rig, 8, G, "10.0.0.8"), "1");
	cr_expect_str_eq(rig_forwards(rig, 8, G, "10.0.0.1"), "");
	cr_expect_str_eq(rig_reports(rig, 2), "TO_EX 239.1.1.1 10.0.0.8");
	cr_expect_str_eq(rig_reports(rig, 3), "ALLOW 239.1.1.1 10.0.0.8");
	/* What the client itself excludes comes from nowhere. */
	rig_record(rig, 1, B, RECORD_TO_EX, G, "10.0.0.8");
	cr_expect_str_eq(rig_forwards(rig, 8, G, "10.0.0.8"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1 2");
	rig_record(rig, 0, A, RECORD_TO_IN, G, "10.0.0.8");
	cr_expect_str_eq(rig_forwards(rig, 8, G, "10.0.0.8"), "1", "the row serves it in any case");
	rig_record(rig, 0, A, RECORD_TO_IN, G, "");
	rig_record(rig, 1, B, RECORD_TO_IN, G, "");
	cr_expect_eq(rig->n_flows, 0u);
	rig_free(rig);
}

/* Prefixes of sources within each other: the longest holds. */
/* Balancing leaves what is carved out, and the rest, where they flow. */
Test(proxy, a_carved_out_channel_keeps_its_upstream)
{
	for (unsigned int slot = 0; slot < 2; slot++) {
		struct rig *rig = rig_new(FAST_LEAVE_AUTO);
		static const char *const sources[] = {"10.1.0.1", "10.2.0.1"};

		murt_set_selection(rig->murt, MURT_SPECIFICITY);
		murt_set_balance(rig->murt, MURT_BALANCE_HASH);
		for (unsigned int upstream = 7; upstream < 9; upstream++) {
			rig_row(rig, "", G, "", upstream, 0);
			rig_row(rig, "", G, "10.1.0.0/16", upstream, 0);
		}
		proxy_upstream_enable(rig->proxy, slot, false, rig->now);
		rig_record(rig, 0, A, RECORD_TO_EX, G, "");
		proxy_upstream_enable(rig->proxy, slot, true, rig->now);
		rig_record(rig, 1, B, RECORD_TO_EX, G, "");
		for (unsigned int i = 0; i < ARRAY_SIZE(sources); i++) {
			cr_expect_str_eq(rig_forwards(rig, 7 + slot, G, sources[i]), "");
			cr_expect_str_eq(rig_forwards(rig, 8 - slot, G, sources[i]), "1 2");
		}
		rig_free(rig);
	}
}

Test(proxy, who_names_a_source_shares_the_upstream_of_its_prefix)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	murt_set_selection(rig->murt, MURT_SPECIFICITY);
	murt_set_balance(rig->murt, MURT_BALANCE_HASH);
	rig_row(rig, "", "239.0.0.0/8", "", 7, 0);
	rig_row(rig, "", "239.0.0.0/8", "10.1.0.0/16", 7, 0);
	rig_row(rig, "", "239.0.0.0/8", "10.1.0.0/16", 8, 0);
	for (unsigned int i = 0; i < 16; i++) {
		bool from_7;
		char group[32];

		snprintf(group, sizeof(group), "239.2.0.%u", i);
		rig_record(rig, 0, A, RECORD_TO_EX, group, "");
		from_7 = *rig_forwards(rig, 7, group, "10.1.0.1");
		rig_record(rig, 1, B, RECORD_ALLOW, group, "10.1.0.1");
		cr_expect_str_eq(rig_forwards(rig, 7, group, "10.1.0.1"), from_7 ? "1 2" : "");
		cr_expect_str_eq(rig_forwards(rig, 8, group, "10.1.0.1"), from_7 ? "" : "1 2");
	}
	rig_free(rig);
}

/* Beyond the limit of carves nobody loses a source, and below it each has its own upstream again.
 */
Test(proxy, too_many_sources_come_from_all_their_upstreams)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);
	struct murt_row row;
	char source[32];

	murt_set_selection(rig->murt, MURT_SPECIFICITY);
	rig_row(rig, "", G, "", 7, 10);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	for (unsigned int i = 0; i <= MURT_MAX_CARVES; i++) {
		cr_expect_eq(rig->n_warnings, 0);
		snprintf(source, sizeof(source), "10.1.%u.%u", i / 256, i % 256);
		rig_row(rig, "", G, source, 8, 0);
	}
	cr_expect_eq(rig->n_warnings, 1);
	for (unsigned int upstream = 7; upstream < 9; upstream++) {
		cr_expect_str_eq(rig_forwards(rig, upstream, G, "10.1.0.1"), "1");
		cr_expect_str_eq(rig_forwards(rig, upstream, G, "10.2.0.1"), "1");
	}
	row = *murt_next(rig->murt, 1);
	row.enabled = false;
	rig_change(rig, &row);
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.1.0.1"), "");
	cr_expect_str_eq(rig_forwards(rig, 8, G, "10.1.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.2.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 8, G, "10.2.0.1"), "");
	rig_record(rig, 0, A, RECORD_TO_IN, G, "");
	cr_expect_eq(rig->n_flows, 0u);
	rig_free(rig);
}

Test(proxy, source_prefixes_are_carved_out)
{
	static const char *const families[][6] = {
		{G, A, "10.1.0.0/16", "10.1.2.0/24", "10.1.9.9", "10.1.2.3"},
		{"ff3e::1", "fe80::11", "2001:db8:1::/48", "2001:db8:1:2::/64", "2001:db8:1:9::9",
		 "2001:db8:1:2::3"},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(families); i++) {
		struct rig *rig = rig_new(FAST_LEAVE_AUTO);
		const char *const *f = families[i];
		const char *group = f[0], *other = i ? "2001:db8:2::1" : "10.2.0.1";

		murt_set_selection(rig->murt, MURT_SPECIFICITY);
		rig_row(rig, "", group, f[2], 8, 0);
		rig_row(rig, "", group, f[3], 7, 1);
		rig_row(rig, "", group, "", 7, 0);
		rig_record(rig, 0, f[1], RECORD_TO_EX, group, "");
		cr_expect_str_eq(rig_forwards(rig, 7, group, other), "1");
		cr_expect_str_eq(rig_forwards(rig, 8, group, other), "");
		cr_expect_str_eq(rig_forwards(rig, 7, group, f[4]), "");
		cr_expect_str_eq(rig_forwards(rig, 8, group, f[4]), "1");
		cr_expect_str_eq(rig_forwards(rig, 7, group, f[5]), "1");
		cr_expect_str_eq(rig_forwards(rig, 8, group, f[5]), "");
		cr_expect(strstr(rig_reports(rig, 3), "TO_EX"), "reports know no prefixes");
		/* What the client excludes comes from nowhere, what it lists by its own rows. */
		rig_record(rig, 0, f[1], RECORD_TO_EX, group, f[4]);
		cr_expect_str_eq(rig_forwards(rig, 8, group, f[4]), "");
		rig_record(rig, 0, f[1], RECORD_TO_IN, group, f[4]);
		cr_expect_str_eq(rig_forwards(rig, 8, group, f[4]), "1");
		cr_expect_str_eq(rig_forwards(rig, 8, group, f[5]), "");
		rig_record(rig, 0, f[1], RECORD_TO_IN, group, "");
		cr_expect_eq(rig->n_flows, 0u);
		rig_free(rig);
	}
}

/* selection = specificity */
Test(proxy, more_sources_than_are_carved_out_are_told_once_and_again_after_a_reload)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);
	const struct proxy_params params = {0};
	char source[ADDR_STRLEN];

	murt_set_selection(rig->murt, MURT_SPECIFICITY);
	for (unsigned int i = 0; i <= MURT_MAX_CARVES; i++) {
		snprintf(source, sizeof(source), "10.0.%u.%u", i >> 8, i & 255);
		rig_row(rig, "", "", source, 7 + i % 2, 0);
	}
	rig_record(rig, 0, "10.100.0.11", RECORD_TO_EX, "239.1.1.1", "");
	rig_record(rig, 0, "10.100.0.12", RECORD_TO_EX, "239.1.1.1", "");
	cr_expect_eq(rig->n_warnings, 1u);
	proxy_set_params(rig->proxy, &params);
	proxy_set_murt(rig->proxy, rig->murt, rig->now);
	cr_expect_eq(rig->n_warnings, 2u);
	rig_free(rig);
}
