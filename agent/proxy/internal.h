/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of agent/proxy owe one another. */
#ifndef MUPI_PROXY_INTERNAL_H
#define MUPI_PROXY_INTERNAL_H

#include <stdlib.h>

#include "proxy/state.h"

static inline unsigned int family_index(enum family family)
{
	return family == FAMILY_V6;
}

/* RFC 9776 section 8.4, RFC 9777 section 9.4 */
static inline usec_t group_membership_interval(const struct querier *q)
{
	return q->robustness * q->query_interval + 2 * q->query_response_interval;
}

/* RFC 9776 section 8.13, RFC 9777 section 9.13 */
static inline usec_t older_host_interval(const struct querier *q)
{
	return q->robustness * q->query_interval + q->query_response_interval;
}

/* RFC 9776 section 8.9, RFC 9777 section 9.9 */
static inline unsigned int last_member_query_count(const struct proxy_port *port)
{
	return port->settings.last_member_query_count ? port->settings.last_member_query_count
						      : port->settings.robustness;
}

/* RFC 9776 section 8.10, RFC 9777 section 9.10 */
static inline usec_t last_member_query_time(const struct proxy_port *port)
{
	return last_member_query_count(port) * port->settings.last_member_query_interval;
}

static inline struct querier *group_querier(struct proxy *p, const struct group *g)
{
	return &p->ports[g->key.port].querier[family_index(addr_family(&g->key.group))];
}

static inline upset usable_upstreams(const struct proxy *p)
{
	return p->up & ~p->disabled;
}

static inline void port_count(struct proxy_port *port, enum port_stat stat)
{
	port->stats[stat]++;
}

/* A moment in (now, now + range]. */
usec_t proxy_random_delay(struct proxy *p, usec_t now, usec_t range);
/* sorted.c: arrays whose elements begin with their address */
int compare_addrs(const void *a, const void *b); /* their order, as for qsort() */
/* The first that is not below `key`, or `n`. */
unsigned int addr_lower_bound(const void *array, unsigned int n, size_t size,
			      const struct addr *key);
/* The element with the address, or NULL. */
void *addr_find(const void *array, unsigned int n, size_t size, const struct addr *key);

/* The same for arrays by prefix_cmp() whose elements begin with their prefix. */
int compare_prefixes(const void *a, const void *b);
unsigned int prefix_lower_bound(const void *array, unsigned int n, size_t size,
				const struct prefix *key);
void *prefix_find(const void *array, unsigned int n, size_t size, const struct prefix *key);
/* The element with the longest prefix that covers the key, or NULL. */
void *prefix_longest(const void *array, unsigned int n, size_t size, const struct prefix *key);

/* membership.c */
void membership_init(struct proxy *p);
/* Is there room for one more than `value`? Counts what is refused, warns once when it gets narrow.
 * `limit` 0: always. */
bool limit_permits(struct proxy *p, struct proxy_port *port, enum port_stat which,
		   unsigned int value, unsigned int limit);
/* Is there room in the data plane for what one more group or source takes? */
bool room_permits(struct proxy *p, struct proxy_port *port);
/* Members of the group have `by` sources more. */
void group_count_sources(struct proxy *p, struct group *g, int by);
/* `client` NULL: the static join. */
struct member *member_find(const struct proxy *p, const struct group *g,
			   const struct client *client);
/* The membership of the client with the address, or NULL. */
struct member *member_of(struct proxy *p, const struct group *g, const struct addr *client);
/* A membership in INCLUDE mode without sources, or NULL beyond a limit. */
struct member *member_new(struct proxy *p, unsigned int port, const struct addr *group,
			  const struct addr *client);
/* The same for a static join; limits are for clients. */
struct member *member_new_static(struct proxy *p, unsigned int port, const struct addr *group);
/* After its timers were set. */
void member_rearm(struct proxy *p, struct member *m);
/* What of a membership those who watch are told (event.c). */
struct told {
	/* digests: mode and sources; who serves them; who did and is kept */
	uint64_t asks, serves, keeps;
	upset upstreams;
};
/* Let what is due happen, then count the membership's demand anew, or end it. False: it ended. */
bool member_update(struct proxy *p, struct member *m, const struct told *before, bool joined,
		   usec_t now);
/* End it at once. Its group and its client go with their last one; all that is freed. */
void member_end(struct proxy *p, struct member *m, enum proxy_leave why);
void membership_drop_port(struct proxy *p, unsigned int port);

/* silence.c: older hosts, who may speak for each other */
void member_set_generation(struct proxy *p, struct member *m, unsigned int generation);
/* Before the member's timers are used. */
void member_catch_up(struct proxy *p, struct member *m);
/* All members, before some of their timers are changed. */
void group_catch_up(struct proxy *p, struct group *g);
/* A report of an older host, the group's last question being answered. */
void silence_heard(struct proxy *p, struct group *g, unsigned int generation, usec_t now);
/* An older host's leave: all have until `due` to contradict, `who` (NULL: not a member) too. */
void silence_left(struct proxy *p, struct group *g, struct member *who, usec_t due);

/* clients.c */
/* A report or a leave. */
void clients_heard(struct proxy *p, struct proxy_port *port, const struct message *m, usec_t now);
/* Members have until `due` to answer the elected querier's question (RFC 9776 section 6.6.1). */
void clients_asked(struct proxy *p, struct group *g, const struct message *query, usec_t due);

/* sources.c: the state tables of RFC 9776 section 6.4; fills `need` with what queries are to ask.
 */
struct query_need {
	bool group;
	struct addr *sources;
	unsigned int n;
};
void member_apply(struct proxy *p, struct member *m, const struct record *record, bool exact,
		  usec_t now, struct query_need *need);
/* Lower the timers of what a query is about (RFC 9776 section 6.6.1). */
void member_asked(struct member *m, const struct message *query, usec_t due);
struct source *member_source(const struct member *m, const struct addr *addr); /* or NULL */
/* A source that nobody reported, with its timer as in struct source. */
void member_add_source(struct proxy *p, struct member *m, const struct addr *source,
		       usec_t expires);
/* Let timers that are due act (RFC 9776 sections 6.3, 6.5). False: nothing is left of the
 * membership. */
bool member_settle(struct member *m, usec_t now);
/* USEC_NEVER: none. */
usec_t member_next_expiry(const struct member *m);

/* restore.c */
/* Another querier asks before all queries of the start were sent: what is restored and not yet
 * reported lasts as long as its queries take (RFC 9776 section 8.4). */
void restore_follow(struct proxy *p, const struct querier *q, usec_t now);

/* static.c */
/* The static joins of a port that came up, or that go down with it. */
void static_port(struct proxy *p, unsigned int port, bool on, usec_t now);
/* Count the static joins of upstreams into the demand of `p`, as proxy_audit() does again. */
void static_count(struct proxy *p, const struct static_join *s, int by);

/* demand.c */
/* What a static join of the upstream itself wants; `source` ADDR_NONE: any. */
void demand_static(struct proxy *p, unsigned int slot, const struct addr *group,
		   const struct addr *source, int by);
/* Does anybody name the source, on any port? */
bool demand_names(struct proxy *p, const struct addr *group, const struct addr *source);
/* Does anybody want the sources of a prefix, or any source (no family), and not only keep the
 * upstream? Longer ones may differ. */
bool demand_carries(const struct upstream_group *g, const struct prefix *source);
/* Only some of them? */
bool demand_carries_inside(const struct upstream_group *g, const struct prefix *source);
/* Count what the member wants; take that back before any of it changes. Twice is once. */
void demand_add(struct proxy *p, struct member *m);
void demand_remove(struct proxy *p, struct member *m);
/* What is to be forwarded, by prefix_cmp(). Returns how many; the caller frees *ret. */
unsigned int demand_flows(const struct upstream_group *g, struct flow **ret);
/* The next flush looks at it. */
void demand_mark(struct proxy *p, struct upstream_group *g);
/* Nothing wanted, nothing forwarded, nothing left to say. */
bool demand_idle(const struct upstream_group *g);
void demand_free(struct proxy *p, struct upstream_group *g);

/* carve.c: exceptions by source */
/*
 * The member's new exceptions, which it takes; what it kept before (`keep`, and that of its former
 * exceptions) goes on being kept.
 */
void carve_replace(struct member *m, struct carve *carves, unsigned int n);
/* For a copy of a member: exceptions of its own. */
void carve_copy(struct member *to, const struct member *from);
/* Who serves the sources of a prefix, or the rest (no family). */
upset carve_upstreams(const struct member *m, const struct prefix *source);
/* Who only keeps serving them. */
upset carve_keep(const struct member *m, const struct prefix *source);
/* INCLUDE becomes EXCLUDE: sources that keep an upstream become former exceptions. */
void carve_from_sources(struct member *m);
/* Drop all exceptions, whatever they keep. */
void carve_clear(struct member *m);
/* Keep no more than makes sense; drop exceptions that are none. `up`: upstreams that deliver. */
void carve_settle(struct member *m, upset up);

/* resolve.c */
/* Ask the access list and the table who serves it. `count_hits`: as it asks for the first time. */
void member_resolve(struct proxy *p, struct member *m, bool count_hits);
/* The answer may be another by now: move who is to be served otherwise. */
void resolve_again(struct proxy *p, struct member *m, usec_t now);
void resolve_all(struct proxy *p, usec_t now);

/* identity.c */
uint64_t client_mac_hash(const struct hashtable *t, const struct hash_link *link);
/* Find the client by its MAC address from here on, and no longer. */
void client_enter_mac(struct proxy *p, struct client *c);
void client_leave_mac(struct proxy *p, struct client *c);
/* The MAC address of its last report; if that is another, all its memberships are resolved again.
 */
void client_set_mac(struct proxy *p, struct client *c, const uint8_t mac[ETH_ALEN], usec_t now);
uint64_t identity_hash(const struct hashtable *t, const struct hash_link *link);
uint64_t host_addr_hash(const struct hashtable *t, const struct hash_link *link);
void identity_drop_port(struct proxy *p, unsigned int port);

/* event.c: tell who watches */
/* The membership before it changes. */
struct told event_before(const struct member *m);
/* It is up to date again: tell what differs. */
void event_member(struct proxy *p, struct member *m, const struct told *before);
void event_leave(struct proxy *p, struct member *m, enum proxy_leave why);
void event_settled(struct proxy *p, const struct member *m);
void event_limit(struct proxy *p, struct proxy_port *port, enum port_stat which);
void event_querier(struct proxy *p, struct querier *q);
void event_identity(struct proxy *p, enum proxy_event_type type, const struct host_addr *a);

/* handover.c: make before break */
/* From here on counters are read anew; before memberships are resolved again. */
void handover_look(struct proxy *p);
/* An entry takes the place of `old`, or of none. */
void handover_look_on(const struct proxy *p, struct flow *f, const struct flow *old);
/* What still delivers is worth keeping beside new upstreams, if there are any. */
static inline upset worth_keeping(upset old, upset now, upset up)
{
	return now ? old & up & ~now : 0;
}
/* Made if there is none; handover_settle() drops what holds nothing. */
struct member_extra *member_extra(struct member *m);
/* Note who serves the membership before it is resolved anew … */
void handover_prepare(struct proxy *p, struct member *m);
/* … and afterwards, or when it changed by itself, keep of them what makes sense, for a while. */
void handover_settle(struct proxy *p, struct member *m, usec_t now);
/* Keep nothing any more. */
void handover_stop(struct proxy *p, struct member *m);
/* Is all that the membership keeps worth it, and going to be left again? */
bool handover_agrees(const struct proxy *p, struct member *m);

/* filter.c */
bool filter_empty(const struct filter *f); /* nothing is wanted */
bool filter_eq(const struct filter *a, const struct filter *b);
bool filter_has(const struct filter *f, const struct addr *source); /* in its list */
bool filter_wants(const struct filter *f, const struct addr *source);
/* Frees what was in `to`. */
void filter_copy(struct filter *to, const struct filter *from);

/* report.c */
struct report {
	struct proxy *p;
	struct proxy_port *port;
	const struct sender *from;
	enum family family;
	struct frame frame;
	unsigned int records;
};
/*
 * Add a record. One that is too large for a packet of its own is divided, except that an EXCLUDE
 * record can only be cut short (RFC 9776 section 4.2.17, RFC 9777 section 5.2.16).
 */
void report_add(struct report *r, enum record_type type, const struct addr *group,
		const struct addr *sources, unsigned int n);
bool report_fits(const struct report *r, unsigned int n_sources); /* one more, in this packet */
void report_flush(struct report *r);				  /* send what is there */

/* host.c: state changes on upstreams */
struct host *host_of(struct proxy *p, const struct upstream_group *g);
void host_init(struct proxy_port *port);
void host_up(struct proxy *p, struct proxy_port *port); /* tells with host_send_fresh() */
void host_stop(struct proxy *p, struct proxy_port *port);
/* Another filter is wanted of g; takes its sources. */
void host_changed(struct proxy *p, struct upstream_group *g, struct filter *filter);
/* Tell what host_changed() left to tell, now or when the hold-off ends. */
void host_send_fresh(struct proxy *p, usec_t now);
/* Forget pending answers and retransmissions; `again`: begin the latter anew. */
void host_cancel(struct proxy *p, struct host *host, bool again);

/* answer.c: queries on upstreams */
void answer_init(struct host *host);
void answer_general_cancel(struct proxy *p, struct host *host);
void answer_cancel(struct proxy *p, struct upstream_group *g);
/* Answers it, after its random delay. */
void host_query(struct proxy *p, struct proxy_port *port, const struct message *m, usec_t now);

/* older.c: routers of an older version on upstreams */
void older_init(struct host *host);
void older_stop(struct proxy *p, struct host *host);
/* A query: of an older version, it sets the host compatibility mode. */
void older_heard(struct proxy *p, struct host *host, const struct message *m, usec_t now);
/* What told → filter takes, and saying it. */
void older_note_change(struct upstream_group *g, unsigned int times);
void older_send(struct proxy *p, struct host *host, const struct upstream_group *queue);
void older_answer(struct proxy *p, struct host *host, const struct upstream_group *g);
/* A report of another host on the upstream. */
void host_report_heard(struct proxy *p, struct proxy_port *port, const struct message *m);

/* relay.c */
struct route_source {
	struct addr addr;
	upset upstreams;
};
/* Who serves a membership, as it was at one moment. */
struct route {
	upset any; /* EXCLUDE mode */
	upset all;
	struct route_source *sources; /* INCLUDE mode, sorted */
	unsigned int n;
};
/* What one client says, by upstream. */
struct relay {
	struct proxy *p;
	enum family family;
	struct sender from;
	struct report *reports[MURT_MAX_UPSTREAMS];
};
void route_of(const struct member *m, struct route *ret); /* m may be NULL; route_free() it */
void route_free(struct route *route);
void relay_start(struct relay *relay, struct proxy *p, const struct addr *client,
		 const uint8_t mac[ETH_ALEN], enum family family);
void relay_record(struct relay *relay, const struct record *r, const struct route *before,
		  const struct route *after);
void relay_finish(struct relay *relay); /* sends what relay_record() gathered */
/* A report or leave of generation 1 or 2, sent at once. */
void relay_old(struct relay *relay, upset upstreams, unsigned int generation, bool leave,
	       const struct addr *group);
/* Policy sends the client elsewhere: say for it what it would. */
void relay_moved(struct proxy *p, const struct member *m, const struct route *before);
/* The proxy ends an EXCLUDE membership: take it back for the client. */
void relay_ended(struct proxy *p, const struct member *m);
/* Relay mode is switched on: say for each client what it would, before the proxy takes back what it
 * told itself. */
void relay_begin(struct proxy *p);
/* Pass it on to the clients whom it concerns. */
void relay_query(struct proxy *p, const struct message *m, usec_t now);

/* querier.c: general queries, and who asks them */
void querier_init(struct proxy_port *port);
/* The port came up, goes down, or has other settings. */
void querier_start(struct proxy *p, struct proxy_port *port, usec_t now);
void querier_stop(struct proxy *p, struct proxy_port *port);
void querier_settings(struct proxy *p, struct proxy_port *port, usec_t now);
/* A general query now, where we are the querier. */
void querier_ask(struct proxy *p, struct proxy_port *port, usec_t now);
/* A query from another router on a downstream port (RFC 9776 sections 6.6.1 and 6.6.2). */
void querier_heard(struct proxy *p, struct proxy_port *port, const struct message *m, usec_t now);
/* A query that the clients on the port get too, as from any router there. */
void querier_accept(struct proxy *p, struct proxy_port *port, const struct message *m, usec_t now);
/* Returns how many of the sources went with it. */
unsigned int querier_send(struct proxy *p, struct proxy_port *port, enum family family,
			  struct query *q);

/* lastmember.c */
/* Query about what a leave leaves open, as often as it takes; where another router asks, not. */
void querier_check(struct proxy *p, struct group *g, const struct query_need *need, usec_t now);
/* No more of these queries: the group goes. */
void querier_forget(struct proxy *p, struct group *g);

#endif
