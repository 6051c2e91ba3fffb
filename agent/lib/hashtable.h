/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A chained hash table for what there are a million of: an element embeds a pointer, where uthash
 * wants 56 bytes. Elements are told apart by the caller, who walks a chain; their order is none.
 */
#ifndef MUPI_HASHTABLE_H
#define MUPI_HASHTABLE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

struct hash_link {
	struct hash_link *next;
};

struct hashtable {
	struct hash_link **chains;
	size_t n, n_chains; /* elements; chains, a power of two */
	uint64_t (*hash)(const struct hashtable *table, const struct hash_link *link);
	uint64_t secret[2]; /* for keys that strangers choose */
};

/* An empty table; `secret` may be NULL where `hash` uses none: hash_addr() needs one. */
void hashtable_init(struct hashtable *table,
		    uint64_t (*hash)(const struct hashtable *table, const struct hash_link *link),
		    const uint64_t secret[2]);
/* The first element of the chain in which those with the hash are; NULL: none. */
struct hash_link *hashtable_chain(const struct hashtable *table, uint64_t hash);
/* All bits of its hash should depend on the key. */
void hashtable_add(struct hashtable *table, struct hash_link *link);
void hashtable_del(struct hashtable *table, struct hash_link *link);

/* A hash of two words that are not chosen by a stranger. */
static inline uint64_t hash_words(uint64_t a, uint64_t b)
{
	uint64_t h = (a ^ (b << 32 | b >> 32)) * 0x9e3779b97f4a7c15;

	return (h ^ h >> 32) * 0x9e3779b97f4a7c15;
}

/* A hash of an address that may be; who does not know the secret finds no two that collide. */
static inline uint64_t hash_addr(const struct hashtable *table, const struct addr *a)
{
	unsigned __int128 product =
		(unsigned __int128)(a->q[0] ^ table->secret[0]) * (a->q[1] ^ table->secret[1]);

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* ---- found by an address and a number, which no stranger chooses ---- */

/* Both under the names that fit. */
struct hash_key {
	struct hash_link link;
	union {
		struct addr addr, group;
	};
	union {
		uint64_t number, port, slot;
	};
};

/* An empty table of keys. */
void hashtable_init_keys(struct hashtable *table, const uint64_t secret[2]);
/* The key, or NULL. */
struct hash_key *hashtable_find(const struct hashtable *table, const struct addr *addr,
				uint64_t number);

#endif
