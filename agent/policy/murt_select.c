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

/* Visit every winning entry of these slots. Returns the balances they have, as bits. */
static unsigned int visit_winners(const struct murt *murt, const struct murt_request *request,
				  int64_t best, upset winners, bool count)
{
	struct search search = {.usable = winners, .best = best, .every = true, .count = count};

	tree_search_request(murt->trees[murt_tree_of(request)], addr_family(&request->group),
			    request, &search);
	return search.balance;
}

struct murt_winners murt_search(const struct murt *murt, const struct murt_request *request,
				upset usable)
{
	struct search search = {.usable = usable, .best = RANK_NONE};
	struct murt_winners found;

	tree_search_request(murt->trees[murt_tree_of(request)], addr_family(&request->group),
			    request, &search);
	found.best = search.best;
	found.upstreams = search.winners;
	found.balance = murt_balance_of(murt, 0);
	if (murt->n_balanced && (search.winners & (search.winners - 1)))
		found.balance = murt_balance_of(
			murt, visit_winners(murt, request, search.best, search.winners, false));
	return found;
}

upset murt_resolve(struct murt *murt, const struct murt_request *request, upset usable,
		   bool count_hits)
{
	struct murt_winners found = murt_search(murt, request, usable);
	upset chosen;

	if (!found.upstreams)
		return murt_default(murt, usable);
	chosen = murt_narrow(found.balance, request, found.upstreams, &murt->balance_state);
	if (count_hits)
		visit_winners(murt, request, found.best, chosen, true);
	return chosen;
}
