/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames of every kind, and what the data plane shall make of them. */
#ifndef MUPI_TEST_FIXTURES_H
#define MUPI_TEST_FIXTURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mupi/dataplane.h"

#define NO_COUNTER MUPI_STAT_MAX
#define FRAME_MAX  256

enum shape { IP4, IP6 };

struct fixture {
	const char *name;
	enum shape shape;
	const char *source, *group;
	unsigned int proto;
	const char *extra; /* options or extension headers, as hex */
	const char *payload;
	unsigned int fragment; /* IPv4 fragment field */
	unsigned int flags;    /* of the port */
	unsigned int verdict;  /* of XDP */
	unsigned int counter;
	bool punted;
};

extern const struct fixture fixtures[];
extern const size_t n_fixtures;

/* The fixture behind so many VLAN tags. Returns its length. */
size_t fixture_build(const struct fixture *f, int tags, uint8_t frame[static FRAME_MAX]);

#endif
