// SPDX-License-Identifier: GPL-2.0-or-later
/* The search tree: rows added and deleted, and the search itself. */
#include "policy/murt_tree.h"

#include <stdlib.h>

#include "lib/util.h"
#include "policy/murt_tree_private.h"

struct tree *tree_new(unsigned int words)
{
	struct tree *tree = xcalloc(1, sizeof(*tree));

	tree->words = words;
	tree->stride = sizeof(struct item) + words * sizeof(struct ternary);
	tree->root.best = RANK_NONE;
	tree->entries.size = sizeof(struct tree_entry);
	return tree;
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	node_clear(&tree->root);
	pool_clear(&tree->entries);
	free(tree);
}

void node_clear(struct node *node)
{
	if (!node->n_kids) {
		free(node->items);
		return;
	}
	for (unsigned int i = 0; i < node->n_kids; i++)
		node_clear(&node->kids[i]);
	free(node->kids);
}

/* ---- changes ------------------------------------------------------------------------------ */

/* Where an item is in a leaf, or belongs: *found tells which. */
static size_t leaf_position(const struct tree *tree, const struct node *leaf,
			    const struct ternary *pattern, struct tree_key key, bool *found)
{
	size_t low = 0, high = leaf->n;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (key_order(key, item_at(tree, leaf->items, middle)->key) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (*found = false; low < leaf->n; low++) {
		const struct item *item = item_at(tree, leaf->items, low);

		if (key_order(key, item->key))
			break;
		*found = !memcmp(item->pattern, pattern, tree->words * sizeof(*pattern));
		if (*found)
			break;
	}
	return low;
}

void leaf_resize(const struct tree *tree, struct node *leaf, size_t room)
{
	leaf->items = xreallocarray(leaf->items, room, tree->stride);
	leaf->room = (uint16_t)room;
}

struct tree_entry *leaf_add(struct tree *tree, struct node *leaf, const struct ternary *pattern,
			    struct tree_key key)
{
	bool found;
	size_t i = leaf_position(tree, leaf, pattern, key, &found);
	struct item *item;

	if (found)
		return item_at(tree, leaf->items, i)->entry;
	if (leaf->n == leaf->room)
		leaf_resize(tree, leaf, leaf->n + LEAF_STEP);
	item = item_at(tree, leaf->items, i);
	memmove(item_at(tree, leaf->items, i + 1), item, (leaf->n - i) * tree->stride);
	item->key = key;
	item->entry = pool_take(&tree->entries);
	memcpy(item->pattern, pattern, tree->words * sizeof(*pattern));
	return item->entry;
}

static bool too_large(const struct node *node)
{
	return node->n_kids ? node->n > GROWTH * (1ULL << node->built) && node->n <= REBUILD_MAX
			    : node->n > MAX(LEAF_ITEMS, 2ULL << node->built);
}

static struct tree_entry *node_add(struct tree *tree, struct node *node,
				   const struct ternary *pattern, struct tree_key key,
				   struct tested tested)
{
	const struct ternary *word = &pattern[node->guard_word];
	struct tested below = tested;
	struct tree_entry *entry;

	node->guard.mask &= word->mask & ~(word->value ^ node->guard.value);
	tested_add(&below, node);
	if (node->n_kids)
		entry = node_add(tree, kid_of(node, pattern, key.rank), pattern, key, below);
	else
		entry = leaf_add(tree, node, pattern, key);
	node_note(node, key);
	if (entry->rows)
		return entry;
	node->n++;
	if (too_large(node))
		node_rebuild(tree, node, &tested);
	return entry;
}

struct tree_entry *tree_add(struct tree *tree, const struct ternary *pattern, struct tree_key key)
{
	struct tree_entry *entry = node_add(tree, &tree->root, pattern, key, (struct tested){0});

	entry->rows++;
	return entry;
}

void tree_batch_add(const struct tree *tree, struct tree_batch *batch,
		    const struct ternary *pattern, struct tree_key key, struct tree_entry **link)
{
	struct item *item;

	if ((batch->n + 1) * tree->stride > batch->size) {
		batch->size = MAX(batch->size, 16 * tree->stride) * 2;
		batch->items = xreallocarray(batch->items, batch->size, 1);
	}
	item = item_at(tree, batch->items, batch->n++);
	item->key = key;
	item->link = link;
	memcpy(item->pattern, pattern, tree->words * sizeof(*pattern));
}

void tree_batch_end(struct tree *tree, struct tree_batch *batch)
{
	tree->batch = true;
	node_build(tree, &tree->root, batch->items, batch->n, (struct tested){0});
	tree->batch = false;
	batch->n = 0;
}

/* Returns whether an item has gone. */
static bool leaf_del(struct tree *tree, struct node *leaf, const struct ternary *pattern,
		     struct tree_key key)
{
	bool found;
	size_t i = leaf_position(tree, leaf, pattern, key, &found);
	struct item *item = item_at(tree, leaf->items, i);

	if (--item->entry->rows)
		return false;
	pool_give(&tree->entries, item->entry);
	memmove(item, item_at(tree, leaf->items, i + 1), (leaf->n - i - 1) * tree->stride);
	if (leaf->room - leaf->n > 2 * LEAF_STEP)
		leaf_resize(tree, leaf, leaf->n + LEAF_STEP);
	return true;
}

/* What a node knows of the rows below, after one of them has gone. */
static void node_review(const struct tree *tree, struct node *node)
{
	node->best = RANK_NONE;
	node->top = node->slots = 0;
	for (size_t i = 0; !node->n_kids && i < node->n; i++)
		node_note(node, item_at(tree, node->items, i)->key);
	for (unsigned int i = 0; i < node->n_kids; i++) {
		const struct node *kid = &node->kids[i];

		node->slots |= kid->slots;
		if (kid->best > node->best)
			node->top = 0;
		if (kid->best >= node->best)
			node->top |= kid->top;
		node->best = MAX(node->best, kid->best);
	}
}

static bool node_del(struct tree *tree, struct node *node, const struct ternary *pattern,
		     struct tree_key key)
{
	struct node *kid = node->n_kids ? kid_of(node, pattern, key.rank) : NULL;
	bool gone = kid ? node_del(tree, kid, pattern, key) : leaf_del(tree, node, pattern, key);

	if (!gone)
		return false;
	node->n--;
	if (key.rank == node->best || !kid || !(kid->slots >> key.slot & 1))
		node_review(tree, node);
	if (node->n_kids && node->n <= LEAF_ITEMS / 2)
		node_rebuild(tree, node, &(struct tested){0});
	return true;
}

void tree_del(struct tree *tree, const struct ternary *pattern, struct tree_key key)
{
	node_del(tree, &tree->root, pattern, key);
}

/* ---- search ------------------------------------------------------------------------------- */

/* Can a branch bring a better rank, or another upstream of the same? */
static inline bool worth(const struct node *node, const struct search *search)
{
	return (node->best > search->best && (node->slots & search->usable)) ||
	       (node->best == search->best && (node->top & search->usable & ~search->winners));
}

static inline bool guard_passes(const struct node *node, const uint64_t *bits)
{
	return !((bits[node->guard_word] ^ node->guard.value) & node->guard.mask);
}

static inline void search_leaf(const struct tree *tree, const struct node *leaf,
			       const uint64_t *bits, struct search *search)
{
	for (size_t i = 0; i < leaf->n; i++) {
		const struct item *item = item_at(tree, leaf->items, i);
		upset bit = 1ULL << item->key.slot;

		if (item->key.rank < search->best)
			return;
		if (!(search->usable & bit) || !pattern_matches(item->pattern, bits, tree->words))
			continue;
		if (search->visit) {
			if (!search->visit(item->pattern, item->key, item->entry, search->ctx))
				search->usable = 0;
			continue;
		}
		if (item->key.rank > search->best)
			search->winners = 0;
		search->best = item->key.rank;
		search->winners |= bit;
	}
}

static void search_node(const struct tree *tree, const struct node *node, const uint64_t *bits,
			struct search *search)
{
	while (worth(node, search) && guard_passes(node, bits)) {
		const struct node *first, *second;

		if (!node->n_kids) {
			search_leaf(tree, node, bits, search);
			return;
		}
		first = &node->kids[0];
		second = &node->kids[1 + (bits[node->word] >> node->shift & (node->n_kids - 2U))];
		if (second->best > first->best) {
			node = first;
			first = second;
			second = node;
		}
		/* What is left is a loop, not a call: most nodes have one branch worth a look. */
		node = first;
		if (worth(second, search)) {
			__builtin_prefetch(second->kids);
			search_node(tree, first, bits, search);
			node = second;
		}
	}
}

void tree_search_request(const struct tree *tree, enum family family,
			 const struct murt_request *request, struct search *search)
{
	struct murt_request one = *request;
	uint64_t bits[PATTERN_WORDS];

	for (unsigned int i = 0;; i++) {
		pattern_of_request(&one, family, bits);
		search_node(tree, &tree->root, bits, search);
		if (i == request->n_others)
			return;
		one.client = request->others[i];
	}
}
