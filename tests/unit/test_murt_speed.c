// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No table makes a request dear: what takes long is compared with what does not, in one run, with
 * room for a machine that is busy.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "lib/util.h"
#include "unit/murt_rig.h"

#define ROUNDS 20

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Of a row for any group that names the source 10.0.0.0 + `n`. */
static struct murt_row source_row(uint32_t n, unsigned int upstream, int32_t priority)
{
	char source[32];

	snprintf(source, sizeof(source), "10.%u.%u.%u", n >> 16 & 255, n >> 8 & 255, n & 255);
	return make(&(struct row){"", 0, "239.0.0.0/8", source, upstream, priority});
}

static struct murt *sources(uint32_t n, bool equal)
{
	struct murt *murt = murt_new();
	uint32_t id;

	murt_begin(murt);
	for (uint32_t i = 0; i < n; i++) {
		struct murt_row row = source_row(i, 1 + i % 3, equal ? 0 : (int32_t)i);

		cr_assert_eq(murt_add(murt, &row, &id), 0);
	}
	murt_end(murt);
	return murt;
}

/* Seconds; the best of some rounds of a hundred. */
static double resolving(struct murt *murt, upset usable, upset expected)
{
	struct murt_request q = request("10.100.0.11", "239.1.1.1", "", 1);
	double best = 1e9;

	for (int round = 0; round < ROUNDS; round++) {
		double start = cpu();

		for (int i = 0; i < 100; i++)
			cr_assert_eq(murt_resolve(murt, &q, usable, true), expected);
		best = MIN(best, cpu() - start);
	}
	return best;
}

Test(murt_speed, a_look_up_does_not_meet_the_rows_of_upstreams_that_are_down)
{
	const uint32_t n = 60000;
	struct murt *murt = sources(n, false);
	double up, down;
	struct murt_row row;
	uint32_t id;

	/* Beside three upstreams another, whose only row ranks below theirs. */
	row = source_row(n, 4, -1);
	cr_assert_eq(murt_add(murt, &row, &id), 0);
	up = resolving(murt, ALL, UP(1 + (n - 1) % 3));
	down = resolving(murt, UP(5), 0);
	cr_expect_lt(down, up * 20, "none is up: %g s, all are: %g s", down, up);
	down = resolving(murt, UP(4), UP(4));
	cr_expect_lt(down, up * 20, "the last is up: %g s, all are: %g s", down, up);
	/* And when it is gone */
	cr_assert_eq(murt_del(murt, id), 0);
	down = resolving(murt, UP(4), 0);
	cr_expect_lt(down, up * 20, "the last is gone: %g s, all are: %g s", down, up);
	murt_free(murt);
}

/* Seconds; the best of some rounds. */
static double carving(struct murt *murt, int expected)
{
	struct murt_request q = request("10.100.0.11", "239.1.1.1", "", 1);
	struct murt_carve carves[MURT_MAX_CARVES];
	double best = 1e9;
	upset rest;

	murt_set_selection(murt, MURT_SPECIFICITY);
	for (int round = 0; round < ROUNDS; round++) {
		double start = cpu();

		cr_assert_eq(murt_carve(murt, &q, ALL, true, carves, &rest), expected);
		best = MIN(best, cpu() - start);
	}
	murt_free(murt);
	return best;
}

Test(murt_speed, a_carve_out_does_not_compare_each_source_with_all_others)
{
	double few = carving(sources(16, true), 16), many = carving(sources(256, true), 256);

	cr_expect_lt(many, few * 40, "256: %g s, 16: %g s", many, few);
}

/* Ranks differ, so that their rows are not one for the search. */
Test(murt_speed, sources_too_many_to_carve_out_are_not_met_one_by_one)
{
	double few = carving(sources(256, false), 256);
	double many = carving(sources(60000, false), -E2BIG);

	cr_expect_lt(many, few * 12, "60000: %g s, 256: %g s", many, few);
}

Test(murt_speed, sources_that_lose_to_a_client_carve_out_nothing)
{
	struct murt *murt = sources(60000, true);
	struct murt_row row = make(&(struct row){"10.100.0.0/16", 0, "", "", 7, -1});
	double lost, won = carving(sources(16, true), 16);
	uint32_t id;

	cr_assert_eq(murt_add(murt, &row, &id), 0);
	lost = carving(murt, 0);
	cr_expect_lt(lost, won * 4, "60000 that lose: %g s, 16 that win: %g s", lost, won);
}
