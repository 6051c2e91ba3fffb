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
	for (size_t i = 0; i < ARRAY_SIZE(store->parts); i++)
		free(store->parts[i].cells);
}

/* ---- by id -------------------------------------------------------------------------------- */

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

/* ---- by content --------------------------------------------------------------------------- */

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

/* Which part; the other bits say where in it. */
static size_t part_of(uint64_t hash)
{
	return hash >> (64 - STORE_PART_BITS);
}

/* The cell of an equal row, or the free one where it belongs. */
static struct store_cell *find_cell(const struct store_part *part, const struct murt_row *row,
				    uint64_t hash)
{
	size_t mask = part->n_cells - 1, i = hash & mask;

	while (part->cells[i].row &&
	       (part->cells[i].hash != hash || !content_eq(&part->cells[i].row->row, row)))
		i = (i + 1) & mask;
	return &part->cells[i];
}

struct stored_row *store_find_equal(const struct store *store, const struct murt_row *row)
{
	uint64_t hash = content_hash(row);
	const struct store_part *part = &store->parts[part_of(hash)];

	return part->n_cells ? find_cell(part, row, hash)->row : NULL;
}

static void part_grow(struct store_part *part)
{
	struct store_cell *old = part->cells;
	size_t n = part->n_cells, mask;

	part->n_cells = n ? n * 2 : 8;
	part->cells = xcalloc(part->n_cells, sizeof(*part->cells));
	mask = part->n_cells - 1;
	for (size_t i = 0; i < n; i++) {
		size_t to = old[i].hash & mask;

		if (!old[i].row)
			continue;
		while (part->cells[to].row)
			to = (to + 1) & mask;
		part->cells[to] = old[i];
	}
	free(old);
}

void store_hash(struct store *store, struct stored_row *row)
{
	uint64_t hash = content_hash(&row->row);
	struct store_part *part = &store->parts[part_of(hash)];

	if (++part->n_rows * 2 > part->n_cells)
		part_grow(part);
	*find_cell(part, &row->row, hash) = (struct store_cell){.hash = hash, .row = row};
}

/* The cells behind move up, so that no search ends too early. */
void store_unhash(struct store *store, const struct stored_row *row)
{
	uint64_t hash = content_hash(&row->row);
	struct store_part *part = &store->parts[part_of(hash)];
	size_t mask = part->n_cells - 1;
	size_t hole = (size_t)(find_cell(part, &row->row, hash) - part->cells);

	for (size_t i = (hole + 1) & mask; part->cells[i].row; i = (i + 1) & mask) {
		size_t home = part->cells[i].hash & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		part->cells[hole] = part->cells[i];
		hole = i;
	}
	part->cells[hole].row = NULL;
	part->n_rows--;
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
