/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proxy: who wants what (membership), which upstream serves it (the MURT), what each upstream
 * is told (RFC 4605), what the data plane forwards. No I/O, no globals, no clock: effects leave
 * through struct proxy_ops, time comes with each call.
 *
 * Calls that change something leave the consequences pending; proxy_flush() works them out, once
 * for all changes since the last flush, joins before leaves.
 */
#ifndef MUPI_PROXY_H
#define MUPI_PROXY_H

#include "config/config.h"
#include "lib/portset.h"
#include "policy/acl.h"
#include "policy/murt.h"
#include "wire/message.h"
#include "wire/neighbour.h"

struct proxy_params {
	bool relay; /* clients' own reports go to the chosen upstreams, nothing is merged */
	/* Groups that need a source (RFC 4607 section 1); borrowed. */
	const struct prefix *ssm_ranges;
	size_t n_ssm_ranges;
	struct acl *acl;	  /* borrowed; NULL: everything is permitted */
	bool ssm_any_source;	  /* accept joins without a source there */
	unsigned int memberships; /* in all; 0: no limit */
	/* How long a client that moves keeps its old upstreams if the new ones are silent; 0: not.
	 */
	usec_t handover_limit;
	usec_t handover_overlap; /* and how much longer once they deliver */
};

/* Why a membership ended. */
enum proxy_leave {
	PROXY_LEFT,    /* the client said so */
	PROXY_EXPIRED, /* nobody reported it again */
	PROXY_PORT,    /* its interface is gone */
	PROXY_SSM,     /* its group needs a source by now */
};

enum proxy_event_type {
	PROXY_JOIN,	     /* a membership was made */
	PROXY_CHANGE,	     /* it asks for something else: another mode, other sources */
	PROXY_RESOLVED,	     /* it is served by other upstreams */
	PROXY_REFUSED,	     /* and after one of these: nobody serves it, or some of its sources */
	PROXY_DENIED,	     /* or the access list is why */
	PROXY_LEAVE,	     /* it ended */
	PROXY_LIMIT,	     /* a limit refuses a request */
	PROXY_QUERIER,	     /* somebody else asks on a port */
	PROXY_IDENTITY,	     /* a host has another address */
	PROXY_IDENTITY_GONE, /* or one less */
	PROXY_SETTLED,	     /* a membership has left former upstreams */
};

/* What happened on a port, for whoever watches; valid during the call. */
struct proxy_event {
	enum proxy_event_type type;
	unsigned int port;		 /* index */
	const struct member *member;	 /* JOIN to LEAVE, SETTLED: see proxy/state.h */
	upset was;			 /* CHANGE, RESOLVED: who served it before */
	enum proxy_leave why;		 /* LEAVE */
	const char *limit;		 /* LIMIT: its name in [limits] */
	const struct querier *querier;	 /* QUERIER */
	const struct host_addr *address; /* IDENTITY, IDENTITY_GONE */
};

struct proxy_ops {
	void *ctx;
	void (*send)(void *ctx, unsigned int port, const struct frame *frame);
	/* As dataplane_flow_set() and dataplane_flow_del(). What fails is tried again a second
	 * later. */
	int (*flow_set)(void *ctx, unsigned int upstream, const struct addr *group,
			const struct prefix *source, const struct portset *out, uint32_t below);
	void (*flow_del)(void *ctx, unsigned int upstream, const struct addr *group,
			 const struct prefix *source);
	/* Packets that the entry has forwarded. */
	uint64_t (*flow_packets)(void *ctx, unsigned int upstream, const struct addr *group,
				 const struct prefix *source);
	/* How many entries more the data plane can take; NULL: any number. A port has no more
	 * groups and sources than are left for others. */
	unsigned int (*room)(void *ctx);
	/* Uniform 32 bits; spreads reports over the response time. */
	uint32_t (*random)(void *ctx);
	/* Something the operator should know, one sentence; rare. */
	void (*warn)(void *ctx, const char *text);
	/* May be NULL. */
	void (*event)(void *ctx, const struct proxy_event *event);
};

struct proxy;

/* Borrows `murt` until proxy_set_murt() or proxy_free(). */
struct proxy *proxy_new(const struct proxy_params *params, const struct proxy_ops *ops,
			struct murt *murt);
/* Nobody is told, and the data plane stays as it is. */
void proxy_free(struct proxy *proxy);

/* Borrows as proxy_new(). Another access list holds for members when proxy_set_murt() follows. */
void proxy_set_params(struct proxy *proxy, const struct proxy_params *params);
/* The parameters say something else of source-specific groups: what is not allowed any more ends,
 * and hosts are asked for what is allowed now. */
void proxy_ssm_changed(struct proxy *proxy, usec_t now);
/*
 * Resolve every membership anew, with this table, or with the same one after a change. The old
 * table may be freed afterwards.
 */
void proxy_set_murt(struct proxy *proxy, struct murt *murt, usec_t now);
/*
 * These rows of the table were added, changed or deleted: what they may serve is resolved again.
 * Of a changed row give both contents. Borrowed during the call.
 */
void proxy_rows_changed(struct proxy *proxy, const struct murt_row *rows, size_t n, usec_t now);
/* Who serves some sources of a membership, and who did until the new ones deliver. */
struct proxy_served {
	struct prefix source;
	upset upstreams, keep;
};

/* What a former agent knew of a client. */
struct proxy_membership {
	struct addr group, client; /* client ADDR_NONE: a static join */
	uint8_t mac[ETH_ALEN];
	unsigned int generation; /* 1 … 3, see wire/message.h */
	bool exclude;		 /* the filter mode */
	upset upstreams, keep;	 /* EXCLUDE: as in struct proxy_served, for any source */
	const struct proxy_served *sources;
	unsigned int n_sources;
	const struct proxy_served *carves; /* EXCLUDE: exceptions, by prefix_cmp() */
	unsigned int n_carves;
};

/*
 * A membership that a former agent knew, on a port that has none yet. It counts at once, and ends
 * unless the client answers the queries of the start. Who serves it goes on, as after a change of
 * the table. Of a static join, which is there already, only that is new.
 */
void proxy_restore(struct proxy *proxy, unsigned int port, const struct proxy_membership *what,
		   usec_t now);
/* Take an upstream out of service or back; what it serves moves away while it still delivers. */
void proxy_upstream_enable(struct proxy *proxy, unsigned int slot, bool enable, usec_t now);

/* Make port `index` known, down. `slot` is its upstream slot, or -1 for a downstream port. */
void proxy_port_add(struct proxy *proxy, unsigned int index, uint32_t number, int slot,
		    const struct port_settings *settings);
/* Turn a downstream port without members into an upstream. Rows that name it serve once
 * proxy_rows_changed() of them, or proxy_set_murt(), follows. */
void proxy_port_make_upstream(struct proxy *proxy, unsigned int index, int slot);
/* New settings hold from the next timer on. */
void proxy_port_set(struct proxy *proxy, unsigned int index, const struct port_settings *settings,
		    usec_t now);
/*
 * Join without a report: as the proxy itself on an upstream port, as a client without an address on
 * a downstream port. `source` ADDR_NONE: any. proxy_static_leave() takes it back.
 */
void proxy_static_join(struct proxy *proxy, unsigned int index, const struct addr *group,
		       const struct addr *source, usec_t now);
void proxy_static_leave(struct proxy *proxy, unsigned int index, const struct addr *group,
			const struct addr *source, usec_t now);
/* Up, or new addresses: a downstream port gets its start-up queries, an upstream its state anew. */
void proxy_port_up(struct proxy *proxy, unsigned int index, const struct sender *sender, size_t mtu,
		   usec_t now);
/* Down: an upstream is out of the running. `gone`: the interface vanished, and its members with it.
 */
void proxy_port_down(struct proxy *proxy, unsigned int index, bool gone, usec_t now);

/* Messages of the port were lost: ask its clients again, or tell the upstream again. */
void proxy_port_heal(struct proxy *proxy, unsigned int index, usec_t now);

/* A message received on a port. */
void proxy_input(struct proxy *proxy, unsigned int port, const struct message *message, usec_t now);

/* A host on a port told its neighbours that it has an address. */
void proxy_neighbour(struct proxy *proxy, unsigned int port, const struct neighbour *neighbour,
		     usec_t now);

/* When proxy_run_timers() has something to do, or USEC_NEVER. */
usec_t proxy_next_timer(const struct proxy *proxy);
void proxy_run_timers(struct proxy *proxy, usec_t now);
void proxy_flush(struct proxy *proxy, usec_t now);

/*
 * Work the state of groups, which must differ, out again from memberships, table and ports, and
 * compare. Calls `differ` with one sentence for each difference. Returns how many. To be called
 * after a flush.
 */
unsigned int proxy_audit_groups(struct proxy *proxy, const struct addr *groups, size_t n,
				void (*differ)(void *ctx, const char *text), void *ctx);
/* The same of all groups. */
unsigned int proxy_audit(struct proxy *proxy, void (*differ)(void *ctx, const char *text),
			 void *ctx);

#endif
