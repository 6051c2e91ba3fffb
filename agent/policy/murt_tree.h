/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search tree of the MURT: the rows of one family, with or without their source, as patterns
 * of 0, 1 and any (murt_pattern.h).
 *
 * A node cuts its rows by one to four neighbouring bits. Each value of the bits has a branch, and
 * the rows that leave any of them open have another, so that no row is held twice. A request
 * follows two branches: that of its own bits, and the open one. Small sets are leaves, in order of
 * falling rank, and are scanned.
 *
 *                   client, bits 8 … 10
 *          ┌──────────┬───────┼─────── …  ┐
 *         open       000     001         111        request 10.33.0.1: "001" and "open"
 *          │          │       │
 *     group, bit 4   leaf   source, bit 31          each node: `best` rank below it, and
 *     ┌────┼───┐    30 20   ┌─────┼────┐            `top`, the upstreams that have that rank
 *    open  0   1    20 10  open   0    1
 *
 * Each node knows the best rank below and the upstreams that have it, and all upstreams below. The
 * search takes the more promising branch first, and drops a branch that can bring neither a better
 * rank nor another upstream, or none that is usable. That holds most searches to a handful of nodes
 * however the prefix lengths are mixed.
 *
 * The bits are those that divide the rows best; a sample of the rows decides. A branch that has
 * grown eightfold is built anew, so that the order in which rows came does not matter; those of
 * more than 4096 rows are left as they are, so that no change takes long.
 */
#ifndef MUPI_MURT_TREE_H
#define MUPI_MURT_TREE_H

#include "policy/murt_pattern.h"

#define RANK_NONE INT64_MIN

/* What tells apart the rows of one pattern. */
struct tree_key {
	int64_t rank : 54;
	uint64_t slot : 6;
	uint64_t balance : 4; /* enum murt_balance */
};

/* All rows of a pattern and a key. */
struct tree_entry {
	uint64_t hits;
	uint32_t rows;
};

/* False: that is enough. */
typedef bool tree_visit(const struct ternary *pattern, struct tree_key key,
			struct tree_entry *entry, void *ctx);

/* In and out of a search. */
struct search {
	upset usable;
	int64_t best;  /* in: ranks below are of no interest; out: the best rank found */
	upset winners; /* out: slots of the entries with that rank */
	/* Instead of looking for winners, visit every entry from `best` up, until false. */
	tree_visit *visit;
	void *ctx;
	/* of tree_walk(): how many nodes and items it may still look at; NULL: all */
	size_t *left;
};

struct tree; /* opaque */

struct tree *tree_new(unsigned int words);
void tree_free(struct tree *tree); /* accepts NULL; frees all entries */

/* Enter a row. The entry is valid until its tree_del(). */
struct tree_entry *tree_add(struct tree *tree, const struct ternary *pattern, struct tree_key key);
/* Undo tree_add(): same pattern, same key. */
void tree_del(struct tree *tree, const struct ternary *pattern, struct tree_key key);

/*
 * Many rows for an empty tree, entered at once: several times faster. Zeroed at first; its items
 * are freed by the caller, and may serve one tree after the other.
 */
struct tree_batch {
	char *items;
	size_t n, size; /* items, bytes */
};

/* `link` gets the entry when the batch is entered. */
void tree_batch_add(const struct tree *tree, struct tree_batch *batch,
		    const struct ternary *pattern, struct tree_key key, struct tree_entry **link);
/* Enter the rows of a batch, which is empty then. */
void tree_batch_end(struct tree *tree, struct tree_batch *batch);

/* Find the best entries for a request of the family, with every address that its client has. Does
 * not allocate. */
void tree_search_request(const struct tree *tree, enum family family,
			 const struct murt_request *request, struct search *search);
/* Visit those that match where `known` has ones, however far apart they are in the tree. Returns
 * whether all were visited. */
bool tree_walk(const struct tree *tree, const uint64_t *bits, const uint64_t *known,
	       const struct search *search);

#endif
