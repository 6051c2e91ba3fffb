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
	struct part *parts; /* no more than ROWS_MAX that name sources */
	size_t n, n_named;
	int64_t named[MURT_MAX_UPSTREAMS]; /* best rank of those that do, by slot */
};

static bool collect(const struct ternary *pattern, struct tree_key key, struct tree_entry *entry,
		    void *ctx)
{
	struct parts *p = ctx;
	const struct prefix source = pattern_source(pattern, p->family);

	if (!(p->usable >> key.slot & 1))
		return true;
	if (source.len) {
		p->named[key.slot] = MAX(p->named[key.slot], key.rank);
		if (p->n_named++ >= ROWS_MAX)
			return true;
	}
	p->parts = xgrow(p->parts, p->n, sizeof(*p->parts));
	p->parts[p->n++] = (struct part){source, key, entry, false};
	return true;
}

/* The rows that match by any address of the client. */
static void collect_all(const struct murt *murt, const struct murt_request *request,
			struct parts *p)
{
	const struct tree *tree = murt->trees[p->family == FAMILY_V4 ? 0 : 2];
	uint64_t bits[PATTERN_WORDS], known[PATTERN_WORDS];
	struct murt_request one = *request;

	for (unsigned int slot = 0; slot < MURT_MAX_UPSTREAMS; slot++)
		p->named[slot] = RANK_NONE;
	pattern_open_source(p->family, known);
	for (unsigned int i = 0;; i++) {
		pattern_of_request(&one, p->family, bits);
		tree_walk(tree, bits, known, collect, p);
		if (i == request->n_others)
			return;
		one.client = request->others[i];
	}
}

static int compare_sources(const struct prefix *x, const struct prefix *y)
{
	return x->len == y->len ? addr_cmp(&x->addr, &y->addr) : y->len - x->len;
}

/* Longest prefixes first, those without last; of each the best rank first. */
static int compare(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	int order = compare_sources(&x->source, &y->source);

	if (order)
		return order;
	if (x->key.rank != y->key.rank)
		return x->key.rank < y->key.rank ? 1 : -1;
	return (x->entry > y->entry) - (x->entry < y->entry);
}

/*
 * Sort. Of the rows of one source only the best can win, and each counts once though it may match
 * by two addresses. Returns how many sources there are, not counting none.
 */
static size_t arrange(struct parts *p)
{
	size_t n = 0, sources = 0;

	if (p->n)
		qsort(p->parts, p->n, sizeof(*p->parts), compare);
	for (size_t i = 0; i < p->n; i++) {
		const struct part *part = &p->parts[i], *last = n ? &p->parts[n - 1] : NULL;
		bool same = last && !compare_sources(&last->source, &part->source);

		if (same && (part->key.rank < last->key.rank || part->entry == last->entry))
			continue;
		sources += !same && part->source.len;
		p->parts[n++] = *part;
	}
	p->n = n;
	return sources;
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
	struct murt_request asked;
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
	asked = murt_carve_request(request, &source);
	chosen = murt_narrow(murt, murt_carve_balance(murt_balance_of(murt, balances)), &asked,
			     winners, &no_turns);
	for (size_t i = from; i < p->n; i++)
		p->parts[i].wins |= p->parts[i].key.rank == best &&
				    (chosen >> p->parts[i].key.slot & 1) &&
				    murt_covers(&p->parts[i].source, &source);
	return chosen;
}

/* The carves of sorted parts. Returns where those without a source begin. */
static size_t divide(const struct murt *murt, struct parts *p, const struct murt_request *request,
		     struct murt_carve *carves)
{
	size_t i = 0, n = 0;

	for (; i < p->n && p->parts[i].source.len; i++) {
		const struct prefix *source = &p->parts[i].source;

		if (!i || compare_sources(&p->parts[i - 1].source, source))
			carves[n++] = (struct murt_carve){*source, serve(murt, p, i, request)};
	}
	return i;
}

/*
 * Too many sources to tell apart: whoever would serve one of them, or the rest, serves them all, so
 * that nobody misses any.
 */
static upset serve_together(const struct murt *murt, struct parts *p,
			    const struct murt_request *request)
{
	upset upstreams;
	size_t rest = 0;
	int64_t least;

	while (rest < p->n && p->parts[rest].source.len)
		rest++;
	upstreams = serve(murt, p, rest, request);
	least = best_rank(p, rest, &(struct prefix){0});
	for (size_t i = 0; i < rest; i++)
		p->parts[i].wins = p->parts[i].key.rank >= least;
	for (unsigned int slot = 0; slot < MURT_MAX_UPSTREAMS; slot++)
		if (p->named[slot] != RANK_NONE && p->named[slot] >= least)
			upstreams |= 1ULL << slot;
	return upstreams;
}

int murt_carve_visit(const struct murt *murt, const struct murt_request *request, upset usable,
		     struct murt_carve carves[static MURT_MAX_CARVES], upset *rest,
		     murt_winner *winner, void *ctx)
{
	struct parts p = {.family = addr_family(&request->group), .usable = usable};
	size_t n;
	bool fits;

	collect_all(murt, request, &p);
	n = arrange(&p);
	fits = p.n_named <= ROWS_MAX && n <= MURT_MAX_CARVES;
	*rest = fits ? serve(murt, &p, divide(murt, &p, request, carves), request)
		     : serve_together(murt, &p, request);
	for (size_t i = 0; winner && n && i < p.n; i++)
		if (p.parts[i].wins)
			winner(p.parts[i].key, p.parts[i].entry, ctx);
	free(p.parts);
	return fits ? (int)n : -E2BIG;
}

int murt_carve(struct murt *murt, const struct murt_request *request, upset usable, bool count_hits,
	       struct murt_carve carves[static MURT_MAX_CARVES], upset *rest)
{
	return murt_carve_visit(murt, request, usable, carves, rest,
				count_hits ? murt_count_hit : NULL, NULL);
}
