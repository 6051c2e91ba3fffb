/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The world around the core that is fuzzed: ports, clients and a table of a few values each, the
 * data plane that it writes to, and a router behind every upstream that believes what it is told.
 */
#ifndef MUPI_FUZZ_WORLD_H
#define MUPI_FUZZ_WORLD_H

#include <uthash.h>

#include "fuzz/fuzz.h"
#include "proxy/state.h"

#define N_DOWNSTREAM 3
#define N_UPSTREAM   3
#define N_PORTS	     (N_DOWNSTREAM + N_UPSTREAM)

#define MAX_ROBUSTNESS 7
/* The longest group membership interval that a querier can ask for: the largest values on the wire.
 */
#define LONGEST	       ((MAX_ROBUSTNESS * 31744 + 8388) * USEC_PER_SEC)

/* An entry of the data plane. */
struct entry {
	struct {
		struct addr group;
		struct prefix source; /* zeroed before */
		uint64_t upstream;    /* port index */
	} key;
	struct portset out;
	uint32_t below;
	bool seen;
	UT_hash_handle hh;
};

/* What the router behind an upstream believes about a group; INCLUDE {} when there is none. */
struct belief {
	struct {
		struct addr group;
		uint64_t port;
	} key;
	struct filter filter;
	bool cut;     /* the list of an EXCLUDE did not fit one packet */
	usec_t told;  /* the last record about it */
	usec_t asked; /* by a query of its own that is not answered yet; 0: none */
	usec_t deadline;
	UT_hash_handle hh;
};

/* A general query to an upstream. */
struct question {
	usec_t asked; /* 0: none is open */
	usec_t deadline;
};

struct world {
	struct proxy *proxy;
	struct proxy_params params;
	struct murt *murt;
	struct port_settings settings[N_PORTS];
	usec_t now;
	uint32_t random;
	unsigned int joined; /* memberships that events told of */
	struct entry *entries;
	struct belief *beliefs;
	struct question general[N_PORTS][2]; /* IPv4, IPv6 */
	/* Its router speaks an older version, or the clients speak to it: what it believes is open.
	 */
	bool open[N_PORTS][2];
};

/* The input as a stream: 0 behind its end. */
struct input {
	const uint8_t *data;
	size_t len;
};

uint8_t take(struct input *in);

/* world.c */
/* Zeroes an entry and fills its key. */
void entry_key(struct entry *e, unsigned int upstream, const struct addr *group,
	       const struct prefix *source);
void world_start(struct world *w);
/* Let all memberships expire, and see that nothing is left. */
void world_end(struct world *w);
void world_run_timers(struct world *w, usec_t now);
/* Timer by timer, with a flush after each. */
void world_advance(struct world *w, usec_t by);
/* Flush, and check everything. */
void world_settle(struct world *w);

/* setting.c: what the operator can change. The bytes choose from a few values each. */
void set_table(struct world *w, uint8_t rows, uint8_t how);
void set_row(struct world *w, uint8_t which, uint8_t how);
void set_params(struct world *w, uint8_t how);
void set_port(struct world *w, uint8_t which, uint8_t timers, uint8_t rest);
void set_link(struct world *w, uint8_t which, uint8_t how);
void set_static(struct world *w, uint8_t where, uint8_t what);

/* messages.c */
/* Of a group or source that is chosen by number. */
struct addr nth_group(enum family family, uint8_t n);
struct addr nth_source(enum family family, uint8_t n);
/* Something arrives at a port. */
void message_record(struct world *w, struct input *in);
void message_records(struct world *w, struct input *in);
void message_many_sources(struct world *w, struct input *in);
void message_old_report(struct world *w, struct input *in);
void message_old_leave(struct world *w, struct input *in);
void message_query(struct world *w, struct input *in);
void message_neighbour(struct world *w, struct input *in);
void message_bytes(struct world *w, struct input *in);

/* router.c */
/* Takes a frame that left on an upstream port. */
void router_hear(struct world *w, unsigned int port, const struct message *m);
void router_ask(struct world *w, unsigned int port, const struct message *m);
void router_forget(struct world *w, unsigned int port);
void router_check(struct world *w);

/* state.c: what agent/proxy knows, looked at from outside. */
void state_check(struct world *w);

#endif
