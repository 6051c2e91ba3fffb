/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a former agent knew counts at once, and lasts if the clients say so. */
#include <criterion/criterion.h>

#include "unit/rig.h"

#define SEC USEC_PER_SEC

static const char *const G = "239.1.1.1";
static const char *const SSM = "ff3e::1";

static struct addr parse(const char *text)
{
	struct addr a;

	cr_assert_eq(addr_parse(text, &a), 0);
	return a;
}

static struct rig *restored_with(bool querier)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);
	const struct addr addr = parse("2001:db8::1");
	const struct proxy_served source = {.source = prefix_host(&addr)};
	struct port_settings settings = rig->proxy->ports[0].settings;
	struct proxy_membership any = {
		.group = parse(G),
		.client = parse("10.100.0.11"),
		.mac = {2, 0, 0, 0, 0, 11},
		.generation = 2,
		.exclude = true,
	};
	struct proxy_membership one = {
		.group = parse(SSM),
		.client = parse("fe80::12"),
		.mac = {2, 0, 0, 0, 0, 12},
		.generation = 3,
		.sources = &source,
		.n_sources = 1,
	};

	settings.querier = querier;
	rig_settings(rig, 0, &settings);
	rig_settings(rig, 1, &settings);
	rig_row(rig, "", "", "", 7, 10);
	proxy_restore(rig->proxy, 0, &any, rig->now);
	proxy_restore(rig->proxy, 1, &one, rig->now);
	proxy_flush(rig->proxy, rig->now);
	rig_advance(rig, 0);
	return rig;
}

static struct rig *restored(void)
{
	return restored_with(true);
}

Test(restore, counts_at_once_and_tells_the_upstream_again)
{
	struct rig *rig = restored();

	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, SSM, "2001:db8::1"), "2");
	cr_expect_str_eq(rig_forwards(rig, 7, SSM, "2001:db8::2"), "");
	cr_expect(strstr(rig_reports(rig, 2), "TO_EX 239.1.1.1"));
	rig_free(rig);
}

Test(restore, ends_unless_the_clients_answer)
{
	struct rig *rig = restored();

	/* Queries at 0 and 31.25 s, and 10 s for the answers. */
	rig_old_report(rig, 0, "10.100.0.11", 2, G);
	rig_advance(rig, 72 * SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, SSM, "2001:db8::1"), "2");
	rig_advance(rig, SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, SSM, "2001:db8::1"), "", "nobody confirmed it");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1", "its client did");
	rig_free(rig);
}

/* RFC 9776 section 8.4: the other querier asks every 125 s, and one of its queries may be lost. */
Test(restore, lasts_a_membership_interval_where_we_do_not_ask)
{
	struct rig *rig = restored_with(false);

	rig_advance(rig, 269 * SEC);
	cr_expect_str_eq(rig_queries(rig, 0), "");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, SSM, "2001:db8::1"), "2");
	rig_advance(rig, SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "");
	cr_expect_str_eq(rig_forwards(rig, 7, SSM, "2001:db8::1"), "");
	rig_free(rig);
}

/* Its question about one group is the first that is heard of it: the others were asked once. */
Test(restore, lasts_a_membership_interval_of_a_querier_that_takes_over)
{
	struct query q = {.max_response = SEC, .generation = 3, .robustness = 2};
	struct rig *rig = restored();

	q.query_interval = 60 * SEC;
	cr_assert_eq(addr_parse("ff3e::99", &q.group), 0);
	rig_advance(rig, 5 * SEC);
	rig_query_from(rig, 1, "fe80::0", &q);
	cr_expect_str_eq(rig_queries(rig, 1), "general6 general4");
	rig_advance(rig, 139 * SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "", "on another port");
	cr_expect_str_eq(rig_forwards(rig, 7, SSM, "2001:db8::1"), "2");
	rig_advance(rig, SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, SSM, "2001:db8::1"), "");
	rig_free(rig);
}

Test(restore, what_was_reported_since_is_not_prolonged)
{
	struct query q = {.max_response = SEC, .generation = 3, .robustness = 2};
	struct rig *rig = restored();

	cr_assert_eq(addr_parse("ff3e::99", &q.group), 0);
	rig_record(rig, 1, "fe80::12", RECORD_IS_IN, SSM, "2001:db8::1");
	rig_advance(rig, 5 * SEC);
	rig_query_from(rig, 1, "fe80::0", &q);
	rig_advance(rig, 265 * SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, SSM, "2001:db8::1"), "");
	rig_free(rig);
}

Test(restore, a_host_of_an_older_version_leaves_as_one)
{
	struct rig *rig = restored();

	rig_queries(rig, 0);
	rig_leave(rig, 0, "10.100.0.11", G);
	cr_expect(strstr(rig_queries(rig, 0), G), "others may hide behind it");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1");
	rig_advance(rig, 3 * SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "");
	rig_free(rig);
}

Test(restore, upstream_ports_and_limits_hold)
{
	struct rig *rig = restored();
	struct port_settings settings = rig->proxy->ports[0].settings;
	struct proxy_membership what = {.group = parse("239.1.1.2"),
					.client = parse("10.100.0.11"),
					.generation = 3,
					.exclude = true};

	settings.groups_per_port = 1;
	rig_settings(rig, 0, &settings);
	proxy_restore(rig->proxy, 0, &what, rig->now);
	proxy_restore(rig->proxy, 2, &what, rig->now);
	rig_advance(rig, 0);
	cr_expect_str_eq(rig_forwards(rig, 7, "239.1.1.2", "10.0.0.1"), "");
	cr_expect_eq(proxy_audit(rig->proxy, NULL, NULL), 0u);
	rig_free(rig);
}

Test(restore, what_needs_a_source_by_now_is_left_out)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);
	struct prefix range;
	struct proxy_params params = {.ssm_ranges = &range, .n_ssm_ranges = 1};
	const struct proxy_membership what = {.group = parse(G),
					      .client = parse("10.100.0.11"),
					      .generation = 3,
					      .exclude = true};

	prefix_parse("239.1.0.0/16", &range);
	proxy_set_params(rig->proxy, &params);
	proxy_restore(rig->proxy, 0, &what, rig->now);
	cr_expect_str_eq(rig_member(rig, 0, "10.100.0.11", G), "");
	rig_free(rig);
}

/* A client on port 1 that a former agent served so. */
static void restore_served(struct rig *rig, upset upstreams, upset keep)
{
	const struct proxy_params params = {.relay = rig->proxy->params.relay,
					    .handover_limit = 5 * SEC};
	const struct proxy_membership what = {
		.group = parse(G),
		.client = parse("10.100.0.11"),
		.generation = 3,
		.exclude = true,
		.upstreams = upstreams,
		.keep = keep,
	};

	proxy_set_params(rig->proxy, &params);
	proxy_restore(rig->proxy, 0, &what, rig->now);
	rig_advance(rig, 0);
}

static void expect_forwards(struct rig *rig, const char *from7, const char *from8)
{
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), from7);
	cr_expect_str_eq(rig_forwards(rig, 8, G, "10.0.0.1"), from8);
}

Test(restore, a_balanced_channel_stays_where_it_flows)
{
	for (unsigned int slot = 0; slot < 2; slot++) {
		struct rig *rig = rig_new(FAST_LEAVE_AUTO);

		murt_set_balance(rig->murt, MURT_BALANCE_ROUND_ROBIN);
		rig_row(rig, "", "", "", 7, 10);
		rig_row(rig, "", "", "", 8, 10);
		restore_served(rig, 1ULL << slot, 0);
		expect_forwards(rig, slot ? "" : "1", slot ? "1" : "");
		cr_expect_eq(rig->proxy->n_handovers, 0u);
		rig_free(rig);
	}
}

Test(restore, what_the_table_moved_meanwhile_keeps_its_upstream_until_the_new_one_delivers)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	rig_row(rig, "", "", "", 8, 10);
	restore_served(rig, 1, 0);
	expect_forwards(rig, "1", "1");
	rig_advance(rig, SEC);
	rig_reports(rig, 2);
	expect_forwards(rig, "1", "1");
	rig_deliver_data(rig, 8, G, "10.0.0.1");
	rig_advance(rig, SEC);
	expect_forwards(rig, "", "1");
	cr_expect(strstr(rig_reports(rig, 2), "TO_IN 239.1.1.1"), "the former one hears a leave");
	rig_free(rig);
}

Test(restore, a_handover_goes_on)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	rig_row(rig, "", "", "", 8, 10);
	restore_served(rig, 2, 1);
	expect_forwards(rig, "1", "1");
	rig_advance(rig, 6 * SEC);
	expect_forwards(rig, "", "1");
	cr_expect_eq(rig->proxy->n_handovers, 0u);
	rig_free(rig);
}

Test(restore, sources_and_exceptions_are_kept_each_by_its_own_upstream)
{
	const struct proxy_params params = {.handover_limit = 5 * SEC};
	const struct addr addr = parse("10.0.0.9");
	const struct proxy_served from7 = {.source = prefix_host(&addr), .upstreams = 1};
	struct proxy_membership what = {
		.group = parse("232.1.1.1"),
		.client = parse("10.100.0.11"),
		.generation = 3,
		.sources = &from7,
		.n_sources = 1,
	};
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	proxy_set_params(rig->proxy, &params);
	rig_row(rig, "", "", "", 8, 10);
	proxy_restore(rig->proxy, 0, &what, rig->now);
	what = (struct proxy_membership){.group = parse(G),
					 .client = what.client,
					 .generation = 3,
					 .exclude = true,
					 .upstreams = 2,
					 .carves = &from7,
					 .n_carves = 1};
	proxy_restore(rig->proxy, 0, &what, rig->now);
	rig_advance(rig, SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, "232.1.1.1", "10.0.0.9"), "1");
	cr_expect_str_eq(rig_forwards(rig, 8, "232.1.1.1", "10.0.0.9"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.9"), "1");
	expect_forwards(rig, "", "1");
	rig_advance(rig, 5 * SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, "232.1.1.1", "10.0.0.9"), "");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.9"), "");
	rig_free(rig);
}

Test(restore, a_static_join_stays_where_it_flows)
{
	const struct addr group = parse(G);
	const struct proxy_membership what = {.group = group, .exclude = true, .upstreams = 2};
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	murt_set_balance(rig->murt, MURT_BALANCE_ROUND_ROBIN);
	rig_row(rig, "", "", "", 7, 10);
	rig_row(rig, "", "", "", 8, 10);
	proxy_restore(rig->proxy, 0, &what, rig->now);
	cr_expect_eq(rig->proxy->members.n, 0u, "nobody joins it any more");
	proxy_static_join(rig->proxy, 0, &group, &ADDR_NONE, rig->now);
	proxy_restore(rig->proxy, 0, &what, rig->now);
	rig_advance(rig, 200 * SEC);
	expect_forwards(rig, "", "1");
	rig_free(rig);
}

Test(restore, in_relay_mode_the_new_upstream_hears_the_client)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	rig->proxy->params.relay = true;
	rig_row(rig, "", "", "", 8, 10);
	restore_served(rig, 1, 0);
	cr_expect_str_eq(rig_reports(rig, 3), "TO_EX 239.1.1.1");
	rig_free(rig);
}
