// SPDX-License-Identifier: GPL-2.0-or-later
#include <endian.h>
#include <stdlib.h>

#include "lib/util.h"
#include "policy/murt_field.h"
#include "policy/murt_space.h"

#define FILTER_SIZE (1U << 18)

void field_init(struct field *field, enum family family, uint64_t seed)
{
	field->family = family;
	field->seed = seed;
	field->filter = xcalloc(FILTER_SIZE, 1);
}

void field_fini(struct field *field)
{
	free(field->filter);
}

uint64_t field_hash(const struct field *field, const struct addr *masked, unsigned int len)
{
	return murt_mix(masked->q[0], masked->q[1], field->seed + len);
}

void field_ref(struct field *field, unsigned int len, uint64_t hash)
{
	uint8_t *count = &field->filter[hash % FILTER_SIZE];

	if (*count < UINT8_MAX)
		(*count)++;
	if (field->used[len]++)
		return;
	field->lengths[field->n_lengths++] = (uint8_t)len;
}

void field_unref(struct field *field, unsigned int len, uint64_t hash)
{
	uint8_t *count = &field->filter[hash % FILTER_SIZE];

	/* A count that ran over stays: it costs a probe, never a row. */
	if (*count < UINT8_MAX)
		(*count)--;
	if (--field->used[len])
		return;
	for (unsigned int i = 0; i < field->n_lengths; i++) {
		if (field->lengths[i] != len)
			continue;
		field->lengths[i] = field->lengths[--field->n_lengths];
		return;
	}
}

/* addr_mask() for the search: no branch on bytes. `bits` counts from the top of the 128. */
static struct addr mask(const struct addr *a, unsigned int bits)
{
	uint64_t high = bits >= 64 ? UINT64_MAX : ~(UINT64_MAX >> bits);
	uint64_t low = bits >= 128 ? UINT64_MAX : bits > 64 ? ~(UINT64_MAX >> (bits - 64)) : 0;

	return (struct addr){.q = {a->q[0] & htobe64(high), a->q[1] & htobe64(low)}};
}

void field_probe(const struct field *field, const struct addr *addr, bool wild, struct probe *probe)
{
	unsigned int base = field->family == FAMILY_V4 ? 96 : 0;

	for (unsigned int i = 0; i < field->n_lengths; i++) {
		unsigned int len = field->lengths[i];

		probe->maybe[len] = 0;
		if (len && wild)
			continue;
		probe->addr[len] = len ? mask(addr, base + len) : ADDR_NONE;
		probe->hash[len] = field_hash(field, &probe->addr[len], len);
		probe->maybe[len] = field->filter[probe->hash[len] % FILTER_SIZE] != 0;
	}
}
