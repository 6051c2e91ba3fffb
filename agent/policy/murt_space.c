// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "lib/util.h"
#include "policy/murt_field.h"
#include "policy/murt_space.h"

#include <uthash.h>

enum { CLIENT, GROUP, SOURCE, FIELDS };

/* What a cell stands for. No padding: compared with memcmp. */
struct cell_key {
	struct addr addr[FIELDS];
	uint32_t downstream;
	uint8_t len[FIELDS];
	uint8_t by_port; /* downstream is set */
};

/* All rows of a tuple with equal fields, best rank first. */
struct cell {
	struct cell *next; /* in the bucket */
	uint64_t hash;
	struct cell_key key;
	size_t n;
	struct space_entry **entries;
};

struct tuple {
	uint32_t id; /* lengths and by_port */
	uint32_t cells;
	int64_t bound; /* no row of the tuple ranks higher; exact until rows are deleted */
	UT_hash_handle hh;
};

/* A tuple as the search walks it: densely packed, falling bound. */
struct step {
	int64_t bound;
	uint32_t id;
	uint8_t len[FIELDS];
	uint8_t by_port;
};

/* The tuples of one client and one group length. */
struct pair {
	struct step *steps;
	size_t n, size;
};

/* Client and group taken together are rare: a filter of their pairs spares most probes. */
#define PAIR_FILTER_SIZE (1U << 20)

struct space {
	bool any_source;
	enum family family;
	struct field fields[FIELDS];
	struct tuple *tuples;
	unsigned int n_lengths; /* 33 or 129 */
	struct pair *pairs;	/* n_lengths squared, by client and group length */
	uint8_t *pair_filter;	/* as in struct field */
	struct cell **buckets;	/* a power of two, at most half as many cells */
	size_t n_buckets, n_cells;
};

struct space *space_new(enum family family, bool any_source)
{
	struct space *s = xcalloc(1, sizeof(*s));

	s->any_source = any_source;
	s->family = family;
	s->n_lengths = family == FAMILY_V4 ? 33 : 129;
	s->pairs = xcalloc((size_t)s->n_lengths * s->n_lengths, sizeof(*s->pairs));
	s->pair_filter = xcalloc(PAIR_FILTER_SIZE, 1);
	s->n_buckets = 64;
	s->buckets = xcalloc(s->n_buckets, sizeof(struct cell *));
	for (unsigned int i = 0; i < FIELDS; i++)
		field_init(&s->fields[i], family, (i + 1) * 0x100000000ULL);
	return s;
}

static void cell_free(struct cell *cell)
{
	for (size_t i = 0; i < cell->n; i++)
		free(cell->entries[i]);
	free(cell->entries);
	free(cell);
}

void space_free(struct space *s)
{
	struct tuple *tuple, *tmp;

	if (!s)
		return;
	for (size_t i = 0; i < s->n_buckets; i++) {
		while (s->buckets[i]) {
			struct cell *cell = s->buckets[i];

			s->buckets[i] = cell->next;
			cell_free(cell);
		}
	}
	HASH_ITER (hh, s->tuples, tuple, tmp) {
		HASH_DEL(s->tuples, tuple);
		free(tuple);
	}
	for (unsigned int i = 0; i < FIELDS; i++)
		field_fini(&s->fields[i]);
	for (size_t i = 0; i < (size_t)s->n_lengths * s->n_lengths; i++)
		free(s->pairs[i].steps);
	free(s->pairs);
	free(s->pair_filter);
	free(s->buckets);
	free(s);
}

/* ---- cells -------------------------------------------------------------------------------------
 */

static uint64_t port_hash(uint32_t downstream)
{
	return murt_mix(downstream, 0, 7);
}

static uint64_t key_hash(const struct space *s, const struct cell_key *key)
{
	uint64_t hash = key->by_port ? port_hash(key->downstream) : 0;

	for (unsigned int i = 0; i < FIELDS; i++)
		hash += field_hash(&s->fields[i], &key->addr[i], key->len[i]);
	return hash;
}

static void key_of_row(const struct space *s, const struct murt_row *row, struct cell_key *key)
{
	const struct prefix *p[FIELDS] = {&row->client, &row->group, &row->source};

	*key = (struct cell_key){.downstream = row->downstream, .by_port = row->downstream != 0};
	for (unsigned int i = 0; i < FIELDS; i++) {
		if (!p[i]->len || (i == SOURCE && s->any_source))
			continue;
		key->addr[i] = p[i]->addr;
		key->len[i] = p[i]->len;
	}
}

static uint32_t key_tuple(const struct cell_key *key)
{
	return (uint32_t)key->len[CLIENT] << 24 | (uint32_t)key->len[GROUP] << 16 |
	       (uint32_t)key->len[SOURCE] << 8 | key->by_port;
}

static struct cell **cell_find(const struct space *s, const struct cell_key *key, uint64_t hash)
{
	struct cell **cell = &s->buckets[hash & (s->n_buckets - 1)];

	while (*cell && ((*cell)->hash != hash || memcmp(&(*cell)->key, key, sizeof(*key))))
		cell = &(*cell)->next;
	return cell;
}

static void buckets_grow(struct space *s)
{
	size_t n = s->n_buckets * 4;
	struct cell **buckets = xcalloc(n, sizeof(*buckets));

	for (size_t i = 0; i < s->n_buckets; i++) {
		while (s->buckets[i]) {
			struct cell *cell = s->buckets[i];

			s->buckets[i] = cell->next;
			cell->next = buckets[cell->hash & (n - 1)];
			buckets[cell->hash & (n - 1)] = cell;
		}
	}
	free(s->buckets);
	s->buckets = buckets;
	s->n_buckets = n;
}

static uint8_t *pair_count(const struct space *s, const struct cell_key *key)
{
	uint64_t hash = field_hash(&s->fields[CLIENT], &key->addr[CLIENT], key->len[CLIENT]) +
			field_hash(&s->fields[GROUP], &key->addr[GROUP], key->len[GROUP]);

	return &s->pair_filter[hash % PAIR_FILTER_SIZE];
}

static void cell_count(struct space *s, const struct cell_key *key)
{
	uint8_t *pairs = pair_count(s, key);

	if (*pairs < UINT8_MAX)
		(*pairs)++;
	for (unsigned int i = 0; i < FIELDS; i++)
		field_ref(&s->fields[i], key->len[i],
			  field_hash(&s->fields[i], &key->addr[i], key->len[i]));
}

static void cell_uncount(struct space *s, const struct cell_key *key)
{
	uint8_t *pairs = pair_count(s, key);

	if (*pairs < UINT8_MAX)
		(*pairs)--;
	for (unsigned int i = 0; i < FIELDS; i++)
		field_unref(&s->fields[i], key->len[i],
			    field_hash(&s->fields[i], &key->addr[i], key->len[i]));
}

static struct cell *cell_new(struct space *s, const struct cell_key *key, uint64_t hash)
{
	struct cell *cell = xcalloc(1, sizeof(*cell));
	struct cell **bucket;

	if (++s->n_cells > s->n_buckets / 2)
		buckets_grow(s);
	bucket = &s->buckets[hash & (s->n_buckets - 1)];
	cell->hash = hash;
	cell->key = *key;
	cell->next = *bucket;
	*bucket = cell;
	cell_count(s, key);
	return cell;
}

static void cell_del(struct space *s, struct cell **at)
{
	struct cell *cell = *at;

	cell_uncount(s, &cell->key);
	*at = cell->next;
	s->n_cells--;
	cell_free(cell);
}

/* Position of (rank, slot) in the order of falling ranks; or where it belongs. */
static size_t entry_position(const struct cell *cell, int64_t rank, unsigned int slot)
{
	size_t low = 0, high = cell->n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct space_entry *e = cell->entries[middle];

		if (e->rank > rank || (e->rank == rank && e->slot < slot))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct space_entry *entry_get(struct cell *cell, int64_t rank, unsigned int slot)
{
	size_t i = entry_position(cell, rank, slot);
	struct space_entry *e;

	if (i < cell->n && cell->entries[i]->rank == rank && cell->entries[i]->slot == slot)
		return cell->entries[i];
	e = xcalloc(1, sizeof(*e));
	e->rank = rank;
	e->slot = slot;
	/* Sizes are powers of two: most cells hold one entry. */
	if (!(cell->n & (cell->n - 1)))
		cell->entries = xreallocarray(cell->entries, cell->n ? cell->n * 2 : 1,
					      sizeof(struct space_entry *));
	memmove(&cell->entries[i + 1], &cell->entries[i],
		(cell->n - i) * sizeof(struct space_entry *));
	cell->entries[i] = e;
	cell->n++;
	return e;
}

static void entry_put(struct cell *cell, int64_t rank, unsigned int slot)
{
	size_t i = entry_position(cell, rank, slot);

	if (--cell->entries[i]->rows)
		return;
	free(cell->entries[i]);
	cell->n--;
	memmove(&cell->entries[i], &cell->entries[i + 1],
		(cell->n - i) * sizeof(struct space_entry *));
	/* entry_get() grows at powers of two: keep no more than that. */
	if (cell->n && !(cell->n & (cell->n - 1)))
		cell->entries = xreallocarray(cell->entries, cell->n, sizeof(struct space_entry *));
}

/* ---- tuples ------------------------------------------------------------------------------------
 */

static struct pair *pair_of(const struct space *s, const uint8_t len[static FIELDS])
{
	return &s->pairs[len[CLIENT] * s->n_lengths + len[GROUP]];
}

static void step_remove(struct space *s, const struct cell_key *key)
{
	struct pair *pair = pair_of(s, key->len);
	uint32_t id = key_tuple(key);
	size_t i = 0;

	while (pair->steps[i].id != id)
		i++;
	pair->n--;
	memmove(&pair->steps[i], &pair->steps[i + 1], (pair->n - i) * sizeof(*pair->steps));
}

static void step_insert(struct space *s, const struct cell_key *key, int64_t bound)
{
	struct step step = {.bound = bound, .id = key_tuple(key), .by_port = key->by_port};
	struct pair *pair = pair_of(s, key->len);
	size_t i = 0;

	memcpy(step.len, key->len, sizeof(step.len));
	if (pair->n == pair->size) {
		pair->size = pair->size ? pair->size * 2 : 2;
		pair->steps = xreallocarray(pair->steps, pair->size, sizeof(*pair->steps));
	}
	while (i < pair->n && pair->steps[i].bound >= bound)
		i++;
	memmove(&pair->steps[i + 1], &pair->steps[i], (pair->n - i) * sizeof(*pair->steps));
	pair->steps[i] = step;
	pair->n++;
}

static void tuple_ref(struct space *s, const struct cell_key *key, int64_t rank, bool new_cell)
{
	uint32_t id = key_tuple(key);
	struct tuple *tuple;

	HASH_FIND(hh, s->tuples, &id, sizeof(id), tuple);
	if (!tuple) {
		tuple = xcalloc(1, sizeof(*tuple));
		tuple->id = id;
		tuple->bound = rank;
		HASH_ADD(hh, s->tuples, id, sizeof(id), tuple);
		step_insert(s, key, rank);
	} else if (rank > tuple->bound) {
		step_remove(s, key);
		tuple->bound = rank;
		step_insert(s, key, rank);
	}
	tuple->cells += new_cell;
}

static void tuple_unref(struct space *s, const struct cell_key *key)
{
	uint32_t id = key_tuple(key);
	struct tuple *tuple;

	HASH_FIND(hh, s->tuples, &id, sizeof(id), tuple);
	if (--tuple->cells)
		return;
	HASH_DEL(s->tuples, tuple);
	step_remove(s, key);
	free(tuple);
}

struct space_entry *space_add(struct space *s, const struct murt_row *row, int64_t rank)
{
	struct cell_key key;
	struct space_entry *e;
	struct cell *cell;
	uint64_t hash;

	key_of_row(s, row, &key);
	hash = key_hash(s, &key);
	cell = *cell_find(s, &key, hash);
	tuple_ref(s, &key, rank, !cell);
	if (!cell)
		cell = cell_new(s, &key, hash);
	e = entry_get(cell, rank, row->slot);
	e->rows++;
	return e;
}

void space_del(struct space *s, const struct murt_row *row, int64_t rank)
{
	struct cell_key key;
	struct cell **cell;

	key_of_row(s, row, &key);
	cell = cell_find(s, &key, key_hash(s, &key));
	entry_put(*cell, rank, row->slot);
	if ((*cell)->n)
		return;
	cell_del(s, cell);
	tuple_unref(s, &key);
}

/* ---- search ------------------------------------------------------------------------------------
 */

static void search_cell(const struct cell *cell, struct search *search)
{
	for (size_t i = 0; i < cell->n && cell->entries[i]->rank >= search->best; i++) {
		struct space_entry *e = cell->entries[i];
		upset bit = 1ULL << e->slot;

		if (!(search->usable & bit))
			continue;
		if (e->rank > search->best) {
			search->best = e->rank;
			search->winners = 0;
		}
		search->winners |= bit;
		if (search->count & bit)
			e->hits++;
	}
}

static void search_tuple(const struct space *s, const struct step *step, const struct probe *probes,
			 uint32_t downstream, struct search *search)
{
	struct cell_key key = {.downstream = step->by_port ? downstream : 0,
			       .by_port = step->by_port};
	uint64_t hash = step->by_port ? port_hash(downstream) : 0;
	const struct cell *cell;

	for (unsigned int i = 0; i < FIELDS; i++)
		hash += probes[i].hash[step->len[i]];
	if (!s->buckets[hash & (s->n_buckets - 1)])
		return;
	for (unsigned int i = 0; i < FIELDS; i++) {
		key.addr[i] = probes[i].addr[step->len[i]];
		key.len[i] = step->len[i];
	}
	cell = *cell_find(s, &key, hash);
	if (cell)
		search_cell(cell, search);
}

static void search_pair(const struct space *s, const struct pair *pair, const struct probe *probes,
			uint32_t downstream, struct search *search)
{
	for (size_t i = 0; i < pair->n && pair->steps[i].bound >= search->best; i++) {
		if (probes[SOURCE].maybe[pair->steps[i].len[SOURCE]])
			search_tuple(s, &pair->steps[i], probes, downstream, search);
	}
}

/* All tuples of one client length. */
static void search_client(const struct space *s, unsigned int client, const struct probe *probes,
			  uint32_t downstream, struct search *search)
{
	const struct field *groups = &s->fields[GROUP];

	for (unsigned int i = 0; i < groups->n_lengths; i++) {
		unsigned int group = groups->lengths[i];
		uint64_t hash = probes[CLIENT].hash[client] + probes[GROUP].hash[group];
		const struct pair *pair = &s->pairs[client * s->n_lengths + group];

		if (!probes[GROUP].maybe[group] || !s->pair_filter[hash % PAIR_FILTER_SIZE])
			continue;
		if (pair->n && pair->steps[0].bound >= search->best)
			search_pair(s, pair, probes, downstream, search);
	}
}

void space_search(const struct space *s, const struct murt_request *request, struct search *search)
{
	bool no_client =
		addr_is_zero(&request->client) || addr_family(&request->client) != s->family;
	struct probe probes[FIELDS];

	field_probe(&s->fields[CLIENT], &request->client, no_client, &probes[CLIENT]);
	field_probe(&s->fields[GROUP], &request->group, false, &probes[GROUP]);
	field_probe(&s->fields[SOURCE], &request->source,
		    s->any_source || addr_family(&request->source) != s->family, &probes[SOURCE]);
	for (unsigned int i = 0; i < s->fields[CLIENT].n_lengths; i++) {
		if (probes[CLIENT].maybe[s->fields[CLIENT].lengths[i]])
			search_client(s, s->fields[CLIENT].lengths[i], probes, request->downstream,
				      search);
	}
}
