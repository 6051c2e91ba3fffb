/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the proxy knows. Written by agent/proxy only; the control commands read it. */
#ifndef MUPI_STATE_H
#define MUPI_STATE_H

/* A hash that cannot grow is an allocation that failed: one line and the end, as xcalloc(). */
#define uthash_malloc(size) xcalloc(1, size)
#include <uthash.h>
#include <utlist.h>

#include "proxy/proxy.h"
#include "proxy/timer.h"

enum filter_mode { MODE_INCLUDE, MODE_EXCLUDE };

/* ---- membership: what clients want (router side, RFC 9776 section 6, RFC 9777 section 7) ---- */

struct source {
	struct addr addr;
	usec_t expires;	 /* 0: no timer running, an excluded source */
	upset upstreams; /* in INCLUDE mode: who serves it */
};

/* One client's membership of a group on a port. */
struct member {
	struct {
		struct group *group;
		struct addr client;
	} key;
	enum filter_mode mode;
	unsigned int generation; /* 1 … 3, see wire/message.h */
	bool leaving;		 /* an older host's leave is being checked by queries */
	bool counted;		 /* its demand is in the tallies */
	usec_t expires;		 /* EXCLUDE: the group timer */
	upset upstreams;	 /* EXCLUDE: who serves any source */
	struct source *sources;	 /* sorted by address */
	unsigned int n_sources;
	struct timer timer;
	struct member *prev, *next; /* of the group */
	UT_hash_handle hh;
};

/* A source that last-member queries are being sent about. */
struct queried_source {
	struct addr addr;
	unsigned int left;
};

/* A group on a port. */
struct group {
	struct {
		struct addr group;
		uint64_t port;
	} key;
	struct member *members;
	unsigned int n_members;
	unsigned int n_old; /* members of generation 1 or 2 */
	/* last-member queries (RFC 9776 sections 6.6.3.1 and 6.6.3.2) */
	unsigned int query_left;
	struct queried_source *queried;
	unsigned int n_queried;
	struct timer query_timer;
	UT_hash_handle hh;
};

/* ---- demand: the sum of what policy sent to one upstream ---- */

/* How many members want something, in all and by downstream port. */
struct tally {
	uint32_t total;
	uint32_t n;
	struct tally_port {
		uint32_t port;
		uint32_t count;
	} * ports;
};

struct demand_source {
	struct addr addr;
	struct tally include; /* INCLUDE members that list it */
	struct tally exclude; /* EXCLUDE members that list it */
};

/* A forwarding entry as the data plane was told. */
struct flow {
	struct addr source; /* ADDR_NONE: any */
	struct portset out;
	bool has_sources;
};

/* What an upstream is told about a group (RFC 4605 section 4.1). */
struct filter {
	enum filter_mode mode;
	struct addr *sources; /* sorted */
	unsigned int n;
};

struct source_change {
	struct addr addr;
	unsigned int left; /* transmissions */
};

/* A group on an upstream. */
struct upstream_group {
	struct {
		struct addr group;
		uint64_t slot;
	} key;
	struct tally any;	       /* EXCLUDE members */
	struct demand_source *sources; /* sorted */
	unsigned int n_sources;
	struct flow *flows; /* sorted by source, so that any source comes first */
	unsigned int n_flows;
	/* host side (RFC 9776 section 5, RFC 9777 section 6) */
	struct filter filter;
	unsigned int mode_left; /* transmissions of a filter mode change */
	struct source_change *changes;
	unsigned int n_changes;
	struct timer answer; /* to a group-specific or group-and-source-specific query */
	struct addr *asked;
	unsigned int n_asked;
	struct upstream_group **queue; /* of the port that it waits in, or NULL */
	struct upstream_group *queue_prev, *queue_next;
	bool dirty;
	struct upstream_group *dirty_next;
	UT_hash_handle hh;
};

/* ---- ports ---- */

struct querier {
	unsigned int startup_left;
	struct timer timer;
	struct proxy_port *port;
};

struct proxy_port {
	bool known;
	bool up;
	unsigned int index;
	uint32_t number;
	int slot; /* upstream slot, or -1 */
	struct sender sender;
	size_t mtu;
	unsigned int n_groups;
	struct querier querier[2];  /* downstream: IPv4, IPv6 */
	struct timer answer[2];	    /* upstream: to a general query */
	struct timer retransmit[2]; /* upstream: state changes */
	/* upstream groups with changes to tell: not yet sent once, and to be sent again */
	struct upstream_group *fresh[2], *again[2];
};

struct proxy_stats {
	uint64_t joins;	  /* memberships made */
	uint64_t leaves;  /* memberships ended */
	uint64_t refused; /* requests that no row serves */
	uint64_t over_limit;
	uint64_t reports_in, queries_in, reports_out, queries_out;
	uint64_t ignored; /* reports on upstream ports, queries on downstream ports */
};

struct proxy {
	struct proxy_params params;
	struct proxy_ops ops;
	struct murt *murt;
	struct timers timers;
	struct proxy_port ports[MUPI_MAX_PORTS];
	struct proxy_port *upstreams[MURT_MAX_UPSTREAMS];
	upset usable;
	struct group *groups;
	struct member *members;
	struct upstream_group *upstream_groups;
	struct upstream_group *dirty;
	struct proxy_stats stats;
};

/* A group on the upstream of a slot, or NULL. */
struct upstream_group *demand_find(struct proxy *p, unsigned int slot, const struct addr *group);

#endif
