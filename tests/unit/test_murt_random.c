// SPDX-License-Identifier: GPL-2.0-or-later
/* Random tables that change, against a plain scan of all rows. The rule is written down again, on
 * purpose. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "lib/util.h"
#include "policy/murt.h"

#define ROWS	120
#define LOOKUPS 8000

static uint32_t random_below(uint64_t *state, uint32_t limit)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(*state >> 33) % limit;
}

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

static struct murt_row random_row(uint64_t *state)
{
	bool v6 = random_below(state, 2);
	struct murt_row row = {.enabled = random_below(state, 8) != 0};

	row.client = random_prefix(state, v6, 10);
	row.group = random_prefix(state, v6, 239);
	row.source = random_prefix(state, v6, 10);
	row.downstream = random_below(state, 3) ? 0 : 1 + random_below(state, 3);
	row.slot = random_below(state, 6);
	row.upstream = row.slot + 10;
	row.priority = (int32_t)random_below(state, 7) - 3;
	return row;
}

static struct murt_request random_request(uint64_t *state)
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

static bool field_matches(const struct prefix *p, const struct addr *a)
{
	return !p->family || prefix_match(p, a);
}

static bool matches(const struct murt_row *row, const struct murt_request *q)
{
	const struct prefix *prefixes[] = {&row->client, &row->group, &row->source};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (prefixes[i]->family && prefixes[i]->family != addr_family(&q->group))
			return false;
	}
	if (row->downstream && row->downstream != q->downstream)
		return false;
	if (addr_is_zero(&q->client) ? row->client.len != 0
				     : !field_matches(&row->client, &q->client))
		return false;
	return field_matches(&row->group, &q->group) &&
	       (addr_is_none(&q->source) || field_matches(&row->source, &q->source));
}

static int class(const struct murt_row *row)
{
	if (row->client.len)
		return 4;
	return (row->source.len ? 2 : 0) + (row->group.len ? 1 : 0);
}

static upset scan(const struct murt *murt, const struct murt_request *q, upset usable)
{
	bool specific = murt_get_selection(murt) == MURT_SPECIFICITY;
	const struct murt_row *row, *best = NULL;
	upset winners = 0;

	for (uint32_t id = 0; (row = murt_next(murt, id)); id = row->id) {
		int order = 0;

		if (!row->enabled || !(usable >> row->slot & 1) || !matches(row, q))
			continue;
		if (best && specific)
			order = class(row) - class(best);
		if (best && !order)
			order = (row->priority > best->priority) - (row->priority < best->priority);
		if (best && order < 0)
			continue;
		if (!best || order > 0)
			winners = 0;
		best = row;
		winners |= 1ULL << row->slot;
	}
	return winners;
}

/* One random change: a row more, a row less, or other contents. */
static void change(struct murt *murt, uint64_t *state)
{
	struct murt_row row = random_row(state);
	const struct murt_row *old = murt_next(murt, random_below(state, ROWS));
	uint32_t id;

	switch (random_below(state, 3)) {
	case 0:
		murt_add(murt, &row, &id);
		break;
	case 1:
		if (old && murt_count(murt) > ROWS / 2)
			cr_assert_eq(murt_del(murt, old->id), 0);
		break;
	default:
		row.id = old ? old->id : 0;
		murt_change(murt, &row);
	}
}

static void play(enum murt_selection selection, uint64_t seed)
{
	uint64_t state = seed;
	struct murt *murt = murt_new();
	uint32_t id;

	for (unsigned int i = 0; i < ROWS; i++) {
		struct murt_row row = random_row(&state);

		murt_add(murt, &row, &id);
	}
	/* set late, so that the table is entered anew */
	murt_set_selection(murt, selection);
	for (unsigned int i = 0; i < LOOKUPS; i++) {
		struct murt_request q = random_request(&state);
		upset usable = random_below(&state, 4) ? UINT64_MAX : random_below(&state, 64);

		cr_assert_eq(murt_resolve(murt, &q, usable, true), scan(murt, &q, usable),
			     "seed %llu, lookup %u", (unsigned long long)seed, i);
		if (i % 16 == 0)
			change(murt, &state);
	}
	murt_free(murt);
}

/* Fewer where each instruction is slow (valgrind). */
static unsigned int tables(void)
{
	const char *number = getenv("MUPI_TABLES");

	return number ? (unsigned int)atoi(number) : 40;
}

Test(murt_random, priority_agrees_with_a_scan)
{
	for (uint64_t seed = 1; seed <= tables(); seed++)
		play(MURT_PRIORITY, seed);
}

Test(murt_random, specificity_agrees_with_a_scan)
{
	for (uint64_t seed = 1001; seed <= 1000 + tables() / 4; seed++)
		play(MURT_SPECIFICITY, seed);
}
