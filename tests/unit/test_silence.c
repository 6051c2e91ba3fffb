/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Older hosts, whose report or leave may stand for others (RFC 2236 section 3). */
#include <criterion/criterion.h>

#include "unit/rig.h"

#define SEC USEC_PER_SEC

static const char *const G = "239.1.1.1";
static const char *const A = "10.100.0.11";
static const char *const B = "10.100.0.12";
static const char *const C = "10.100.0.13";

static const struct query general = {
	.generation = 3,
	.max_response = 10 * SEC,
	.robustness = 2,
	.query_interval = 125 * SEC,
};

static struct rig *rig_of_older(void)
{
	struct rig *rig = rig_new_to_7();

	rig_advance(rig, 40 * SEC);
	rig_old_report(rig, 0, A, 2, G);
	rig_old_report(rig, 0, B, 2, G);
	rig_old_report(rig, 0, C, 2, G);
	return rig;
}

static const char *members(struct rig *rig)
{
	static char text[4];

	snprintf(text, sizeof(text), "%s%s%s", *rig_member(rig, 0, A, G) ? "A" : "",
		 *rig_member(rig, 0, B, G) ? "B" : "", *rig_member(rig, 0, C, G) ? "C" : "");
	return text;
}

/* RFC 2236 section 3: the leave of one may stand for all, until a report says that it does not. */
Test(silence, leave_that_nobody_contradicts_ends_all)
{
	struct rig *rig = rig_of_older();

	rig_leave(rig, 0, A, G);
	rig_advance(rig, SEC);
	rig_leave(rig, 0, B, G);
	rig_advance(rig, SEC - 1);
	cr_expect_str_eq(members(rig), "ABC", "the last member query time is 2 s");
	rig_advance(rig, 1);
	cr_expect_str_eq(members(rig), "", "a second leave gives no more time");
	rig_free(rig);
}

Test(silence, report_after_a_leave_keeps_all_but_who_left)
{
	struct rig *rig = rig_of_older();

	rig_leave(rig, 0, A, G);
	rig_advance(rig, SEC);
	rig_old_report(rig, 0, B, 2, G);
	rig_advance(rig, SEC);
	cr_expect_str_eq(members(rig), "BC");
	rig_leave(rig, 0, B, G);
	rig_advance(rig, SEC);
	rig_old_report(rig, 0, C, 2, G);
	rig_advance(rig, SEC);
	cr_expect_str_eq(members(rig), "C");
	rig_advance(rig, 269 * SEC - 1);
	cr_expect_str_eq(members(rig), "C");
	rig_advance(rig, 1);
	cr_expect_str_eq(members(rig), "", "270 s after its report");
	rig_free(rig);
}

Test(silence, report_between_leaves_counts_for_the_first_only)
{
	struct rig *rig = rig_of_older();

	rig_leave(rig, 0, A, G);
	rig_old_report(rig, 0, C, 2, G);
	rig_advance(rig, SEC);
	rig_leave(rig, 0, C, G);
	rig_advance(rig, SEC);
	cr_expect_str_eq(members(rig), "BC");
	rig_advance(rig, SEC);
	cr_expect_str_eq(members(rig), "", "B was silent since the second leave");
	rig_free(rig);
}

/* A newer report is heard by nobody else, and holds for who sends it. */
Test(silence, newer_report_after_a_leave_keeps_its_sender_only)
{
	struct rig *rig = rig_of_older();

	rig_leave(rig, 0, A, G);
	rig_record(rig, 0, B, RECORD_IS_EX, G, "");
	rig_advance(rig, 2 * SEC);
	cr_expect_str_eq(members(rig), "B");
	rig_leave(rig, 0, "10.100.0.99", G);
	rig_advance(rig, 2 * SEC);
	cr_expect_str_eq(members(rig), "", "it is an older host still, and did not contradict");
	rig_free(rig);
}

Test(silence, newer_leave_after_a_report_is_the_senders_only)
{
	struct rig *rig = rig_of_older();

	rig_record(rig, 0, A, RECORD_TO_IN, G, "");
	rig_advance(rig, 2 * SEC);
	cr_expect_str_eq(members(rig), "BC");
	rig_free(rig);
}

/* What a leave left of a member's time stays, though it leaves itself when another router asks. */
Test(silence, leave_after_the_election_keeps_the_time_of_one_before)
{
	struct rig *rig = rig_of_older();

	rig_leave(rig, 0, A, G);
	rig_advance(rig, 2 * SEC - 1);
	rig_query_from(rig, 0, "10.0.0.0", &general);
	cr_assert_not(rig->proxy->ports[0].querier[0].elected);
	rig_leave(rig, 0, B, G);
	rig_old_report(rig, 0, C, 2, G);
	rig_advance(rig, 1);
	cr_expect_str_eq(members(rig), "C");
	rig_free(rig);
}

/* Who left while another router asked is asked about with the next leave. */
Test(silence, leave_before_the_election_is_made_good)
{
	struct rig *rig = rig_of_older();
	rig_query_from(rig, 0, "10.0.0.0", &general);
	cr_assert_not(rig->proxy->ports[0].querier[0].elected);
	rig_advance(rig, 200 * SEC);
	rig_old_report(rig, 0, A, 2, G);
	rig_leave(rig, 0, A, G);
	rig_advance(rig, 56 * SEC);
	cr_assert(rig->proxy->ports[0].querier[0].elected);
	cr_expect_str_eq(members(rig), "ABC");
	rig_leave(rig, 0, B, G);
	rig_advance(rig, SEC);
	rig_old_report(rig, 0, C, 2, G);
	rig_advance(rig, SEC);
	cr_expect_str_eq(members(rig), "C");
	rig_free(rig);
}

/* Who hears an older report keeps silent; an IGMPv1 host knows no other than its own. */
Test(silence, older_report_keeps_newer_members_and_not_the_reverse)
{
	struct rig *rig = rig_new_to_7();

	rig_advance(rig, 40 * SEC);
	rig_old_report(rig, 0, A, 1, G);
	rig_old_report(rig, 0, B, 2, G);
	rig_advance(rig, 100 * SEC);
	rig_old_report(rig, 0, C, 2, G);
	rig_advance(rig, 170 * SEC - 1);
	cr_expect_str_eq(members(rig), "ABC");
	rig_advance(rig, 1);
	cr_expect_str_eq(members(rig), "BC", "270 s after A's report");
	rig_old_report(rig, 0, A, 1, G);
	rig_advance(rig, 270 * SEC - 1);
	cr_expect_str_eq(members(rig), "ABC", "it stands for B and C, too");
	rig_advance(rig, 1);
	cr_expect_str_eq(members(rig), "");
	rig_free(rig);
}
