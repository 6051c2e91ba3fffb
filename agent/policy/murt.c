// SPDX-License-Identifier: GPL-2.0-or-later
/* The table: rows in the store, each entered into the search trees it belongs to. */
#include "policy/murt.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/util.h"
#include "policy/murt_private.h"

struct murt *murt_new(void)
{
	struct murt *murt = xcalloc(1, sizeof(*murt));

	store_init(&murt->store);
	murt->default_slot = -1;
	murt->balance_state.last = MURT_MAX_UPSTREAMS - 1;
	for (unsigned int i = 0; i < N_TREES; i++)
		murt->trees[i] = tree_new(pattern_words(tree_family(i), i & 1));
	return murt;
}

void murt_free(struct murt *murt)
{
	if (!murt)
		return;
	store_free(&murt->store);
	for (unsigned int i = 0; i < N_TREES; i++)
		tree_free(murt->trees[i]);
	free(murt);
}

int murt_row_family(const struct murt_row *row)
{
	if (row->client.family)
		return row->client.family;
	return row->group.family ? row->group.family : row->source.family;
}

static bool mixes_families(const struct murt_row *row)
{
	int family = murt_row_family(row);

	return (row->client.family && row->client.family != family) ||
	       (row->group.family && row->group.family != family) ||
	       (row->source.family && row->source.family != family);
}

/* ---- rows in the trees -------------------------------------------------------------------- */

static struct tree_key row_key(const struct murt *murt, const struct murt_row *row)
{
	return (struct tree_key){.rank = murt_rank(murt->selection, row),
				 .slot = row->slot,
				 .balance = row->balance};
}

static void row_link(struct murt *murt, struct stored_row *row)
{
	int family = murt_row_family(&row->row);
	struct ternary pattern[PATTERN_WORDS];

	if (!row->row.enabled || murt->loading)
		return;
	for (unsigned int i = 0; i < N_TREES; i++) {
		if (family && family != (int)tree_family(i))
			continue;
		pattern_of_row(&row->row, tree_family(i), i & 1, pattern);
		row->links[i] = tree_add(murt->trees[i], pattern, row_key(murt, &row->row));
		row->hits -= row->links[i]->hits;
	}
	murt->n_balanced += row->row.balance != MURT_BALANCE_DEFAULT;
}

static void row_unlink(struct murt *murt, struct stored_row *row)
{
	struct ternary pattern[PATTERN_WORDS];

	if (!row->row.enabled || murt->loading)
		return;
	for (unsigned int i = 0; i < N_TREES; i++) {
		if (!row->links[i])
			continue;
		row->hits += row->links[i]->hits;
		row->links[i] = NULL;
		pattern_of_row(&row->row, tree_family(i), i & 1, pattern);
		tree_del(murt->trees[i], pattern, row_key(murt, &row->row));
	}
	murt->n_balanced -= row->row.balance != MURT_BALANCE_DEFAULT;
}

/* All rows of a tree that is empty. */
static void tree_fill(struct murt *murt, unsigned int tree, struct tree_batch *batch)
{
	struct ternary pattern[PATTERN_WORDS];

	for (size_t i = 0; i < murt->store.n_slots; i++) {
		struct stored_row *row = murt->store.slots[i].row;
		int family = row ? murt_row_family(&row->row) : 0;

		if (!row || !row->row.enabled || (family && family != (int)tree_family(tree)))
			continue;
		pattern_of_row(&row->row, tree_family(tree), tree & 1, pattern);
		tree_batch_add(murt->trees[tree], batch, pattern, row_key(murt, &row->row),
			       &row->links[tree]);
	}
	tree_batch_end(murt->trees[tree], batch);
}

/* Take all rows out of the trees. */
static void unlink_all(struct murt *murt)
{
	struct stored_row *row;

	for (uint32_t id = 0; (row = store_next(&murt->store, id)); id = row->row.id) {
		for (unsigned int i = 0; i < N_TREES; i++) {
			row->hits += row->links[i] ? row->links[i]->hits : 0;
			row->links[i] = NULL;
		}
	}
	for (unsigned int i = 0; i < N_TREES; i++) {
		tree_free(murt->trees[i]);
		murt->trees[i] = tree_new(pattern_words(tree_family(i), i & 1));
	}
	murt->n_balanced = 0;
}

static void link_all(struct murt *murt)
{
	struct tree_batch batch = {0};

	for (unsigned int i = 0; i < N_TREES; i++)
		tree_fill(murt, i, &batch);
	free(batch.items);
	for (size_t i = 0; i < murt->store.n_slots; i++) {
		const struct stored_row *row = murt->store.slots[i].row;

		murt->n_balanced += row && row->row.enabled && row->row.balance;
	}
}

void murt_begin(struct murt *murt)
{
	if (murt->loading)
		return;
	murt->changes++;
	unlink_all(murt);
	murt->loading = true;
}

void murt_end(struct murt *murt)
{
	if (!murt->loading)
		return;
	murt->changes++;
	murt->loading = false;
	link_all(murt);
}

size_t murt_count(const struct murt *murt)
{
	return murt->store.n_rows;
}

uint32_t murt_ids_left(const struct murt *murt)
{
	return MURT_MAX_ID - murt->store.last_id;
}

uint64_t murt_changes(const struct murt *murt)
{
	return murt->changes;
}

/* Hits are counted where the search ends, in the entries that rows share. */
const struct murt_row *murt_next(const struct murt *murt, uint32_t id)
{
	struct stored_row *row = store_next(&murt->store, id);

	if (!row)
		return NULL;
	row->row.hits = row->hits;
	for (unsigned int i = 0; i < N_TREES; i++)
		row->row.hits += row->links[i] ? row->links[i]->hits : 0;
	return &row->row;
}

/* ---- changes ------------------------------------------------------------------------------ */

/* Range, family and uniqueness; `self` may be equal. */
static int check(const struct murt *murt, const struct murt_row *row, const struct stored_row *self,
		 uint32_t *id)
{
	const struct stored_row *equal;

	if (mixes_families(row) || row->slot >= MURT_MAX_UPSTREAMS ||
	    row->downstream > MURT_MAX_PORT)
		return -EINVAL;
	equal = store_find_equal(&murt->store, row);
	if (!equal || equal == self)
		return 0;
	*id = equal->row.id;
	return -EEXIST;
}

int murt_add(struct murt *murt, const struct murt_row *row, uint32_t *id)
{
	struct stored_row *stored;
	int r = check(murt, row, NULL, id);

	if (r)
		return r;
	if (!murt_ids_left(murt))
		return -ENOSPC;
	murt->changes++;
	murt->numbers[row->slot] = row->upstream;
	stored = store_add(&murt->store, row);
	row_link(murt, stored);
	*id = stored->row.id;
	return 0;
}

int murt_change(struct murt *murt, const struct murt_row *row, uint32_t *id)
{
	struct stored_row *stored = store_find(&murt->store, row->id);
	int r;

	if (!stored)
		return -ENOENT;
	r = check(murt, row, stored, id);
	if (r)
		return r;
	murt->changes++;
	murt->numbers[row->slot] = row->upstream;
	row_unlink(murt, stored);
	store_unhash(&murt->store, stored);
	stored->row = *row;
	store_hash(&murt->store, stored);
	row_link(murt, stored);
	return 0;
}

int murt_del(struct murt *murt, uint32_t id)
{
	struct stored_row *stored = store_find(&murt->store, id);

	if (!stored)
		return -ENOENT;
	murt->changes++;
	row_unlink(murt, stored);
	store_del(&murt->store, stored);
	return 0;
}

/* ---- settings ----------------------------------------------------------------------------- */

void murt_set_selection(struct murt *murt, enum murt_selection selection)
{
	bool loading = murt->loading;

	if (murt->selection == selection)
		return;
	if (!loading)
		murt_begin(murt);
	murt->selection = selection;
	if (!loading)
		murt_end(murt);
}

void murt_set_balance(struct murt *murt, enum murt_balance balance)
{
	murt->balance = balance;
}

void murt_set_seed(struct murt *murt, uint64_t seed)
{
	murt->balance_state.random = seed;
}

enum murt_selection murt_get_selection(const struct murt *murt)
{
	return murt->selection;
}

void murt_set_default(struct murt *murt, int slot)
{
	murt->default_slot = slot;
}
