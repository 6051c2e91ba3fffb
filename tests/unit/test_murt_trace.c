// SPDX-License-Identifier: GPL-2.0-or-later
/* Which rows serve whom, found for many at once. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "lib/util.h"
#include "unit/murt_mix.h"
#include "unit/murt_rig.h"

static void check_rows(const struct murt_trace *trace, size_t membership, const uint32_t *expected,
		       size_t n)
{
	uint32_t ids[MURT_TRACE_ROWS];
	bool more;

	cr_expect_eq(murt_trace_rows(trace, membership, ids, &more), n, "membership %zu",
		     membership);
	cr_expect(!more);
	for (size_t i = 0; i < n; i++)
		cr_expect_eq(ids[i], expected[i], "membership %zu: %u", membership, ids[i]);
}

#define ROWS(trace, membership, ...)                                                               \
	do {                                                                                       \
		const uint32_t ids_[] = {__VA_ARGS__};                                             \
		check_rows(trace, membership, ids_, ARRAY_SIZE(ids_));                             \
	} while (0)

static void ask(struct murt_trace *trace, const char *client, const char *group, const char *source,
		upset serving)
{
	struct murt_request q = request(client, group, source, 1);

	murt_trace_request(trace, &q, serving);
}

Test(murt_trace, rows_are_the_winners_whose_upstream_serves)
{
	struct murt *murt = TABLE({"10.1.0.0/16", 0, "239.1.0.0/16", "", 7, 9},
				  {"", 0, "239.0.0.0/8", "", 8, 5},
				  {"", 0, "224.0.0.0/4", "10.0.0.1", 8, 5}, {"", 0, "", "", 9, 5},
				  {"", 0, "", "10.0.0.2", 9, 9}, {"", 0, "", "10.0.0.1", 9, 9});

	for (int again = 0; again < 2; again++) {
		struct murt_trace *trace = murt_trace_new(murt, ALL);

		cr_expect_eq(murt_trace_next(trace), 0);
		ask(trace, "10.1.0.1", "239.1.1.1", "", UP(7) | UP(9));
		cr_expect_eq(murt_trace_next(trace), 1);
		ask(trace, "fe80::1", "ff1e::1", "", UP(9));
		murt_trace_next(trace);
		ask(trace, "10.2.0.1", "239.1.1.1", "10.0.0.9", UP(8));
		ask(trace, "10.2.0.1", "239.1.1.1", "10.0.0.2", UP(9));
		ask(trace, "10.2.0.1", "239.1.1.1", "10.0.0.2", UP(9));
		murt_trace_next(trace);
		murt_trace_next(trace);
		ask(trace, "10.2.0.1", "239.1.1.1", "10.0.0.1", UP(3));
		ask(trace, "10.2.0.1", "239.1.1.1", "10.0.0.1", 0);
		murt_trace_next(trace);
		ask(trace, "10.2.0.1", "239.1.1.1", "", UP(9));
		murt_trace_end(trace);
		ROWS(trace, 0, 1, 5, 6);
		ROWS(trace, 1, 4);
		ROWS(trace, 2, 2, 5);
		check_rows(trace, 3, NULL, 0);
		check_rows(trace, 4, NULL, 0);
		ROWS(trace, 5, 5, 6);
		murt_trace_free(trace);
	}
	murt_free(murt);
}

Test(murt_trace, rows_of_a_carve_out_serve_a_source_or_the_rest)
{
	struct murt *murt = SPECIFIC(
		{"", 0, "239.1.1.0/24", "10.0.0.1", 7, 1}, {"", 0, "239.1.1.0/24", "", 8, 9},
		{"", 0, "239.1.1.0/24", "10.0.0.0/8", 9, 1}, {"", 0, "", "10.0.0.0/8", 9, 9});
	struct murt_request q = request("10.1.0.1", "239.1.1.1", "", 1);
	struct murt_trace *trace = murt_trace_new(murt, ALL);

	murt_trace_next(trace);
	cr_expect(murt_trace_carves(trace, &q));
	murt_trace_next(trace);
	q = request("10.1.0.1", "ff1e::1", "", 1);
	cr_expect(!murt_trace_carves(trace, &q));
	murt_trace_end(trace);
	ROWS(trace, 0, 1, 2, 3);
	check_rows(trace, 1, NULL, 0);
	murt_trace_free(trace);
	murt_free(murt);
}

Test(murt_trace, of_very_many_rows_some_are_told)
{
	struct murt *murt = murt_new();
	struct murt_trace *trace = murt_trace_new(murt, ALL);
	uint32_t ids[MURT_TRACE_ROWS], id;
	bool more;

	for (int i = 0; i <= MURT_TRACE_ROWS; i++) {
		char source[32];

		snprintf(source, sizeof(source), "10.0.0.%d", i);
		add(murt, &(struct row){"", 0, "", source, 7, 1}, &id);
	}
	murt_trace_next(trace);
	ask(trace, "10.1.0.1", "239.1.1.1", "", UP(7));
	murt_trace_end(trace);
	cr_expect_eq(murt_trace_rows(trace, 0, ids, &more), MURT_TRACE_ROWS);
	cr_expect(more);
	murt_trace_free(trace);
	murt_free(murt);
}

/* The rows that win, by the explanation, which looks at every row. */
static size_t winners(const struct murt *murt, const struct murt_request *q, uint32_t *ids)
{
	struct explained e;
	size_t n = 0;

	explain(murt, q, ALL, 0, &e);
	for (size_t i = 0; i < e.n && n < MURT_TRACE_ROWS; i++)
		if (e.matches[i].selected)
			ids[n++] = e.matches[i].row->id;
	explained_free(&e);
	return n;
}

static void agree(const struct mix *mix, enum murt_selection selection)
{
	struct murt *murt = murt_new();
	struct murt_trace *trace;
	struct murt_request q[200];
	uint32_t ids[MURT_TRACE_ROWS], id;
	uint64_t state = 7;

	murt_set_selection(murt, selection);
	for (unsigned int i = 0; i < 1000; i++) {
		struct murt_row row = mix_row(mix, &state, random_below(&state, 2));

		row.enabled = random_below(&state, 8) != 0;
		murt_add(murt, &row, &id);
	}
	trace = murt_trace_new(murt, ALL);
	for (size_t i = 0; i < ARRAY_SIZE(q); i++) {
		q[i] = mix_request(&state, murt_next(murt, random_below(&state, 900)));
		murt_trace_next(trace);
		murt_trace_request(trace, &q[i], ALL);
	}
	murt_trace_end(trace);
	for (size_t i = 0; i < ARRAY_SIZE(q); i++)
		check_rows(trace, i, ids, winners(murt, &q[i], ids));
	murt_trace_free(trace);
	murt_free(murt);
}

Test(murt_trace, agrees_with_explanations)
{
	for (size_t i = 0; i < n_murt_mixes; i++) {
		agree(&murt_mixes[i], MURT_PRIORITY);
		agree(&murt_mixes[i], MURT_SPECIFICITY);
	}
}
