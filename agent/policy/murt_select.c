// SPDX-License-Identifier: GPL-2.0-or-later
/* Order of rows, balancing, and the explanation of a resolution. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/util.h"
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

upset murt_narrow(enum murt_balance balance, const struct murt_request *request, upset winners)
{
	uint64_t channel, best = 0;
	upset chosen = 0;

	if (balance != MURT_BALANCE_HASH || !(winners & (winners - 1)))
		return winners;
	/* Rendezvous hash: each upstream draws a number for the channel, the highest takes it. The
	 * loss of one upstream moves only the channels that it had won. */
	channel = murt_mix(request->group.q[0], request->group.q[1], 1);
	channel = murt_mix(channel ^ request->source.q[0], request->source.q[1], 2);
	for (upset rest = winners; rest; rest &= rest - 1) {
		uint64_t draw = murt_mix(channel, (uint64_t)__builtin_ctzll(rest), 3);

		if (chosen && draw <= best)
			continue;
		best = draw;
		chosen = rest & -rest;
	}
	return chosen;
}

bool murt_row_matches(const struct murt_row *row, const struct murt_request *request)
{
	int family = murt_row_family(row);

	if (family && family != (int)addr_family(&request->group))
		return false;
	if (row->downstream && row->downstream != request->downstream)
		return false;
	if (row->client.len &&
	    (addr_is_zero(&request->client) || !prefix_match(&row->client, &request->client)))
		return false;
	if (row->group.len && !prefix_match(&row->group, &request->group))
		return false;
	return !row->source.len || addr_is_zero(&request->source) ||
	       prefix_match(&row->source, &request->source);
}

/* Best first; enabled before disabled; then as they were added. */
static int compare(const void *a, const void *b, void *ctx)
{
	const struct murt_row *x = ((const struct murt_match *)a)->row;
	const struct murt_row *y = ((const struct murt_match *)b)->row;
	const struct murt *murt = ctx;
	int64_t rx = murt_rank(murt->selection, x), ry = murt_rank(murt->selection, y);

	if (rx != ry)
		return rx < ry ? 1 : -1;
	if (x->enabled != y->enabled)
		return x->enabled ? -1 : 1;
	return x->id < y->id ? -1 : 1;
}

static size_t collect(const struct murt *murt, const struct murt_request *request,
		      struct murt_match **ret)
{
	struct murt_match *matches = NULL;
	const struct murt_row *row;
	size_t n = 0, size = 0;

	for (uint32_t id = 0; (row = murt_next(murt, id)); id = row->id) {
		if (!murt_row_matches(row, request))
			continue;
		if (n == size) {
			size = size ? size * 2 : 16;
			matches = xreallocarray(matches, size, sizeof(*matches));
		}
		matches[n++] = (struct murt_match){.row = row};
	}
	if (n)
		qsort_r(matches, n, sizeof(*matches), compare, (void *)murt);
	*ret = matches;
	return n;
}

/* Marks the winning rows; returns how many they are before balancing, the first of them in *first.
 */
static size_t mark(const struct murt *murt, struct murt_match *matches, size_t n, upset usable,
		   upset selected, const struct murt_row **first)
{
	size_t winners = 0;

	*first = NULL;
	for (size_t i = 0; i < n; i++) {
		const struct murt_row *row = matches[i].row;

		if (!row->enabled || !(usable >> row->slot & 1))
			continue;
		if (!*first)
			*first = row;
		if (murt_rank(murt->selection, row) != murt_rank(murt->selection, *first))
			break;
		winners++;
		matches[i].selected = selected >> row->slot & 1;
	}
	return winners;
}

static void explain_winners(const struct murt *murt, const struct murt_row *first, size_t winners,
			    char reason[static 128])
{
	static const char *const names[] = {"no field", "group", "source", "source and group",
					    "client"};
	const char *balance = murt->balance == MURT_BALANCE_HASH && winners > 1
				      ? ", hash takes one upstream"
				      : "";
	char by[48] = ""; /* with the longest name: 42 */

	if (murt->selection == MURT_SPECIFICITY)
		snprintf(by, sizeof(by), "most specific: %s set, ", names[murt_class(first)]);
	if (winners == 1)
		snprintf(reason, 128, "%shighest priority %d", by, first->priority);
	else
		snprintf(reason, 128, "%s%zu rows share the highest priority %d%s", by, winners,
			 first->priority, balance);
}

size_t murt_explain(struct murt *murt, const struct murt_request *request, upset usable,
		    struct murt_match **matches, upset *selected, char reason[static 128])
{
	size_t n = collect(murt, request, matches), winners;
	const char *why =
		n ? "every matching row is disabled or its upstream is down" : "no row matches";
	const struct murt_row *first;

	*selected = murt_resolve(murt, request, usable, false);
	winners = mark(murt, *matches, n, usable, *selected, &first);
	if (winners)
		explain_winners(murt, first, winners, reason);
	else
		snprintf(reason, 128, "%s%s", why, *selected ? ": default upstream" : "");
	return n;
}
