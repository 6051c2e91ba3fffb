// SPDX-License-Identifier: GPL-2.0-or-later
/* Branches of the search tree built from their rows. */
#include <stdlib.h>

#include "lib/util.h"
#include "policy/murt_tree_private.h"

/* Rows of a batch have no entries yet, and some may share one. */
static void leaf_load(const struct tree *tree, struct node *leaf, const char *items, size_t n)
{
	leaf->n = 0;
	/* The links lie all over memory: fetched together, most of the wait is spared. */
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(item_at(tree, items, i)->link, 1);
	for (size_t i = 0; i < n; i++) {
		const struct item *item = item_at(tree, items, i);
		struct tree_entry *entry = leaf_add(tree, leaf, item->pattern, item->key);

		leaf->n += !entry->rows++;
		*item->link = entry;
	}
}

static void leaf_build(const struct tree *tree, struct node *leaf, const char *items, size_t n)
{
	size_t stride = tree->stride;

	leaf->n_kids = 0;
	leaf->items = NULL;
	if (tree->batch) {
		leaf_load(tree, leaf, items, n);
		return;
	}
	leaf->items = n ? xreallocarray(NULL, (n + 3) / 4 * 4, stride) : NULL;
	for (size_t i = 0; i < n; i++) {
		const struct item *item = item_at(tree, items, i);
		size_t at = i;

		while (at && key_order(item_at(tree, leaf->items, at - 1)->key, item->key) > 0)
			at--;
		memmove(item_at(tree, leaf->items, at + 1), item_at(tree, leaf->items, at),
			(i - at) * stride);
		memcpy(item_at(tree, leaf->items, at), item, stride);
	}
}

/* Hand each item to the kid it belongs to. */
static void build_kids(const struct tree *tree, struct node *node, const char *items, size_t n,
		       const struct tested *tested)
{
	size_t end[KIDS_MAX] = {0}, at = 0, stride = tree->stride;
	char *sorted = xreallocarray(NULL, n, stride);

	for (size_t i = 0; i < n; i++) {
		const struct item *item = item_at(tree, items, i);

		end[kid_of(node, item->pattern, item->key.rank) - node->kids]++;
	}
	for (unsigned int i = 0; i < node->n_kids; i++) {
		at += end[i];
		end[i] = at - end[i];
	}
	for (size_t i = 0; i < n; i++) {
		const struct item *item = item_at(tree, items, i);
		size_t *to = &end[kid_of(node, item->pattern, item->key.rank) - node->kids];

		memcpy(item_at(tree, sorted, (*to)++), item, stride);
	}
	node->n = 0; /* rows of a batch may share entries */
	for (unsigned int i = 0; i < node->n_kids; i++) {
		size_t from = i ? end[i - 1] : 0;

		node_build(tree, &node->kids[i], sorted + from * stride, end[i] - from, *tested);
		node->n += node->kids[i].n;
	}
	free(sorted);
}

/* Rows of one pattern are divided half-way between their ranks. */
static bool rank_cut(const struct tree *tree, struct node *node, const char *items, size_t n)
{
	int64_t low = INT64_MAX;

	for (size_t i = 0; i < n; i++)
		low = MIN(low, item_at(tree, items, i)->key.rank);
	if (n <= LEAF_MAX || low == node->best)
		return false;
	node->n_kids = 2;
	node->kids = xcalloc(2, sizeof(*node->kids));
	node->kids[1].best = low + (node->best - low) / 2;
	return true;
}

static bool bit_cut(const struct tree *tree, struct node *node, const char *items, size_t n)
{
	struct cut cut;

	if (!cut_choose(tree, items, n, &cut))
		return false;
	node->word = (uint8_t)cut.word;
	node->shift = (uint8_t)cut.shift;
	node->n_kids = (uint8_t)((1U << cut.bits) + 1);
	node->kids = xcalloc(node->n_kids, sizeof(*node->kids));
	return true;
}

/* What all rows have in common, and the best of them. */
static void survey(const struct tree *tree, struct node *node, const char *items, size_t n,
		   struct ternary common[static PATTERN_WORDS])
{
	memcpy(common, item_at(tree, items, 0)->pattern, tree->words * sizeof(*common));
	for (size_t i = 0; i < n; i++) {
		const struct item *item = item_at(tree, items, i);

		node_note(node, item->key);
		for (unsigned int word = 0; word < tree->words; word++)
			common[word].mask &= item->pattern[word].mask &
					     ~(item->pattern[word].value ^ common[word].value);
	}
}

/* The word in which all rows agree on most bits that are not tested yet. */
static void choose_guard(const struct tree *tree, struct node *node, const struct ternary *common,
			 const struct tested *tested)
{
	int most = -1;

	for (unsigned int word = 0; word < tree->words; word++) {
		int bits = __builtin_popcountll(common[word].mask & ~tested->bits[word]);

		if (bits <= most)
			continue;
		most = bits;
		node->guard = common[word];
		node->guard_word = (uint8_t)word;
	}
}

void node_build(const struct tree *tree, struct node *node, const char *items, size_t n,
		struct tested tested)
{
	struct ternary common[PATTERN_WORDS];

	node->n = (uint32_t)n;
	node->built = n ? (uint8_t)(63 - __builtin_clzll(n)) : 0;
	node->best = RANK_NONE;
	node->top = 0;
	node->word = node->shift = 0;
	if (n) {
		survey(tree, node, items, n, common);
		choose_guard(tree, node, common, &tested);
	}
	if (bit_cut(tree, node, items, n) || rank_cut(tree, node, items, n)) {
		tested_add(&tested, node);
		build_kids(tree, node, items, n, &tested);
		return;
	}
	leaf_build(tree, node, items, n);
}

/* Copy the items below a node, return where they end. */
static char *gather(const struct tree *tree, const struct node *node, char *to)
{
	if (!node->n)
		return to;
	if (!node->n_kids) {
		memcpy(to, node->items, node->n * tree->stride);
		return to + node->n * tree->stride;
	}
	for (unsigned int i = 0; i < node->n_kids; i++)
		to = gather(tree, &node->kids[i], to);
	return to;
}

void node_rebuild(const struct tree *tree, struct node *node, const struct tested *tested)
{
	size_t n = node->n;
	char *items = n ? xreallocarray(NULL, n, tree->stride) : NULL;

	gather(tree, node, items);
	node_clear(tree, node, false);
	node_build(tree, node, items, n, *tested);
	free(items);
}
