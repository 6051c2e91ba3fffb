/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "lib/hashtable.h"
#include "lib/util.h"

#define CHAINS_MIN 64

void hashtable_init(struct hashtable *t,
		    uint64_t (*hash)(const struct hashtable *t, const struct hash_link *link),
		    const uint64_t secret[2])
{
	*t = (struct hashtable){.hash = hash};
	if (secret)
		memcpy(t->secret, secret, sizeof(t->secret));
}

static struct hash_link **chain_of(const struct hashtable *t, uint64_t hash)
{
	return &t->chains[hash >> 32 & (t->n_chains - 1)];
}

struct hash_link *hashtable_chain(const struct hashtable *t, uint64_t hash)
{
	return t->n ? *chain_of(t, hash) : NULL;
}

static void push(struct hashtable *t, struct hash_link *link)
{
	struct hash_link **chain = chain_of(t, t->hash(t, link));

	link->next = *chain;
	*chain = link;
}

static void resize(struct hashtable *t, size_t n_chains)
{
	struct hashtable old = *t;

	t->n_chains = n_chains;
	t->chains = xcalloc(n_chains, sizeof(*t->chains));
	for (size_t i = 0; i < old.n_chains; i++)
		for (struct hash_link *link = old.chains[i], *next; link; link = next) {
			next = link->next;
			push(t, link);
		}
	free(old.chains);
}

void hashtable_add(struct hashtable *t, struct hash_link *link)
{
	if (t->n == t->n_chains)
		resize(t, t->n ? 2 * t->n : CHAINS_MIN);
	push(t, link);
	t->n++;
}

void hashtable_del(struct hashtable *t, struct hash_link *link)
{
	struct hash_link **at = chain_of(t, t->hash(t, link));

	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	if (--t->n)
		return;
	free(t->chains);
	t->chains = NULL;
	t->n_chains = 0;
}

/* ---- found by an address and a number ---- */

static uint64_t hash_key(const struct hashtable *t, const struct addr *addr, uint64_t number)
{
	return hash_words(hash_addr(t, addr), number);
}

static uint64_t hash_of_key(const struct hashtable *t, const struct hash_link *link)
{
	const struct hash_key *key = container_of(link, struct hash_key, link);

	return hash_key(t, &key->addr, key->number);
}

void hashtable_init_keys(struct hashtable *t, const uint64_t secret[2])
{
	hashtable_init(t, hash_of_key, secret);
}

struct hash_key *hashtable_find(const struct hashtable *t, const struct addr *addr, uint64_t number)
{
	struct hash_link *link = hashtable_chain(t, hash_key(t, addr, number));

	for (; link; link = link->next) {
		struct hash_key *key = container_of(link, struct hash_key, link);

		if (addr_eq(&key->addr, addr) && key->number == number)
			return key;
	}
	return NULL;
}
