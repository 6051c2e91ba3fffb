/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One tuple space of the MURT: the rows that serve one family, with or without their source field.
 *
 * Rows with the same prefix lengths form a tuple; in a tuple a lookup is one probe of a hash table.
 * Tuples of the same client and group lengths are tried in order of the best rank they hold, and
 * skipped when that cannot win any more. Filters tell which prefix lengths, and which pairs of
 * client and group, no row has: those tuples are never probed, so that tables with thousands of
 * tuples stay fast.
 *
 * In a space of one family "no prefix" and "/0" are the same: length 0.
 */
#ifndef MUPI_MURT_SPACE_H
#define MUPI_MURT_SPACE_H

#include "policy/murt.h"

#define RANK_NONE INT64_MIN

/* All rows of a space that match the same requests with the same rank and upstream. */
struct space_entry {
	int64_t rank;
	uint64_t hits;
	uint32_t rows;
	unsigned int slot;
};

/* In and out of a search. */
struct search {
	upset usable;
	upset count;   /* in: entries of these slots get a hit */
	int64_t best;  /* in: ranks below are of no interest; out: the best rank found */
	upset winners; /* out: slots of the entries with that rank */
};

struct space; /* opaque */

struct space *space_new(enum family family, bool any_source);
void space_free(struct space *space); /* accepts NULL; frees all entries */

/* Enter a row (by its prefixes, downstream and slot) under a rank. The entry is valid until
 * space_del(). */
struct space_entry *space_add(struct space *space, const struct murt_row *row, int64_t rank);
/* Undo space_add(): same row, same rank. */
void space_del(struct space *space, const struct murt_row *row, int64_t rank);
/* Find the best entries for a request of this space's family. Does not allocate. */
void space_search(const struct space *space, const struct murt_request *request,
		  struct search *search);

/* Spread two words over 64 bits. */
static inline uint64_t murt_mix(uint64_t a, uint64_t b, uint64_t seed)
{
	uint64_t h = (a ^ seed) * 0x9e3779b97f4a7c15ULL;

	h = (h ^ (h >> 32) ^ b) * 0xd6e8feb86659fd93ULL;
	h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93ULL;
	return h ^ (h >> 32);
}

#endif
