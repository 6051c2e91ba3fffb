/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows and requests as strings of bits, for the search. A row has three values a bit: 0, 1, or any
 * (what its prefixes and its port leave open); a request has two. IPv4 takes two words, IPv6 seven,
 * or five when the source is ignored:
 *
 *   IPv4   | client   group    |  port+flags   source |
 *   IPv6   | client            |  ..              | group | .. | port+flags | source | .. |
 */
#ifndef MUPI_MURT_PATTERN_H
#define MUPI_MURT_PATTERN_H

#include "policy/murt.h"

#define PATTERN_WORDS 7

/* 64 bits of a row: `value` counts where `mask` is 1, and is 0 elsewhere. */
struct ternary {
	uint64_t value, mask;
};

unsigned int pattern_words(enum family family, bool any_source);
/* The pattern of a row that serves `family`; its source is open with `any_source`. */
void pattern_of_row(const struct murt_row *row, enum family family, bool any_source,
		    struct ternary pattern[static PATTERN_WORDS]);
/* The fields of a row that has the pattern; one of any value has no family. */
void pattern_to_row(const struct ternary *pattern, enum family family, struct murt_row *ret);
/* The bits of a request of `family`. */
void pattern_of_request(const struct murt_request *request, enum family family,
			uint64_t bits[static PATTERN_WORDS]);
/* The source prefix in the pattern of a row; of no family when it is open. */
struct prefix pattern_source(const struct ternary *pattern, enum family family);
/* Forget the source in the bits of a request: 1 in `known` is a bit that counts. */
void pattern_open_source(enum family family, uint64_t known[static PATTERN_WORDS]);

static inline bool pattern_matches(const struct ternary *pattern, const uint64_t *bits,
				   unsigned int words)
{
	for (unsigned int i = 0; i < words; i++) {
		if ((bits[i] ^ pattern[i].value) & pattern[i].mask)
			return false;
	}
	return true;
}

/* Spread two words over 64 bits. */
static inline uint64_t murt_mix(uint64_t a, uint64_t b, uint64_t seed)
{
	uint64_t h = (a ^ seed) * 0x9e3779b97f4a7c15ULL;

	h = (h ^ (h >> 32) ^ b) * 0xd6e8feb86659fd93ULL;
	h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93ULL;
	return h ^ (h >> 32);
}

#endif
