/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memberships by port, group and client: made, changed and ended by reports, leaves and timers. */
#include "proxy/internal.h"

static struct group *group_find(struct proxy *p, unsigned int port, const struct addr *addr)
{
	struct group *g, key = {.key = {.group = *addr, .port = port}};

	HASH_FIND(hh, p->groups, &key.key, sizeof(key.key), g);
	return g;
}

static struct group *group_get(struct proxy *p, unsigned int port, const struct addr *addr)
{
	struct group *g = group_find(p, port, addr);

	if (g)
		return g;
	if (p->params.groups_per_port && p->ports[port].n_groups >= p->params.groups_per_port) {
		p->stats.over_limit++;
		return NULL;
	}
	g = xcalloc(1, sizeof(*g));
	g->key.group = *addr;
	g->key.port = port;
	g->query_timer.fire = querier_group_timer;
	HASH_ADD(hh, p->groups, key, sizeof(g->key), g);
	p->ports[port].n_groups++;
	return g;
}

static void group_put(struct proxy *p, struct group *g)
{
	if (g->n_members)
		return;
	timer_cancel(&p->timers, &g->query_timer);
	p->ports[g->key.port].n_groups--;
	HASH_DELETE(hh, p->groups, g);
	free(g->queried);
	free(g);
}

static struct member *member_find(struct proxy *p, struct group *g, const struct addr *client)
{
	struct member *m, key = {.key = {.group = g, .client = *client}};

	HASH_FIND(hh, p->members, &key.key, sizeof(key.key), m);
	return m;
}

static void member_end(struct proxy *p, struct member *m)
{
	struct group *g = m->key.group;

	timer_cancel(&p->timers, &m->timer);
	demand_remove(p, m);
	HASH_DELETE(hh, p->members, m);
	DL_DELETE(g->members, m);
	g->n_members--;
	if (m->generation < 3)
		g->n_old--;
	free(m->sources);
	free(m);
	p->stats.leaves++;
	group_put(p, g);
}

/* Let what is due happen, then count the membership's demand anew, or end it. */
static void member_update(struct proxy *p, struct member *m, bool joined, usec_t now)
{
	if (!member_settle(m, now)) {
		member_end(p, m);
		return;
	}
	member_resolve(p, m, joined);
	demand_add(p, m);
	timer_set(&p->timers, &m->timer, member_next_expiry(m));
}

static void member_timer(void *ctx, struct timer *timer, usec_t now)
{
	struct proxy *p = ctx;
	struct member *m = container_of(timer, struct member, timer);

	demand_remove(p, m);
	member_update(p, m, false, now);
}

static struct member *member_new(struct proxy *p, struct group *g, const struct addr *client)
{
	struct member *m = xcalloc(1, sizeof(*m));

	m->key.group = g;
	m->key.client = *client;
	m->mode = MODE_INCLUDE;
	m->generation = 3;
	m->timer.fire = member_timer;
	HASH_ADD(hh, p->members, key, sizeof(m->key), m);
	DL_APPEND(g->members, m);
	g->n_members++;
	p->stats.joins++;
	return m;
}

static void set_generation(struct member *m, unsigned int generation)
{
	struct group *g = m->key.group;

	g->n_old += (generation < 3) - (m->generation < 3);
	m->generation = generation;
}

/* Is each member's own word final, or may hosts hide behind another's report (RFC 2236 section 3)?
 */
static bool group_exact(const struct proxy *p, const struct group *g)
{
	if (p->params.fast_leave == FAST_LEAVE_AUTO)
		return g->n_old == 0;
	return p->params.fast_leave == FAST_LEAVE_ON;
}

/* Does the record ask for anything, or only take back? */
static bool record_joins(const struct record *r)
{
	if (r->type == RECORD_IS_EX || r->type == RECORD_TO_EX)
		return true;
	return r->type != RECORD_BLOCK && r->n_sources;
}

static void record_apply(struct proxy *p, unsigned int port, const struct addr *client,
			 const struct record *r, unsigned int generation, usec_t now)
{
	struct query_need need = {0};
	struct group *g;
	struct member *m;
	bool joined = false, exact;

	if (addr_is_link_local_group(&r->group))
		return;
	g = record_joins(r) ? group_get(p, port, &r->group) : group_find(p, port, &r->group);
	if (!g)
		return;
	m = member_find(p, g, client);
	if (!m) {
		if (!record_joins(r))
			return;
		m = member_new(p, g, client);
		joined = true;
	}
	set_generation(m, generation);
	m->leaving = false;
	exact = group_exact(p, g);
	demand_remove(p, m);
	member_apply(p, m, r->type, r, exact, now, &need);
	querier_check(p, g, &need, now);
	member_update(p, m, joined, now);
	free(need.sources);
}

/*
 * Older hosts keep silent when they hear another's report for the group (RFC 2236 section 3, RFC
 * 2710 section 4), so one such report keeps alive all older members of the group on the port.
 */
static void refresh_silent(struct proxy *p, struct group *g, usec_t now)
{
	struct member *m;

	DL_FOREACH (g->members, m) {
		if (m->generation == 3 || m->leaving || m->mode != MODE_EXCLUDE)
			continue;
		m->expires = now + group_membership_interval(p);
		timer_set(&p->timers, &m->timer, member_next_expiry(m));
	}
}

void membership_report(struct proxy *p, unsigned int port, const struct message *m, usec_t now)
{
	struct record record;
	size_t offset = 0;

	if (m->generation == 3) {
		while (message_next_record(m, &offset, &record))
			record_apply(p, port, &m->source, &record, 3, now);
		return;
	}
	/* RFC 9776 section 7.3.2: an older report is IS_EX{}. */
	record = (struct record){.type = RECORD_IS_EX, .group = m->group, .family = m->family};
	record_apply(p, port, &m->source, &record, m->generation, now);
	if (group_find(p, port, &m->group))
		refresh_silent(p, group_find(p, port, &m->group), now);
}

/* Lower the timers of all older members that a leave may speak for; the next report raises them
 * again. */
static void lower_old(struct proxy *p, struct group *g, const struct addr *client, usec_t now)
{
	usec_t due = now + p->params.robustness * p->params.last_member_query_interval;
	struct member *m;

	DL_FOREACH (g->members, m) {
		if (m->generation == 3)
			continue;
		m->leaving = m->leaving || addr_eq(&m->key.client, client);
		m->expires = MIN(m->expires, due);
		timer_set(&p->timers, &m->timer, member_next_expiry(m));
	}
}

void membership_leave(struct proxy *p, unsigned int port, const struct message *message, usec_t now)
{
	struct query_need need = {.group = true};
	struct group *g = group_find(p, port, &message->group);
	struct member *m;

	if (!g)
		return;
	/* RFC 9776 section 7.3.2: an IGMPv1 host would not answer the query. */
	DL_FOREACH (g->members, m)
		if (m->generation == 1)
			return;
	m = member_find(p, g, &message->source);
	if (m && p->params.fast_leave == FAST_LEAVE_ON) {
		member_end(p, m);
		return;
	}
	lower_old(p, g, &message->source, now);
	querier_check(p, g, &need, now);
}

void membership_drop_port(struct proxy *p, unsigned int port)
{
	struct member *m, *next;

	HASH_ITER (hh, p->members, m, next)
		if (m->key.group->key.port == port)
			member_end(p, m);
}
