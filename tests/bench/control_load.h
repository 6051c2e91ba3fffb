/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What clients say, as frames made before the clock starts. */
#ifndef MUPI_BENCH_CONTROL_LOAD_H
#define MUPI_BENCH_CONTROL_LOAD_H

#include "wire/message.h"

struct load {
	const char *name;
	enum family family;
	unsigned int generation;	     /* as in wire/message.h */
	bool ssm;			     /* each join names a source */
	unsigned int clients, groups, ports; /* downstream ports, with as many clients each */
	bool own; /* each client has groups of its own: `groups` is how many it has */
};

enum phase { PHASE_JOIN, PHASE_REFRESH, PHASE_LEAVE, PHASES };

struct packet {
	unsigned int port;
	uint32_t offset, len;
};

/* Frames one behind the other. */
struct packets {
	struct packet *list;
	size_t n;
	uint8_t *data;
	size_t used, room;
};

static inline unsigned int load_memberships(const struct load *l)
{
	return l->clients * l->groups;
}

/* Every client says so about each of its groups, in as few frames as it can; in random order. */
void load_packets(const struct load *load, enum phase phase, struct packets *ret);
void packets_free(struct packets *packets);

#endif
