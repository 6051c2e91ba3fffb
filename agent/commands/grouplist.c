/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * To copy all groups at once would keep everybody waiting, so they are read off the proxy's hash
 * tables chain by chain. A table that grows doubles, and then a chain is divided between itself and
 * one further behind: nothing is missed, and what comes again was taken. None ever shrinks, unless
 * everything has gone.
 */
#include "commands/grouplist.h"

#include <stdlib.h>

#include "lib/util.h"
#include "proxy/state.h"

struct grouplist_entry {
	struct hash_link link;
	struct addr group;
};

struct grouplist_piece {
	struct grouplist_piece *next;
	size_t n;
	struct grouplist_entry entries[GROUPLIST_PIECE];
};

static uint64_t entry_hash(const struct hashtable *t, const struct hash_link *link)
{
	const struct grouplist_entry *e = container_of(link, struct grouplist_entry, link);

	return hash_addr(t, &e->group);
}

static bool is_taken(const struct hashtable *t, const struct addr *group)
{
	struct hash_link *link = hashtable_chain(t, hash_addr(t, group));

	for (; link; link = link->next)
		if (addr_eq(&container_of(link, struct grouplist_entry, link)->group, group))
			return true;
	return false;
}

static void add_piece(struct grouplist *list)
{
	struct grouplist_piece *piece = xcalloc(1, sizeof(*piece));

	if (list->last)
		list->last->next = piece;
	else
		list->first = list->piece = piece;
	list->last = piece;
}

static void take(struct grouplist *list, const struct addr *group)
{
	struct grouplist_entry *entry;

	if (is_taken(&list->taken, group))
		return;
	if (!list->last || list->last->n == GROUPLIST_PIECE)
		add_piece(list);
	entry = &list->last->entries[list->last->n++];
	entry->group = *group;
	hashtable_add(&list->taken, &entry->link);
}

static void take_chain(struct grouplist *list, const struct hash_link *link)
{
	for (; link; link = link->next)
		take(list, &container_of(link, struct hash_key, link)->group);
}

/* False: there is no more. */
static bool look_on(struct grouplist *list)
{
	const struct hashtable *members = &list->proxy->group_table;
	const struct hashtable *upstreams = &list->proxy->upstream_table;

	if (list->members < members->n_chains)
		take_chain(list, members->chains[list->members++]);
	else if (list->upstreams < upstreams->n_chains)
		take_chain(list, upstreams->chains[list->upstreams++]);
	else
		return false;
	return true;
}

/* Chains for all that are there, so that the table needs not grow. */
static void make_room(struct hashtable *t, const struct proxy *p)
{
	size_t n = p->group_table.n + p->upstream_table.n + p->n_statics;

	hashtable_init(t, entry_hash, p->group_table.secret);
	for (t->n_chains = 64; t->n_chains < n; t->n_chains *= 2)
		;
	t->chains = xcalloc(t->n_chains, sizeof(*t->chains));
}

void grouplist_open(struct grouplist *list, const struct agent *agent)
{
	const struct proxy *p = agent->proxy;

	*list = (struct grouplist){.proxy = p};
	make_room(&list->taken, p);
	for (unsigned int i = 0; i < p->n_statics; i++)
		take(list, &p->statics[i].group);
}

const struct addr *grouplist_next(struct grouplist *list, bool *more)
{
	*more = true;
	if (list->piece && list->at == GROUPLIST_PIECE && list->piece->next) {
		list->piece = list->piece->next;
		list->at = 0;
	}
	if (list->piece && list->at < list->piece->n)
		return &list->piece->entries[list->at++].group;
	*more = look_on(list);
	return NULL;
}

void grouplist_close(struct grouplist *list)
{
	while (list->first) {
		struct grouplist_piece *piece = list->first;

		list->first = piece->next;
		free(piece);
	}
	free(list->taken.chains);
}
