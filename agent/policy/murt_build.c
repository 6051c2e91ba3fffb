// SPDX-License-Identifier: GPL-2.0-or-later
/* Branches of the search tree built from their rows. */
#include <stdlib.h>

#include "lib/util.h"
#include "policy/murt_tree_private.h"

/* Rows of a batch have no entries yet, and some may share one. */
static void leaf_load(struct tree *tree, struct node *leaf, const char *items, size_t n)
{
	leaf->n = 0;
	if (!n)
		return;
	leaf_resize(tree, leaf, MIN(n, LEAF_MAX));
	/* The links lie all over memory: fetched together, most of the wait is spared. */
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(item_at(tree, items, i)->link, 1);
	for (size_t i = 0; i < n; i++) {
		const struct item *item = item_at(tree, items, i);
		struct tree_entry *entry = leaf_add(tree, leaf, item->pattern, item->key);

		leaf->n += !entry->rows++;
		*item->link = entry;
	}
	if (leaf->n < leaf->room)
		leaf_resize(tree, leaf, leaf->n);
}

static void leaf_build(struct tree *tree, struct node *leaf, const char *items, size_t n)
{
	size_t stride = tree->stride;

	leaf->n_kids = 0;
	leaf->items = NULL;
	leaf->room = 0;
	if (tree->batch) {
		leaf_load(tree, leaf, items, n);
		return;
	}
	if (n)
		leaf_resize(tree, leaf, n);
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

static size_t kid_index(const struct node *node, const struct item *item)
{
	return (size_t)(kid_of(node, item->pattern, item->key.rank) - node->kids);
}

static void swap(struct item *a, struct item *b, size_t stride)
{
	char c[sizeof(struct item) + PATTERN_WORDS * sizeof(struct ternary)];

	memcpy(c, a, stride);
	memcpy(a, b, stride);
	memcpy(b, c, stride);
}

/* Put the items in the order of the kids, where they are. `count`: items of each kid. */
static void sort_by_kid(const struct tree *tree, const struct node *node, char *items,
			const uint32_t count[static KIDS_MAX])
{
	size_t next[KIDS_MAX], end[KIDS_MAX], at = 0;

	for (unsigned int i = 0; i < node->n_kids; i++) {
		next[i] = at;
		at += count[i];
		end[i] = at;
	}
	for (unsigned int i = 0; i < node->n_kids; i++) {
		while (next[i] < end[i]) {
			struct item *item = item_at(tree, items, next[i]);
			size_t kid = kid_index(node, item);

			if (kid != i)
				swap(item, item_at(tree, items, next[kid]), tree->stride);
			next[kid]++;
		}
	}
}

/* Hand each item to the kid it belongs to. */
static void build_kids(struct tree *tree, struct node *node, char *items,
		       const uint32_t count[static KIDS_MAX], const struct tested *tested)
{
	sort_by_kid(tree, node, items, count);
	node->n = 0; /* rows of a batch may share entries */
	for (unsigned int i = 0; i < node->n_kids; i++) {
		node_build(tree, &node->kids[i], items, count[i], *tested);
		node->n += node->kids[i].n;
		items += count[i] * tree->stride;
	}
}

/* Rows of one pattern are divided half-way between their ranks. */
static bool rank_cut(const struct tree *tree, struct node *node, const char *items, size_t n,
		     uint32_t count[static KIDS_MAX])
{
	int64_t low = INT64_MAX;

	for (size_t i = 0; i < n; i++)
		low = MIN(low, item_at(tree, items, i)->key.rank);
	if (n <= LEAF_MAX || low == node->best)
		return false;
	node->n_kids = 2;
	node->kids = xcalloc(2, sizeof(*node->kids));
	node->kids[1].best = low + (node->best - low) / 2;
	for (size_t i = 0; i < n; i++)
		count[kid_index(node, item_at(tree, items, i))]++;
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

/* One pass over the rows: what all have in common, the best of them, and how many each kid gets.
 */
static void survey(const struct tree *tree, struct node *node, const char *items, size_t n,
		   struct ternary common[static PATTERN_WORDS], uint32_t count[static KIDS_MAX])
{
	memcpy(common, item_at(tree, items, 0)->pattern, tree->words * sizeof(*common));
	for (size_t i = 0; i < n; i++) {
		const struct item *item = item_at(tree, items, i);

		node_note(node, item->key);
		if (node->n_kids)
			count[kid_index(node, item)]++;
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

void node_build(struct tree *tree, struct node *node, char *items, size_t n, struct tested tested)
{
	struct ternary common[PATTERN_WORDS];
	uint32_t count[KIDS_MAX] = {0};
	bool cut;

	node->n = (uint32_t)n;
	node->built = n ? (uint8_t)(63 - __builtin_clzll(n)) : 0;
	node->best = RANK_NONE;
	node->top = node->slots = 0;
	node->word = node->shift = node->n_kids = 0;
	cut = bit_cut(tree, node, items, n);
	if (n) {
		survey(tree, node, items, n, common, count);
		choose_guard(tree, node, common, &tested);
	}
	if (cut || rank_cut(tree, node, items, n, count)) {
		tested_add(&tested, node);
		build_kids(tree, node, items, count, &tested);
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

void node_rebuild(struct tree *tree, struct node *node, const struct tested *tested)
{
	size_t n = node->n;
	char *items = n ? xreallocarray(NULL, n, tree->stride) : NULL;

	gather(tree, node, items);
	node_clear(node);
	node_build(tree, node, items, n, *tested);
	free(items);
}
