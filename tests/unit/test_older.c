/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Upstreams whose router speaks an older version. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "unit/rig.h"

#define SEC USEC_PER_SEC

/* Who asks, how, and what is said then. */
static const struct version {
	unsigned int generation;
	const char *router, *client, *group, *other, *source;
	usec_t present; /* older version querier present timeout: RFC 9776 section 8.12, RFC 9777
			   section 9.12 */
	const char *joined, *report, *leave;
} igmp1 = {1,	       "10.0.0.99", "10.100.0.11",     "239.1.1.1",    "239.1.1.2",
	   "10.0.0.1", 350 * SEC,   "TO_EX 239.1.1.1", "v1 239.1.1.1", ""},
  igmp2 = {2,	       "10.0.0.99", "10.100.0.11",     "239.1.1.1",    "239.1.1.2",
	   "10.0.0.1", 350 * SEC,   "TO_EX 239.1.1.1", "v2 239.1.1.1", "leave 239.1.1.1"},
  mld1 = {2,	     "fe80::99",      "fe80::11",   "ff1e::1",	    "ff1e::2", "2001:db8::1",
	  260 * SEC, "TO_EX ff1e::1", "v2 ff1e::1", "leave ff1e::1"};

static void each_version(void (*check)(const struct version *v))
{
	check(&igmp1);
	check(&igmp2);
	check(&mld1);
}

static void ask(struct rig *rig, const struct version *v, unsigned int generation,
		const char *group)
{
	struct query q = {.generation = generation, .max_response = 10 * SEC, .robustness = 2};

	if (group)
		cr_assert(!addr_parse(group, &q.group));
	rig_query_from(rig, 2, v->router, &q);
}

static void join(struct rig *rig, const struct version *v, const char *group)
{
	rig_record(rig, 0, v->client, RECORD_TO_EX, group, "");
}

static void leave(struct rig *rig, const struct version *v, const char *group)
{
	rig_record(rig, 0, v->client, RECORD_TO_IN, group, "");
}

static unsigned int generation_of(struct rig *rig, const struct version *v)
{
	return rig->proxy->ports[2].host[v == &mld1].generation;
}

static void check_speaks(const struct version *v)
{
	struct rig *rig = rig_new_to_7();
	char twice[128];

	ask(rig, v, v->generation, NULL);
	cr_expect_eq(generation_of(rig, v), v->generation);
	join(rig, v, v->group);
	cr_expect_str_eq(rig_reports(rig, 2), v->report, "at once");
	rig_advance(rig, 3 * SEC);
	cr_expect_str_eq(rig_reports(rig, 2), v->report, "again, robustness times in all");
	ask(rig, v, v->generation, NULL);
	cr_expect_str_eq(rig_reports(rig, 2), "", "not before the random delay");
	rig_advance(rig, 10 * SEC);
	cr_expect_str_eq(rig_reports(rig, 2), v->report);
	rig_record(rig, 1, v->client, RECORD_ALLOW, v->other, v->source);
	snprintf(twice, sizeof(twice), "v%u %s", v->generation, v->other);
	cr_expect_str_eq(rig_reports(rig, 2), twice, "any source stands for its group");
	rig_advance(rig, 3 * SEC);
	rig_reports(rig, 2);
	leave(rig, v, v->group);
	rig_advance(rig, 3 * SEC);
	cr_expect_str_eq(rig_reports(rig, 2), v->leave, "once; version 1 has no leave");
	rig_free(rig);
}

Test(older, routers_hear_reports_and_leaves_of_their_version)
{
	each_version(check_speaks);
}

/* RFC 9776 section 7.2.1, RFC 9777 section 8.2.1 */
static void check_cancels(const struct version *v)
{
	struct rig *rig = rig_new_to_7();

	join(rig, v, v->group);
	cr_expect_str_eq(rig_reports(rig, 2), v->joined);
	ask(rig, v, v->generation, NULL);
	rig_advance(rig, 4 * SEC);
	cr_expect_str_eq(rig_reports(rig, 2), "", "no retransmission");
	rig_advance(rig, 6 * SEC);
	cr_expect_str_eq(rig_reports(rig, 2), v->report, "the answer to the query");
	rig_free(rig);
}

Test(older, change_of_mode_cancels_retransmissions)
{
	each_version(check_cancels);
}

static void check_forgets(const struct version *v)
{
	struct rig *rig = rig_new_to_7();

	join(rig, v, v->group);
	rig_advance(rig, 3 * SEC);
	leave(rig, v, v->group);
	cr_assert_not_null(rig->proxy->upstream_groups, "it is told twice");
	ask(rig, v, v->generation, NULL);
	cr_expect_null(rig->proxy->upstream_groups);
	rig_free(rig);
}

Test(older, change_of_mode_forgets_what_only_retransmissions_were_left_of)
{
	each_version(check_forgets);
}

static void check_cancels_answer(const struct version *v)
{
	struct rig *rig = rig_new_to_7();

	join(rig, v, v->group);
	rig_advance(rig, 3 * SEC);
	rig_reports(rig, 2);
	ask(rig, v, 3, NULL);
	ask(rig, v, 3, v->group);
	ask(rig, v, v->generation, NULL);
	rig_advance(rig, 10 * SEC);
	cr_expect_str_eq(rig_reports(rig, 2), v->report, "one answer, none of version 3");
	rig_free(rig);
}

Test(older, change_of_mode_cancels_answers)
{
	each_version(check_cancels_answer);
}

static void check_returns(const struct version *v)
{
	struct rig *rig = rig_new_to_7();

	ask(rig, v, v->generation, NULL);
	rig_advance(rig, v->present - 100 * USEC_PER_MSEC);
	cr_expect_eq(generation_of(rig, v), v->generation);
	join(rig, v, v->group);
	cr_expect_str_eq(rig_reports(rig, 2), v->report);
	rig_advance(rig, 100 * USEC_PER_MSEC);
	cr_expect_eq(generation_of(rig, v), 3u);
	rig_advance(rig, 3 * SEC);
	/* What the older version had not said often enough is not lost. */
	cr_expect_eq(strncmp(rig_reports(rig, 2), v->joined, strlen(v->joined)), 0);
	ask(rig, v, 3, NULL);
	rig_advance(rig, 10 * SEC);
	cr_expect_eq(strncmp(rig_reports(rig, 2), "IS_EX", 5), 0);
	leave(rig, v, v->group);
	cr_expect_eq(strncmp(rig_reports(rig, 2), "TO_IN", 5), 0);
	rig_free(rig);
}

Test(older, version_3_returns_when_the_timer_ends)
{
	each_version(check_returns);
}

static void check_general_only(const struct version *v)
{
	struct rig *rig = rig_new_to_7();

	join(rig, v, v->group);
	rig_advance(rig, 3 * SEC);
	rig_reports(rig, 2);
	if (v->generation == 1)
		goto out; /* knows general queries only */
	ask(rig, v, v->generation, v->group);
	cr_expect_eq(generation_of(rig, v), 3u, "only a general query changes the mode");
	rig_advance(rig, 10 * SEC);
	cr_expect_eq(strncmp(rig_reports(rig, 2), "IS_EX", 5), 0);
	ask(rig, v, v->generation, NULL);
	rig_advance(rig, 10 * SEC);
	rig_reports(rig, 2);
	ask(rig, v, v->generation, v->group);
	rig_advance(rig, 10 * SEC);
	cr_expect_str_eq(rig_reports(rig, 2), v->report);
out:
	rig_free(rig);
}

Test(older, group_query_is_answered_and_changes_no_mode)
{
	each_version(check_general_only);
}

Test(older, version_1_wins_over_2_while_its_timer_runs)
{
	struct rig *rig = rig_new_to_7();

	ask(rig, &igmp1, 1, NULL);
	rig_advance(rig, 100 * SEC);
	ask(rig, &igmp1, 2, NULL);
	cr_expect_eq(generation_of(rig, &igmp1), 1u);
	rig_advance(rig, 250 * SEC);
	cr_expect_eq(generation_of(rig, &igmp1), 2u);
	rig_advance(rig, 100 * SEC);
	cr_expect_eq(generation_of(rig, &igmp1), 3u);
	rig_free(rig);
}

Test(older, families_are_apart)
{
	struct rig *rig = rig_new_to_7();

	ask(rig, &mld1, 2, NULL);
	cr_expect_eq(generation_of(rig, &mld1), 2u);
	cr_expect_eq(generation_of(rig, &igmp2), 3u);
	join(rig, &igmp2, igmp2.group);
	join(rig, &mld1, mld1.group);
	cr_expect_str_eq(rig_reports(rig, 2), "TO_EX 239.1.1.1 | v2 ff1e::1");
	cr_expect_eq(rig->proxy->ports[3].host[1].generation, 3u, "and so are upstreams");
	rig_free(rig);
}

/* RFC 2236 section 3, RFC 2710 section 4 */
static void check_own_delays(const struct version *v)
{
	struct rig *rig = rig_new_to_7();

	rig->seed = 1;
	join(rig, v, v->group);
	join(rig, v, v->other);
	rig_advance(rig, 3 * SEC);
	ask(rig, v, v->generation, NULL);
	cr_expect_neq(proxy_next_timer(rig->proxy), USEC_NEVER);
	rig_reports(rig, 2);
	rig_advance(rig, proxy_next_timer(rig->proxy) - rig->now);
	cr_expect_null(strchr(rig_reports(rig, 2), '|'), "not both at once");
	rig_advance(rig, 10 * SEC);
	cr_expect_neq(*rig_reports(rig, 2), 0);
	rig_free(rig);
}

Test(older, each_group_answers_after_its_own_delay)
{
	each_version(check_own_delays);
}

/* RFC 2236 section 3, RFC 2710 section 4 */
static void check_suppression(const struct version *v)
{
	struct rig *rig = rig_new_to_7();

	ask(rig, v, v->generation, NULL);
	join(rig, v, v->group);
	rig_advance(rig, 3 * SEC);
	rig_reports(rig, 2);
	ask(rig, v, v->generation, NULL);
	rig_old_report(rig, 2, v == &mld1 ? "fe80::55" : "10.0.0.55", v->generation, v->group);
	rig_advance(rig, 10 * SEC);
	cr_expect_str_eq(rig_reports(rig, 2), "");
	rig_free(rig);
}

Test(older, report_of_another_host_is_answer_enough)
{
	each_version(check_suppression);
}

static void check_heal(const struct version *v)
{
	struct rig *rig = rig_new_to_7();

	ask(rig, v, v->generation, NULL);
	join(rig, v, v->group);
	rig_advance(rig, 30 * SEC);
	rig_reports(rig, 2);
	proxy_port_heal(rig->proxy, 2, rig->now);
	proxy_flush(rig->proxy, rig->now);
	cr_expect_str_eq(rig_reports(rig, 2), v->report);
	rig_free(rig);
}

Test(older, what_may_have_been_lost_is_told_again)
{
	each_version(check_heal);
}
