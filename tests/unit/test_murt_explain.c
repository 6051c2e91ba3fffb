// SPDX-License-Identifier: GPL-2.0-or-later
/* What people are told about a resolution: who won, and why each of the others did not. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "lib/util.h"
#include "unit/murt_rig.h"

struct told {
	uint32_t id;
	bool selected;
	const char *why;
};

static void check_told(const struct explained *e, upset upstreams, const char *reason,
		       const struct told *told, size_t n)
{
	cr_expect_eq(e->upstreams, upstreams, "%s: %llx", e->reason,
		     (unsigned long long)e->upstreams);
	cr_expect_str_eq(e->reason, reason);
	cr_assert_eq(e->n, n);
	for (size_t i = 0; i < n; i++) {
		cr_expect_eq(e->matches[i].row->id, told[i].id);
		cr_expect_eq(e->matches[i].selected, told[i].selected, "row %u", told[i].id);
		cr_expect_str_eq(e->matches[i].why, told[i].why);
	}
}

#define TOLD(e, upstreams, reason, ...)                                                            \
	do {                                                                                       \
		const struct told told_[] = {__VA_ARGS__};                                         \
		check_told(e, upstreams, reason, told_, ARRAY_SIZE(told_));                        \
		explained_free(e);                                                                 \
	} while (0)

static void disable(struct murt *murt, uint32_t id)
{
	struct murt_row row = *murt_next(murt, id - 1);
	uint32_t twin;

	row.enabled = false;
	cr_assert_eq(murt_change(murt, &row, &twin), 0);
}

Test(murt_explain, each_row_says_why_it_serves_or_not)
{
	struct murt *murt =
		TABLE({"10.100.0.0/26", 0, "224.0.122.5", "", 7, 30},
		      {"", 0, "224.0.122.5", "", 8, 20}, {"", 0, "224.0.122.0/24", "", 9, 20},
		      {"", 0, "224.0.0.0/4", "", 5, 40}, {"", 0, "224.0.0.0/5", "", 8, 20});
	struct murt_request q = request("10.100.0.1", "224.0.122.5", "", 1);
	struct explained e;

	disable(murt, 4);
	explain(murt, &q, ALL, 0, &e);
	TOLD(&e, UP(7), "highest priority 30", {4, false, "disabled"},
	     {1, true, "highest priority"}, {2, false, "priority 20 is lower than 30"},
	     {3, false, "priority 20 is lower than 30"},
	     {5, false, "priority 20 is lower than 30"});
	explain(murt, &q, ALL & ~UP(7), 0, &e);
	TOLD(&e, UP(8) | UP(9), "3 rows share the highest priority 20", {4, false, "disabled"},
	     {1, false, "upstream 7 is down"}, {2, true, "highest priority"},
	     {3, true, "highest priority"}, {5, true, "duplicate upstream"});
	explain(murt, &q, ALL & ~UP(9), UP(7) | UP(8), &e);
	TOLD(&e, 0, "no matching row can serve", {4, false, "disabled"},
	     {1, false, "upstream 7 is out of service"}, {2, false, "upstream 8 is out of service"},
	     {3, false, "upstream 9 is down"}, {5, false, "upstream 8 is out of service"});
	murt_set_default(murt, 3);
	explain(murt, &q, UP(3), 0, &e);
	cr_expect_str_eq(e.reason, "no matching row can serve: default upstream");
	cr_expect_eq(e.upstreams, UP(3));
	explained_free(&e);
	q = request("fe80::1", "ff1e::1", "", 1);
	explain(murt, &q, ALL, 0, &e);
	cr_expect_str_eq(e.reason, "no row matches: default upstream");
	cr_expect_eq(e.n, 0);
	explained_free(&e);
	explain(murt, &q, ALL & ~UP(3), 0, &e);
	cr_expect_str_eq(e.reason, "no row matches: default upstream is down");
	explained_free(&e);
	explain(murt, &q, ALL, UP(3), &e);
	cr_expect_str_eq(e.reason, "no row matches: default upstream is out of service");
	cr_expect_eq(e.upstreams, 0);
	explained_free(&e);
	murt_free(murt);
}

Test(murt_explain, balancing_says_which_upstream_it_chose)
{
	struct murt *murt = TABLE({"", 0, "", "", 7, 1}, {"", 0, "", "", 8, 1},
				  {"", 0, "224.0.0.0/4", "", 8, 1}, {"", 0, "", "", 9, 0});
	struct murt_request q = request("10.100.0.1", "224.0.122.5", "", 1);
	struct explained e;

	murt_set_balance(murt, MURT_BALANCE_ROUND_ROBIN);
	cr_expect_eq(murt_resolve(murt, &q, ALL, false), UP(7));
	explain(murt, &q, ALL, 0, &e);
	TOLD(&e, UP(8), "3 rows share the highest priority 1, round-robin: next is upstream 8",
	     {1, false, "round-robin: next is upstream 8"},
	     {2, true, "round-robin: next is upstream 8"}, {3, true, "duplicate upstream"},
	     {4, false, "priority 0 is lower than 1"});
	q.flowing = UP(7) | UP(9);
	explain(murt, &q, ALL, 0, &e);
	TOLD(&e, UP(7),
	     "3 rows share the highest priority 1, channel flows from upstream 7 already",
	     {1, true, "channel flows from upstream 7 already"},
	     {2, false, "channel flows from upstream 7 already"},
	     {3, false, "channel flows from upstream 7 already"},
	     {4, false, "priority 0 is lower than 1"});
	cr_expect_eq(murt_next(murt, 0)->hits, 0);
	murt_free(murt);
}

Test(murt_explain, specificity_names_what_is_less_specific)
{
	struct murt *murt = SPECIFIC({"", 0, "ff1e::/16", "2001:db8::/32", 1, -1},
				     {"", 0, "ff1e::/16", "", 2, 9}, {"", 0, "", "::/0", 3, 99},
				     {"", 0, "", "2001:db8::1", 4, 5},
				     {"", 0, "ff00::/8", "2001:db8::/64", 5, -2});
	struct murt_request q = request("fe80::1", "ff1e::1", "2001:db8::1", 1);
	struct explained e;

	cr_expect(!explain_carves(murt, &q, 0, 0, &e));
	explain(murt, &q, ALL, 0, &e);
	TOLD(&e, UP(1), "most specific: source and group set, highest priority -1",
	     {1, true, "most specific, highest priority"},
	     {5, false, "priority -2 is lower than -1"}, {4, false, "less specific: source only"},
	     {2, false, "less specific: group only"}, {3, false, "less specific: no field"});
	murt_free(murt);
}

Test(murt_explain, a_carve_out_says_who_serves_which_sources)
{
	struct murt *murt =
		SPECIFIC({"", 0, "239.1.1.0/24", "10.100.0.21", 7, 1},
			 {"", 0, "239.1.1.0/24", "10.1.0.0/16", 8, 1},
			 {"", 0, "239.1.0.0/16", "10.1.0.0/16", 8, 1},
			 {"", 0, "239.1.1.0/24", "10.1.0.0/16", 9, 0},
			 {"", 0, "239.1.1.0/24", "", 9, 9}, {"", 0, "", "10.1.2.3", 6, 50},
			 {"", 0, "", "", 5, 99}, {"", 0, "", "10.7.7.7", 4, 1});
	struct murt_request q = request("10.8.0.1", "239.1.1.5", "", 1);
	struct explained e;

	cr_assert(explain_carves(murt, &q, ALL & ~UP(4), 0, &e));
	cr_expect_eq(e.n_carves, 3);
	cr_expect_eq(e.carves[0].upstreams, UP(8)); /* 10.1.2.3 */
	TOLD(&e, UP(7) | UP(8) | UP(9), "3 sources are carved out", {1, true, "serves 10.100.0.21"},
	     {2, true, "serves 10.1.0.0/16"}, {3, true, "serves 10.1.0.0/16"},
	     {4, false, "priority 0 is lower than 1"}, {6, false, "less specific: source only"},
	     {8, false, "upstream 4 is down"}, {5, true, "serves all other sources"},
	     {7, false, "less specific: no field"});
	murt_free(murt);
}

Test(murt_explain, a_carve_out_lists_what_is_served_otherwise_than_the_rest)
{
	struct murt *murt =
		SPECIFIC({"", 0, "239.1.1.0/24", "10.1.1.1", 7, 1},
			 {"", 0, "239.1.1.0/24", "10.2.1.1", 8, 1},
			 {"", 0, "239.1.1.0/24", "10.1.1.0/24", 8, 2},
			 {"", 0, "239.1.1.0/24", "10.3.0.0/16", 7, 1},
			 {"", 0, "239.1.1.0/24", "10.1.1.2", 7, 3}, {"", 0, "", "", 7, 1});
	struct murt_request q = request("10.8.0.1", "239.1.1.5", "", 1);
	static const char *const expected[] = {"10.1.1.1", "10.1.1.2", "10.2.1.1", "10.1.1.0/24"};
	static const upset upstreams[] = {UP(8), UP(7), UP(8), UP(8)};
	struct explained e;
	char text[PREFIX_STRLEN];

	cr_assert(explain_carves(murt, &q, ALL, 0, &e));
	cr_assert_eq(e.n_carves, ARRAY_SIZE(expected));
	for (size_t i = 0; i < e.n_carves; i++) {
		cr_expect_str_eq(prefix_format(&e.carves[i].source, text), expected[i]);
		cr_expect_eq(e.carves[i].upstreams, upstreams[i], "%s", expected[i]);
	}
	explained_free(&e);
	murt_free(murt);
}

Test(murt_explain, too_many_sources_are_not_carved_out)
{
	struct murt *murt = SPECIFIC({"", 0, "239.1.1.0/24", "", 7, 1}, {"", 0, "", "", 6, 9});
	struct murt_request q = request("10.8.0.1", "239.1.1.5", "", 1);
	struct murt_carve carves[MURT_MAX_CARVES];
	struct explained e;
	upset rest;
	uint32_t id;

	for (int i = 0; i <= MURT_MAX_CARVES; i++) {
		char source[32];

		snprintf(source, sizeof(source), "10.0.%d.%d", i / 256, i % 256);
		add(murt, &(struct row){"", 0, "239.1.1.0/24", source, 8, 0}, &id);
	}
	cr_assert(explain_carves(murt, &q, ALL, 0, &e));
	cr_expect_eq(e.upstreams, UP(7) | UP(8));
	cr_expect_eq(e.n_carves, 0);
	cr_expect_str_eq(e.reason, "rows name more than 256 sources, so none is carved out");
	cr_expect_lt(murt_carve(murt, &q, ALL, true, carves, &rest), 0);
	for (size_t i = 0; i < e.n; i++) {
		bool serves = e.matches[i].row->upstream != 6;

		id = e.matches[i].row->id;
		cr_expect_eq(murt_next(murt, id - 1)->hits, serves, "row %u", id);
		cr_expect_eq(e.matches[i].selected, serves);
		cr_expect_str_eq(e.matches[i].why,
				 serves ? "serves all sources" : "less specific: no field");
	}
	explained_free(&e);
	murt_free(murt);
}

Test(murt_explain, a_carve_out_tells_what_becomes_of_the_rest)
{
	struct murt *murt = SPECIFIC({"", 0, "239.1.1.0/24", "10.100.0.21", 7, 1},
				     {"10.9.0.0/16", 0, "", "", 8, 1});
	struct murt_request q = request("10.8.0.1", "239.1.1.5", "", 1);
	struct explained e;
	uint32_t id;

	cr_assert(explain_carves(murt, &q, ALL, 0, &e));
	TOLD(&e, UP(7), "1 source is carved out, all others are refused",
	     {1, true, "serves 10.100.0.21"});
	murt_set_default(murt, 3);
	cr_assert(explain_carves(murt, &q, ALL, 0, &e));
	TOLD(&e, UP(7) | UP(3), "1 source is carved out, all others have the default upstream",
	     {1, true, "serves 10.100.0.21"});
	/* A client stands over all. */
	q = request("10.9.0.1", "239.1.1.5", "", 1);
	cr_expect(!explain_carves(murt, &q, ALL, 0, &e));
	explain(murt, &q, ALL, 0, &e);
	TOLD(&e, UP(8), "most specific: client set, highest priority 1",
	     {2, true, "most specific, highest priority"},
	     {1, false, "less specific: source and group"});
	/* But not over a source that is named for the client. */
	add(murt, &(struct row){"10.9.0.0/16", 0, "", "10.100.0.22", 6, 2}, &id);
	cr_assert(explain_carves(murt, &q, ALL, 0, &e));
	TOLD(&e, UP(6) | UP(8), "1 source is carved out", {3, true, "serves 10.100.0.22"},
	     {2, true, "serves all other sources"}, {1, false, "less specific: source and group"});
	murt_del(murt, id);
	q = request("10.8.0.1", "239.1.1.5", "", 1);
	murt_set_default(murt, 7);
	cr_assert(explain_carves(murt, &q, ALL, 0, &e));
	cr_expect_eq(e.n_carves, 0);
	TOLD(&e, UP(7), "all sources have the default upstream", {1, true, "serves 10.100.0.21"});
	q = request("10.9.0.1", "239.1.2.5", "", 1);
	cr_expect(!explain_carves(murt, &q, ALL, 0, &e));
	murt_free(murt);
}

/* Every row matches, the later the better. */
static struct murt *many_rows(unsigned int n)
{
	struct murt *murt = murt_new();
	uint32_t id;

	murt_begin(murt);
	for (unsigned int i = 0; i < n; i++) {
		char source[32];

		snprintf(source, sizeof(source), "10.0.%u.%u", i / 256, i % 256);
		add(murt, &(struct row){"", 0, "239.0.0.0/8", source, 7 + i % 2, (int32_t)i}, &id);
	}
	murt_end(murt);
	return murt;
}

Test(murt_explain, a_large_table_is_looked_at_in_pieces)
{
	const unsigned int n = 30000;
	struct murt *murt = many_rows(n);
	struct murt_request q = request("10.8.0.1", "239.1.1.5", "", 1);
	struct murt_explanation e;
	struct murt_match m;
	uint32_t last = n + 1;
	unsigned int pieces = 1, rows = 0;

	murt_explain(murt, &q, ALL, 0, &e);
	while (murt_explain_rows(murt, &e))
		pieces++;
	cr_expect_geq(pieces, 3);
	cr_expect_str_eq(e.reason, "highest priority 29999");
	for (; murt_explain_next(murt, &e, &m); rows++, last = m.row->id)
		cr_assert_eq(m.row->id, last - 1);
	cr_expect_eq(rows, n);
	murt_explanation_free(&e);
	murt_free(murt);
}

Test(murt_explain, rows_that_change_while_they_are_told_are_left_out)
{
	struct murt *murt = many_rows(8);
	struct murt_request q = request("10.8.0.1", "239.1.1.5", "", 1);
	uint64_t before = murt_changes(murt);
	struct murt_explanation e;
	struct murt_row row;
	struct murt_match m;
	uint32_t id;

	murt_explain(murt, &q, ALL, 0, &e);
	cr_expect(!murt_explain_rows(murt, &e));
	cr_expect_eq(murt_changes(murt), before);
	cr_assert(murt_explain_next(murt, &e, &m));
	cr_expect_eq(m.row->id, 8);
	murt_del(murt, 7);
	disable(murt, 6);
	row = *murt_next(murt, 4);
	row.priority = 99;
	cr_assert_eq(murt_change(murt, &row, &id), 0);
	add(murt, &(struct row){"", 0, "", "", 7, 50}, &id);
	cr_expect_neq(murt_changes(murt), before);
	for (id = 4; murt_explain_next(murt, &e, &m); id--) {
		cr_assert_eq(m.row->id, id);
		cr_expect(!m.selected);
		cr_expect(strstr(m.why, " is lower than 7"), "%s", m.why);
	}
	cr_expect_eq(id, 0);
	murt_explanation_free(&e);
	murt_free(murt);
}

Test(murt_explain, a_carve_out_is_told_whatever_becomes_of_its_rows)
{
	struct murt *murt = SPECIFIC({"", 0, "239.1.1.0/24", "10.100.0.21", 7, 1},
				     {"", 0, "239.1.1.0/24", "10.1.0.0/16", 8, 1},
				     {"", 0, "239.1.1.0/24", "", 9, 9});
	struct murt_request q = request("10.8.0.1", "239.1.1.5", "", 1);
	struct murt_explanation e;
	struct murt_match m;

	cr_assert(murt_explain_carves(murt, &q, ALL, 0, &e));
	cr_expect(!murt_explain_rows(murt, &e));
	murt_del(murt, 1);
	cr_assert(murt_explain_next(murt, &e, &m));
	cr_expect_eq(m.row->id, 2);
	cr_expect_str_eq(m.why, "serves 10.1.0.0/16");
	cr_assert(murt_explain_next(murt, &e, &m));
	cr_expect_str_eq(m.why, "serves all other sources");
	cr_expect(!murt_explain_next(murt, &e, &m));
	murt_explanation_free(&e);
	murt_free(murt);
}
