/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random tables of many kinds, requests that meet them, and the plain scan that is the reference.
 */
#ifndef MUPI_MURT_MIX_H
#define MUPI_MURT_MIX_H

#include "policy/murt.h"

/* How one field of a row is drawn; lengths for IPv4, four times that for IPv6. */
struct mix_field {
	unsigned int empty; /* of 100 */
	unsigned int min, max, step;
	unsigned int bits; /* random low bits of the address; 0: all */
};

struct mix {
	const char *name, *what;
	struct mix_field client, group, source;
	unsigned int priorities;
	bool single; /* each row keeps only one of its fields */
};

extern const struct mix murt_mixes[];
extern const size_t n_murt_mixes;

uint32_t random_below(uint64_t *state, uint32_t limit);
struct murt_row mix_row(const struct mix *mix, uint64_t *state, bool v6);
/* A request that the row matches, or with luck another. */
struct murt_request mix_request(uint64_t *state, const struct murt_row *row);
/* The rule of the table in plain words: look at every row. */
upset murt_scan(const struct murt_row *const *rows, size_t n, enum murt_selection selection,
		const struct murt_request *request, upset usable);

#endif
