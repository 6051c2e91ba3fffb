// SPDX-License-Identifier: GPL-2.0-or-later
/* Which rows serve whom. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/util.h"
#include "unit/murt_mix.h"
#include "unit/murt_rig.h"

static void check_rows(const struct murt_rows *rows, const uint32_t *expected, size_t n)
{
	cr_expect_eq(rows->n, n, "%zu rows", rows->n);
	cr_expect(!rows->more);
	for (size_t i = 0; i < n && i < rows->n; i++)
		cr_expect_eq(rows->ids[i], expected[i], "row %u", rows->ids[i]);
}

#define ROWS(rows, ...)                                                                            \
	do {                                                                                       \
		const uint32_t ids_[] = {__VA_ARGS__};                                             \
		check_rows(rows, ids_, ARRAY_SIZE(ids_));                                          \
		*(rows) = (struct murt_rows){0};                                                   \
	} while (0)

static void ask(const struct murt *murt, struct murt_rows *rows, const char *client,
		const char *group, const char *source, upset serving)
{
	struct murt_request q = request(client, group, source, 1);

	murt_rows_of(murt, &q, ALL, serving, rows);
}

Test(murt_rows, are_the_winners_whose_upstream_serves)
{
	struct murt *murt = TABLE({"10.1.0.0/16", 0, "239.1.0.0/16", "", 7, 9},
				  {"", 0, "239.0.0.0/8", "", 8, 5},
				  {"", 0, "224.0.0.0/4", "10.0.0.1", 8, 5}, {"", 0, "", "", 9, 5},
				  {"", 0, "", "10.0.0.2", 9, 9}, {"", 0, "", "10.0.0.1", 9, 9});
	struct murt_rows rows = {0};

	ask(murt, &rows, "10.1.0.1", "239.1.1.1", "", UP(7) | UP(9));
	ROWS(&rows, 1, 5, 6);
	ask(murt, &rows, "fe80::1", "ff1e::1", "", UP(9));
	ROWS(&rows, 4);
	ask(murt, &rows, "10.2.0.1", "239.1.1.1", "10.0.0.2", UP(9));
	ask(murt, &rows, "10.2.0.1", "239.1.1.1", "10.0.0.9", UP(8));
	ask(murt, &rows, "10.2.0.1", "239.1.1.1", "10.0.0.2", UP(9));
	ROWS(&rows, 2, 5);
	ask(murt, &rows, "10.2.0.1", "239.1.1.1", "10.0.0.1", UP(3));
	ask(murt, &rows, "10.2.0.1", "239.1.1.1", "10.0.0.1", 0);
	check_rows(&rows, NULL, 0);
	ask(murt, &rows, "10.2.0.1", "239.1.1.1", "", UP(9));
	ROWS(&rows, 5, 6);
	murt_free(murt);
}

Test(murt_rows, that_differ_in_what_they_leave_open_are_all_found)
{
	struct murt *murt =
		TABLE({"", 0, "", "", 7, 1}, {"0.0.0.0/0", 0, "", "", 7, 1},
		      {"", 0, "0.0.0.0/0", "0.0.0.0/0", 7, 1}, {"::/0", 0, "", "", 7, 1},
		      {"", 0, "", "::/0", 7, 1}, {"", 0, "", "10.0.0.0/8", 7, 1},
		      {"", 2, "", "", 7, 1}, {"", 0, "", "", 8, 1});
	struct murt_rows rows = {0};

	ask(murt, &rows, "10.1.0.1", "239.1.1.1", "", UP(7));
	ROWS(&rows, 1, 2, 3, 6);
	ask(murt, &rows, "10.1.0.1", "239.1.1.1", "11.0.0.1", UP(7));
	ROWS(&rows, 1, 2, 3);
	ask(murt, &rows, "fe80::1", "ff1e::1", "", UP(7));
	ROWS(&rows, 1, 4, 5);
	murt_free(murt);
}

Test(murt_rows, of_a_carve_out_serve_a_source_or_the_rest)
{
	struct murt *murt = SPECIFIC(
		{"", 0, "239.1.1.0/24", "10.0.0.1", 7, 1}, {"", 0, "239.1.1.0/24", "", 8, 9},
		{"", 0, "239.1.1.0/24", "10.0.0.0/8", 9, 1}, {"", 0, "", "10.0.0.0/8", 9, 9});
	struct murt_request q = request("10.1.0.1", "239.1.1.1", "", 1);
	struct murt_rows rows = {0};

	cr_expect(murt_rows_of_carves(murt, &q, ALL, &rows));
	ROWS(&rows, 1, 2, 3);
	q = request("10.1.0.1", "ff1e::1", "", 1);
	cr_expect(!murt_rows_of_carves(murt, &q, ALL, &rows));
	check_rows(&rows, NULL, 0);
	murt_free(murt);
}

Test(murt_rows, of_very_many_some_are_told)
{
	struct murt *murt = murt_new();
	struct murt_rows rows = {0};
	uint32_t id;

	for (int i = 0; i <= MURT_ROWS; i++) {
		char source[32];

		snprintf(source, sizeof(source), "10.0.0.%d", i);
		add(murt, &(struct row){"", 0, "", source, 7, 1}, &id);
	}
	ask(murt, &rows, "10.1.0.1", "239.1.1.1", "", UP(7));
	cr_expect_eq(rows.n, MURT_ROWS);
	cr_expect(rows.more);
	murt_free(murt);
}

/* Rows of as many sources, for other clients, rank as high as the one that serves. */
Test(murt_rows, that_may_be_hidden_among_very_many_are_not_searched_for_without_end)
{
	struct murt *murt = TABLE({"10.1.0.1/32", 0, "", "", 7, 0}, {"", 0, "", "10.0.0.1", 7, 0});
	struct murt_rows rows = {0};
	uint32_t id;

	murt_begin(murt);
	for (unsigned int i = 0; i < 100000; i++) {
		char source[32];

		snprintf(source, sizeof(source), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
		add(murt, &(struct row){i & 1 ? "10.1.0.2" : "10.1.0.3", 0, "", source, 7, 0}, &id);
	}
	murt_end(murt);
	ask(murt, &rows, "10.1.0.1", "239.1.1.1", "", UP(7));
	cr_assert_geq(rows.n, 1);
	cr_expect_eq(rows.ids[0], 1);
	cr_expect(rows.more || rows.n == 2);
	murt_free(murt);
}

/* The rows that win, by the explanation, which looks at every row. */
static size_t winners(const struct murt *murt, const struct murt_request *q, uint32_t *ids)
{
	struct explained e;
	size_t n = 0;

	explain(murt, q, ALL, 0, &e);
	for (size_t i = 0; i < e.n && n < MURT_ROWS; i++)
		if (e.matches[i].selected)
			ids[n++] = e.matches[i].row->id;
	explained_free(&e);
	return n;
}

static void agree(const struct mix *mix, enum murt_selection selection)
{
	struct murt *murt = murt_new();
	uint32_t ids[MURT_ROWS], id;
	uint64_t state = 7;

	murt_set_selection(murt, selection);
	for (unsigned int i = 0; i < 1000; i++) {
		struct murt_row row = mix_row(mix, &state, random_below(&state, 2));

		row.enabled = random_below(&state, 8) != 0;
		murt_add(murt, &row, &id);
	}
	for (unsigned int i = 0; i < 200; i++) {
		struct murt_request q =
			mix_request(&state, murt_next(murt, random_below(&state, 900)));
		struct murt_rows rows = {0};
		size_t n = winners(murt, &q, ids);

		murt_rows_of(murt, &q, ALL, ALL, &rows);
		qsort(ids, n, sizeof(*ids), compare_u32);
		check_rows(&rows, ids, n);
	}
	murt_free(murt);
}

Test(murt_rows, agree_with_explanations)
{
	for (size_t i = 0; i < n_murt_mixes; i++) {
		agree(&murt_mixes[i], MURT_PRIORITY);
		agree(&murt_mixes[i], MURT_SPECIFICITY);
	}
}
