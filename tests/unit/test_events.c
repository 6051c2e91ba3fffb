/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What those who watch are told: each thing that happens once, refreshes not at all. */
#include <criterion/criterion.h>

#include <stdlib.h>

#include "unit/rig.h"

#define SEC USEC_PER_SEC

static const char *const G = "239.1.1.1";
static const char *const SSM = "232.1.1.1";
static const char *const A = "10.100.0.11";
static const char *const S = "10.0.0.1";
static const char *const T = "10.0.0.2";

#define expect(rig, events) cr_expect_str_eq(rig_events(rig), events)

static struct rig *watched_rig(void)
{
	struct rig *rig = rig_new_to_7();

	rig_advance(rig, 0);
	rig_events(rig);
	return rig;
}

Test(events, join_refresh_and_leave)
{
	struct rig *rig = watched_rig();

	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	expect(rig, "join 1 10.100.0.11 239.1.1.1 exclude > 7\n");
	rig_record(rig, 0, A, RECORD_IS_EX, G, "");
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	expect(rig, "");
	rig_record(rig, 0, A, RECORD_TO_IN, G, "");
	expect(rig, "leave 1 10.100.0.11 239.1.1.1 include left\n");
	rig_free(rig);
}

Test(events, a_former_upstream_that_loses_its_carrier_is_left)
{
	struct rig *rig = watched_rig();

	rig->proxy->params.handover_limit = 5 * SEC;
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	rig_record(rig, 0, A, RECORD_ALLOW, SSM, "10.0.0.1 10.0.0.2");
	rig_row(rig, "", "", "", 8, 20);
	cr_expect_eq(rig->n_settled, 0u);
	proxy_port_down(rig->proxy, 2, false, rig->now);
	proxy_flush(rig->proxy, rig->now);
	cr_expect_eq(rig->n_settled, 2u);
	rig_events(rig);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	cr_expect_eq(rig->n_settled, 2u, "a refresh says nothing");
	expect(rig, "");
	rig_free(rig);
}

/* selection = specificity: the upstreams are the same, but not for the same sources. */
Test(events, other_sources_of_the_same_upstreams_are_told)
{
	struct rig *rig = watched_rig();
	struct murt_row row;

	murt_set_selection(rig->murt, MURT_SPECIFICITY);
	rig_row(rig, "", "", S, 8, 0);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	expect(rig, "join 1 10.100.0.11 239.1.1.1 exclude > 7 8\n");
	row = *murt_next(rig->murt, 1);
	cr_assert_eq(prefix_parse(T, &row.source), 0);
	rig_change(rig, &row);
	expect(rig, "resolved 1 10.100.0.11 239.1.1.1 exclude > 7 8 was 7 8\n");
	rig_record(rig, 0, A, RECORD_IS_EX, G, "");
	expect(rig, "");
	rig_free(rig);
}

Test(events, older_host_joins_and_leaves)
{
	struct rig *rig = watched_rig();

	rig_old_report(rig, 0, A, 2, G);
	expect(rig, "join 1 10.100.0.11 239.1.1.1 exclude > 7\n");
	rig_leave(rig, 0, A, G);
	expect(rig, "");
	rig_advance(rig, 2 * SEC);
	expect(rig, "leave 1 10.100.0.11 239.1.1.1 include left\n");
	rig_free(rig);
}

Test(events, silent_client_expires)
{
	struct rig *rig = watched_rig();

	rig_record(rig, 1, "fe80::7", RECORD_TO_EX, "ff1e::1", "");
	expect(rig, "join 2 fe80::7 ff1e::1 exclude > 7\n");
	rig_advance(rig, 300 * SEC);
	expect(rig, "leave 2 fe80::7 ff1e::1 include expired\n");
	rig_free(rig);
}

Test(events, other_sources_are_a_change)
{
	struct rig *rig = watched_rig();

	rig_record(rig, 0, A, RECORD_ALLOW, SSM, S);
	rig_record(rig, 0, A, RECORD_ALLOW, SSM, S);
	rig_record(rig, 0, A, RECORD_ALLOW, SSM, T);
	rig_record(rig, 0, A, RECORD_BLOCK, SSM, S);
	rig_record(rig, 0, A, RECORD_TO_EX, SSM, "");
	rig_record(rig, 0, A, RECORD_TO_IN, SSM, "");
	expect(rig, "join 1 10.100.0.11 232.1.1.1 include 10.0.0.1 > 7\n"
		    "change 1 10.100.0.11 232.1.1.1 include 10.0.0.1 10.0.0.2 > 7 was 7\n"
		    "change 1 10.100.0.11 232.1.1.1 include 10.0.0.2 > 7 was 7\n"
		    "change 1 10.100.0.11 232.1.1.1 exclude > 7 was 7\n"
		    "leave 1 10.100.0.11 232.1.1.1 include left\n");
	rig_free(rig);
}

Test(events, table_moves_whom_it_concerns)
{
	struct rig *rig = watched_rig();

	rig_record(rig, 0, A, RECORD_ALLOW, SSM, "10.0.0.1 10.0.0.2");
	rig_record(rig, 1, "10.99.0.1", RECORD_TO_EX, G, "");
	rig_events(rig);
	rig_row(rig, "10.100.0.0/24", "", "10.0.0.2", 8, 20);
	expect(rig, "resolved 1 10.100.0.11 232.1.1.1 include 10.0.0.1 10.0.0.2 > 7 8 was 7\n");
	/* The same upstreams, for each other's source. */
	rig_row(rig, "10.100.0.0/24", "", "10.0.0.1", 8, 30);
	rig_events(rig);
	rig_row(rig, "10.100.0.0/24", "", "10.0.0.2", 7, 30);
	expect(rig, "resolved 1 10.100.0.11 232.1.1.1 include 10.0.0.1 10.0.0.2 > 7 8 was 8\n");
	rig_free(rig);
}

Test(events, request_without_upstream_is_refused)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	rig_row(rig, "", "", S, 7, 10);
	rig_advance(rig, 0);
	rig_events(rig);
	rig_record(rig, 0, "10.100.0.12", RECORD_ALLOW, SSM, T);
	expect(rig, "join 1 10.100.0.12 232.1.1.1 include 10.0.0.2 >\n"
		    "refused 1 10.100.0.12 232.1.1.1 include 10.0.0.2\n");
	rig_free(rig);
}

Test(events, denied_request_says_so)
{
	struct acl_rule rule = {.deny = true};
	struct proxy_params params = {.acl = acl_new()};
	struct rig *rig = watched_rig();

	cr_assert(!prefix_parse("239.1.1.0/24", &rule.group));
	acl_add(params.acl, &rule);
	proxy_set_params(rig->proxy, &params);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	expect(rig, "join 1 10.100.0.11 239.1.1.1 exclude >\n"
		    "denied 1 10.100.0.11 239.1.1.1 exclude\n");
	rig_free(rig);
	acl_free(params.acl);
}

Test(events, upstream_goes_and_comes)
{
	struct rig *rig = watched_rig();
	struct sender sender = rig->proxy->ports[2].own;

	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	rig_events(rig);
	proxy_port_down(rig->proxy, 2, false, rig->now);
	expect(rig, "resolved 1 10.100.0.11 239.1.1.1 exclude > was 7\n"
		    "refused 1 10.100.0.11 239.1.1.1 exclude\n");
	proxy_port_up(rig->proxy, 2, &sender, 1500, rig->now);
	expect(rig, "resolved 1 10.100.0.11 239.1.1.1 exclude > 7 was\n");
	rig_free(rig);
}

Test(events, members_go_with_their_interface)
{
	struct rig *rig = watched_rig();

	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	rig_events(rig);
	proxy_port_down(rig->proxy, 0, true, rig->now);
	expect(rig, "querier 1 v4 none\nquerier 1 v6 none\n"
		    "leave 1 10.100.0.11 239.1.1.1 exclude port\n");
	rig_free(rig);
}

Test(events, querier_changes_are_told_once)
{
	struct query general = {.generation = 3,
				.max_response = 10 * SEC,
				.robustness = 2,
				.query_interval = 125 * SEC};
	struct rig *rig = watched_rig();

	rig_advance(rig, 200 * SEC);
	expect(rig, "");
	rig_query_from(rig, 1, "10.0.0.0", &general);
	rig_query_from(rig, 1, "10.0.0.0", &general);
	expect(rig, "querier 2 v4 10.0.0.0\n");
	rig_advance(rig, 300 * SEC);
	expect(rig, "querier 2 v4 self\n");
	rig_free(rig);
}

Test(events, limit_is_named)
{
	struct rig *rig = watched_rig();
	struct port_settings settings = rig->proxy->ports[0].settings;

	settings.groups_per_port = 1;
	rig_settings(rig, 0, &settings);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	rig_record(rig, 0, A, RECORD_TO_EX, "239.1.1.2", "");
	expect(rig, "join 1 10.100.0.11 239.1.1.1 exclude > 7\nlimit 1 groups_per_port\n");
	rig_free(rig);
}

Test(events, end_of_the_proxy_is_none)
{
	struct rig *rig = watched_rig();

	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	rig_events(rig);
	proxy_free(rig->proxy);
	expect(rig, "");
	murt_free(rig->murt);
	free(rig);
}
