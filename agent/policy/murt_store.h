/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of the MURT, by id and by content. */
#ifndef MUPI_MURT_STORE_H
#define MUPI_MURT_STORE_H

#include "policy/murt.h"
#include "policy/murt_pool.h"

/* A row is in the trees of the families it serves: with its source, and without. */
#define N_TREES 4

struct stored_row {
	struct murt_row row;
	uint64_t hits;			   /* to be added to those of the links, modulo 2^64 */
	struct tree_entry *links[N_TREES]; /* NULL: not in that tree */
};

/* Rows in order of ids. A deleted row leaves a hole until half are holes. */
struct store_slot {
	uint32_t id;
	struct stored_row *row;
};

/* A cell of the hash tables by content; probing is linear. */
struct store_cell {
	uint64_t hash;
	struct stored_row *row; /* NULL: free */
};

/* One of many hash tables, by the first bits of the hash: each grows for itself, so that no change
 * has to wait for a million rows to move. */
struct store_part {
	struct store_cell *cells; /* a power of two, at most half of them taken */
	size_t n_cells, n_rows;
};
#define STORE_PART_BITS 10

struct store {
	struct pool rows; /* struct stored_row */
	uint32_t last_id;
	struct store_slot *slots;
	size_t n_slots, slots_size, n_rows;
	struct store_part parts[1 << STORE_PART_BITS];
};

void store_init(struct store *store);
void store_free(struct store *store); /* what it holds */
/* A copy of a row, with the next id. */
struct stored_row *store_add(struct store *store, const struct murt_row *row);
/* Forget a row. */
void store_del(struct store *store, struct stored_row *row);
/* Call before and after the content of a row changes. */
void store_unhash(struct store *store, const struct stored_row *row);
void store_hash(struct store *store, struct stored_row *row);
/* The row with an id, or NULL. */
struct stored_row *store_find(const struct store *store, uint32_t id);
/* The row with the same content (all but id, origin, hits, enabled, balance), or NULL. */
struct stored_row *store_find_equal(const struct store *store, const struct murt_row *row);
/* The row after an id, or NULL. */
struct stored_row *store_next(const struct store *store, uint32_t id);

#endif
