/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of one client's membership: the tables of RFC 9776 section 6.4 (RFC 9777 section 7.4 is
 * the same).
 *
 * A source with a timer running is forwarded; in EXCLUDE mode one without (`expires` 0) is not.
 * Where the tables say "send a query", the timers are lowered to the last member query time
 * (section 6.6.3). A client that we track exactly answers for nobody but itself: its own word is
 * final, so that time is 0 and no query is needed.
 */
#include "proxy/internal.h"

struct source *member_source(const struct member *m, const struct addr *addr)
{
	return addr_find(m->sources, m->n_sources, sizeof(*m->sources), addr);
}

/* The next source of a record that can be one: a unicast address of the record's family. */
static bool next_source(const struct record *r, unsigned int *i, struct addr *ret)
{
	while (*i < r->n_sources) {
		*ret = record_source(r, (*i)++);
		if (addr_family(ret) == r->family && !addr_is_zero(ret) && !addr_is_multicast(ret))
			return true;
	}
	return false;
}

struct context {
	struct proxy *p;
	struct proxy_port *port;
	struct member *m;
	const struct record *record;
	usec_t now;
	usec_t interval;   /* group membership interval */
	usec_t last_query; /* last member query time; 0: exact */
	struct query_need *need;
};

/* One more source in a list. What others want of the group already costs only the list. */
static bool source_permitted(struct context *c, const struct addr *addr)
{
	const struct port_settings *s = &c->port->settings;
	const struct group *g = c->m->group;
	bool many = s->sources_per_group && g->n_sources >= s->sources_per_group;

	if (!c->m->client)
		return true;
	if ((!many || !demand_names(c->p, &g->key.group, addr)) &&
	    !limit_permits(c->p, c->port, PORT_OVER_SOURCES, g->n_sources, s->sources_per_group))
		return false;
	return limit_permits(c->p, c->port, PORT_OVER_PORT, c->port->n_members + c->port->n_sources,
			     s->memberships_per_port) &&
	       room_permits(c->p, c->port);
}

/* The source, added with no timer running if it was not there; NULL beyond a limit. */
static struct source *upsert(struct context *c, struct source **sources, unsigned int *n,
			     const struct addr *addr)
{
	unsigned int at = addr_lower_bound(*sources, *n, sizeof(**sources), addr);
	struct group *g = c->m->group;

	if (at < *n && addr_eq(&(*sources)[at].addr, addr))
		return &(*sources)[at];
	if (!source_permitted(c, addr))
		return NULL;
	*sources = xreallocarray(*sources, *n + 1, sizeof(**sources));
	memmove(*sources + at + 1, *sources + at, (*n - at) * sizeof(**sources));
	(*n)++;
	group_count_sources(c->p, g, 1);
	(*sources)[at] = (struct source){.addr = *addr};
	return &(*sources)[at];
}

/* Query about a source, unless that is under way: lower its timer, and remember it unless the
 * client's word is enough (RFC 9776 section 6.6.3.2). */
static void query_source(struct context *c, struct source *s)
{
	if (s->expires <= c->now + c->last_query)
		return;
	s->expires = c->now + c->last_query;
	if (!c->last_query)
		return;
	c->need->sources =
		xreallocarray(c->need->sources, c->need->n + 1, sizeof(*c->need->sources));
	c->need->sources[c->need->n++] = s->addr;
}

static void query_group(struct context *c)
{
	/* Reports of others that were heard before do not hold against that. */
	if (c->m->generation < 3 && c->last_query)
		group_catch_up(c->p, c->m->group);
	c->m->expires = MIN(c->m->expires, c->now + c->last_query);
	c->need->group = c->last_query != 0;
}

/* IS_IN and ALLOW in both modes: the sources are wanted for another interval. */
static void allow(struct context *c)
{
	unsigned int i = 0;
	struct addr a;

	while (next_source(c->record, &i, &a)) {
		struct source *s = upsert(c, &c->m->sources, &c->m->n_sources, &a);

		if (s)
			s->expires = c->now + c->interval;
	}
}

static bool listed(const struct record *r, const struct addr *addr)
{
	for (unsigned int i = 0; i < r->n_sources; i++) {
		struct addr a = record_source(r, i);

		if (addr_eq(&a, addr))
			return true;
	}
	return false;
}

/* TO_IN: as ALLOW, and query what was forwarded and is not listed; in EXCLUDE mode also the group.
 */
static void to_include(struct context *c)
{
	struct member *m = c->m;

	for (unsigned int i = 0; i < m->n_sources; i++)
		if (m->sources[i].expires && !listed(c->record, &m->sources[i].addr))
			query_source(c, &m->sources[i]);
	allow(c);
	if (m->mode == MODE_EXCLUDE)
		query_group(c);
}

static void block(struct context *c)
{
	struct member *m = c->m;
	unsigned int i = 0;
	struct addr a;

	while (next_source(c->record, &i, &a)) {
		struct source *s = member_source(m, &a);

		if (m->mode == MODE_EXCLUDE && !s) {
			s = upsert(c, &m->sources, &m->n_sources, &a);
			if (s)
				s->expires = m->expires;
		}
		if (s && s->expires)
			query_source(c, s);
	}
}

/*
 * IS_EX and TO_EX: the list replaces the sources. Those known keep their timers; new ones start
 * excluded when the mode was INCLUDE, else with `fresh`, and with `query` what is still forwarded
 * is asked about.
 */
static void exclude(struct context *c, usec_t fresh, bool query)
{
	struct member *m = c->m;
	struct source *sources = NULL;
	unsigned int n = 0, i = 0;
	struct addr a;

	if (m->mode == MODE_INCLUDE)
		carve_from_sources(m);
	group_count_sources(c->p, m->group, -(int)m->n_sources);
	while (next_source(c->record, &i, &a)) {
		struct source *old = member_source(m, &a);
		struct source *s = upsert(c, &sources, &n, &a);

		if (!s)
			continue;
		if (old)
			*s = *old;
		else
			s->expires = m->mode == MODE_INCLUDE ? 0 : fresh;
		if (query && s->expires)
			query_source(c, s);
	}
	free(m->sources);
	m->sources = sources;
	m->n_sources = n;
	m->mode = MODE_EXCLUDE;
	m->expires = c->now + c->interval;
}

void member_apply(struct proxy *p, struct member *m, const struct record *record, bool exact,
		  usec_t now, struct query_need *need)
{
	struct proxy_port *port = &p->ports[m->group->key.port];
	struct context c = {
		.p = p,
		.port = port,
		.m = m,
		.record = record,
		.now = now,
		.interval = group_membership_interval(group_querier(p, m->group)),
		.last_query = exact ? 0 : last_member_query_time(port),
		.need = need,
	};

	switch (record->type) {
	case RECORD_IS_IN:
	case RECORD_ALLOW:
		allow(&c);
		break;
	case RECORD_TO_IN:
		to_include(&c);
		break;
	case RECORD_BLOCK:
		block(&c);
		break;
	case RECORD_IS_EX:
		exclude(&c, now + c.interval, exact);
		break;
	case RECORD_TO_EX:
		exclude(&c, m->expires, true);
		break;
	}
}

void member_add_source(struct proxy *p, struct member *m, const struct addr *source, usec_t expires)
{
	struct context c = {.p = p, .port = &p->ports[m->group->key.port], .m = m};
	struct source *s = upsert(&c, &m->sources, &m->n_sources, source);

	if (s)
		s->expires = expires;
}

void member_asked(struct member *m, const struct message *query, usec_t due)
{
	if (!query->n && m->mode == MODE_EXCLUDE)
		m->expires = MIN(m->expires, due);
	for (unsigned int i = 0; i < query->n; i++) {
		struct addr a = message_query_source(query, i);
		struct source *s = member_source(m, &a);

		if (s)
			s->expires = MIN(s->expires, due);
	}
}

bool member_settle(struct member *m, usec_t now)
{
	bool to_include_now = m->mode == MODE_EXCLUDE && m->expires <= now;
	unsigned int kept = 0;

	for (unsigned int i = 0; i < m->n_sources; i++) {
		struct source s = m->sources[i];
		const struct prefix host = prefix_host(&s.addr);
		bool due = s.expires <= now; /* or excluded */

		if (due && (m->mode == MODE_INCLUDE || to_include_now))
			continue;
		if (due)
			s.expires = 0;
		if (to_include_now)
			s.keep |= carve_keep(m, &host);
		m->sources[kept++] = s;
	}
	m->n_sources = kept;
	if (to_include_now)
		m->mode = MODE_INCLUDE;
	return m->mode == MODE_EXCLUDE || kept;
}

usec_t member_next_expiry(const struct member *m)
{
	usec_t next = m->mode == MODE_EXCLUDE ? m->expires : USEC_NEVER;

	for (unsigned int i = 0; i < m->n_sources; i++)
		if (m->sources[i].expires)
			next = MIN(next, m->sources[i].expires);
	return next;
}
