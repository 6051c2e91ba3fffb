/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memberships that a former agent knew. They count at once, and last until the clients had time to
 * answer the queries of the start (RFC 9776 sections 8.6 and 8.7), or where another querier asks,
 * its queries (section 8.4).
 */
#include "proxy/internal.h"

static usec_t confirmed_by(const struct proxy_port *port, enum family family, usec_t now)
{
	const struct querier *q = &port->querier[family_index(family)];
	const struct port_settings *s = &port->settings;
	usec_t interval =
		s->startup_query_interval ? s->startup_query_interval : q->query_interval / 4;
	unsigned int count = s->startup_query_count ? s->startup_query_count : q->robustness;

	if (!s->querier)
		return now + group_membership_interval(q);
	return now + count * interval + q->query_response_interval;
}

static struct member *client_member(struct proxy *p, unsigned int index,
				    const struct proxy_membership *what, usec_t now)
{
	usec_t until = confirmed_by(&p->ports[index], addr_family(&what->group), now);
	struct member *m = member_new(p, index, &what->group, &what->client);

	if (!m)
		return NULL;
	client_set_mac(p, m->client, what->mac, now);
	m->mode = what->exclude ? MODE_EXCLUDE : MODE_INCLUDE;
	m->expires = what->exclude ? until : 0;
	if (what->generation < 3)
		m->older_until[what->generation - 1] = until;
	for (unsigned int i = 0; i < what->n_sources; i++)
		member_add_source(p, m, &what->sources[i].source.addr, what->exclude ? 0 : until);
	m->restored = true;
	return m;
}

static void restore_carves(struct member *m, const struct proxy_membership *what)
{
	struct carve *carves;

	carve_clear(m);
	if (!what->n_carves)
		return;
	carves = member_extra(m)->carves = xcalloc(what->n_carves, sizeof(*carves));
	m->n_carves = (uint16_t)what->n_carves;
	for (unsigned int i = 0; i < what->n_carves; i++)
		carves[i] = (struct carve){what->carves[i].source, what->carves[i].upstreams,
					   what->carves[i].keep, false};
}

static void restore_served(struct member *m, const struct proxy_membership *what)
{
	m->upstreams = what->upstreams;
	member_extra(m)->keep = what->keep;
	for (unsigned int i = 0; i < what->n_sources; i++) {
		struct source *s = member_source(m, &what->sources[i].source.addr);

		if (!s)
			continue;
		s->upstreams = what->sources[i].upstreams;
		s->keep = what->sources[i].keep;
	}
	restore_carves(m, what);
}

void proxy_restore(struct proxy *p, unsigned int index, const struct proxy_membership *what,
		   usec_t now)
{
	bool client = !addr_is_none(&what->client);
	struct proxy_port *port = &p->ports[index];
	struct route before = {0};
	struct told told;
	struct member *m;

	if (!port->known || port->slot >= 0 ||
	    (client && what->exclude && ssm_needs_source(p, &what->group)))
		return;
	m = client ? client_member(p, index, what, now)
		   : member_at(p, index, &what->group, &ADDR_NONE);
	if (!m)
		return;
	told = event_before(m);
	demand_remove(p, m);
	restore_served(m, what);
	if (p->params.relay)
		route_of(m, &before);
	handover_prepare(p, m);
	if (member_update(p, m, &told, client, now) && p->params.relay)
		relay_moved(p, m, &before);
	route_free(&before);
}

static void prolong(struct proxy *p, struct member *m, usec_t until)
{
	member_catch_up(p, m);
	if (m->mode == MODE_EXCLUDE)
		m->expires = MAX(m->expires, until);
	for (unsigned int i = 0; i < 2; i++)
		if (m->older_until[i])
			m->older_until[i] = MAX(m->older_until[i], until);
	for (unsigned int i = 0; i < m->n_sources; i++)
		if (m->sources[i].expires)
			m->sources[i].expires = MAX(m->sources[i].expires, until);
	member_rearm(p, m);
}

void restore_follow(struct proxy *p, const struct querier *q, usec_t now)
{
	struct member *m;

	for (m = member_first(p); m; m = member_following(m))
		if (m->restored && !m->leaving && m->group->key.port == q->port->index &&
		    addr_family(&m->group->key.group) == q->family)
			prolong(p, m, now + group_membership_interval(q));
}
