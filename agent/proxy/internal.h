/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of agent/proxy owe one another. */
#ifndef MUPI_PROXY_INTERNAL_H
#define MUPI_PROXY_INTERNAL_H

#include <stdlib.h>

#include "proxy/state.h"

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

static inline unsigned int family_index(enum family family)
{
	return family == FAMILY_V6;
}

/* RFC 9776 section 8.4 */
static inline usec_t group_membership_interval(const struct proxy *p)
{
	return p->params.robustness * p->params.query_interval + p->params.query_response_interval;
}

/* A moment in (now, now + range]. */
usec_t proxy_random_delay(struct proxy *p, usec_t now, usec_t range);
/* 1 past the last element `< key`: index of the first array element not below `key`. */
unsigned int addr_lower_bound(const void *array, unsigned int n, size_t size,
			      const struct addr *key);

/* membership.c */
void membership_report(struct proxy *p, unsigned int port, const struct message *m, usec_t now);
void membership_leave(struct proxy *p, unsigned int port, const struct message *m, usec_t now);
void membership_drop_port(struct proxy *p, unsigned int port);
/* sources.c: the state tables of RFC 9776 section 6.4; true when last-member queries are needed. */
struct query_need {
	bool group;
	struct addr *sources;
	unsigned int n;
};
void member_apply(struct proxy *p, struct member *m, enum record_type type,
		  const struct record *record, bool exact, usec_t now, struct query_need *need);
/* Let timers that are due act (RFC 9776 sections 6.3, 6.5). False: nothing is left of the
 * membership. */
bool member_settle(struct member *m, usec_t now);
usec_t member_next_expiry(const struct member *m);

/* demand.c */
void demand_add(struct proxy *p, struct member *m);
void demand_remove(struct proxy *p, struct member *m);
void demand_filter(const struct upstream_group *g,
		   struct filter *ret); /* caller frees ret->sources */
unsigned int demand_flows(const struct upstream_group *g, struct flow **ret);
void demand_mark(struct proxy *p, struct upstream_group *g);
bool demand_idle(const struct upstream_group *g);
void demand_free(struct proxy *p, struct upstream_group *g);

/* resolve.c */
void member_resolve(struct proxy *p, struct member *m, bool count_hits);
void resolve_all(struct proxy *p);

/* upstream.c */
void upstream_query(struct proxy *p, unsigned int port, const struct message *m, usec_t now);
/* The filter of g changed: note what has to be told. */
void upstream_changed(struct proxy *p, struct upstream_group *g, struct filter *filter);
/* Send the first transmission of what upstream_changed() noted, for the groups listed. */
void upstream_send_fresh(struct proxy *p, usec_t now);
void upstream_up(struct proxy *p, struct proxy_port *port, usec_t now);
void upstream_init(struct proxy_port *port);
void upstream_stop(struct proxy *p, struct proxy_port *port);

/* querier.c */
void querier_init(struct proxy_port *port);
void querier_start(struct proxy *p, struct proxy_port *port, usec_t now);
void querier_stop(struct proxy *p, struct proxy_port *port);
/* Query about a group after a leave; sources none: group-specific. */
void querier_check(struct proxy *p, struct group *g, const struct query_need *need, usec_t now);
void querier_group_timer(void *ctx, struct timer *timer, usec_t now);

#endif
