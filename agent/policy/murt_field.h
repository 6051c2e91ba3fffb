/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One field (client, group or source) of a tuple space: the prefix lengths in use and what they
 * hold. */
#ifndef MUPI_MURT_FIELD_H
#define MUPI_MURT_FIELD_H

#include "lib/addr.h"

#define FIELD_LENGTHS 129

struct field {
	enum family family;
	uint64_t seed;
	uint32_t used[FIELD_LENGTHS];	/* cells of each length */
	uint8_t lengths[FIELD_LENGTHS]; /* those in use */
	unsigned int n_lengths;
	uint8_t *filter; /* counts cells by hash; 255 sticks */
};

/* An address cut to every length in use. Lengths not in use are undefined. */
struct probe {
	struct addr addr[FIELD_LENGTHS];
	uint64_t hash[FIELD_LENGTHS];
	uint8_t maybe[FIELD_LENGTHS]; /* 0: no cell has this prefix */
};

void field_init(struct field *field, enum family family, uint64_t seed);
void field_fini(struct field *field);
/* Hash of a prefix, its length included. */
uint64_t field_hash(const struct field *field, const struct addr *masked, unsigned int len);
void field_ref(struct field *field, unsigned int len, uint64_t hash);
void field_unref(struct field *field, unsigned int len, uint64_t hash);
/* `wild`: the address is unknown, only length 0 matches. */
void field_probe(const struct field *field, const struct addr *addr, bool wild,
		 struct probe *probe);

#endif
