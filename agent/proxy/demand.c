/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sum of all memberships that policy sent to one upstream, kept as counts, and the two answers
 * that follow from it without looking at a client again: what to forward, and what to tell the
 * upstream.
 */
#include "proxy/internal.h"

/* The port of what the proxy itself asks for: nobody gets it. */
#define STATIC_PORT UINT32_MAX

static void tally_change(struct tally *t, uint32_t port, int by)
{
	uint32_t i = 0;

	t->total += (uint32_t)by;
	while (i < t->n && t->ports[i].port != port)
		i++;
	if (i == t->n) {
		t->ports = xreallocarray(t->ports, t->n + 1, sizeof(*t->ports));
		t->ports[t->n++] = (struct tally_port){.port = port};
	}
	t->ports[i].count += (uint32_t)by;
	if (!t->ports[i].count)
		t->ports[i] = t->ports[--t->n];
}

static uint32_t tally_at(const struct tally *t, uint32_t port)
{
	for (uint32_t i = 0; i < t->n; i++)
		if (t->ports[i].port == port)
			return t->ports[i].count;
	return 0;
}

struct upstream_group *demand_find(struct proxy *p, unsigned int slot, const struct addr *group)
{
	struct upstream_group *g, key = {.key = {.group = *group, .slot = slot}};

	HASH_FIND(hh, p->upstream_groups, &key.key, sizeof(key.key), g);
	return g;
}

void demand_mark(struct proxy *p, struct upstream_group *g)
{
	if (g->dirty)
		return;
	g->dirty = true;
	LL_PREPEND2(p->dirty, g, dirty_next);
}

static struct upstream_group *demand_get(struct proxy *p, unsigned int slot,
					 const struct addr *group)
{
	struct upstream_group *g = demand_find(p, slot, group);

	if (!g) {
		g = xcalloc(1, sizeof(*g));
		g->key.group = *group;
		g->key.slot = slot;
		HASH_ADD(hh, p->upstream_groups, key, sizeof(g->key), g);
	}
	demand_mark(p, g);
	return g;
}

static struct demand_source *source_get(struct upstream_group *g, const struct addr *addr)
{
	unsigned int at = addr_lower_bound(g->sources, g->n_sources, sizeof(*g->sources), addr);

	if (at < g->n_sources && addr_eq(&g->sources[at].addr, addr))
		return &g->sources[at];
	g->sources = xreallocarray(g->sources, g->n_sources + 1, sizeof(*g->sources));
	memmove(g->sources + at + 1, g->sources + at, (g->n_sources - at) * sizeof(*g->sources));
	g->n_sources++;
	g->sources[at] = (struct demand_source){.addr = *addr};
	return &g->sources[at];
}

bool demand_includes(const struct upstream_group *g, const struct addr *source)
{
	const struct demand_source *s =
		addr_find(g->sources, g->n_sources, sizeof(*g->sources), source);

	return s && s->include.total;
}

static void source_put(struct upstream_group *g, struct demand_source *s)
{
	size_t at = (size_t)(s - g->sources);

	if (s->include.total || s->exclude.total)
		return;
	free(s->include.ports);
	free(s->exclude.ports);
	memmove(s, s + 1, (g->n_sources - at - 1) * sizeof(*s));
	g->n_sources--;
}

static void count_source(struct upstream_group *g, const struct addr *addr, bool include,
			 uint32_t port, int by)
{
	struct demand_source *s = source_get(g, addr);

	tally_change(include ? &s->include : &s->exclude, port, by);
	source_put(g, s);
}

static void count_include(struct proxy *p, const struct member *m, uint32_t port, int by)
{
	const struct group *group = m->key.group;

	for (unsigned int i = 0; i < m->n_sources; i++)
		for (upset rest = m->sources[i].upstreams | m->sources[i].keep; rest;
		     rest &= rest - 1) {
			unsigned int slot = (unsigned int)__builtin_ctzll(rest);

			count_source(demand_get(p, slot, &group->key.group), &m->sources[i].addr,
				     true, port, by);
		}
}

static void count_exclude(struct proxy *p, const struct member *m, uint32_t port, int by)
{
	const struct group *group = m->key.group;

	for (upset rest = m->upstreams | m->keep; rest; rest &= rest - 1) {
		unsigned int slot = (unsigned int)__builtin_ctzll(rest);
		struct upstream_group *g = demand_get(p, slot, &group->key.group);

		tally_change(&g->any, port, by);
		for (unsigned int i = 0; i < m->n_sources; i++)
			if (!m->sources[i].expires)
				count_source(g, &m->sources[i].addr, false, port, by);
	}
}

static bool excludes(const struct member *m, const struct addr *source)
{
	const struct source *s = member_source(m, source);

	return s && !s->expires;
}

/* A carved-out source comes from its own upstreams, and from no other. */
static void count_carve(struct proxy *p, const struct member *m, const struct carve *c,
			uint32_t port, int by)
{
	upset any = m->upstreams | m->keep;

	for (upset rest = any ^ c->upstreams; rest; rest &= rest - 1)
		count_source(demand_get(p, (unsigned int)__builtin_ctzll(rest),
					&m->key.group->key.group),
			     &c->source, !(any & rest & -rest), port, by);
}

static void count_at(struct proxy *p, const struct member *m, uint32_t port, int by)
{
	if (m->mode == MODE_INCLUDE) {
		count_include(p, m, port, by);
		return;
	}
	count_exclude(p, m, port, by);
	for (unsigned int i = 0; i < m->n_carves; i++)
		if (!excludes(m, &m->carves[i].source))
			count_carve(p, m, &m->carves[i], port, by);
}

static void count(struct proxy *p, struct member *m, bool on)
{
	int by = on ? 1 : -1;

	if (m->counted == on)
		return;
	m->counted = on;
	count_at(p, m, (uint32_t)m->key.group->key.port, by);
	/* A static join downstream: in relay mode too only the proxy can tell of it. */
	if (!m->client)
		count_at(p, m, STATIC_PORT, by);
}

void demand_static(struct proxy *p, unsigned int slot, const struct addr *group,
		   const struct addr *source, int by)
{
	struct upstream_group *g = demand_get(p, slot, group);

	if (addr_is_none(source))
		tally_change(&g->any, STATIC_PORT, by);
	else
		count_source(g, source, true, STATIC_PORT, by);
}

void demand_add(struct proxy *p, struct member *m)
{
	count(p, m, true);
}

void demand_remove(struct proxy *p, struct member *m)
{
	count(p, m, false);
}

static void add_port(struct portset *out, uint32_t port)
{
	if (port != STATIC_PORT)
		portset_add(out, port);
}

/*
 * Packet (S, G) goes to a port when an INCLUDE member there lists S, or an EXCLUDE member there
 * does not.
 */
static void source_ports(const struct upstream_group *g, const struct demand_source *s,
			 struct portset *out)
{
	for (uint32_t i = 0; i < s->include.n; i++)
		add_port(out, s->include.ports[i].port);
	for (uint32_t i = 0; i < g->any.n; i++)
		if (g->any.ports[i].count > tally_at(&s->exclude, g->any.ports[i].port))
			add_port(out, g->any.ports[i].port);
}

unsigned int demand_flows(const struct upstream_group *g, struct flow **ret)
{
	struct flow *flows;

	*ret = NULL;
	if (!g->any.total && !g->n_sources)
		return 0;
	flows = xcalloc(g->n_sources + 1, sizeof(*flows));
	flows[0].has_sources = g->n_sources != 0;
	for (uint32_t i = 0; i < g->any.n; i++)
		add_port(&flows[0].out, g->any.ports[i].port);
	for (unsigned int i = 0; i < g->n_sources; i++) {
		flows[i + 1].source = g->sources[i].addr;
		source_ports(g, &g->sources[i], &flows[i + 1].out);
	}
	*ret = flows;
	return g->n_sources + 1;
}

static uint32_t filter_count(const struct tally *t, bool own)
{
	return own ? tally_at(t, STATIC_PORT) : t->total;
}

/* RFC 4605 section 4.1 with the merging rules of RFC 9776 section 3.2. */
void demand_filter(const struct upstream_group *g, bool own, struct filter *ret)
{
	uint32_t any = filter_count(&g->any, own);

	*ret = (struct filter){.mode = any ? MODE_EXCLUDE : MODE_INCLUDE};
	if (!g->n_sources)
		return;
	ret->sources = xcalloc(g->n_sources, sizeof(*ret->sources));
	for (unsigned int i = 0; i < g->n_sources; i++) {
		const struct demand_source *s = &g->sources[i];
		bool included = filter_count(&s->include, own) != 0;
		bool excluded = filter_count(&s->exclude, own) == any;

		if (ret->mode == MODE_EXCLUDE ? excluded && !included : included)
			ret->sources[ret->n++] = s->addr;
	}
}

/* Nothing wanted, nothing forwarded, nothing left to say. */
bool demand_idle(const struct upstream_group *g)
{
	return !g->any.total && !g->n_sources && !g->n_flows && !g->queue && !g->dirty &&
	       filter_empty(&g->filter) && filter_empty(&g->told);
}

void demand_free(struct proxy *p, struct upstream_group *g)
{
	timer_cancel(&p->timers, &g->answer);
	if (g->queue)
		DL_DELETE2(*g->queue, g, queue_prev, queue_next);
	HASH_DELETE(hh, p->upstream_groups, g);
	for (unsigned int i = 0; i < g->n_sources; i++) {
		free(g->sources[i].include.ports);
		free(g->sources[i].exclude.ports);
	}
	free(g->any.ports);
	free(g->sources);
	free(g->flows);
	free(g->filter.sources);
	free(g->told.sources);
	free(g->changes);
	free(g->asked);
	free(g);
}
