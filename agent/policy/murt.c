// SPDX-License-Identifier: GPL-2.0-or-later
/* The table: rows by id and by content, each entered into the tuple spaces it belongs to. */
#include "policy/murt.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/util.h"
#include "policy/murt_private.h"

/* Spaces: 0 and 1 IPv4, 2 and 3 IPv6; odd ones without the source. */
static enum family space_family(unsigned int i)
{
	return i < 2 ? FAMILY_V4 : FAMILY_V6;
}

unsigned int murt_space_of(const struct murt_request *request)
{
	return (addr_family(&request->group) == FAMILY_V4 ? 0 : 2) +
	       (addr_is_zero(&request->source) ? 1 : 0);
}

struct murt *murt_new(void)
{
	struct murt *murt = xcalloc(1, sizeof(*murt));

	murt->default_slot = -1;
	for (unsigned int i = 0; i < NODE_LINKS; i++)
		murt->spaces[i] = space_new(space_family(i), i & 1);
	return murt;
}

void murt_free(struct murt *murt)
{
	struct node *node, *tmp;

	if (!murt)
		return;
	HASH_ITER (hh, murt->by_key, node, tmp) {
		HASH_DEL(murt->by_key, node);
		free(node);
	}
	for (unsigned int i = 0; i < NODE_LINKS; i++)
		space_free(murt->spaces[i]);
	free(murt->slots);
	free(murt);
}

int murt_row_family(const struct murt_row *row)
{
	if (row->client.family)
		return row->client.family;
	return row->group.family ? row->group.family : row->source.family;
}

static bool mixes_families(const struct murt_row *row)
{
	int family = murt_row_family(row);

	return (row->client.family && row->client.family != family) ||
	       (row->group.family && row->group.family != family) ||
	       (row->source.family && row->source.family != family);
}

/* ---- rows in the spaces ------------------------------------------------------------------------
 */

static void node_link(struct murt *murt, struct node *node)
{
	int family = murt_row_family(&node->row);

	if (!node->row.enabled)
		return;
	for (unsigned int i = 0; i < NODE_LINKS; i++) {
		if (family && family != (int)space_family(i))
			continue;
		node->links[i] = space_add(murt->spaces[i], &node->row,
					   murt_rank(murt->selection, &node->row));
		node->hits_at_link[i] = node->links[i]->hits;
	}
}

/* Hits are counted where the search ends, in the entries that rows share. */
static uint64_t node_hits(const struct node *node)
{
	uint64_t hits = node->hits;

	for (unsigned int i = 0; i < NODE_LINKS; i++) {
		if (node->links[i])
			hits += node->links[i]->hits - node->hits_at_link[i];
	}
	return hits;
}

static void node_unlink(struct murt *murt, struct node *node)
{
	node->hits = node_hits(node);
	for (unsigned int i = 0; i < NODE_LINKS; i++) {
		if (node->links[i])
			space_del(murt->spaces[i], &node->row, node->links[i]->rank);
		node->links[i] = NULL;
	}
}

/* ---- rows by id --------------------------------------------------------------------------------
 */

/* The first slot with an id of at least `id`, or n_slots. */
static size_t slot_position(const struct murt *murt, uint32_t id)
{
	size_t low = 0, high = murt->n_slots;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (murt->slots[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct node_slot *slot_find(const struct murt *murt, uint32_t id)
{
	size_t i = slot_position(murt, id);

	return i < murt->n_slots && murt->slots[i].id == id && murt->slots[i].node ? &murt->slots[i]
										   : NULL;
}

static void slot_append(struct murt *murt, struct node *node)
{
	if (murt->n_slots == murt->slots_size) {
		murt->slots_size = murt->slots_size ? murt->slots_size * 2 : 16;
		murt->slots = xreallocarray(murt->slots, murt->slots_size, sizeof(*murt->slots));
	}
	murt->slots[murt->n_slots++] = (struct node_slot){.id = node->row.id, .node = node};
	murt->n_rows++;
}

static void slot_clear(struct murt *murt, struct node_slot *slot)
{
	size_t kept = 0;

	slot->node = NULL;
	murt->n_rows--;
	if (murt->n_rows >= murt->n_slots / 2)
		return;
	for (size_t i = 0; i < murt->n_slots; i++) {
		if (murt->slots[i].node)
			murt->slots[kept++] = murt->slots[i];
	}
	murt->n_slots = kept;
}

size_t murt_count(const struct murt *murt)
{
	return murt->n_rows;
}

const struct murt_row *murt_next(const struct murt *murt, uint32_t id)
{
	for (size_t i = slot_position(murt, id + 1); i < murt->n_slots; i++) {
		struct node *node = murt->slots[i].node;

		if (!node)
			continue;
		node->row.hits = node_hits(node);
		return &node->row;
	}
	return NULL;
}

/* ---- changes -----------------------------------------------------------------------------------
 */

static struct prefix key_prefix(const struct prefix *from)
{
	struct prefix p;

	memset(&p, 0, sizeof(p));
	p.addr = from->addr;
	p.family = from->family;
	p.len = from->len;
	return p;
}

static void row_key(const struct murt_row *row, struct row_key *key)
{
	struct prefix client = key_prefix(&row->client), group = key_prefix(&row->group);
	struct prefix source = key_prefix(&row->source);

	/* memcpy: an assignment need not copy the zeroed padding */
	memset(key, 0, sizeof(*key));
	memcpy(&key->client, &client, sizeof(client));
	memcpy(&key->group, &group, sizeof(group));
	memcpy(&key->source, &source, sizeof(source));
	key->downstream = row->downstream;
	key->upstream = row->upstream;
	key->priority = row->priority;
}

/* Family and uniqueness; `self` may be equal. */
static int check(const struct murt *murt, const struct murt_row *row, const struct row_key *key,
		 const struct node *self, uint32_t *id)
{
	struct node *equal;

	if (mixes_families(row) || row->slot >= MURT_MAX_UPSTREAMS)
		return -EINVAL;
	HASH_FIND(hh, murt->by_key, key, sizeof(*key), equal);
	if (!equal || equal == self)
		return 0;
	*id = equal->row.id;
	return -EEXIST;
}

int murt_add(struct murt *murt, const struct murt_row *row, uint32_t *id)
{
	struct row_key key;
	struct node *node;
	int r;

	row_key(row, &key);
	r = check(murt, row, &key, NULL, id);
	if (r)
		return r;
	node = xcalloc(1, sizeof(*node));
	node->row = *row;
	node->row.id = ++murt->last_id;
	memcpy(&node->key, &key, sizeof(key));
	HASH_ADD(hh, murt->by_key, key, sizeof(key), node);
	slot_append(murt, node);
	node_link(murt, node);
	*id = node->row.id;
	return 0;
}

int murt_change(struct murt *murt, const struct murt_row *row)
{
	struct node_slot *slot = slot_find(murt, row->id);
	struct node *node = slot ? slot->node : NULL;
	struct row_key key;
	uint32_t other;
	int r;

	if (!node)
		return -ENOENT;
	row_key(row, &key);
	r = check(murt, row, &key, node, &other);
	if (r)
		return r;
	HASH_DEL(murt->by_key, node);
	node_unlink(murt, node);
	node->row = *row;
	memcpy(&node->key, &key, sizeof(key));
	HASH_ADD(hh, murt->by_key, key, sizeof(key), node);
	node_link(murt, node);
	return 0;
}

int murt_del(struct murt *murt, uint32_t id)
{
	struct node_slot *slot = slot_find(murt, id);
	struct node *node = slot ? slot->node : NULL;

	if (!node)
		return -ENOENT;
	HASH_DEL(murt->by_key, node);
	node_unlink(murt, node);
	slot_clear(murt, slot);
	free(node);
	return 0;
}

/* ---- settings and resolution -------------------------------------------------------------------
 */

void murt_set_selection(struct murt *murt, enum murt_selection selection)
{
	if (murt->selection == selection)
		return;
	for (struct node *node = murt->by_key; node; node = node->hh.next)
		node_unlink(murt, node);
	murt->selection = selection;
	for (struct node *node = murt->by_key; node; node = node->hh.next)
		node_link(murt, node);
}

void murt_set_balance(struct murt *murt, enum murt_balance balance)
{
	murt->balance = balance;
}

enum murt_selection murt_get_selection(const struct murt *murt)
{
	return murt->selection;
}

enum murt_balance murt_get_balance(const struct murt *murt)
{
	return murt->balance;
}

void murt_set_default(struct murt *murt, int slot)
{
	murt->default_slot = slot;
}

upset murt_resolve(struct murt *murt, const struct murt_request *request, upset usable,
		   bool count_hits)
{
	const struct space *space = murt->spaces[murt_space_of(request)];
	struct search search = {.usable = usable, .best = RANK_NONE};

	space_search(space, request, &search);
	if (!search.winners) {
		if (murt->default_slot < 0)
			return 0;
		return usable & 1ULL << murt->default_slot;
	}
	search.winners = murt_narrow(murt->balance, request, search.winners);
	if (count_hits) {
		struct search again = {
			.usable = usable, .count = search.winners, .best = search.best};

		space_search(space, request, &again);
	}
	return search.winners;
}
