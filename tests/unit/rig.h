/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A proxy on a virtual clock: clients on ports 1 and 2 (indices 0 and 1), upstreams 7 and 8
 * (indices 2 and 3, slots 0 and 1). What it sends and forwards is recorded.
 */
#ifndef MUPI_TEST_RIG_H
#define MUPI_TEST_RIG_H

#include "proxy/state.h"

#define RIG_FRAMES 256
#define RIG_FLOWS  8192

struct rig_flow {
	unsigned int upstream;
	struct addr group;
	struct prefix source;
	struct portset out;
	uint64_t packets;
};

struct rig {
	struct murt *murt;
	struct proxy *proxy;
	usec_t now;
	struct frame frames[RIG_FRAMES];
	unsigned int frame_port[RIG_FRAMES];
	unsigned int n_frames;
	struct rig_flow flows[RIG_FLOWS];
	unsigned int n_flows;
	int flow_error;		/* of the data plane that sets no entry; 0: it does */
	unsigned int n_refused; /* by it */
	unsigned int n_reads;	/* of its counters */
	unsigned int n_warnings;
	unsigned int n_settled; /* events of memberships that left former upstreams */
	char events[4096];
	uint64_t seed; /* of random delays; 0: the middle of every range */
};

struct rig *rig_new(enum fast_leave fast_leave);
/* A row sends everything to upstream 7, and the queries of the start are over. */
struct rig *rig_quiet(enum fast_leave fast_leave);
void rig_free(struct rig *rig);
/* Add a row: empty strings are any. */
void rig_row(struct rig *rig, const char *client, const char *group, const char *source,
	     uint32_t upstream, int32_t priority);
/* New contents for the row with its id. */
void rig_change(struct rig *rig, const struct murt_row *row);
/* One record from a client on a port (index); sources is a list separated by blanks. Flushes,
 * audits. */
void rig_record(struct rig *rig, unsigned int port, const char *client, enum record_type type,
		const char *group, const char *sources);
void rig_old_report(struct rig *rig, unsigned int port, const char *client, unsigned int generation,
		    const char *group);
void rig_leave(struct rig *rig, unsigned int port, const char *client, const char *group);
/* Move the clock, timer by timer. */
void rig_advance(struct rig *rig, usec_t by);
/* The ports (numbers 1, 2) a packet from upstream 7 or 8 goes to, as "", "1", "2" or "1 2". */
const char *rig_forwards(struct rig *rig, unsigned int upstream, const char *group,
			 const char *source);
/* "INCLUDE a b", "EXCLUDE", … of a member; "" when there is none. In EXCLUDE mode "EXCLUDE x | y".
 */
const char *rig_member(struct rig *rig, unsigned int port, const char *client, const char *group);
/* The records sent on a port since the last call, as "TO_EX 239.1.1.1 | ALLOW 232.1.1.1 10.0.0.1";
 * in older versions "v2 239.1.1.1 | leave 239.1.1.1". */
const char *rig_reports(struct rig *rig, unsigned int port);
/* The queries sent on a port since the last call: "general4 general6 239.1.1.1
 * 232.1.1.1(10.0.0.1)". */
const char *rig_queries(struct rig *rig, unsigned int port);
/* Deliver a query from any router. */
void rig_query_from(struct rig *rig, unsigned int port, const char *from, const struct query *q);
/* A packet of the group comes from upstream 7 or 8. */
void rig_deliver_data(struct rig *rig, unsigned int upstream, const char *group,
		      const char *source);
/* New settings for a port, as at a reload. */
void rig_settings(struct rig *rig, unsigned int port, const struct port_settings *settings);
/* Deliver a query from an upstream's router. */
void rig_query(struct rig *rig, unsigned int port, const char *group, const char *sources,
	       usec_t max_response);
/* One record with many sources. */
void rig_addrs(struct rig *rig, unsigned int port, const char *client, enum record_type type,
	       const char *group, const struct addr *sources, unsigned int n);

/* ---- rig_event.c: what those who watch are told ---- */

void rig_event(void *ctx, const struct proxy_event *event);
/*
 * The events since the last call, one a line: "join 1 CLIENT GROUP exclude > 7", "leave 1 CLIENT
 * GROUP left", "resolved 1 CLIENT GROUP include S > 8 was 7", "querier 1 v4 self".
 */
const char *rig_events(struct rig *rig);

/* ---- rig_net.c: tests of both families ---- */

struct rig_net {
	enum family family;
	const char *router, *client, *other, *group, *source_net;
};

void rig_each_net(void (*check)(const struct rig_net *net));
/* A row sends everything to upstream 7. */
struct rig *rig_new_to_7(void);
/* In `text` a digit stands for a source and G for the group; other characters stay. */
const char *rig_expand(const struct rig_net *net, const char *text, char *ret, size_t size);
/* The client on port 1 sends a record about the group: sources as "1 2". */
void rig_say(struct rig *rig, const struct rig_net *net, enum record_type type, const char *list);
/* Expect what upstream 7 was sent since the last look, as "TO_EX G 1 | ALLOW G 2". */
void rig_told(struct rig *rig, const struct rig_net *net, const char *reports, const char *why);
/* The messages sent on a port, one a call, `*at` from 0; false: none is left, and all that were
 * sent anywhere are forgotten. */
bool rig_next_message(struct rig *rig, unsigned int port, unsigned int *at, struct message *ret);

#endif
