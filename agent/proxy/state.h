/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the proxy knows. Written by agent/proxy only; the control commands read it. */
#ifndef MUPI_STATE_H
#define MUPI_STATE_H

#include <utlist.h>

#include "lib/hashtable.h"
#include "mupi/dataplane.h"
#include "proxy/proxy.h"
#include "proxy/timer.h"

enum filter_mode { MODE_INCLUDE, MODE_EXCLUDE };

/* ---- membership: what clients want (router side, RFC 9776 section 6, RFC 9777 section 7) ---- */

struct source {
	struct addr addr;
	usec_t expires;	 /* 0: no timer running, an excluded source */
	upset upstreams; /* in INCLUDE mode: who serves it */
	upset keep;	 /* and who served it, until the new ones deliver */
};

/* A host on a port, with what all its memberships share. */
struct client {
	struct hash_key key;   /* address and port */
	uint8_t mac[ETH_ALEN]; /* of its last report */
	usec_t busy;	       /* as of an identity: until then, another has to wait */
	struct member *members;
	unsigned int n_members;
	struct hash_link mac_link; /* by port and MAC address: one of those that share it */
	struct client *mac_prev, *mac_next; /* a ring of them */
};

/* Addresses remembered for a host; beyond, the one that was not heard for longest goes. */
#define IDENTITY_ADDRS 16

/* The addresses of a host on a port, the one that was heard last first. */
struct identity {
	struct hash_link link; /* by port and MAC address */
	struct {
		uint8_t mac[ETH_ALEN];
		uint16_t port;
	} key;
	struct host_addr {
		struct hash_link link; /* by address */
		struct addr addr;
		struct identity *host;
		usec_t due;	    /* when the host is asked whether it has it still */
		unsigned int asked; /* how many times it was, and did not answer */
		struct host_addr *prev, *next;
	} * addrs;
	unsigned int n;
	bool of_client;		      /* somebody with the MAC address is a member */
	usec_t busy;		      /* until then, what it has learned takes its time */
	struct timer timer;	      /* of a client: the first `due` */
	struct identity *prev, *next; /* of the port */
};

/* Sources that the table gives to upstreams of their own, for a member that wants any source. */
struct carve {
	struct prefix source;
	upset upstreams;
	upset keep; /* who served them, until the new ones deliver */
	bool past;  /* the table no longer has it: only `keep` differs from the rest */
};

/* What few memberships have. */
struct member_extra {
	struct carve *carves;	   /* EXCLUDE: exceptions from `upstreams`, by prefix_cmp() */
	upset keep;		   /* EXCLUDE: who served any source, until the new ones deliver */
	struct handover *handover; /* or NULL */
};

/* One client's membership of a group on a port. There may be a million: 136 bytes each. */
struct member {
	struct hash_link link; /* by group and client */
	struct group *group;
	struct client *client;	    /* NULL: a static join */
	struct member *prev, *next; /* of the group */
	struct member *client_prev, *client_next;
	struct timer timer;
	usec_t older_until[2]; /* older version host present timers: generation 1, 2; 0: not running
				*/
	usec_t expires;	       /* EXCLUDE: the group timer */
	upset upstreams;       /* EXCLUDE: who serves any source */
	struct member_extra *extra; /* or NULL */
	struct source *sources;	    /* sorted by address */
	unsigned int n_sources;
	uint16_t n_carves; /* in `extra` */
	uint8_t mode;	   /* enum filter_mode */
	/* 1 … 3, see wire/message.h: the oldest that the client spoke lately (RFC 9776
	 * section 7.3.2) */
	uint8_t generation : 2;
	bool leaving : 1;  /* an older host's leave is being checked by queries */
	bool left : 1;	   /* its last report took it back */
	bool asked : 1;	   /* another querier's question lowered its timers */
	bool counted : 1;  /* its demand is in the tallies */
	bool joined : 1;   /* those who watch were told */
	bool restored : 1; /* a former agent knew it, nobody has reported it since */
};

/* A group on a port. There may be hundreds of thousands: 88 bytes each. */
struct group {
	struct hash_key key;	   /* group and port */
	struct group *prev, *next; /* of all */
	struct member *members;
	struct group_older *older; /* NULL: no member is of generation 1 or 2 */
	struct group_check *check; /* NULL: no last-member queries are under way */
	unsigned int n_members;
	unsigned int n_sources; /* of all members */
	bool asked;		/* some members are `asked` */
};

/* What is known of all older members together, before their own timers learn of it (silence.c). */
struct group_older {
	/* When a report was last heard that keeps all members of generation 1, 2 alive; 0: none. */
	usec_t heard[2];
	usec_t lowered;	   /* since then, a leave left all of them this time; 0: none */
	unsigned int n;	   /* members of generation 1 or 2 */
	unsigned int n_v1; /* members of generation 1 */
	struct group *group;
	struct timer timer; /* when `lowered` has come */
	bool unasked;	    /* some are `leaving`, though we do not ask */
};

/* Last-member queries (RFC 9776 sections 6.6.3.1 and 6.6.3.2). */
struct group_check {
	struct group *group;
	struct timer timer;
	unsigned int left; /* about the group */
	struct queried_source {
		struct addr addr;
		unsigned int left;
	} * sources;
	unsigned int n_sources;
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

/*
 * A source, or a prefix that a carve-out tells apart. A packet's members are those of `any` and,
 * for every prefix that covers its source, plus `include` and minus `exclude`.
 */
struct demand_source {
	struct prefix source;
	struct tally include; /* members that want it, though not what is around it */
	struct tally exclude; /* members that do not want it, but what is around it */
};

/* A forwarding entry as the data plane was told. */
struct flow {
	struct prefix source; /* of no family: any */
	struct portset out;
	uint32_t below; /* any: MUPI_FWD_HAS_SOURCES, MUPI_FWD_HAS_PREFIXES */
	/* handover.c: looks at the packets, and how many they were (the lower bits) */
	unsigned int looked_at;	 /* the last one */
	unsigned int grew_since; /* the last one that more came after */
	uint32_t packets;
};

/* What an upstream is to be told about a group (RFC 4605 section 4.1). */
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
	struct hash_key key;		    /* group and slot */
	struct upstream_group *prev, *next; /* of all */
	struct tally any;		    /* EXCLUDE members */
	struct demand_source *sources;	    /* by prefix_cmp() */
	unsigned int n_sources;
	struct flow *flows; /* by prefix_cmp(), so that any source comes first */
	unsigned int n_flows;
	unsigned int looked_at, grew_since; /* as of a flow: of any of them */
	bool failed;			    /* some could not be set as they should be */
	/* host side (RFC 9776 section 5, RFC 9777 section 6) */
	struct filter filter;	       /* what is wanted */
	struct filter told;	       /* what the router was told last */
	bool retell;		       /* it may have forgotten that */
	unsigned int mode_left;	       /* transmissions of a filter mode change */
	struct source_change *changes; /* sorted */
	unsigned int n_changes;
	struct timer answer; /* to a group-specific or group-and-source-specific query */
	struct addr *asked;  /* sorted; none: about the whole group */
	unsigned int n_asked;
	struct upstream_group **queue; /* of the port that it waits in, or NULL */
	struct upstream_group *queue_prev, *queue_next;
	bool dirty;
	struct upstream_group *dirty_next;
};

/* ---- ports ---- */

/* Router side of a downstream port, one family (RFC 9776 section 6.6.2, RFC 9777 section 7.6.2). */
struct querier {
	struct proxy_port *port;
	enum family family;
	bool elected;	   /* we ask */
	struct addr other; /* who asks, when it is not us; ADDR_NONE: nobody heard */
	unsigned int startup_left;
	unsigned int checks; /* groups with last-member queries under way */
	struct timer timer;  /* our next general query, or the end of the other querier */
	/* in force: our settings, or what the elected querier says */
	unsigned int robustness;
	usec_t query_interval;
	usec_t query_response_interval;
	/* what those who watch were told (event.c) */
	bool told_elected;
	struct addr told_other;
};

/* An answer to a general query, sent packet by packet (RFC 9776 section 5.2). */
struct general_answer {
	struct timer timer;
	usec_t end;	     /* all is said by then */
	struct addr *groups; /* NULL: not begun */
	unsigned int n;
	unsigned int next, left; /* whose turn it is, round about */
};

/* Host side of an upstream port, one family (RFC 9776 section 5, RFC 9777 section 6). */
struct host {
	struct proxy_port *port;
	enum family family;
	/* host compatibility mode, 1 … 3 as in wire/message.h (RFC 9776 section 7.2.1, RFC 9777
	 * section 8.2.1) */
	unsigned int generation;
	struct timer older[2];	 /* older version querier present: generation 1, 2 */
	unsigned int robustness; /* the querier's; 0: it does not say */
	struct general_answer answer;
	struct timer hold;	 /* changes are gathered as long as it runs */
	struct timer retransmit; /* state changes */
	/* upstream groups with changes to tell: not yet sent once, and to be sent again */
	struct upstream_group *fresh, *again;
};

/* What happened on a port. Names for people are in port_stat_names, in the same order. */
enum port_stat {
	PORT_JOINS,	    /* memberships made */
	PORT_LEAVES,	    /* memberships ended */
	PORT_REFUSED,	    /* requests that no row serves */
	PORT_REPORTS_IN,    /* reports and leaves */
	PORT_QUERIES_IN,    /* queries */
	PORT_REPORTS_OUT,   /* reports and leaves */
	PORT_QUERIES_OUT,   /* queries */
	PORT_WRONG_SIDE,    /* reports on an upstream port, PIM Hellos on a downstream one */
	PORT_GUARDED,	    /* queries on a port with query_guard */
	PORT_OLDER_QUERIES, /* of another querier that speaks an older version */
	PORT_SSM_REFUSED,   /* joins without a source in a source-specific range, older hosts'
			       leaves there */
	PORT_OVER_GROUPS,   /* groups_per_port */
	PORT_OVER_SOURCES,  /* sources_per_group */
	PORT_OVER_CLIENT,   /* memberships_per_client */
	PORT_OVER_PORT,	    /* memberships_per_port */
	PORT_OVER_TOTAL,    /* memberships */
	PORT_DENIED,	    /* requests that the access list denies */
	PORT_OVER_ENTRIES,  /* more would leave too little of the forwarding table */
	PORT_HEALS,	    /* asked or told again, as messages were lost */
	PORT_STAT_MAX,
};

#define PORT_STAT_NAMES                                                                            \
	{                                                                                          \
		"joins", "leaves", "refused", "reports_in", "queries_in", "reports_out",           \
			"queries_out", "wrong_side", "guarded_queries", "older_queries",           \
			"ssm_refused", "over_groups_per_port", "over_sources_per_group",           \
			"over_memberships_per_client", "over_memberships_per_port",                \
			"over_memberships", "denied", "over_forwarding_entries", "heals"           \
	}

struct proxy_port {
	bool known;
	bool up;
	unsigned int index;
	uint32_t number;
	int slot; /* upstream slot, or -1 */
	struct port_settings settings;
	struct sender own;    /* the interface's addresses */
	struct sender sender; /* what is sent with */
	size_t mtu;
	unsigned int n_groups;
	unsigned int n_members;
	unsigned int n_sources; /* of all groups' members */
	usec_t losing_until;	/* its messages are lost */
	unsigned int n_identities;
	struct identity *identities[2]; /* of strangers, of clients; the oldest first */
	unsigned int warned;		/* bits of enum port_stat: limits near, said once */
	struct querier querier[2];	/* downstream: IPv4, IPv6 */
	struct host host[2];		/* upstream */
	uint64_t stats[PORT_STAT_MAX];
};

/* A join that nobody reports. */
struct static_join {
	unsigned int port;
	struct addr group;
	struct addr source; /* ADDR_NONE: any */
	bool on;	    /* as long as the port is up */
};

struct proxy {
	struct proxy_params params;
	struct proxy_ops ops;
	struct murt *murt;
	struct timers timers;
	struct proxy_port ports[MUPI_MAX_PORTS];
	struct proxy_port *upstreams[MURT_MAX_UPSTREAMS];
	upset up;	/* upstreams that are */
	upset disabled; /* upstreams out of service by command */
	struct handover *handovers;
	unsigned int n_handovers;
	unsigned int handover_look;
	unsigned int handover_work;  /* that it took */
	struct timers handover_ends; /* run by `handover_timer` */
	struct timer handover_timer;
	struct group *groups;	      /* in the order in which they were made */
	struct hashtable group_table; /* by address and port */
	struct hashtable members;     /* by group and client */
	struct hashtable clients;     /* by address and port */
	struct hashtable client_macs; /* by port and MAC address */
	struct hashtable identities;  /* by port and MAC address */
	struct hashtable host_addrs;  /* by address, from all ports */
	struct static_join *statics;
	unsigned int n_statics;
	struct upstream_group *upstream_groups; /* in the order in which they were made */
	struct hashtable upstream_table;	/* by group and slot */
	struct upstream_group *dirty;
	struct timer retry_timer; /* of groups that `failed` */
	bool flows_missing;	  /* there were some, which was said */
	bool told_together; /* that rows name more sources than are carved out; until a reload */
};

/* A group on a port, or NULL. */
struct group *group_find(struct proxy *p, unsigned int port, const struct addr *addr);
/* Who reports from the address on a port, or NULL. */
struct client *client_find(const struct proxy *p, unsigned int port, const struct addr *addr);
/* A group on the upstream of a slot, or NULL. */
struct upstream_group *demand_find(const struct proxy *p, unsigned int slot,
				   const struct addr *group);

/* Upstreams that carry the sources of a prefix, or any source (no family), to somebody who does not
 * only keep them; if there are none, those that carry some of the sources. */
upset channel_upstreams(const struct proxy *p, const struct addr *group,
			const struct prefix *source);
/* All memberships, group by group; NULL: no more. Ending one leaves the others where they are. */
struct member *member_first(const struct proxy *p);
struct member *member_following(const struct member *m);
/* The one of a client (ADDR_NONE: a static join) on a port, or NULL. */
struct member *member_at(struct proxy *p, unsigned int port, const struct addr *group,
			 const struct addr *client);
/* ADDR_NONE: a static join. */
static inline const struct addr *member_addr(const struct member *m)
{
	static const struct addr none;

	return m->client ? &m->client->key.addr : &none;
}
static inline upset member_keep(const struct member *m)
{
	return m->extra ? m->extra->keep : 0;
}
/* EXCLUDE: the group timer, with what others' reports make of it. */
usec_t member_group_timer(struct proxy *p, const struct member *m);
/* What the table is asked for a membership, or for one of its sources. */
struct member_request {
	struct murt_request request; /* borrows all of this */
	struct addr others[IDENTITY_ADDRS];
	const struct proxy *proxy;
	const struct member *member; /* or NULL */
};
void member_request(const struct proxy *p, const struct member *m, const struct addr *source,
		    struct member_request *ret);
/* The same of a request that somebody else made: only its `flows`, and what they borrow. */
void member_request_flows(const struct proxy *p, const struct member *m,
			  struct member_request *ret);
/* Everybody who serves the membership. */
upset member_upstreams(const struct member *m);
/* Is the source in the list that the membership shows: wanted in INCLUDE mode, unwanted in EXCLUDE
 * mode? */
static inline bool source_listed(const struct member *m, const struct source *s)
{
	return m->mode == MODE_INCLUDE || !s->expires;
}
/* RFC 4604 section 2.2.1: are joins of the group ignored that are for any source? */
bool ssm_needs_source(const struct proxy *p, const struct addr *group);
/* Does the access list deny what the membership asks for, all of it or some sources? */
bool member_denied(const struct proxy *p, const struct member *m);

/*
 * The merge of what is wanted of a group; with `own`, of what the proxy itself joined, which is all
 * that it tells in relay mode. Caller frees ret->sources.
 */
void demand_filter(const struct upstream_group *g, bool own, struct filter *ret);

/* identity.c: the other addresses of the client that are of the family. Returns how many. */
unsigned int identity_addrs(const struct proxy *p, const struct client *c, enum family family,
			    struct addr ret[static IDENTITY_ADDRS]);
/* The client that has it as one of these, on a port or on any (-1); NULL: none, or several. */
const struct client *identity_client(const struct proxy *p, int port, const struct addr *addr);

#endif
