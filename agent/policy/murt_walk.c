// SPDX-License-Identifier: GPL-2.0-or-later
/* The search tree, walked with part of a request. */
#include "policy/murt_tree_private.h"

/* The walk is a piece of work of its own. False: it has had enough. */
static bool spend(const struct search *search, size_t n)
{
	if (!search->left)
		return true;
	if (*search->left < n)
		return false;
	*search->left -= n;
	return true;
}

static bool walk_leaf(const struct tree *tree, const struct node *leaf, const uint64_t *bits,
		      const uint64_t *known, const struct search *search)
{
	if (!spend(search, leaf->n))
		return false;
	for (size_t i = 0; i < leaf->n; i++) {
		const struct item *item = item_at(tree, leaf->items, i);
		uint64_t differs = 0;

		if (item->key.rank < search->best)
			return true;
		for (unsigned int k = 0; k < tree->words; k++)
			differs |= (bits[k] ^ item->pattern[k].value) & item->pattern[k].mask &
				   known[k];
		if (differs || !(search->usable >> item->key.slot & 1))
			continue;
		if (!search->visit(item->pattern, item->key, item->entry, search->ctx))
			return false;
	}
	return true;
}

static bool walk_node(const struct tree *tree, const struct node *node, const uint64_t *bits,
		      const uint64_t *known, const struct search *search)
{
	uint64_t cut = node->n_kids ? (node->n_kids - 2ULL) << node->shift : 0;
	uint64_t value = (bits[node->word] & cut) >> node->shift;

	if (node->best < search->best || !(node->slots & search->usable) ||
	    ((bits[node->guard_word] ^ node->guard.value) & node->guard.mask &
	     known[node->guard_word]))
		return true;
	if (!node->n_kids)
		return walk_leaf(tree, node, bits, known, search);
	if (!spend(search, node->n_kids))
		return false;
	for (unsigned int i = 0; i < node->n_kids; i++) {
		bool on_the_way = !i || i == value + 1 || (known[node->word] & cut) != cut;

		if (on_the_way && !walk_node(tree, &node->kids[i], bits, known, search))
			return false;
	}
	return true;
}

bool tree_walk(const struct tree *tree, const uint64_t *bits, const uint64_t *known,
	       const struct search *search)
{
	return walk_node(tree, &tree->root, bits, known, search);
}
