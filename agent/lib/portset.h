/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of ports by port index. */
#ifndef MUPI_PORTSET_H
#define MUPI_PORTSET_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "mupi/dataplane.h"

struct portset {
	uint64_t w[MUPI_MAX_PORTS / 64];
};

static inline void portset_add(struct portset *s, unsigned int port)
{
	s->w[port / 64] |= 1ULL << (port % 64);
}

static inline void portset_del(struct portset *s, unsigned int port)
{
	s->w[port / 64] &= ~(1ULL << (port % 64));
}

static inline bool portset_has(const struct portset *s, unsigned int port)
{
	return s->w[port / 64] >> (port % 64) & 1;
}

static inline bool portset_eq(const struct portset *a, const struct portset *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static inline unsigned int portset_count(const struct portset *s)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < MUPI_MAX_PORTS / 64; i++)
		n += (unsigned int)__builtin_popcountll(s->w[i]);
	return n;
}

static inline bool portset_empty(const struct portset *s)
{
	return !portset_count(s);
}

/* The first member at or after `from`, or MUPI_MAX_PORTS. */
static inline unsigned int portset_next(const struct portset *s, unsigned int from)
{
	while (from < MUPI_MAX_PORTS) {
		uint64_t rest = s->w[from / 64] >> (from % 64);

		if (rest)
			return from + (unsigned int)__builtin_ctzll(rest);
		from = (from / 64 + 1) * 64;
	}
	return MUPI_MAX_PORTS;
}

#define portset_for_each(port, set)                                                                \
	for (unsigned int port = portset_next(set, 0); port < MUPI_MAX_PORTS;                      \
	     port = portset_next(set, port + 1))

#endif
