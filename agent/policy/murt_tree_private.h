/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the search tree share. */
#ifndef MUPI_MURT_TREE_PRIVATE_H
#define MUPI_MURT_TREE_PRIVATE_H

#include "policy/murt_pool.h"
#include "policy/murt_tree.h"

#define LEAF_ITEMS  16	 /* larger leaves are cut when a cut helps */
#define LEAF_STEP   4	 /* room that a leaf gets at once */
#define LEAF_MAX    64	 /* larger leaves are cut even when it does not */
#define GROWTH	    8	 /* a branch that has grown so much is built anew */
#define REBUILD_MAX 4096 /* no larger branch is: a millisecond */
#define CUT_BITS    4
#define KIDS_MAX    ((1 << CUT_BITS) + 1)

/* An entry where the search compares it. */
struct item {
	struct tree_key key;
	union {
		struct tree_entry *entry;
		struct tree_entry **link; /* of a batch: where to put the entry */
	};
	struct ternary pattern[]; /* as many words as the tree has */
};

/*
 * Inner node: kids[0] has the rows that leave a bit open, kids[1 + value] the others. One with two
 * kids is cut by rank instead, lower ones in kids[1]: its rows have all the same pattern.
 */
struct node {
	int64_t best;	      /* highest rank below, or RANK_NONE */
	upset top;	      /* slots of the rows with that rank */
	upset slots;	      /* of all rows below */
	struct ternary guard; /* in one word: bits that all rows below have, and ask for */
	union {
		struct node *kids;
		char *items; /* of a leaf: struct item, best first */
	};
	uint32_t n;	/* items below */
	uint16_t room;	/* of a leaf: items that it has memory for */
	uint8_t n_kids; /* 0: a leaf */
	uint8_t word, shift;
	uint8_t guard_word;
	uint8_t built; /* log2 of n when it was built */
};

struct tree {
	unsigned int words;
	size_t stride; /* of items */
	bool batch;    /* the items that nodes are built of are a batch's */
	struct pool entries;
	struct node root;
};

static inline struct item *item_at(const struct tree *tree, const char *items, size_t i)
{
	return (struct item *)(items + i * tree->stride);
}

/* Order of the items of a leaf: > 0 when a comes later than b. */
static inline int key_order(struct tree_key a, struct tree_key b)
{
	if (a.rank != b.rank)
		return a.rank < b.rank ? 1 : -1;
	return (int)(a.slot << 4 | a.balance) - (int)(b.slot << 4 | b.balance);
}

/* The kid of an inner node that a row belongs to. */
static inline struct node *kid_of(const struct node *node, const struct ternary *pattern,
				  int64_t rank)
{
	const struct ternary *word = &pattern[node->word];
	uint64_t bits = (uint64_t)(node->n_kids - 2) << node->shift;

	if (node->n_kids == 2)
		return &node->kids[rank <= node->kids[1].best];
	if ((word->mask & bits) != bits)
		return &node->kids[0];
	return &node->kids[1 + ((word->value & bits) >> node->shift)];
}

/* Neighbouring bits of a word that divide the rows of a node. */
struct cut {
	unsigned int word, shift, bits;
	uint32_t cost; /* rows that a request meets, on average, times the rows of the sample */
};

/* Bits of a request that are known once it has come to a node, of each word. */
struct tested {
	uint64_t bits[PATTERN_WORDS];
};

static inline void tested_add(struct tested *tested, const struct node *node)
{
	tested->bits[node->guard_word] |= node->guard.mask;
	if (node->n_kids)
		tested->bits[node->word] |= (node->n_kids - 2ULL) << node->shift;
}

/* Take note of the key of a row below a node. */
static inline void node_note(struct node *node, struct tree_key key)
{
	node->slots |= 1ULL << key.slot;
	if (key.rank < node->best)
		return;
	if (key.rank > node->best)
		node->top = 0;
	node->best = key.rank;
	node->top |= 1ULL << key.slot;
}

/* How to cut these items; false: leave them together. */
bool cut_choose(const struct tree *tree, const char *items, size_t n, struct cut *best);
/* The entry of a row in a leaf, made if need be: its first row is to be counted in leaf->n. */
struct tree_entry *leaf_add(struct tree *tree, struct node *leaf, const struct ternary *pattern,
			    struct tree_key key);
/* Fill a node that is zeroed. The items are sorted on the way. */
void node_build(struct tree *tree, struct node *node, char *items, size_t n, struct tested tested);
/* Divide the items of a node anew; entries stay where they are. `tested`: above the node. */
void node_rebuild(struct tree *tree, struct node *node, const struct tested *tested);
/* Free what is below a node, but not the entries. */
void node_clear(struct node *node);
/* Give a leaf room for so many items. */
void leaf_resize(const struct tree *tree, struct node *leaf, size_t room);

#endif
