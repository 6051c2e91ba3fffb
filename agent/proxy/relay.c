/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reports = relay: each client's own words go to the upstreams chosen for it, from the client's own
 * addresses, and the upstreams' queries go to the clients. What a report says to several upstreams
 * is split, by record and by source. A membership that just times out is not taken back: its router
 * times it out too. One that moves is announced to its new upstreams first, and taken back from the
 * old ones when the new deliver (handover.c).
 */
#include "proxy/internal.h"

void route_of(const struct member *m, struct route *ret)
{
	*ret = (struct route){0};
	if (!m)
		return;
	if (m->mode == MODE_EXCLUDE) {
		ret->any = m->upstreams | member_keep(m);
		for (unsigned int i = 0; i < m->n_carves; i++)
			ret->any |= m->extra->carves[i].upstreams | m->extra->carves[i].keep;
		ret->all = ret->any;
		return;
	}
	ret->n = m->n_sources;
	ret->sources = xcalloc(m->n_sources + 1, sizeof(*ret->sources));
	for (unsigned int i = 0; i < m->n_sources; i++) {
		const struct source *s = &m->sources[i];

		ret->sources[i] = (struct route_source){s->addr, s->upstreams | s->keep};
		ret->all |= ret->sources[i].upstreams;
	}
}

void route_free(struct route *route)
{
	free(route->sources);
	*route = (struct route){0};
}

/* Who serves, or served, the source. */
static upset route_to(const struct route *r, const struct addr *source)
{
	const struct route_source *s = addr_find(r->sources, r->n, sizeof(*r->sources), source);

	return s ? s->upstreams : r->any;
}

/* ---- what goes out, by upstream ---- */

void relay_start(struct relay *relay, struct proxy *p, const struct addr *client,
		 const uint8_t mac[ETH_ALEN], enum family family)
{
	*relay = (struct relay){.p = p, .family = family, .from = {.v4 = *client, .v6 = *client}};
	memcpy(relay->from.mac, mac, ETH_ALEN);
}

void relay_finish(struct relay *relay)
{
	for (unsigned int slot = 0; slot < MURT_MAX_UPSTREAMS; slot++) {
		if (!relay->reports[slot])
			continue;
		report_flush(relay->reports[slot]);
		free(relay->reports[slot]);
	}
}

static void add(struct relay *relay, unsigned int slot, enum record_type type,
		const struct addr *group, const struct addr *sources, unsigned int n)
{
	struct report *report = relay->reports[slot];
	struct proxy_port *port = relay->p->upstreams[slot];

	if (!port->up)
		return;
	if (!report) {
		report = relay->reports[slot] = xcalloc(1, sizeof(*report));
		report->p = relay->p;
		report->port = port;
		report->from = &relay->from;
		report->family = relay->family;
	}
	report_add(report, type, group, sources, n);
}

void relay_old(struct relay *relay, upset upstreams, unsigned int generation, bool leave,
	       const struct addr *group)
{
	struct proxy *p = relay->p;
	struct frame frame;

	if (leave)
		frame_old_leave(&frame, relay->family, &relay->from, group);
	else
		frame_old_report(&frame, relay->family, &relay->from, generation, group);
	for (upset rest = upstreams; rest; rest &= rest - 1) {
		struct proxy_port *port = p->upstreams[__builtin_ctzll(rest)];

		if (!port->up)
			continue;
		p->ops.send(p->ops.ctx, port->index, &frame);
		port_count(port, PORT_REPORTS_OUT);
	}
}

/* ---- a client's record ---- */

/* An EXCLUDE record goes to who serves any source; who only served some before hears the end. */
static void relay_exclude(struct relay *relay, const struct record *r, const struct addr *sources,
			  const struct route *before, const struct route *after)
{
	for (upset rest = before->all | after->all; rest; rest &= rest - 1) {
		unsigned int slot = (unsigned int)__builtin_ctzll(rest);

		if (after->any >> slot & 1)
			add(relay, slot, r->type, &r->group, sources, r->n_sources);
		else
			add(relay, slot, RECORD_TO_IN, &r->group, NULL, 0);
	}
}

/*
 * Of the other records each upstream hears of the sources that it serves; BLOCK is for those that
 * it served, too. Who only served the client before hears of no source in a TO_IN record.
 */
static void relay_sources(struct relay *relay, const struct record *r, const struct addr *sources,
			  const struct route *before, const struct route *after)
{
	struct addr *mine = xcalloc(r->n_sources + 1, sizeof(*mine));
	bool block = r->type == RECORD_BLOCK;

	for (upset rest = before->all | after->all; rest; rest &= rest - 1) {
		unsigned int slot = (unsigned int)__builtin_ctzll(rest), n = 0;

		for (unsigned int i = 0; i < r->n_sources; i++) {
			upset to = route_to(after, &sources[i]) |
				   (block ? route_to(before, &sources[i]) : 0);

			if (to >> slot & 1)
				mine[n++] = sources[i];
		}
		/* "Nothing any more" is for everyone. */
		if (n || r->type == RECORD_TO_IN)
			add(relay, slot, r->type, &r->group, mine, n);
	}
	free(mine);
}

void relay_record(struct relay *relay, const struct record *r, const struct route *before,
		  const struct route *after)
{
	struct addr *sources = xcalloc(r->n_sources + 1, sizeof(*sources));

	for (unsigned int i = 0; i < r->n_sources; i++)
		sources[i] = record_source(r, i);
	if (r->type == RECORD_IS_EX || r->type == RECORD_TO_EX)
		relay_exclude(relay, r, sources, before, after);
	else
		relay_sources(relay, r, sources, before, after);
	free(sources);
}

/* ---- a client that policy moves ---- */

static void move_in(struct relay *relay, const struct member *m, unsigned int slot,
		    const struct route *before)
{
	struct addr *list = xcalloc(m->n_sources + 1, sizeof(*list));
	unsigned int n = 0;

	for (unsigned int i = 0; i < m->n_sources; i++) {
		const struct source *s = &m->sources[i];

		if (m->mode == MODE_EXCLUDE
			    ? !s->expires
			    : (s->upstreams & ~route_to(before, &s->addr)) >> slot & 1)
			list[n++] = s->addr;
	}
	if (m->mode == MODE_EXCLUDE)
		add(relay, slot, RECORD_TO_EX, &m->group->key.group, list, n);
	else if (n)
		add(relay, slot, RECORD_ALLOW, &m->group->key.group, list, n);
	free(list);
}

static void move_out(struct relay *relay, const struct member *m, unsigned int slot,
		     const struct route *before, const struct route *after)
{
	struct addr *list = xcalloc(before->n + 1, sizeof(*list));
	unsigned int n = 0;

	for (unsigned int i = 0; i < before->n; i++)
		if ((before->sources[i].upstreams & ~route_to(after, &before->sources[i].addr)) >>
			    slot &
		    1)
			list[n++] = before->sources[i].addr;
	if (before->any >> slot & 1)
		add(relay, slot, RECORD_TO_IN, &m->group->key.group, NULL, 0);
	else if (n)
		add(relay, slot, RECORD_BLOCK, &m->group->key.group, list, n);
	free(list);
}

void relay_moved(struct proxy *p, const struct member *m, const struct route *before)
{
	const struct addr *group = &m->group->key.group;
	struct route after;
	struct relay relay;

	if (!m->client)
		return;
	route_of(m, &after);
	relay_start(&relay, p, &m->client->key.addr, m->client->mac, addr_family(group));
	if (m->generation < 3) {
		relay_old(&relay, after.all & ~before->all, m->generation, false, group);
		relay_old(&relay, before->all & ~after.all, m->generation, true, group);
	} else {
		for (upset rest = after.all; rest; rest &= rest - 1)
			if (m->mode == MODE_INCLUDE || (rest & -rest & ~before->any))
				move_in(&relay, m, (unsigned int)__builtin_ctzll(rest), before);
		for (upset rest = before->all; rest; rest &= rest - 1)
			if (m->mode == MODE_INCLUDE || (rest & -rest & ~after.any))
				move_out(&relay, m, (unsigned int)__builtin_ctzll(rest), before,
					 &after);
	}
	relay_finish(&relay);
	route_free(&after);
}

void relay_ended(struct proxy *p, const struct member *m)
{
	const struct addr *group = &m->group->key.group;
	struct relay relay;
	struct route route;

	route_of(m, &route);
	relay_start(&relay, p, &m->client->key.addr, m->client->mac, addr_family(group));
	if (m->generation < 3)
		relay_old(&relay, route.all, m->generation, true, group);
	for (upset rest = m->generation < 3 ? 0 : route.all; rest; rest &= rest - 1)
		add(&relay, (unsigned int)__builtin_ctzll(rest), RECORD_TO_IN, group, NULL, 0);
	relay_finish(&relay);
	route_free(&route);
}

void relay_begin(struct proxy *p)
{
	for (const struct member *m = member_first(p); m; m = member_following(m))
		relay_moved(p, m, &(struct route){0});
}

/* ---- an upstream's query ---- */

void relay_query(struct proxy *p, const struct message *m, usec_t now)
{
	struct sender from = {.v4 = m->source, .v6 = m->source};
	struct addr *sources = xcalloc(m->n + 1, sizeof(*sources));
	struct query q = {
		.generation = m->generation,
		.group = m->group,
		.max_response = m->max_response,
		.query_interval = m->query_interval,
		.robustness = m->robustness,
		.suppress = m->suppress,
		.sources = sources,
		.n_sources = m->n,
	};
	struct frame frame;

	memcpy(from.mac, m->source_mac, ETH_ALEN);
	for (unsigned int i = 0; i < m->n; i++)
		sources[i] = message_query_source(m, i);
	for (unsigned int i = 0; i < MUPI_MAX_PORTS; i++) {
		struct proxy_port *port = &p->ports[i];

		if (!port->known || !port->up || port->slot >= 0 ||
		    (!addr_is_none(&m->group) && !group_find(p, i, &m->group)))
			continue;
		frame_query(&frame, m->family, &from, &q, port->mtu);
		p->ops.send(p->ops.ctx, i, &frame);
		port_count(port, PORT_QUERIES_OUT);
		querier_accept(p, port, m, now);
	}
	free(sources);
}
