// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random tables that change, against a plain scan of all rows. MUPI_TABLES sets how many tables
 * (fewer where each instruction is slow), MUPI_LOOKUPS how many lookups in all (more tables).
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "lib/util.h"
#include "unit/murt_mix.h"

#define LOOKUPS 4000
#define TABLES	40

/* Few values a byte, so that prefixes of all lengths meet addresses. */
static struct addr random_addr(uint64_t *state, bool v6, uint8_t first)
{
	uint8_t b[16];

	for (unsigned int i = 0; i < sizeof(b); i++)
		b[i] = random_below(state, 2) ? (uint8_t)random_below(state, 3) : 1;
	b[0] = v6 && first > 200 ? 0xff : first;
	return v6 ? addr_from_v6(b) : addr_from_v4(b);
}

static struct prefix random_prefix(uint64_t *state, bool v6, uint8_t first)
{
	static const uint8_t lengths[] = {0, 1, 4, 8, 15, 16, 24, 30, 31, 32, 64, 65, 127, 128};
	struct prefix p = {0};

	if (random_below(state, 3) == 0)
		return p;
	p.family = v6 ? FAMILY_V6 : FAMILY_V4;
	p.len = lengths[random_below(state, v6 ? 14 : 10)];
	p.addr = random_addr(state, v6, first);
	p.addr = addr_mask(&p.addr, p.family, p.len);
	return p;
}

/* A row that overlaps with many. */
static struct murt_row dense_row(uint64_t *state, bool v6)
{
	struct murt_row row = {0};

	row.client = random_prefix(state, v6, 10);
	row.group = random_prefix(state, v6, 239);
	row.source = random_prefix(state, v6, 10);
	row.downstream = random_below(state, 3) ? 0 : 1 + random_below(state, 3);
	row.slot = random_below(state, 6);
	row.upstream = row.slot + 10;
	row.priority = (int32_t)random_below(state, 7) - 3;
	return row;
}

static struct murt_request dense_request(uint64_t *state)
{
	bool v6 = random_below(state, 2);
	struct murt_request q = {.downstream = 1 + random_below(state, 4)};

	q.client = random_below(state, 10) ? random_addr(state, v6, 10)
					   : addr_zero(v6 ? FAMILY_V6 : FAMILY_V4);
	q.group = random_addr(state, v6, 239);
	if (random_below(state, 3))
		q.source = random_addr(state, v6, 10);
	return q;
}

/* A table, its rows side by side for the scan, and what it is made of. */
struct game {
	struct murt *murt;
	const struct murt_row **rows;
	size_t n, target;
	const struct mix *mix; /* NULL: dense rows */
	uint64_t state;
};

static struct murt_row draw_row(struct game *g)
{
	bool v6 = random_below(&g->state, 2);
	struct murt_row row = g->mix ? mix_row(g->mix, &g->state, v6) : dense_row(&g->state, v6);

	row.enabled = random_below(&g->state, 8) != 0;
	return row;
}

static struct murt_request draw_request(struct game *g)
{
	if (!g->mix)
		return dense_request(&g->state);
	return mix_request(&g->state, g->rows[random_below(&g->state, (uint32_t)g->n)]);
}

static void line_up(struct game *g)
{
	const struct murt_row *row;

	g->rows = xreallocarray(g->rows, murt_count(g->murt) + 1, sizeof(*g->rows));
	g->n = 0;
	for (uint32_t id = 0; (row = murt_next(g->murt, id)); id = row->id)
		g->rows[g->n++] = row;
}

/* Random changes: rows more, rows less, other contents. */
static void change(struct game *g)
{
	uint32_t last = g->rows[g->n - 1]->id;
	bool at_once = random_below(&g->state, 16) == 0;

	if (at_once)
		murt_begin(g->murt);
	for (size_t i = 0; i <= g->target / 64; i++) {
		struct murt_row row = draw_row(g);
		const struct murt_row *old = murt_next(g->murt, random_below(&g->state, last));
		uint32_t id = old ? old->id : 0;

		switch (random_below(&g->state, 3)) {
		case 0:
			murt_add(g->murt, &row, &id);
			break;
		case 1:
			if (murt_count(g->murt) > g->target / 2)
				murt_del(g->murt, id);
			break;
		default:
			row.id = id;
			murt_change(g->murt, &row, &id);
		}
	}
	if (at_once)
		murt_end(g->murt);
	line_up(g);
}

static void play(enum murt_selection selection, unsigned int seed)
{
	static const size_t targets[] = {120, 300, 120, 1000};
	struct game g = {.murt = murt_new(), .target = targets[seed % 4], .state = seed};
	uint32_t id;

	g.mix = seed % 2 ? &murt_mixes[seed / 2 % n_murt_mixes] : NULL;
	for (size_t i = 0; i < g.target; i++) {
		struct murt_row row = draw_row(&g);

		murt_add(g.murt, &row, &id);
	}
	/* set late, so that the table is entered anew */
	murt_set_selection(g.murt, selection);
	line_up(&g);
	for (unsigned int i = 0; i < LOOKUPS; i++) {
		struct murt_request q = draw_request(&g);
		upset usable = random_below(&g.state, 4) ? UINT64_MAX : random_below(&g.state, 512);

		cr_assert_eq(murt_resolve(g.murt, &q, usable, true),
			     murt_scan(g.rows, g.n, selection, &q, usable), "seed %u, lookup %u",
			     seed, i);
		if (i % 16 == 0)
			change(&g);
	}
	murt_free(g.murt);
	free(g.rows);
}

/* Rows go in the order they came, and others come, until the table is full again. */
static void empty_and_fill(const struct mix *mix)
{
	struct game g = {.murt = murt_new(), .mix = mix, .state = 3};
	const struct murt_row *row;
	uint32_t id;

	for (unsigned int i = 0; i < 3000; i++) {
		struct murt_request q;

		if (i < 1000 || i >= 2000) {
			struct murt_row drawn = draw_row(&g);

			murt_add(g.murt, &drawn, &id);
		} else if ((row = murt_next(g.murt, 0))) {
			cr_assert_eq(murt_del(g.murt, row->id), 0);
		}
		line_up(&g);
		if (!g.n)
			continue;
		q = draw_request(&g);
		cr_assert_eq(murt_resolve(g.murt, &q, UINT64_MAX, false),
			     murt_scan(g.rows, g.n, MURT_PRIORITY, &q, UINT64_MAX), "%s, step %u",
			     mix->name, i);
	}
	murt_free(g.murt);
	free(g.rows);
}

/* Tables for each of the tests that change them. */
static unsigned int tables(void)
{
	const char *lookups = getenv("MUPI_LOOKUPS"), *number = getenv("MUPI_TABLES");

	if (lookups)
		return (unsigned int)(strtoul(lookups, NULL, 10) / LOOKUPS / 2 + 1);
	return number ? (unsigned int)atoi(number) : TABLES;
}

Test(murt_random, priority_agrees_with_a_scan)
{
	for (unsigned int seed = 1; seed <= tables(); seed++)
		play(MURT_PRIORITY, seed);
}

Test(murt_random, specificity_agrees_with_a_scan)
{
	for (unsigned int seed = 1; seed <= tables(); seed++)
		play(MURT_SPECIFICITY, seed);
}

Test(murt_random, emptied_tables_agree_with_a_scan)
{
	for (size_t i = 0; i < MIN(tables(), n_murt_mixes); i++)
		empty_and_fill(&murt_mixes[i]);
}
