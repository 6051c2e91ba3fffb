// SPDX-License-Identifier: GPL-2.0-or-later
/* The carve-out: a request for any source, divided by the sources that rows name. */
#include <errno.h>
#include <stdlib.h>

#include "lib/util.h"
#include "policy/murt_private.h"

#define ROWS_MAX (MURT_MAX_CARVES * 16)

/* A row that matches but for its source. */
struct part {
	struct prefix source;
	struct tree_key key;
};

struct parts {
	enum family family;
	upset usable;
	struct part *parts;
	size_t n;
};

static bool collect(const struct ternary *pattern, struct tree_key key, void *ctx)
{
	struct parts *p = ctx;

	if (!(p->usable >> key.slot & 1))
		return true;
	if (p->n == ROWS_MAX)
		return false;
	p->parts[p->n++] = (struct part){pattern_source(pattern, p->family), key};
	return true;
}

/* Longest prefixes first, equal ones together. */
static int compare(const void *a, const void *b)
{
	const struct prefix *x = &((const struct part *)a)->source;
	const struct prefix *y = &((const struct part *)b)->source;

	return x->len == y->len ? addr_cmp(&x->addr, &y->addr) : y->len - x->len;
}

static bool covers(const struct prefix *outer, const struct prefix *inner)
{
	return !outer->len || (outer->len <= inner->len && prefix_match(outer, &inner->addr));
}

/* What serves the addresses of a prefix that no longer one has. Those before `from` are longer. */
static upset serve(struct murt *murt, const struct parts *p, size_t from,
		   const struct murt_request *request)
{
	const struct prefix *source = from < p->n ? &p->parts[from].source : &(struct prefix){0};
	struct balance_state no_turns = murt->balance_state;
	struct murt_request asked = *request;
	enum murt_balance balance;
	int64_t best = RANK_NONE;
	unsigned int balances = 0;
	upset winners = 0;

	for (size_t i = from; i < p->n; i++) {
		struct tree_key key = p->parts[i].key;

		if (key.rank < best || !covers(&p->parts[i].source, source))
			continue;
		if (key.rank > best)
			winners = balances = 0;
		best = key.rank;
		winners |= 1ULL << key.slot;
		balances |= 1U << key.balance;
	}
	if (!winners)
		return murt_default(murt, p->usable);
	balance = murt_balance_of(murt, balances);
	if (balance != MURT_BALANCE_ALL)
		balance = MURT_BALANCE_HASH;
	asked.source = source->addr;
	return murt_narrow(balance, &asked, winners, &no_turns);
}

/* The carves of sorted parts; where those without a source begin in *open. Or -E2BIG. */
static int divide(struct murt *murt, const struct parts *p, const struct murt_request *request,
		  struct murt_carve *carves, size_t *open)
{
	int n = 0;

	for (*open = 0; *open < p->n && p->parts[*open].source.len; (*open)++) {
		if (*open && !compare(&p->parts[*open - 1], &p->parts[*open]))
			continue;
		if (n == MURT_MAX_CARVES)
			return -E2BIG;
		carves[n++] =
			(struct murt_carve){p->parts[*open].source, serve(murt, p, *open, request)};
	}
	return n;
}

int murt_carve(struct murt *murt, const struct murt_request *request, upset usable, bool count_hits,
	       struct murt_carve carves[static MURT_MAX_CARVES], upset *rest)
{
	struct parts p = {.family = addr_family(&request->group), .usable = usable};
	uint64_t bits[PATTERN_WORDS], known[PATTERN_WORDS];
	size_t open;
	int n = -E2BIG;

	(void)count_hits;
	p.parts = xcalloc(ROWS_MAX, sizeof(*p.parts));
	pattern_of_request(request, p.family, bits);
	pattern_open_source(p.family, known);
	if (tree_walk(murt->trees[p.family == FAMILY_V4 ? 0 : 2], bits, known, collect, &p)) {
		qsort(p.parts, p.n, sizeof(*p.parts), compare);
		n = divide(murt, &p, request, carves, &open);
	}
	if (n >= 0)
		*rest = serve(murt, &p, open, request);
	free(p.parts);
	return n;
}
