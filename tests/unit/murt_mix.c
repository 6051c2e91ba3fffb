// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/murt_mix.h"

#include "lib/util.h"

#define ANY_LENGTH                                                                                 \
	{                                                                                          \
		0, 1, 32, 1, 0                                                                     \
	}

const struct mix murt_mixes[] = {
	{"hosts", "no prefixes", {0, 32, 32, 1, 0}, {0, 32, 32, 1, 0}, {0, 32, 32, 1, 0}, 1000, 0},
	{"classes",
	 "/8 /16 /24 /32 or empty",
	 {20, 8, 32, 8, 0},
	 {20, 8, 32, 8, 0},
	 {20, 8, 32, 8, 0},
	 1000,
	 0},
	{"provider",
	 "as a provider has it",
	 {30, 16, 32, 1, 20},
	 {20, 24, 32, 1, 14},
	 {60, 32, 32, 1, 8},
	 1000,
	 0},
	{"narrow",
	 "in one /16",
	 {0, 24, 32, 1, 16},
	 {0, 24, 32, 1, 16},
	 {0, 24, 32, 1, 16},
	 1000,
	 0},
	{"16-32",
	 "lengths 16 to 32",
	 {0, 16, 32, 1, 0},
	 {0, 16, 32, 1, 0},
	 {0, 16, 32, 1, 0},
	 1000,
	 0},
	{"1-32", "lengths 1 to 32", ANY_LENGTH, ANY_LENGTH, ANY_LENGTH, 1000, 0},
	{"1-32 eq", "the same, equal priorities", ANY_LENGTH, ANY_LENGTH, ANY_LENGTH, 1, 0},
	{"1-32 uniq", "the same, no two priorities equal", ANY_LENGTH, ANY_LENGTH, ANY_LENGTH,
	 1U << 31, 0},
	{"half",
	 "half of the fields empty",
	 {50, 1, 32, 1, 0},
	 {50, 1, 32, 1, 0},
	 {50, 1, 32, 1, 0},
	 1U << 31,
	 0},
	{"single", "one field a row", ANY_LENGTH, ANY_LENGTH, ANY_LENGTH, 1U << 31, 1},
};
const size_t n_murt_mixes = ARRAY_SIZE(murt_mixes);

uint32_t random_below(uint64_t *state, uint32_t limit)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)((*state >> 32) * limit >> 32);
}

static struct addr random_addr(uint64_t *state, bool v6)
{
	uint8_t b[16];

	for (unsigned int i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)random_below(state, 256);
	return v6 ? addr_from_v6(b) : addr_from_v4(b);
}

/* `high` to the first byte, and nothing between it and the random low bits. */
static struct addr draw_addr(uint64_t *state, bool v6, uint8_t high, unsigned int bits)
{
	struct addr a = random_addr(state, v6);
	unsigned int first = v6 ? 0 : 12, low = bits ? 128 - bits : 0;

	a.b[first] = high == 10 ? 10 : v6 ? 0xff : (uint8_t)(224 | (a.b[first] & 15));
	for (unsigned int bit = first * 8 + 8; bit < low; bit++)
		a.b[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	return a;
}

static struct prefix draw(const struct mix_field *f, uint64_t *state, bool v6, uint8_t high)
{
	unsigned int choices = (f->max - f->min) / f->step + 1, len;
	struct prefix p = {0};

	if (random_below(state, 100) < f->empty)
		return p;
	len = f->min + random_below(state, choices) * f->step;
	if (v6)
		len = len * 4 - (f->step == 1 && f->min < f->max ? random_below(state, 4) : 0);
	p.family = v6 ? FAMILY_V6 : FAMILY_V4;
	p.len = (uint8_t)len;
	p.addr = f->bits || high == 239 ? draw_addr(state, v6, high, f->bits)
					: random_addr(state, v6);
	p.addr = addr_mask(&p.addr, p.family, p.len);
	return p;
}

struct murt_row mix_row(const struct mix *mix, uint64_t *state, bool v6)
{
	struct murt_row row = {.enabled = true};
	unsigned int keep = random_below(state, 3);

	if (!mix->single || keep == 0)
		row.client = draw(&mix->client, state, v6, 10);
	if (!mix->single || keep == 1)
		row.group = draw(&mix->group, state, v6, 239);
	if (!mix->single || keep == 2)
		row.source = draw(&mix->source, state, v6, 10);
	if (random_below(state, 4) == 0)
		row.downstream = 1 + random_below(state, 48);
	row.slot = random_below(state, 9);
	row.upstream = row.slot + 100;
	row.priority = (int32_t)(random_below(state, mix->priorities) - mix->priorities / 2);
	return row;
}

/* An address of the prefix, or any. */
static struct addr inside(uint64_t *state, const struct prefix *p, bool v6)
{
	struct addr a = random_addr(state, v6), head;

	if (!p->family)
		return a;
	head = addr_mask(&a, p->family, p->len);
	for (unsigned int i = 0; i < ARRAY_SIZE(a.w); i++)
		a.w[i] ^= head.w[i] ^ p->addr.w[i];
	if (!v6)
		memcpy(a.b, p->addr.b, 12);
	return a;
}

struct murt_request mix_request(uint64_t *state, const struct murt_row *row)
{
	bool v6 = murt_row_family(row) == FAMILY_V6;
	struct murt_request q = {
		.client = inside(state, &row->client, v6),
		.group = inside(state, &row->group, v6),
		.downstream = row->downstream ? row->downstream : 1 + random_below(state, 48),
	};

	if (random_below(state, 4))
		q.source = inside(state, &row->source, v6);
	if (random_below(state, 8) == 0)
		q.client = random_addr(state, v6);
	if (random_below(state, 64) == 0)
		q.client = addr_zero(v6 ? FAMILY_V6 : FAMILY_V4);
	return q;
}

/* ---- the plain scan ----------------------------------------------------------------------- */

static bool field_matches(const struct prefix *p, const struct addr *a)
{
	return !p->family || prefix_match(p, a);
}

static bool matches(const struct murt_row *row, const struct murt_request *q, int family)
{
	const struct prefix *prefixes[] = {&row->client, &row->group, &row->source};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (prefixes[i]->family && prefixes[i]->family != family)
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

upset murt_scan(const struct murt_row *const *rows, size_t n, enum murt_selection selection,
		const struct murt_request *request, upset usable)
{
	int family = (int)addr_family(&request->group);
	const struct murt_row *best = NULL;
	upset winners = 0;

	for (size_t i = 0; i < n; i++) {
		const struct murt_row *row = rows[i];
		int order = 0;

		if (!row->enabled || !(usable >> row->slot & 1) || !matches(row, request, family))
			continue;
		if (best && selection == MURT_SPECIFICITY)
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
