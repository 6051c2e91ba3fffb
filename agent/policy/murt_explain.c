// SPDX-License-Identifier: GPL-2.0-or-later
/* The explanation of a resolution, for people. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/util.h"
#include "policy/murt_private.h"

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
			    enum murt_balance balance, char reason[static 128])
{
	static const char *const names[] = {"no field", "group", "source", "source and group",
					    "client"};
	static const char *const narrowed[] = {
		[MURT_BALANCE_ALL] = "",
		[MURT_BALANCE_HASH] = ", hash takes one upstream",
		[MURT_BALANCE_ROUND_ROBIN] = ", round-robin takes one upstream",
		[MURT_BALANCE_RANDOM] = ", random takes one upstream",
	};
	char by[48] = ""; /* with the longest name: 42 */

	if (murt->selection == MURT_SPECIFICITY)
		snprintf(by, sizeof(by), "most specific: %s set, ", names[murt_class(first)]);
	if (winners == 1)
		snprintf(reason, 128, "%shighest priority %d", by, first->priority);
	else
		snprintf(reason, 128, "%s%zu rows share the highest priority %d%s", by, winners,
			 first->priority, narrowed[balance]);
}

size_t murt_explain(struct murt *murt, const struct murt_request *request, upset usable,
		    struct murt_match **matches, upset *selected, char reason[static 128])
{
	size_t n = collect(murt, request, matches), winners;
	const char *why =
		n ? "every matching row is disabled or its upstream is down" : "no row matches";
	struct murt_winners found = murt_search(murt, request, usable);
	struct balance_state state = murt->balance_state; /* no turn is taken */
	const struct murt_row *first;

	*selected = found.upstreams ? murt_narrow(found.balance, request, found.upstreams, &state)
				    : murt_default(murt, usable);
	winners = mark(murt, *matches, n, usable, *selected, &first);
	if (winners)
		explain_winners(murt, first, winners,
				found.upstreams & (found.upstreams - 1) ? found.balance
									: MURT_BALANCE_ALL,
				reason);
	else
		snprintf(reason, 128, "%s%s", why, *selected ? ": default upstream" : "");
	return n;
}
