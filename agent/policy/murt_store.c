// SPDX-License-Identifier: GPL-2.0-or-later
/* The rows of the MURT, by id and by content. */
#include "policy/murt_store.h"

#include <stdlib.h>

#include "lib/util.h"
#include "policy/murt_pattern.h"

void store_init(struct store *store)
{
	*store = (struct store){.rows.size = sizeof(struct stored_row)};
}

void store_free(struct store *store)
{
	pool_clear(&store->rows);
	free(store->slots);
	free(store->cells);
}

/* ---- by id -------------------------------------------------------------------------------------
 */

/* The first slot with an id of at least `id`, or n_slots. */
static size_t slot_position(const struct store *store, uint32_t id)
{
	size_t low = 0, high = store->n_slots;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (store->slots[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct stored_row *store_find(const struct store *store, uint32_t id)
{
	size_t i = slot_position(store, id);

	return i < store->n_slots && store->slots[i].id == id ? store->slots[i].row : NULL;
}

struct stored_row *store_next(const struct store *store, uint32_t id)
{
	for (size_t i = slot_position(store, id + 1); i < store->n_slots; i++) {
		if (store->slots[i].row)
			return store->slots[i].row;
	}
	return NULL;
}

static void slot_append(struct store *store, struct stored_row *row)
{
	if (store->n_slots == store->slots_size) {
		store->slots_size = store->slots_size ? store->slots_size * 2 : 16;
		store->slots =
			xreallocarray(store->slots, store->slots_size, sizeof(*store->slots));
	}
	store->slots[store->n_slots++] = (struct store_slot){.id = row->row.id, .row = row};
	store->n_rows++;
}

static void slot_clear(struct store *store, uint32_t id)
{
	size_t kept = 0;

	store->slots[slot_position(store, id)].row = NULL;
	store->n_rows--;
	if (store->n_rows >= store->n_slots / 2)
		return;
	for (size_t i = 0; i < store->n_slots; i++) {
		if (store->slots[i].row)
			store->slots[kept++] = store->slots[i];
	}
	store->n_slots = kept;
}

/* ---- by content --------------------------------------------------------------------------------
 */

static uint64_t prefix_hash(const struct prefix *p, uint64_t seed)
{
	return murt_mix(p->addr.q[0], p->addr.q[1], seed + p->family * 256ULL + p->len);
}

static uint64_t content_hash(const struct murt_row *row)
{
	uint64_t h = murt_mix((uint64_t)row->downstream << 32 | row->upstream,
			      (uint64_t)row->priority, 0);

	h = prefix_hash(&row->client, h);
	h = prefix_hash(&row->group, h);
	return prefix_hash(&row->source, h);
}

static bool prefix_eq(const struct prefix *a, const struct prefix *b)
{
	return addr_eq(&a->addr, &b->addr) && a->family == b->family && a->len == b->len;
}

static bool content_eq(const struct murt_row *a, const struct murt_row *b)
{
	return prefix_eq(&a->client, &b->client) && prefix_eq(&a->group, &b->group) &&
	       prefix_eq(&a->source, &b->source) && a->downstream == b->downstream &&
	       a->upstream == b->upstream && a->priority == b->priority;
}

/* The cell of an equal row, or the free one where it belongs. */
static size_t cell_position(const struct store *store, const struct murt_row *row, uint64_t hash)
{
	size_t mask = store->n_cells - 1, i = hash & mask;

	while (store->cells[i].row &&
	       (store->cells[i].hash != hash || !content_eq(&store->cells[i].row->row, row)))
		i = (i + 1) & mask;
	return i;
}

struct stored_row *store_find_equal(const struct store *store, const struct murt_row *row)
{
	if (!store->n_cells)
		return NULL;
	return store->cells[cell_position(store, row, content_hash(row))].row;
}

static void cells_grow(struct store *store)
{
	struct store_cell *old = store->cells;
	size_t n = store->n_cells, mask;

	store->n_cells = n ? n * 2 : 64;
	store->cells = xcalloc(store->n_cells, sizeof(*store->cells));
	mask = store->n_cells - 1;
	for (size_t i = 0; i < n; i++) {
		size_t to = old[i].hash & mask;

		if (!old[i].row)
			continue;
		while (store->cells[to].row)
			to = (to + 1) & mask;
		store->cells[to] = old[i];
	}
	free(old);
}

void store_hash(struct store *store, struct stored_row *row)
{
	uint64_t hash = content_hash(&row->row);

	if (store->n_rows * 2 > store->n_cells)
		cells_grow(store);
	store->cells[cell_position(store, &row->row, hash)] =
		(struct store_cell){.hash = hash, .row = row};
}

/* The cells behind move up, so that no search ends too early. */
void store_unhash(struct store *store, const struct stored_row *row)
{
	size_t mask = store->n_cells - 1;
	size_t hole = cell_position(store, &row->row, content_hash(&row->row));

	for (size_t i = (hole + 1) & mask; store->cells[i].row; i = (i + 1) & mask) {
		size_t home = store->cells[i].hash & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		store->cells[hole] = store->cells[i];
		hole = i;
	}
	store->cells[hole].row = NULL;
}

struct stored_row *store_add(struct store *store, const struct murt_row *row)
{
	struct stored_row *stored = pool_take(&store->rows);

	stored->row = *row;
	stored->row.id = ++store->last_id;
	slot_append(store, stored);
	store_hash(store, stored);
	return stored;
}

void store_del(struct store *store, struct stored_row *row)
{
	store_unhash(store, row);
	slot_clear(store, row->row.id);
	pool_give(&store->rows, row);
}
