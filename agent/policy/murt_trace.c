// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rows that serve memberships. The search ends in entries, which do not know their rows, but
 * rows know their entries: so the entries of all memberships are gathered first, and one pass over
 * the table gives each of them its rows.
 */
#include <stdlib.h>

#include "lib/util.h"
#include "policy/murt_private.h"

/* Enough to know that there are more than are told. */
#define KEPT (MURT_TRACE_ROWS + 1)

/* An entry that serves somebody; entry->mark is its place in the list, from 1. */
struct traced {
	struct tree_entry *entry;
	uint32_t *ids; /* of its rows, rising */
	size_t n;
};

struct murt_trace {
	const struct murt *murt;
	upset usable;
	struct traced *traced;
	size_t n_traced;
	uint32_t *serves; /* places in `traced`, of one membership after the other */
	size_t n_serves;
	size_t *starts; /* of each membership in `serves` */
	size_t n_starts;
};

struct murt_trace *murt_trace_new(const struct murt *murt, upset usable)
{
	struct murt_trace *t = xcalloc(1, sizeof(*t));

	t->murt = murt;
	t->usable = usable;
	return t;
}

static void unmark(struct murt_trace *t)
{
	for (size_t i = 0; i < t->n_traced; i++)
		t->traced[i].entry->mark = 0;
}

void murt_trace_free(struct murt_trace *t)
{
	for (size_t i = 0; i < t->n_traced; i++)
		free(t->traced[i].ids);
	free(t->traced);
	free(t->serves);
	free(t->starts);
	free(t);
}

size_t murt_trace_next(struct murt_trace *t)
{
	t->starts = xgrow(t->starts, t->n_starts, sizeof(*t->starts));
	t->starts[t->n_starts] = t->n_serves;
	return t->n_starts++;
}

/* A murt_winner. */
static bool note(struct tree_key key, struct tree_entry *entry, void *ctx)
{
	struct murt_trace *t = ctx;
	size_t start = t->starts[t->n_starts - 1];

	(void)key;
	if (t->n_serves - start == KEPT)
		return false;
	if (!entry->mark) {
		t->traced = xgrow(t->traced, t->n_traced, sizeof(*t->traced));
		t->traced[t->n_traced++] = (struct traced){.entry = entry};
		entry->mark = (uint32_t)t->n_traced;
	}
	/* It may serve several sources of the membership. */
	for (size_t i = start; i < t->n_serves; i++)
		if (t->serves[i] == entry->mark - 1)
			return true;
	t->serves = xgrow(t->serves, t->n_serves, sizeof(*t->serves));
	t->serves[t->n_serves++] = entry->mark - 1;
	return true;
}

void murt_trace_request(struct murt_trace *t, const struct murt_request *request, upset serving)
{
	unsigned int tree = murt_tree_of(request);
	struct murt_winners found = murt_search(t->murt, tree, request, t->usable);

	if (found.upstreams & serving)
		murt_visit_winners(t->murt, tree, request, found.best, found.upstreams & serving,
				   note, t);
}

bool murt_trace_carves(struct murt_trace *t, const struct murt_request *request)
{
	struct murt_carve carves[MURT_MAX_CARVES];
	upset rest;

	return murt_carve_visit(t->murt, request, t->usable, carves, &rest, note, t) != 0;
}

static void add_row(struct murt_trace *t, const struct tree_entry *entry, uint32_t id)
{
	struct traced *traced = entry && entry->mark ? &t->traced[entry->mark - 1] : NULL;

	if (!traced || traced->n == KEPT)
		return;
	traced->ids = xgrow(traced->ids, traced->n, sizeof(*traced->ids));
	traced->ids[traced->n++] = id;
}

void murt_trace_end(struct murt_trace *t)
{
	const struct store *store = &t->murt->store;

	for (size_t i = 0; t->n_traced && i < store->n_slots; i++) {
		const struct stored_row *row = store->slots[i].row;

		for (unsigned int k = 0; row && k < N_TREES; k++)
			add_row(t, row->links[k], row->row.id);
	}
	unmark(t);
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

size_t murt_trace_rows(const struct murt_trace *t, size_t membership,
		       uint32_t ids[static MURT_TRACE_ROWS], bool *more)
{
	size_t end = membership + 1 < t->n_starts ? t->starts[membership + 1] : t->n_serves;
	uint32_t all[KEPT];
	size_t n = 0;

	for (size_t i = t->starts[membership]; i < end; i++) {
		const struct traced *traced = &t->traced[t->serves[i]];

		for (size_t k = 0; k < traced->n && n < KEPT; k++)
			all[n++] = traced->ids[k];
	}
	*more = n == KEPT;
	n = MIN(n, MURT_TRACE_ROWS);
	qsort(all, n, sizeof(*all), compare);
	memcpy(ids, all, n * sizeof(*ids));
	return n;
}
