/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Source-specific groups: RFC 4604 section 2.2, RFC 4607 section 1. */
#include <criterion/criterion.h>

#include "unit/rig.h"

static const char *const G = "239.1.1.1";
static const char *const A = "10.100.0.11";
static const char *const B = "10.100.0.12";

Test(ssm, joins_without_a_source_are_refused_there)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);
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
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);
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
