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
	struct tree_entry *entry;
	bool wins;
};

struct parts {
	enum family family;
	upset usable;
	struct part *parts;
	size_t n;
};

static bool collect(const struct ternary *pattern, struct tree_key key, struct tree_entry *entry,
		    void *ctx)
{
	struct parts *p = ctx;

	if (!(p->usable >> key.slot & 1))
		return true;
	if (p->n == ROWS_MAX)
		return false;
	p->parts[p->n++] = (struct part){pattern_source(pattern, p->family), key, entry, false};
	return true;
}

/* The rows that match by any address of the client. False: they are too many. */
static bool collect_all(const struct murt *murt, const struct murt_request *request,
			struct parts *p)
{
	const struct tree *tree = murt->trees[p->family == FAMILY_V4 ? 0 : 2];
	uint64_t bits[PATTERN_WORDS], known[PATTERN_WORDS];
	struct murt_request one = *request;

	pattern_open_source(p->family, known);
	for (unsigned int i = 0;; i++) {
		pattern_of_request(&one, p->family, bits);
		if (!tree_walk(tree, bits, known, collect, p))
			return false;
		if (i == request->n_others)
			return true;
		one.client = request->others[i];
	}
}

static int compare_sources(const struct prefix *x, const struct prefix *y)
{
	return x->len == y->len ? addr_cmp(&x->addr, &y->addr) : y->len - x->len;
}

/* Longest prefixes first, equal ones together. */
static int compare(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	int order = compare_sources(&x->source, &y->source);

	return order ? order : (x->entry > y->entry) - (x->entry < y->entry);
}

/* Sort; a row that matches by two addresses counts once. */
static void arrange(struct parts *p)
{
	size_t n = 0;

	qsort(p->parts, p->n, sizeof(*p->parts), compare);
	for (size_t i = 0; i < p->n; i++)
		if (!n || p->parts[i].entry != p->parts[n - 1].entry)
			p->parts[n++] = p->parts[i];
	p->n = n;
}

/* The best rank that serves the addresses of a prefix, among parts from `from` on. */
static int64_t best_rank(const struct parts *p, size_t from, const struct prefix *source)
{
	int64_t best = RANK_NONE;

	for (size_t i = from; i < p->n; i++)
		if (murt_covers(&p->parts[i].source, source))
			best = MAX(best, p->parts[i].key.rank);
	return best;
}

/* What serves the addresses of a prefix that no longer one has. Those before `from` are longer. */
static upset serve(const struct murt *murt, struct parts *p, size_t from,
		   const struct murt_request *request)
{
	const struct prefix source = from < p->n ? p->parts[from].source : (struct prefix){0};
	struct balance_state no_turns = murt->balance_state;
	struct murt_request asked = *request;
	int64_t best = best_rank(p, from, &source);
	unsigned int balances = 0;
	upset winners = 0, chosen;

	for (size_t i = from; i < p->n; i++) {
		struct tree_key key = p->parts[i].key;

		if (key.rank != best || !murt_covers(&p->parts[i].source, &source))
			continue;
		winners |= 1ULL << key.slot;
		balances |= 1U << key.balance;
	}
	if (!winners)
		return murt_default(murt, p->usable);
	asked.source = source.addr;
	chosen = murt_narrow(murt_carve_balance(murt_balance_of(murt, balances)), &asked, winners,
			     &no_turns);
	for (size_t i = from; i < p->n; i++)
		p->parts[i].wins |= p->parts[i].key.rank == best &&
				    (chosen >> p->parts[i].key.slot & 1) &&
				    murt_covers(&p->parts[i].source, &source);
	return chosen;
}

/* The carves of sorted parts; where those without a source begin in *open. Or -E2BIG. */
static int divide(const struct murt *murt, struct parts *p, const struct murt_request *request,
		  struct murt_carve *carves, size_t *open)
{
	int n = 0;

	for (*open = 0; *open < p->n && p->parts[*open].source.len; (*open)++) {
		const struct prefix *source = &p->parts[*open].source;

		if (*open && !compare_sources(&p->parts[*open - 1].source, source))
			continue;
		if (n == MURT_MAX_CARVES)
			return -E2BIG;
		carves[n++] = (struct murt_carve){*source, serve(murt, p, *open, request)};
	}
	return n;
}

int murt_carve_visit(const struct murt *murt, const struct murt_request *request, upset usable,
		     struct murt_carve carves[static MURT_MAX_CARVES], upset *rest,
		     murt_winner *winner, void *ctx)
{
	struct parts p = {.family = addr_family(&request->group), .usable = usable};
	size_t open;
	int n = -E2BIG;

	p.parts = xreallocarray(NULL, ROWS_MAX, sizeof(*p.parts));
	if (collect_all(murt, request, &p)) {
		arrange(&p);
		n = divide(murt, &p, request, carves, &open);
	}
	if (n >= 0)
		*rest = serve(murt, &p, open, request);
	for (size_t i = 0; winner && n > 0 && i < p.n; i++)
		if (p.parts[i].wins)
			winner(p.parts[i].key, p.parts[i].entry, ctx);
	free(p.parts);
	return n;
}

int murt_carve(struct murt *murt, const struct murt_request *request, upset usable, bool count_hits,
	       struct murt_carve carves[static MURT_MAX_CARVES], upset *rest)
{
	return murt_carve_visit(murt, request, usable, carves, rest,
				count_hits ? murt_count_hit : NULL, NULL);
}
