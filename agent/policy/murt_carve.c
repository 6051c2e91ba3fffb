// SPDX-License-Identifier: GPL-2.0-or-later
/* The carve-out: a request for any source, divided by the sources that rows name. */
#include <errno.h>
#include <stdlib.h>

#include "lib/util.h"
#include "policy/murt_private.h"

#define ROWS_MAX (MURT_MAX_CARVES * 16)

/* A row that matches but for its source, and ranks as high as those without one. */
struct part {
	struct prefix source;
	struct tree_key key;
	struct tree_entry *entry;
	const struct ternary *pattern; /* where the tree has it */
	bool wins;
};

struct parts {
	enum family family;
	struct part *parts;
	size_t n, n_named; /* no more than ROWS_MAX name sources */
};

static bool collect(const struct ternary *pattern, struct tree_key key, struct tree_entry *entry,
		    void *ctx)
{
	struct parts *p = ctx;
	const struct prefix source = pattern_source(pattern, p->family);

	if (source.len && p->n_named++ == ROWS_MAX)
		return false;
	p->parts = xgrow(p->parts, p->n, sizeof(*p->parts));
	p->parts[p->n++] = (struct part){source, key, entry, pattern, false};
	return true;
}

/* The rows from rank `least` up that match by any address of the client. False: too many. */
static bool collect_all(const struct murt *murt, const struct murt_request *request, upset usable,
			int64_t least, struct parts *p)
{
	const struct search search = {.usable = usable, .best = least, .visit = collect, .ctx = p};
	const struct tree *tree = murt->trees[murt_named_tree(request)];
	uint64_t bits[PATTERN_WORDS], known[PATTERN_WORDS];
	struct murt_request one = *request;

	pattern_open_source(p->family, known);
	for (unsigned int i = 0;; i++) {
		pattern_of_request(&one, p->family, bits);
		if (!tree_walk(tree, bits, known, &search))
			return false;
		if (i == request->n_others)
			return true;
		one.client = request->others[i];
	}
}

/* Each source behind those that cover it; of one source the best rank first. */
static int compare(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	int order = prefix_cmp(&x->source, &y->source);

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
		bool same = last && !prefix_cmp(&last->source, &part->source);

		if (same && (part->key.rank < last->key.rank || part->entry == last->entry))
			continue;
		sources += !same && part->source.len;
		p->parts[n++] = *part;
	}
	p->n = n;
	return sources;
}

/* ---- each source from its own upstream ---------------------------------------------------- */

/* The rows of one source, all of one rank. */
struct claim {
	struct part *parts;
	size_t n;
	const struct claim *outer; /* of the longest prefix that covers it, or NULL */
	int64_t best;		   /* rank that serves it, of its own rows or of outer ones */
};

/* The claims of sorted parts, room for all of which is there. Returns how many. */
static size_t find_claims(struct parts *p, struct claim *claims)
{
	const struct claim *outer = NULL;
	size_t n = 0;

	for (size_t i = 0; i < p->n; i += claims[n++].n) {
		struct claim *c = &claims[n];
		const struct prefix *source = &p->parts[i].source;

		*c = (struct claim){&p->parts[i], 1, NULL, p->parts[i].key.rank};
		while (i + c->n < p->n && !prefix_cmp(&p->parts[i + c->n].source, source))
			c->n++;
		while (outer && !murt_covers(&outer->parts->source, source))
			outer = outer->outer;
		c->outer = outer;
		if (outer)
			c->best = MAX(c->best, outer->best);
		outer = c;
	}
	return n;
}

static upset choose(const struct murt *murt, const struct murt_request *request,
		    const struct prefix *source, enum murt_balance balance, upset winners)
{
	struct balance_state no_turns = murt->balance_state;
	struct murt_request asked;

	if (!(winners & (winners - 1)))
		return winners;
	asked = murt_carve_request(request, source);
	return murt_narrow(murt, murt_carve_balance(balance), &asked, winners, &no_turns);
}

/* What serves the addresses of a claim that no longer one has. */
static upset serve(const struct murt *murt, const struct claim *claim,
		   const struct murt_request *request)
{
	unsigned int balances = 0;
	upset winners = 0, chosen;

	for (const struct claim *c = claim; c; c = c->outer) {
		for (size_t i = 0; c->parts->key.rank == claim->best && i < c->n; i++) {
			winners |= 1ULL << c->parts[i].key.slot;
			balances |= 1U << c->parts[i].key.balance;
		}
	}
	chosen = choose(murt, request, &claim->parts->source, murt_balance_of(murt, balances),
			winners);
	for (const struct claim *c = claim; c; c = c->outer)
		for (size_t i = 0; c->parts->key.rank == claim->best && i < c->n; i++)
			c->parts[i].wins |= chosen >> c->parts[i].key.slot & 1;
	return chosen;
}

static int compare_carves(const void *a, const void *b)
{
	const struct prefix *x = &((const struct murt_carve *)a)->source;
	const struct prefix *y = &((const struct murt_carve *)b)->source;

	return x->len == y->len ? addr_cmp(&x->addr, &y->addr) : y->len - x->len;
}

static void divide(const struct murt *murt, struct parts *p, const struct murt_request *request,
		   upset usable, struct murt_carve *carves, upset *rest)
{
	struct claim claims[MURT_MAX_CARVES + 1];
	size_t n = 0, n_claims = find_claims(p, claims);

	*rest = murt_default(murt, usable);
	for (size_t i = 0; i < n_claims; i++) {
		const struct prefix *source = &claims[i].parts->source;
		upset upstreams = serve(murt, &claims[i], request);

		if (source->len)
			carves[n++] = (struct murt_carve){*source, upstreams};
		else
			*rest = upstreams;
	}
	if (n)
		qsort(carves, n, sizeof(*carves), compare_carves);
}

/* ---- too many sources to tell apart ------------------------------------------------------- */

struct few {
	murt_winner *winner;
	void *ctx;
	size_t left;
};

static bool visit_few(const struct ternary *pattern, struct tree_key key, struct tree_entry *entry,
		      void *ctx)
{
	struct few *few = ctx;

	return few->left-- && few->winner(pattern, key, entry, few->ctx);
}

/*
 * Whoever would serve one of the sources, or the rest, serves them all, so that nobody misses any.
 * `rest`: of the rows that name none. Upstreams are found by searches, whatever number of rows they
 * have.
 */
static upset serve_together(const struct murt *murt, const struct murt_request *request,
			    upset usable, const struct murt_winners *rest, struct few *few)
{
	unsigned int tree = murt_tree_of(request);
	upset upstreams =
		choose(murt, request, &(struct prefix){0}, rest->balance, rest->upstreams);
	struct search search = {.usable = usable};

	if (!rest->upstreams)
		upstreams = murt_default(murt, usable);
	for (; search.usable; search.usable &= ~search.winners) {
		search.best = RANK_NONE;
		search.winners = 0;
		tree_search_request(murt->trees[tree], tree_family(tree), request, &search);
		if (!search.winners || search.best < rest->best)
			break;
		/* Balancing has passed over those of the rest's rank. */
		upstreams |= search.winners & ~(search.best == rest->best ? rest->upstreams : 0);
	}
	if (few->winner)
		murt_visit_winners(murt, tree, request, rest->best, upstreams, visit_few, few);
	return upstreams;
}

int murt_carve_visit(const struct murt *murt, const struct murt_request *request, upset usable,
		     struct murt_carve carves[static MURT_MAX_CARVES], upset *rest,
		     murt_winner *winner, void *ctx)
{
	const struct murt_winners none =
		murt_search(murt, murt_named_tree(request), request, usable);
	struct parts p = {.family = addr_family(&request->group)};
	struct few few = {winner, ctx, ROWS_MAX};
	bool fits = collect_all(murt, request, usable, none.best, &p);
	size_t n = fits ? arrange(&p) : 0;

	fits = fits && n <= MURT_MAX_CARVES;
	if (fits)
		divide(murt, &p, request, usable, carves, rest);
	else
		*rest = serve_together(murt, request, usable, &none, &few);
	for (size_t i = 0; winner && n && fits && i < p.n; i++) {
		const struct part *part = &p.parts[i];

		if (part->wins && !winner(part->pattern, part->key, part->entry, ctx))
			break;
	}
	free(p.parts);
	return fits ? (int)n : -E2BIG;
}

int murt_carve(struct murt *murt, const struct murt_request *request, upset usable, bool count_hits,
	       struct murt_carve carves[static MURT_MAX_CARVES], upset *rest)
{
	return murt_carve_visit(murt, request, usable, carves, rest,
				count_hits ? murt_count_hit : NULL, NULL);
}
