/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hosts of each version say about their memberships (RFC 9776 sections 6.4 and 7.3). */
#include "proxy/internal.h"

/* Is each member's own word final, or may hosts hide behind another's report (RFC 2236 section 3)?
 */
static bool group_exact(const struct proxy *p, const struct group *g)
{
	enum fast_leave fast_leave = p->ports[g->key.port].settings.fast_leave;

	if (fast_leave == FAST_LEAVE_AUTO)
		return !g->older;
	return fast_leave == FAST_LEAVE_ON;
}

static bool record_excludes(const struct record *r)
{
	return r->type == RECORD_IS_EX || r->type == RECORD_TO_EX;
}

/* Does the record ask for anything, or only take back? */
static bool record_joins(const struct record *r)
{
	return record_excludes(r) || (r->type != RECORD_BLOCK && r->n_sources);
}

/* Does the record end an INCLUDE membership of what it lists, or an EXCLUDE membership as a whole?
 */
static bool record_leaves(const struct member *m, const struct record *r)
{
	if (r->type == RECORD_BLOCK)
		return m->mode == MODE_INCLUDE;
	return r->type == RECORD_TO_IN && !r->n_sources;
}

bool ssm_needs_source(const struct proxy *p, const struct addr *group)
{
	for (size_t i = 0; !p->params.ssm_any_source && i < p->params.n_ssm_ranges; i++)
		if (prefix_match(&p->params.ssm_ranges[i], group))
			return true;
	return false;
}

void proxy_ssm_changed(struct proxy *p, usec_t now)
{
	struct member *m, *next;

	for (m = member_first(p); m; m = next) {
		next = member_following(m);
		if (!m->client || m->mode == MODE_INCLUDE ||
		    !ssm_needs_source(p, &m->group->key.group))
			continue;
		if (p->params.relay)
			relay_ended(p, m);
		member_end(p, m, PROXY_SSM);
	}
	for (unsigned int i = 0; i < MUPI_MAX_PORTS; i++)
		querier_ask(p, &p->ports[i], now);
}

static bool ssm_refuses(struct proxy *p, struct proxy_port *port, const struct addr *group)
{
	if (!ssm_needs_source(p, group))
		return false;
	port_count(port, PORT_SSM_REFUSED);
	return true;
}

/* RFC 9776 section 7.3.2: what a client that lately spoke an older version cannot say. */
static bool older_ignores(const struct member *m, struct record *r)
{
	if (m->generation == 3)
		return false;
	if (r->type == RECORD_TO_EX)
		r->n_sources = 0;
	return r->type == RECORD_BLOCK || (m->generation == 1 && r->type == RECORD_TO_IN);
}

/* A message being taken in. */
struct heard {
	struct proxy *p;
	struct proxy_port *port;
	const struct message *message;
	usec_t now;
	struct relay *relay; /* NULL: reports are merged */
};

/* The membership that the record is about, made if it asks for something. */
static struct member *record_member(struct heard *h, const struct record *r, bool *joined)
{
	struct group *g = group_find(h->p, h->port->index, &r->group);
	struct member *m = g ? member_of(h->p, g, &h->message->source) : NULL;

	*joined = false;
	if (m || !record_joins(r))
		return m;
	*joined = true;
	return member_new(h->p, h->port->index, &r->group, &h->message->source);
}

static void change_member(struct heard *h, struct member **m, const struct record *r, bool joined)
{
	const struct told before = event_before(*m);
	struct query_need need = {0};
	struct group *g = (*m)->group;

	(*m)->leaving = (*m)->asked = (*m)->restored = false;
	(*m)->left = record_leaves(*m, r);
	demand_remove(h->p, *m);
	member_apply(h->p, *m, r, group_exact(h->p, g), h->now, &need);
	querier_check(h->p, g, &need, h->now);
	free(need.sources);
	if (!member_update(h->p, *m, &before, joined, h->now))
		*m = NULL;
}

static void relay_change(struct heard *h, const struct member *m, const struct record *r,
			 struct route *before)
{
	struct route after;

	route_of(m, &after);
	if (h->message->type == MESSAGE_LEAVE)
		relay_old(h->relay, before->all, h->message->generation, true, &r->group);
	else if (h->message->generation < 3)
		relay_old(h->relay, after.all, h->message->generation, false, &r->group);
	else
		relay_record(h->relay, r, before, &after);
	route_free(&after);
}

static void record_apply(struct heard *h, struct record *r)
{
	unsigned int generation = h->message->generation;
	struct route before = {0};
	struct member *m;
	bool joined;

	if (addr_is_link_local_group(&r->group) ||
	    (record_excludes(r) && ssm_refuses(h->p, h->port, &r->group)))
		return;
	m = record_member(h, r, &joined);
	if (!m || older_ignores(m, r))
		return;
	/* A leave that was heard before does not hold against what is said now. */
	if (generation == 3 && m->generation < 3 && m->group->older->lowered)
		group_catch_up(h->p, m->group);
	else
		member_catch_up(h->p, m);
	client_set_mac(h->p, m->client, h->message->source_mac, h->now);
	/* RFC 9776 section 7.3.2: reports start the timer, leaves do not. */
	if (generation < 3 && h->message->type == MESSAGE_REPORT) {
		m->older_until[generation - 1] =
			h->now + older_host_interval(group_querier(h->p, m->group));
		member_set_generation(h->p, m, MIN(m->generation, generation));
	}
	if (h->relay)
		route_of(m, &before);
	change_member(h, &m, r, joined);
	if (h->relay)
		relay_change(h, m, r, &before);
	route_free(&before);
}

/*
 * Newer hosts may keep silent too (RFC 9776 section 7.2.2): their timers count again if a query had
 * lowered them.
 */
static void refresh_asked(struct heard *h, struct group *g)
{
	const struct querier *q = group_querier(h->p, g);
	struct member *m;

	g->asked = false;
	DL_FOREACH (g->members, m) {
		if (m->asked && m->generation == 3 && m->mode == MODE_EXCLUDE && !m->leaving) {
			m->expires = h->now + group_membership_interval(q);
			m->asked = false;
			member_rearm(h->p, m);
		}
		g->asked |= m->asked;
	}
}

/* One such report stands for all older members, but for IGMPv1 hosts, who do not know a newer one.
 */
static void refresh_silent(struct heard *h, struct group *g)
{
	silence_heard(h->p, g, h->message->generation, h->now);
	if (g->asked)
		refresh_asked(h, g);
}

static void apply_report(struct heard *h)
{
	const struct message *m = h->message;
	struct record record;
	struct group *g;
	size_t offset = 0;

	if (m->generation == 3) {
		while (message_next_record(m, &offset, &record))
			record_apply(h, &record);
		return;
	}
	/* RFC 9776 section 7.3.2: an older report is IS_EX{}. */
	record = (struct record){.type = RECORD_IS_EX, .group = m->group, .family = m->family};
	record_apply(h, &record);
	g = group_find(h->p, h->port->index, &m->group);
	if (g)
		refresh_silent(h, g);
}

void clients_asked(struct proxy *p, struct group *g, const struct message *query, usec_t due)
{
	struct member *m;

	group_catch_up(p, g);
	g->asked = true;
	DL_FOREACH (g->members, m) {
		if (!m->client)
			continue;
		member_asked(m, query, due);
		m->asked = true;
		member_rearm(p, m);
	}
}

static void apply_leave(struct heard *h)
{
	const struct message *message = h->message;
	struct query_need need = {.group = true};
	struct group *g = group_find(h->p, h->port->index, &message->group);
	struct member *m;

	/* RFC 4604 section 2.2: an older version cannot be spoken there. */
	if (ssm_refuses(h->p, h->port, &message->group))
		return;
	/* RFC 9776 section 7.3.2: an IGMPv1 host would not answer the query. */
	if (!g || (g->older && g->older->n_v1))
		return;
	m = member_of(h->p, g, &message->source);
	if (m && (m->generation == 3 || h->port->settings.fast_leave == FAST_LEAVE_ON)) {
		struct record r = {.type = RECORD_TO_IN, .group = message->group};

		record_apply(h, &r);
		return;
	}
	if (m) {
		member_catch_up(h->p, m);
		member_rearm(h->p, m);
		m->leaving = true;
	}
	if (m && h->relay) {
		struct route route;

		route_of(m, &route);
		relay_old(h->relay, route.all, message->generation, true, &message->group);
		route_free(&route);
	}
	/* RFC 2236 section 3: only the querier asks; the others wait for its question. */
	if (!g->older)
		return;
	if (!group_querier(h->p, g)->elected) {
		g->older->unasked |= m != NULL;
		return;
	}
	silence_left(h->p, g, m, h->now + last_member_query_time(h->port));
	querier_check(h->p, g, &need, h->now);
}

void clients_heard(struct proxy *p, struct proxy_port *port, const struct message *m, usec_t now)
{
	struct heard h = {.p = p, .port = port, .message = m, .now = now};
	struct relay relay;

	port_count(port, PORT_REPORTS_IN);
	if (p->params.relay) {
		relay_start(&relay, p, &m->source, m->source_mac, m->family);
		h.relay = &relay;
	}
	if (m->type == MESSAGE_REPORT)
		apply_report(&h);
	else
		apply_leave(&h);
	if (h.relay)
		relay_finish(h.relay);
}
