// SPDX-License-Identifier: GPL-2.0-or-later
/* Order of rows, and the resolution of a request. */
#include "policy/murt_private.h"

/* The draft's order (section 4.1): a subscriber first, then the channel, source before group. A /0
 * says nothing. */
unsigned int murt_class(const struct murt_row *row)
{
	if (row->client.len)
		return 4;
	if (row->source.len)
		return row->group.len ? 3 : 2;
	return row->group.len ? 1 : 0;
}

int64_t murt_rank(enum murt_selection selection, const struct murt_row *row)
{
	if (selection == MURT_PRIORITY)
		return row->priority;
	return (int64_t)murt_class(row) * (1LL << 33) + row->priority;
}

/* By priority there are no classes. */
unsigned int murt_rank_class(enum murt_selection selection, int64_t rank)
{
	return selection == MURT_PRIORITY ? 0 : (unsigned int)((rank + (1LL << 32)) >> 33);
}

int murt_rank_priority(enum murt_selection selection, int64_t rank)
{
	return (int)(rank - (int64_t)murt_rank_class(selection, rank) * (1LL << 33));
}

static bool client_matches(const struct prefix *prefix, const struct addr *client)
{
	return !addr_is_zero(client) && prefix_match(prefix, client);
}

static bool any_client_matches(const struct prefix *prefix, const struct murt_request *request)
{
	if (client_matches(prefix, &request->client))
		return true;
	for (unsigned int i = 0; i < request->n_others; i++)
		if (client_matches(prefix, &request->others[i]))
			return true;
	return false;
}

bool murt_row_matches(const struct murt_row *row, const struct murt_request *request)
{
	int family = murt_row_family(row);

	if (family && family != (int)addr_family(&request->group))
		return false;
	if (row->downstream && row->downstream != request->downstream)
		return false;
	if (row->client.len && !any_client_matches(&row->client, request))
		return false;
	if (row->group.len && !prefix_match(&row->group, &request->group))
		return false;
	return !row->source.len || addr_is_zero(&request->source) ||
	       prefix_match(&row->source, &request->source);
}

unsigned int murt_tree_of(const struct murt_request *request)
{
	return (addr_family(&request->group) == FAMILY_V4 ? 0 : 2) +
	       (addr_is_zero(&request->source) ? 1 : 0);
}

/* ---- winners visited ---------------------------------------------------------------------- */

struct visit {
	struct murt_request request; /* with one of the addresses as its client */
	const struct murt_request *whole;
	unsigned int tree;
	unsigned int address; /* 0: its client, then its others */
	murt_winner *winner;
	void *ctx;
};

static struct addr address(const struct murt_request *request, unsigned int i)
{
	return i ? request->others[i - 1] : request->client;
}

/* A row that leaves the client open matches by all of its addresses. */
static bool visited(const struct visit *v, const struct ternary *pattern)
{
	enum family family = addr_family(&v->request.group);
	unsigned int words = pattern_words(family, v->tree & 1);
	struct murt_request before = v->request;
	uint64_t bits[PATTERN_WORDS];

	for (unsigned int i = 0; i < v->address; i++) {
		before.client = address(v->whole, i);
		pattern_of_request(&before, family, bits);
		if (pattern_matches(pattern, bits, words))
			return true;
	}
	return false;
}

static bool visit_entry(const struct ternary *pattern, struct tree_key key,
			struct tree_entry *entry, void *ctx)
{
	const struct visit *v = ctx;

	return visited(v, pattern) || v->winner(pattern, key, entry, v->ctx);
}

void murt_visit_winners(const struct murt *murt, unsigned int tree,
			const struct murt_request *request, int64_t best, upset slots,
			murt_winner *winner, void *ctx)
{
	struct visit v = {
		.request = *request, .whole = request, .tree = tree, .winner = winner, .ctx = ctx};
	struct search search = {.usable = slots, .best = best, .visit = visit_entry, .ctx = &v};

	for (v.request.n_others = 0; v.address <= request->n_others; v.address++) {
		v.request.client = address(request, v.address);
		tree_search_request(murt->trees[tree], tree_family(tree), &v.request, &search);
	}
}

bool murt_count_hit(const struct ternary *pattern, struct tree_key key, struct tree_entry *entry,
		    void *ctx)
{
	(void)pattern;
	(void)key;
	(void)ctx;
	entry->hits++;
	return true;
}

static bool note_balance(const struct ternary *pattern, struct tree_key key,
			 struct tree_entry *entry, void *ctx)
{
	unsigned int *balances = ctx;

	(void)pattern;
	(void)entry;
	*balances |= 1U << key.balance;
	return true;
}

/* ---- resolution --------------------------------------------------------------------------- */

struct murt_winners murt_search(const struct murt *murt, unsigned int tree,
				const struct murt_request *request, upset usable)
{
	struct search search = {.usable = usable, .best = RANK_NONE};
	struct murt_winners found;
	unsigned int balances = 0;

	tree_search_request(murt->trees[tree], tree_family(tree), request, &search);
	if (murt->n_balanced && (search.winners & (search.winners - 1)))
		murt_visit_winners(murt, tree, request, search.best, search.winners, note_balance,
				   &balances);
	found.best = search.best;
	found.upstreams = search.winners;
	found.balance = murt_balance_of(murt, balances);
	return found;
}

upset murt_resolve(struct murt *murt, const struct murt_request *request, upset usable,
		   bool count_hits)
{
	unsigned int tree = murt_tree_of(request);
	struct murt_winners found = murt_search(murt, tree, request, usable);
	upset chosen;

	if (!found.upstreams)
		return murt_default(murt, usable);
	chosen = murt_narrow(murt, found.balance, request, found.upstreams, &murt->balance_state);
	if (count_hits)
		murt_visit_winners(murt, tree, request, found.best, chosen, murt_count_hit, NULL);
	return chosen;
}
