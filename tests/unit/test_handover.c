/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Make before break: a client that moves keeps its old upstream until the new one delivers. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "unit/rig.h"

#define SEC USEC_PER_SEC

static const char *const G = "239.1.1.1";
static const char *const SSM = "232.1.1.1";
static const char *const A = "10.100.0.11";
static const char *const B = "10.100.0.12";
static const char *const S = "10.0.0.1";

static struct rig *moving_rig(void)
{
	const struct proxy_params params = {.handover_limit = 5 * SEC};
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	proxy_set_params(rig->proxy, &params);
	rig_row(rig, "", "", "", 7, 10);
	return rig;
}

static void expect_forwards(struct rig *rig, const char *group, const char *from7,
			    const char *from8)
{
	cr_expect_str_eq(rig_forwards(rig, 7, group, S), from7);
	cr_expect_str_eq(rig_forwards(rig, 8, group, S), from8);
}

Test(handover, both_forward_until_the_new_one_delivers)
{
	struct rig *rig = moving_rig();

	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	rig_record(rig, 1, "10.99.0.1", RECORD_TO_EX, G, "");
	rig_deliver_data(rig, 7, G, S);
	rig_advance(rig, 2 * SEC);
	rig_reports(rig, 2);
	rig_row(rig, "10.100.0.0/24", "", "", 8, 20);
	rig_advance(rig, 0);
	expect_forwards(rig, G, "1 2", "1");
	rig_advance(rig, 2 * SEC);
	expect_forwards(rig, G, "1 2", "1");
	cr_expect_str_eq(rig_reports(rig, 2), "", "the old one is not left yet");
	rig_deliver_data(rig, 8, G, S);
	rig_advance(rig, SEC / 10);
	expect_forwards(rig, G, "2", "1");
	cr_expect_eq(rig->proxy->n_handovers, 0u);
	rig_free(rig);
}

Test(handover, ends_at_the_limit)
{
	struct rig *rig = moving_rig();

	rig_record(rig, 0, A, RECORD_ALLOW, SSM, S);
	rig_row(rig, "", "", "", 8, 20);
	rig_advance(rig, 4 * SEC);
	expect_forwards(rig, SSM, "1", "1");
	rig_advance(rig, 2 * SEC);
	expect_forwards(rig, SSM, "", "1");
	rig_free(rig);
}

Test(handover, data_of_another_source_does_not_end_it)
{
	struct rig *rig = moving_rig();

	rig_record(rig, 0, A, RECORD_ALLOW, SSM, S);
	rig_record(rig, 1, B, RECORD_ALLOW, SSM, "10.0.0.2");
	rig_row(rig, "", "", "", 8, 20);
	rig_advance(rig, 0);
	rig_deliver_data(rig, 8, SSM, "10.0.0.2");
	rig_advance(rig, SEC);
	expect_forwards(rig, SSM, "1", "1");
	cr_expect_str_eq(rig_forwards(rig, 7, SSM, "10.0.0.2"), "");
	rig_deliver_data(rig, 8, SSM, S);
	rig_advance(rig, SEC);
	expect_forwards(rig, SSM, "", "1");
	rig_free(rig);
}

Test(handover, an_upstream_that_is_gone_is_not_kept)
{
	struct rig *rig = moving_rig();

	rig_row(rig, "", "", "", 8, 0);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	proxy_port_down(rig->proxy, 2, false, rig->now);
	proxy_flush(rig->proxy, rig->now);
	expect_forwards(rig, G, "", "1");
	rig_free(rig);
}

Test(handover, out_for_maintenance_without_loss)
{
	struct rig *rig = moving_rig();

	rig_row(rig, "", "", "", 8, 0);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	proxy_upstream_enable(rig->proxy, 0, false, rig->now);
	proxy_flush(rig->proxy, rig->now);
	expect_forwards(rig, G, "1", "1");
	rig_deliver_data(rig, 8, G, S);
	rig_advance(rig, SEC);
	expect_forwards(rig, G, "", "1");
	proxy_upstream_enable(rig->proxy, 0, true, rig->now);
	rig_advance(rig, 10 * SEC);
	expect_forwards(rig, G, "1", "");
	rig_free(rig);
}

Test(handover, a_client_that_leaves_ends_it_all)
{
	struct rig *rig = moving_rig();

	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	rig_row(rig, "", "", "", 8, 20);
	rig_advance(rig, SEC);
	rig_record(rig, 0, A, RECORD_IS_EX, G, "");
	expect_forwards(rig, G, "1", "1");
	rig_record(rig, 0, A, RECORD_TO_IN, G, "");
	expect_forwards(rig, G, "", "");
	cr_expect_eq(rig->n_flows, 0u);
	cr_expect_eq(rig->proxy->n_handovers, 0u);
	rig_free(rig);
}

Test(handover, nobody_serves_it_any_more)
{
	struct rig *rig = moving_rig();

	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	murt_del(rig->murt, 1);
	proxy_set_murt(rig->proxy, rig->murt, rig->now);
	proxy_flush(rig->proxy, rig->now);
	expect_forwards(rig, G, "", "");
	rig_free(rig);
}

/* selection = specificity: a source that moves between upstreams does so as a whole group does. */
Test(handover, a_carved_source_moves_without_loss)
{
	struct rig *rig = moving_rig();
	const struct murt_row *row;
	struct murt_row moved;

	murt_set_selection(rig->murt, MURT_SPECIFICITY);
	rig_row(rig, "", G, "10.0.0.0/30", 8, 0);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	expect_forwards(rig, G, "", "1");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.9"), "1");
	/* To the upstream that serves the rest, which delivers other sources all the time. */
	for (row = murt_next(rig->murt, 0); row->upstream != 8; row = murt_next(rig->murt, row->id))
		;
	moved = *row;
	moved.enabled = false;
	rig_change(rig, &moved);
	expect_forwards(rig, G, "1", "1");
	cr_expect_str_eq(rig_forwards(rig, 8, G, "10.0.0.9"), "", "only what it carried");
	rig_advance(rig, SEC);
	expect_forwards(rig, G, "1", "1");
	rig_deliver_data(rig, 7, G, S);
	rig_advance(rig, SEC / 10);
	expect_forwards(rig, G, "1", "");
	cr_expect_eq(rig->n_flows, 1u, "nothing is left of the exception");
	cr_expect_eq(rig->proxy->groups->members->n_carves, 0u);
	/* And back. */
	moved.enabled = true;
	rig_change(rig, &moved);
	expect_forwards(rig, G, "1", "1");
	rig_deliver_data(rig, 8, G, S);
	rig_advance(rig, SEC / 10);
	expect_forwards(rig, G, "", "1");
	rig_free(rig);
}

/* As moving_rig(), and an upstream 9. */
static struct rig *rig_of_three(void)
{
	struct rig *rig = moving_rig();
	struct sender sender = rig->proxy->ports[3].own;
	const struct port_settings settings = rig->proxy->ports[3].settings;

	proxy_port_add(rig->proxy, 4, 9, 2, &settings);
	proxy_port_up(rig->proxy, 4, &sender, 1500, rig->now);
	return rig;
}

static void enable(struct rig *rig, unsigned int upstream, bool on)
{
	proxy_upstream_enable(rig->proxy, upstream - 7, on, rig->now);
	rig_advance(rig, 0);
	proxy_flush(rig->proxy, rig->now);
}

/* Sends of the first row that names it to another upstream. */
static void move_row(struct rig *rig, uint32_t from, uint32_t to)
{
	const struct murt_row *row = murt_next(rig->murt, 0);
	struct murt_row moved;

	while (row->upstream != from)
		row = murt_next(rig->murt, row->id);
	moved = *row;
	moved.upstream = to;
	moved.slot = to - 7;
	rig_change(rig, &moved);
}

static void expect_source(struct rig *rig, const char *group, const char *source,
			  const char *upstreams)
{
	char all[] = "7 8 9", *at = all;

	for (unsigned int upstream = 7; upstream <= 9; upstream++)
		if (*rig_forwards(rig, upstream, group, source))
			at += sprintf(at, "%s%u", at > all ? " " : "", upstream);
	*at = 0;
	cr_expect_str_eq(all, upstreams, "%s comes from %s", source, all);
}

Test(handover, each_source_of_a_list_moves_by_itself)
{
	struct rig *rig = rig_of_three();

	rig_row(rig, "", "", "10.0.0.1", 8, 5);
	rig_row(rig, "", "", "10.0.0.2", 9, 5);
	rig_record(rig, 0, A, RECORD_ALLOW, SSM, "10.0.0.1 10.0.0.2");
	enable(rig, 7, false);
	rig_deliver_data(rig, 8, SSM, "10.0.0.1");
	rig_advance(rig, SEC);
	expect_source(rig, SSM, "10.0.0.1", "8");
	expect_source(rig, SSM, "10.0.0.2", "7 9");
	rig_deliver_data(rig, 9, SSM, "10.0.0.2");
	rig_advance(rig, SEC);
	expect_source(rig, SSM, "10.0.0.2", "9");
	cr_expect_eq(rig->proxy->n_handovers, 0u);
	rig_free(rig);
}

Test(handover, each_carved_source_moves_by_itself)
{
	struct rig *rig = rig_of_three();

	murt_set_selection(rig->murt, MURT_SPECIFICITY);
	rig_row(rig, "", "", "10.0.0.1", 7, 20);
	rig_row(rig, "", "", "10.0.0.2", 7, 20);
	rig_row(rig, "", "", "10.0.0.1", 8, 5);
	rig_row(rig, "", "", "10.0.0.2", 9, 5);
	rig_row(rig, "", "", "", 8, 5);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	enable(rig, 7, false);
	rig_deliver_data(rig, 8, G, "10.0.0.1");
	rig_advance(rig, SEC);
	expect_source(rig, G, "10.0.0.1", "8");
	expect_source(rig, G, "10.0.0.2", "7 9");
	expect_source(rig, G, "10.0.0.3", "7 8");
	rig_deliver_data(rig, 9, G, "10.0.0.2");
	rig_advance(rig, SEC);
	expect_source(rig, G, "10.0.0.2", "9");
	expect_source(rig, G, "10.0.0.3", "7 8");
	rig_deliver_data(rig, 8, G, "10.0.0.3");
	rig_advance(rig, SEC);
	expect_source(rig, G, "10.0.0.3", "8");
	cr_expect_eq(rig->proxy->n_handovers, 0u);
	rig_free(rig);
}

Test(handover, either_of_two_that_were_joined_one_after_the_other_ends_it)
{
	struct rig *rig = rig_of_three();

	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	rig_row(rig, "", "", "", 8, 20);
	rig_row(rig, "", "", "", 9, 20);
	rig_advance(rig, SEC / 10);
	expect_source(rig, G, S, "7 8 9");
	rig_deliver_data(rig, 8, G, S);
	rig_advance(rig, SEC / 10);
	expect_source(rig, G, S, "8 9");
	rig_free(rig);
}

/* For 4 s: a handover would end. */
static void keep_delivering(struct rig *rig, unsigned int upstream, const char *group,
			    const char *source)
{
	for (unsigned int i = 0; i < 4; i++) {
		rig_deliver_data(rig, upstream, group, source);
		rig_advance(rig, SEC);
	}
}

Test(handover, an_upstream_that_stays_does_not_end_it)
{
	struct rig *rig = rig_of_three();

	rig_row(rig, "", "", "", 8, 10);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	move_row(rig, 7, 9);
	keep_delivering(rig, 8, G, S);
	expect_source(rig, G, S, "7 8 9");
	rig_deliver_data(rig, 9, G, S);
	rig_advance(rig, SEC / 2);
	expect_source(rig, G, S, "8 9");
	rig_free(rig);
}

Test(handover, what_is_carved_out_does_not_end_that_of_the_rest)
{
	struct rig *rig = moving_rig();

	murt_set_selection(rig->murt, MURT_SPECIFICITY);
	rig_row(rig, "", "", "10.0.0.2", 8, 0);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	move_row(rig, 7, 8);
	keep_delivering(rig, 8, G, "10.0.0.2");
	expect_forwards(rig, G, "1", "1");
	expect_source(rig, G, "10.0.0.2", "8");
	rig_deliver_data(rig, 8, G, S);
	rig_advance(rig, SEC / 2);
	expect_forwards(rig, G, "", "1");
	rig_free(rig);
}

Test(handover, the_rest_does_not_end_that_of_what_was_carved_out)
{
	struct rig *rig = moving_rig();

	murt_set_selection(rig->murt, MURT_SPECIFICITY);
	rig_row(rig, "", "", "10.0.0.2", 8, 0);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	move_row(rig, 8, 7);
	keep_delivering(rig, 7, G, S);
	expect_source(rig, G, "10.0.0.2", "7 8");
	rig_deliver_data(rig, 7, G, "10.0.0.2");
	rig_advance(rig, SEC / 2);
	expect_source(rig, G, "10.0.0.2", "7");
	rig_free(rig);
}

Test(handover, an_excluded_source_does_not_end_it)
{
	struct rig *rig = moving_rig();

	rig_row(rig, B, "", "", 8, 20);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "10.0.0.2");
	rig_record(rig, 1, B, RECORD_TO_EX, G, "");
	move_row(rig, 7, 8);
	keep_delivering(rig, 8, G, "10.0.0.2");
	expect_forwards(rig, G, "1", "1 2");
	rig_deliver_data(rig, 8, G, S);
	rig_advance(rig, SEC / 2);
	expect_forwards(rig, G, "", "1 2");
	rig_free(rig);
}

Test(handover, a_flow_that_vanishes_does_not_end_it)
{
	struct rig *rig = moving_rig();

	rig_row(rig, B, "", "", 8, 20);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	rig_record(rig, 1, B, RECORD_ALLOW, G, "10.0.0.2");
	rig_deliver_data(rig, 8, G, "10.0.0.2");
	move_row(rig, 7, 8);
	rig_advance(rig, SEC);
	expect_forwards(rig, G, "1", "1");
	rig_record(rig, 1, B, RECORD_TO_IN, G, "");
	rig_advance(rig, SEC);
	expect_forwards(rig, G, "1", "1");
	rig_deliver_data(rig, 8, G, S);
	rig_advance(rig, SEC / 2);
	expect_forwards(rig, G, "", "1");
	rig_free(rig);
}

Test(handover, what_came_before_its_entry_does_not_end_it)
{
	struct rig *rig = moving_rig();

	rig_row(rig, B, "", "", 8, 20);
	rig_record(rig, 0, A, RECORD_ALLOW, G, S);
	rig_record(rig, 1, B, RECORD_TO_EX, G, "");
	rig_deliver_data(rig, 8, G, "10.0.0.2");
	move_row(rig, 7, 8);
	rig_advance(rig, 4 * SEC);
	expect_forwards(rig, G, "1", "1 2");
	rig_deliver_data(rig, 8, G, S);
	rig_advance(rig, SEC / 2);
	expect_forwards(rig, G, "", "1 2");
	rig_free(rig);
}

Test(handover, a_flow_that_came_before_ends_it_when_it_goes_on)
{
	struct rig *rig = moving_rig();

	rig_row(rig, B, "", "", 8, 20);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	rig_record(rig, 1, B, RECORD_TO_EX, G, "");
	rig_deliver_data(rig, 8, G, S);
	move_row(rig, 7, 8);
	rig_advance(rig, 4 * SEC);
	expect_forwards(rig, G, "1", "1 2");
	rig_deliver_data(rig, 8, G, S);
	rig_advance(rig, SEC / 2);
	expect_forwards(rig, G, "", "1 2");
	rig_free(rig);
}

Test(handover, changes_elsewhere_do_not_prolong_it)
{
	struct rig *rig = rig_of_three();

	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	move_row(rig, 7, 8);
	for (unsigned int i = 0; i < 4; i++) {
		rig_advance(rig, SEC);
		enable(rig, 9, i % 2);
	}
	expect_source(rig, G, S, "7 8");
	rig_advance(rig, SEC + SEC / 2);
	expect_source(rig, G, S, "8");
	rig_free(rig);
}

Test(handover, a_change_of_its_own_begins_it_anew)
{
	struct rig *rig = rig_of_three();

	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	move_row(rig, 7, 8);
	rig_advance(rig, 4 * SEC);
	move_row(rig, 8, 9);
	rig_advance(rig, 4 * SEC);
	expect_source(rig, G, S, "7 8 9");
	rig_deliver_data(rig, 9, G, S);
	rig_advance(rig, SEC / 2);
	expect_source(rig, G, S, "9");
	rig_free(rig);
}

/* Whatever the hash says: one of them is not its choice. */
static void joins_meanwhile(enum record_type type, const char *group, const char *sources)
{
	for (unsigned int away = 7; away <= 8; away++) {
		struct rig *rig = moving_rig();

		murt_set_balance(rig->murt, MURT_BALANCE_HASH);
		rig_row(rig, "", "", "", 8, 10);
		enable(rig, 15 - away, false);
		rig_record(rig, 0, A, type, group, sources);
		enable(rig, 15 - away, true);
		enable(rig, away, false);
		enable(rig, away, true);
		rig_record(rig, 1, B, type, group, sources);
		cr_expect_str_eq(rig_forwards(rig, away, group, S), "1");
		cr_expect_str_eq(rig_forwards(rig, 15 - away, group, S), "1 2");
		rig_advance(rig, 6 * SEC);
		cr_expect_str_eq(rig_forwards(rig, away, group, S), "");
		cr_expect_str_eq(rig_forwards(rig, 15 - away, group, S), "1 2");
		rig_free(rig);
	}
}

/* balance = hash */
Test(handover, who_joins_meanwhile_goes_where_the_channel_goes)
{
	joins_meanwhile(RECORD_TO_EX, G, "");
	joins_meanwhile(RECORD_ALLOW, SSM, S);
}

Test(handover, goes_on_for_the_sources_of_a_client_that_wants_only_them_now)
{
	struct rig *rig = moving_rig();

	rig_record(rig, 0, A, RECORD_TO_EX, G, "10.0.0.3");
	move_row(rig, 7, 8);
	rig_advance(rig, 2 * SEC);
	rig_record(rig, 0, A, RECORD_TO_IN, G, "10.0.0.1 10.0.0.2");
	expect_source(rig, G, "10.0.0.1", "7 8");
	expect_source(rig, G, "10.0.0.9", "");
	rig_deliver_data(rig, 8, G, "10.0.0.1");
	rig_advance(rig, SEC / 10);
	expect_source(rig, G, "10.0.0.1", "8");
	expect_source(rig, G, "10.0.0.2", "7 8");
	rig_advance(rig, 3 * SEC);
	expect_source(rig, G, "10.0.0.2", "8");
	cr_expect_eq(rig->proxy->n_handovers, 0u, "at the limit that it had");
	rig_free(rig);
}

Test(handover, goes_on_for_the_sources_of_a_client_that_wants_any_now)
{
	struct rig *rig = moving_rig();

	rig_record(rig, 0, A, RECORD_ALLOW, G, "10.0.0.1 10.0.0.2 10.0.0.3");
	move_row(rig, 7, 8);
	rig_advance(rig, 2 * SEC);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "10.0.0.3");
	expect_source(rig, G, "10.0.0.1", "7 8");
	expect_source(rig, G, "10.0.0.3", "");
	expect_source(rig, G, "10.0.0.9", "8");
	rig_deliver_data(rig, 8, G, "10.0.0.1");
	rig_advance(rig, SEC / 10);
	expect_source(rig, G, "10.0.0.1", "8");
	expect_source(rig, G, "10.0.0.2", "7 8");
	rig_record(rig, 0, A, RECORD_TO_IN, G, "10.0.0.1 10.0.0.2");
	expect_source(rig, G, "10.0.0.2", "7 8");
	rig_advance(rig, 3 * SEC);
	expect_source(rig, G, "10.0.0.2", "8");
	cr_expect_eq(rig->proxy->n_handovers, 0u, "at the limit that it had");
	rig_free(rig);
}

static void count_differences(void *ctx, const char *text)
{
	(void)text;
	++*(unsigned int *)ctx;
}

/* What the audit says after one thing has been put wrong, and with all as it was. */
static void expect_audit(struct rig *rig, upset *at, upset wrong)
{
	unsigned int n = 0;
	upset right = *at;

	*at = wrong;
	proxy_audit(rig->proxy, count_differences, &n);
	cr_expect_gt(n, 0u);
	*at = right;
	cr_expect_eq(proxy_audit(rig->proxy, count_differences, &n), 0u);
}

Test(handover, the_audit_sees_what_is_kept_for_nothing)
{
	struct rig *rig = moving_rig();
	struct upstream_group *g;
	struct handover *h;
	struct member *m;
	unsigned int n = 0;

	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	move_row(rig, 7, 8);
	m = member_first(rig->proxy);
	cr_assert_eq(member_keep(m), 1u);
	/* Nothing ends it. */
	h = m->extra->handover;
	m->extra->handover = NULL;
	cr_expect_eq(proxy_audit(rig->proxy, count_differences, &n), 1u);
	m->extra->handover = h;
	/* It serves already, or is not there. */
	expect_audit(rig, &m->extra->keep, 2);
	expect_audit(rig, &m->extra->keep, 4);
	g = demand_find(rig->proxy, 1, &m->group->key.group);
	g->flows[0].below ^= MUPI_FWD_HAS_SOURCES;
	cr_expect_eq(proxy_audit(rig->proxy, count_differences, &n), 1u);
	g->flows[0].below ^= MUPI_FWD_HAS_SOURCES;
	rig_free(rig);
}

/* ---- a mass of them ---- */

#define MASS	   3000 /* more than are looked at in one go */
#define MASS_PIECE 2000
#define MASS_ENDS  1100 /* more than end in one go */

static const char *nth(unsigned int n)
{
	static char text[ADDR_STRLEN];

	snprintf(text, sizeof(text), "239.2.%u.%u", n >> 8, n & 255);
	return text;
}

/* Each of its own group. */
static struct rig *rig_of_mass(unsigned int n)
{
	struct rig *rig = moving_rig();
	struct message m = {.type = MESSAGE_REPORT, .generation = 2, .family = FAMILY_V4};

	addr_parse(A, &m.source);
	for (unsigned int i = 0; i < n; i++) {
		addr_parse(nth(i), &m.group);
		proxy_input(rig->proxy, 0, &m, rig->now);
	}
	proxy_flush(rig->proxy, rig->now);
	rig_row(rig, "", "", "", 8, 20);
	cr_assert_eq(rig->proxy->n_handovers, n);
	rig->n_reads = 0;
	return rig;
}

/* The next timers; returns how many handovers have ended. */
static unsigned int step(struct rig *rig)
{
	unsigned int before = rig->proxy->n_handovers;

	rig->n_frames = 0;
	rig->now = proxy_next_timer(rig->proxy);
	proxy_run_timers(rig->proxy, rig->now);
	rig->n_frames = 0;
	proxy_flush(rig->proxy, rig->now);
	return before - rig->proxy->n_handovers;
}

Test(handover, a_mass_of_them_is_looked_at_piece_by_piece)
{
	struct rig *rig = rig_of_mass(MASS);
	usec_t start = rig->now;

	while (rig->now < start + SEC / 5) {
		rig->n_reads = 0;
		step(rig);
		cr_expect_leq(rig->n_reads, MASS_PIECE);
	}
	/* Whoever's data comes, it is seen before long. */
	rig_deliver_data(rig, 8, nth(0), S);
	rig_deliver_data(rig, 8, nth(MASS / 2), S);
	rig_deliver_data(rig, 8, nth(MASS - 1), S);
	start = rig->now;
	while (rig->now < start + SEC / 5)
		step(rig);
	cr_expect_eq(rig->proxy->n_handovers, MASS - 3u);
	expect_forwards(rig, nth(0), "", "1");
	expect_forwards(rig, nth(1), "1", "1");
	rig_free(rig);
}

Test(handover, a_mass_of_them_ends_at_the_limit_but_not_in_one_go)
{
	struct rig *rig = rig_of_mass(MASS_ENDS);
	usec_t start = rig->now;

	while (rig->proxy->n_handovers) {
		cr_expect_leq(step(rig), MASS_ENDS / 2);
		cr_assert_leq(rig->now, start + 5 * SEC + SEC / 20);
		cr_expect(rig->now >= start + 5 * SEC || rig->proxy->n_handovers == MASS_ENDS);
	}
	expect_forwards(rig, nth(MASS_ENDS - 1), "", "1");
	rig_free(rig);
}
