// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random tables, balanced or not: what is resolved or carved out is what is explained, and the rows
 * that are said to serve are those that count a hit and that murt_rows_of() finds. MUPI_TABLES as
 * in test_murt_random.c.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "lib/util.h"
#include "unit/murt_mix.h"
#include "unit/murt_rig.h"

#define TABLES	 150
#define REQUESTS 40

/* Few values a byte, so that prefixes of all lengths meet addresses. */
static struct addr draw_addr(uint64_t *state, uint8_t first)
{
	uint8_t b[4] = {first};

	for (unsigned int i = 1; i < sizeof(b); i++)
		b[i] = (uint8_t)random_below(state, 3);
	return addr_from_v4(b);
}

static struct prefix draw_prefix(uint64_t *state, uint8_t first)
{
	static const uint8_t lengths[] = {0, 1, 8, 16, 24, 31, 32};
	struct prefix p = {.family = FAMILY_V4};

	if (random_below(state, 3) == 0)
		return (struct prefix){0};
	p.len = lengths[random_below(state, ARRAY_SIZE(lengths))];
	p.addr = draw_addr(state, first);
	p.addr = addr_mask(&p.addr, p.family, p.len);
	return p;
}

static void draw_rows(struct murt *murt, uint64_t *state, unsigned int n)
{
	static const int32_t priorities[] = {INT32_MIN, -1, 0, 1, INT32_MAX};
	bool balanced = random_below(state, 2);
	uint32_t id;

	for (unsigned int i = 0; i < n; i++) {
		struct murt_row row = {
			.client = draw_prefix(state, 10),
			.group = draw_prefix(state, 239),
			.source = draw_prefix(state, 10),
			.downstream = random_below(state, 3) ? 0 : 1 + random_below(state, 3),
			.slot = random_below(state, 6),
			.priority = priorities[random_below(state, ARRAY_SIZE(priorities))],
			.enabled = random_below(state, 6) != 0,
			.balance = balanced ? random_below(state, MURT_BALANCE_RANDOM + 1) : 0,
		};

		row.upstream = row.slot + 10;
		murt_add(murt, &row, &id);
	}
}

/* Enough of them that a request for any source may meet too many. */
static void draw_sources(struct murt *murt, uint64_t *state, unsigned int n)
{
	uint32_t id;

	for (unsigned int i = 0; i < n; i++) {
		const uint8_t source[] = {10, 9, (uint8_t)random_below(state, 4),
					  (uint8_t)random_below(state, 256)};
		const struct addr addr = addr_from_v4(source);
		struct murt_row row = {.source = prefix_host(&addr),
				       .slot = random_below(state, 6),
				       .priority = (int32_t)random_below(state, 3) - 1,
				       .enabled = true};

		row.upstream = row.slot + 10;
		murt_add(murt, &row, &id);
	}
}

static struct murt *draw_table(uint64_t *state)
{
	struct murt *murt = murt_new();

	murt_set_selection(murt, random_below(state, 2) ? MURT_SPECIFICITY : MURT_PRIORITY);
	murt_set_balance(murt, random_below(state, MURT_BALANCE_RANDOM + 1));
	murt_set_default(murt, (int)random_below(state, 7) - 1);
	draw_rows(murt, state, 5 + random_below(state, 200));
	draw_sources(murt, state, random_below(state, 3) ? 0 : 700);
	return murt;
}

/* Something of the source, so that it differs from one to the other. */
static void flows(const void *ctx, const struct prefix *source, upset *flowing, upset *current)
{
	(void)ctx;
	*flowing = source->addr.b[15] * 7U & 63;
	*current = source->addr.b[14] * 5U & 63;
}

static struct murt_request draw_request(uint64_t *state, struct addr others[static 2])
{
	struct murt_request q = {
		.client = random_below(state, 8) ? draw_addr(state, 10) : addr_zero(FAMILY_V4),
		.group = draw_addr(state, 239),
		.downstream = 1 + random_below(state, 4),
		.others = others,
		.n_others = random_below(state, 3),
		.flowing = random_below(state, 64),
		.current = random_below(state, 2) ? 0 : random_below(state, 64),
		.flows = random_below(state, 2) ? flows : NULL,
	};

	others[0] = draw_addr(state, 10);
	others[1] = random_below(state, 2) ? q.client : draw_addr(state, 10);
	if (random_below(state, 2))
		q.source = draw_addr(state, 10);
	return q;
}

/* What serves, with hits. `ret`: the explanation of it, made before. */
static upset ask(struct murt *murt, const struct murt_request *q, upset up, upset disabled,
		 struct murt_rows *rows, struct explained *ret)
{
	struct murt_carve carves[MURT_MAX_CARVES];
	bool any = addr_is_none(&q->source);
	upset upstreams;
	int n;

	if (any && explain_carves(murt, q, up, disabled, ret)) {
		cr_assert(murt_rows_of_carves(murt, q, up & ~disabled, rows));
		n = murt_carve(murt, q, up & ~disabled, true, carves, &upstreams);
		cr_assert_neq(n, 0);
		for (int i = 0; i < n; i++)
			upstreams |= carves[i].upstreams;
		return upstreams;
	}
	cr_assert(!any || !murt_rows_of_carves(murt, q, up & ~disabled, rows));
	explain(murt, q, up, disabled, ret);
	upstreams = murt_resolve(murt, q, up & ~disabled, true);
	murt_rows_of(murt, q, up & ~disabled, upstreams, rows);
	return upstreams;
}

static bool named(const struct murt_rows *rows, uint32_t id)
{
	for (size_t i = 0; i < rows->n; i++)
		if (rows->ids[i] == id)
			return true;
	return false;
}

/* `hits`: of the rows, before. */
static void compare(struct murt *murt, const struct explained *e, const struct murt_rows *rows,
		    const uint64_t *hits)
{
	const struct murt_row *row;
	uint64_t counted = 0;
	size_t selected = 0;

	for (size_t i = 0; i < e->n; i++) {
		const struct murt_match *m = &e->matches[i];

		row = murt_next(murt, m->row->id - 1);
		selected += m->selected;
		cr_assert_eq(row->hits - hits[row->id], m->selected, "row %u: %s", row->id, m->why);
		cr_assert(*m->why, "row %u", row->id);
		cr_assert(rows->more || named(rows, row->id) == m->selected, "row %u", row->id);
	}
	for (uint32_t id = 0; (row = murt_next(murt, id)); id = row->id)
		counted += row->hits - hits[row->id];
	cr_assert_eq(counted, selected);
	cr_assert(rows->more ? selected >= rows->n : rows->n == selected);
}

static void play(struct murt *murt, uint64_t *state)
{
	upset up = random_below(state, 3) ? ALL : random_below(state, 64);
	upset disabled = random_below(state, 3) ? 0 : random_below(state, 64);
	struct addr others[2];
	struct murt_request q = draw_request(state, others);
	struct murt_rows rows = {0};
	struct explained e;
	const struct murt_row *row;
	uint64_t hits[1024];
	upset upstreams;

	for (uint32_t id = 0; (row = murt_next(murt, id)); id = row->id)
		hits[row->id] = row->hits;
	upstreams = ask(murt, &q, up, disabled, &rows, &e);
	cr_assert_eq(upstreams, e.upstreams, "%s", e.reason);
	compare(murt, &e, &rows, hits);
	explained_free(&e);
}

Test(murt_agree, what_is_resolved_is_what_is_explained_counted_and_named)
{
	const char *number = getenv("MUPI_TABLES");
	uint64_t tables = number ? strtoull(number, NULL, 10) : TABLES;

	for (uint64_t seed = 1; seed <= tables; seed++) {
		uint64_t state = seed;
		struct murt *murt = draw_table(&state);

		for (unsigned int i = 0; i < REQUESTS; i++)
			play(murt, &state);
		murt_free(murt);
	}
}
