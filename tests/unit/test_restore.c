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
	struct port_settings settings = rig->proxy->ports[0].settings;
	struct addr source = parse("2001:db8::1");
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
