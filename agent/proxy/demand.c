/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sum of all memberships that policy sent to one upstream, kept as counts, and the two answers
 * that follow from it without looking at a client again: what to forward, and what to tell the
 * upstream.
 */
#include "proxy/internal.h"

/* Not ports, beyond all indices: nobody gets what they stand for. */
#define STATIC_PORT UINT32_MAX	     /* what the proxy itself asks for */
#define KEPT_PORT   (UINT32_MAX - 1) /* what members only keep, counted beside them */

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

struct upstream_group *demand_find(const struct proxy *p, unsigned int slot,
				   const struct addr *group)
{
	struct hash_key *key = hashtable_find(&p->upstream_table, group, slot);

	return key ? container_of(key, struct upstream_group, key) : NULL;
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
		hashtable_add(&p->upstream_table, &g->key.link);
		DL_APPEND(p->upstream_groups, g);
	}
	demand_mark(p, g);
	return g;
}

static struct demand_source *source_get(struct upstream_group *g, const struct prefix *source)
{
	unsigned int at = prefix_lower_bound(g->sources, g->n_sources, sizeof(*g->sources), source);

	if (at < g->n_sources && !prefix_cmp(&g->sources[at].source, source))
		return &g->sources[at];
	g->sources = xreallocarray(g->sources, g->n_sources + 1, sizeof(*g->sources));
	memmove(g->sources + at + 1, g->sources + at, (g->n_sources - at) * sizeof(*g->sources));
	g->n_sources++;
	g->sources[at] = (struct demand_source){.source = *source};
	return &g->sources[at];
}

bool demand_names(struct proxy *p, const struct addr *group, const struct addr *source)
{
	const struct prefix host = prefix_host(source);

	for (upset rest = p->up; rest; rest &= rest - 1) {
		const struct upstream_group *g =
			demand_find(p, (unsigned int)__builtin_ctzll(rest), group);

		if (g && prefix_find(g->sources, g->n_sources, sizeof(*g->sources), &host))
			return true;
	}
	return false;
}

/* How many of those that it counts do not only keep the upstream. */
static uint32_t served(const struct tally *t)
{
	return t->total - 2 * tally_at(t, KEPT_PORT);
}

bool demand_carries(const struct upstream_group *g, const struct prefix *source)
{
	uint32_t n = served(&g->any);
	struct prefix at = *source;
	const struct demand_source *s;

	while (at.len && (s = prefix_longest(g->sources, g->n_sources, sizeof(*s), &at))) {
		n += served(&s->include) - served(&s->exclude);
		at = prefix_cut(&s->source, s->source.len - 1U);
	}
	return n;
}

bool demand_carries_inside(const struct upstream_group *g, const struct prefix *source)
{
	unsigned int i = prefix_lower_bound(g->sources, g->n_sources, sizeof(*g->sources), source);

	for (; i < g->n_sources && prefix_covers(source, &g->sources[i].source); i++)
		if (served(&g->sources[i].include))
			return true;
	return false;
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

static void count_source(struct upstream_group *g, const struct prefix *source, bool include,
			 uint32_t port, int by)
{
	struct demand_source *s = source_get(g, source);

	tally_change(include ? &s->include : &s->exclude, port, by);
	source_put(g, s);
}

/* ---- what one member wants, as exceptions from what is around them ---- */

struct piece {
	struct prefix source;
	upset upstreams;
	upset keep; /* those of them that are only kept */
};

/* Walks a member's pieces in the order of prefix_cmp(). */
struct pieces {
	const struct member *m;
	unsigned int source, carve;
};

/* What is around them all. */
static struct piece rest_of(const struct member *m)
{
	if (m->mode == MODE_INCLUDE)
		return (struct piece){0};
	return (struct piece){.upstreams = m->upstreams | member_keep(m), .keep = member_keep(m)};
}

/* What a source in a member's list is served by. A source that it does not want: nobody. */
static bool next_source(struct pieces *at, struct piece *ret)
{
	const struct member *m = at->m;
	const struct source *s;

	/* In EXCLUDE mode those with a timer are as any other (RFC 9776 section 6.2.3). */
	while (m->mode == MODE_EXCLUDE && at->source < m->n_sources &&
	       m->sources[at->source].expires)
		at->source++;
	if (at->source == m->n_sources)
		return false;
	s = &m->sources[at->source];
	ret->source = prefix_host(&s->addr);
	ret->keep = m->mode == MODE_INCLUDE ? s->keep : 0;
	ret->upstreams = m->mode == MODE_INCLUDE ? s->upstreams | s->keep : 0;
	return true;
}

static bool next_piece(struct pieces *at, struct piece *ret)
{
	const struct carve *c =
		at->carve < at->m->n_carves ? &at->m->extra->carves[at->carve] : NULL;
	bool source = next_source(at, ret);
	int order = !c ? -1 : source ? prefix_cmp(&ret->source, &c->source) : 1;

	if (!source && !c)
		return false;
	at->source += order <= 0;
	at->carve += c && order >= 0;
	if (order > 0)
		*ret = (struct piece){c->source, c->upstreams | c->keep, c->keep};
	return true;
}

static void count_any(struct proxy *p, const struct addr *group, upset upstreams, uint32_t port,
		      int by)
{
	for (upset rest = upstreams; rest; rest &= rest - 1)
		tally_change(&demand_get(p, (unsigned int)__builtin_ctzll(rest), group)->any, port,
			     by);
}

static void count_sources(struct proxy *p, const struct addr *group, const struct prefix *source,
			  upset upstreams, upset include, uint32_t port, int by)
{
	for (upset rest = upstreams; rest; rest &= rest - 1)
		count_source(demand_get(p, (unsigned int)__builtin_ctzll(rest), group), source,
			     include & rest & -rest, port, by);
}

/* Included and excluded, which only makes entries that tell its packets from the others. */
static void count_apart(struct proxy *p, const struct addr *group, const struct prefix *source,
			upset upstreams, uint32_t port, int by)
{
	count_sources(p, group, source, upstreams, upstreams, port, by);
	count_sources(p, group, source, upstreams, 0, port, by);
}

/*
 * An exception: those who serve what is around it and not itself, and the other way round. Where
 * either moves, handover.c has to know what comes for which.
 */
static void count_piece(struct proxy *p, const struct addr *group, const struct piece *piece,
			const struct piece *around, uint32_t port, int by)
{
	const struct prefix *source = &piece->source;
	upset both = piece->keep | around->keep ? piece->upstreams & around->upstreams : 0;

	count_sources(p, group, source, piece->upstreams ^ around->upstreams, piece->upstreams,
		      port, by);
	count_sources(p, group, source, piece->keep ^ around->keep, piece->keep, KEPT_PORT, by);
	count_apart(p, group, source, both, port, by);
	count_apart(p, group, source, both, KEPT_PORT, by);
}

/* Each prefix covers the next one. */
#define NESTED_MAX 130

static void count_at(struct proxy *p, const struct member *m, uint32_t port, int by)
{
	const struct addr *group = &m->group->key.group;
	struct piece nested[NESTED_MAX];
	struct pieces at = {.m = m};
	struct piece piece;
	unsigned int n = 1;

	nested[0] = rest_of(m);
	count_any(p, group, nested[0].upstreams, port, by);
	count_any(p, group, nested[0].keep, KEPT_PORT, by);
	while (next_piece(&at, &piece)) {
		while (!prefix_covers(&nested[n - 1].source, &piece.source))
			n--;
		count_piece(p, group, &piece, &nested[n - 1], port, by);
		nested[n++] = piece;
	}
}

static void count(struct proxy *p, struct member *m, bool on)
{
	int by = on ? 1 : -1;

	if (m->counted == on)
		return;
	m->counted = on;
	count_at(p, m, (uint32_t)m->group->key.port, by);
	/* A static join downstream: in relay mode too only the proxy can tell of it. */
	if (!m->client)
		count_at(p, m, STATIC_PORT, by);
}

void demand_static(struct proxy *p, unsigned int slot, const struct addr *group,
		   const struct addr *source, int by)
{
	struct upstream_group *g = demand_get(p, slot, group);
	const struct prefix host = prefix_host(source);

	if (addr_is_none(source))
		tally_change(&g->any, STATIC_PORT, by);
	else
		count_source(g, &host, true, STATIC_PORT, by);
}

void demand_add(struct proxy *p, struct member *m)
{
	count(p, m, true);
}

void demand_remove(struct proxy *p, struct member *m)
{
	count(p, m, false);
}

/* ---- all members together ---- */

/* Entries that cover each other, the shortest prefix first. */
struct chain {
	const struct demand_source *s[NESTED_MAX];
	unsigned int n;
};

static void chain_enter(struct chain *c, const struct demand_source *s)
{
	while (c->n && !prefix_covers(&c->s[c->n - 1]->source, &s->source))
		c->n--;
	c->s[c->n++] = s;
}

/* How many want what the end of the chain stands for: all of them, or those on a port. */
static uint32_t chain_total(const struct upstream_group *g, const struct chain *c)
{
	uint32_t n = g->any.total;

	for (unsigned int i = 0; i < c->n; i++)
		n += c->s[i]->include.total - c->s[i]->exclude.total;
	return n;
}

static uint32_t chain_at(const struct upstream_group *g, const struct chain *c, uint32_t port)
{
	uint32_t n = tally_at(&g->any, port);

	for (unsigned int i = 0; i < c->n; i++)
		n += tally_at(&c->s[i]->include, port) - tally_at(&c->s[i]->exclude, port);
	return n;
}

static void add_ports(const struct upstream_group *g, const struct chain *c, const struct tally *t,
		      struct portset *out)
{
	for (uint32_t i = 0; i < t->n; i++)
		if (t->ports[i].port < MUPI_MAX_PORTS && chain_at(g, c, t->ports[i].port))
			portset_add(out, t->ports[i].port);
}

unsigned int demand_flows(const struct upstream_group *g, struct flow **ret)
{
	struct chain chain = {.n = 0};
	struct flow *flows;

	*ret = NULL;
	if (!g->any.total && !g->n_sources)
		return 0;
	flows = xcalloc(g->n_sources + 1, sizeof(*flows));
	add_ports(g, &chain, &g->any, &flows[0].out);
	for (unsigned int i = 0; i < g->n_sources; i++) {
		struct flow *f = &flows[i + 1];

		f->source = g->sources[i].source;
		flows[0].below |=
			prefix_is_host(&f->source) ? MUPI_FWD_HAS_SOURCES : MUPI_FWD_HAS_PREFIXES;
		chain_enter(&chain, &g->sources[i]);
		add_ports(g, &chain, &g->any, &f->out);
		for (unsigned int k = 0; k < chain.n; k++)
			add_ports(g, &chain, &chain.s[k]->include, &f->out);
	}
	*ret = flows;
	return g->n_sources + 1;
}

/* As chain_total(), or what the proxy itself joined. */
static uint32_t chain_count(const struct upstream_group *g, const struct chain *c, bool own)
{
	return own ? chain_at(g, c, STATIC_PORT) : chain_total(g, c);
}

/* Reports cannot ask for a prefix: any source it is, and forwarding drops the others. */
static enum filter_mode demand_mode(const struct upstream_group *g, bool own)
{
	struct chain chain = {.n = 0};
	bool any = chain_count(g, &chain, own);

	for (unsigned int i = 0; !any && i < g->n_sources; i++) {
		chain_enter(&chain, &g->sources[i]);
		any = !prefix_is_host(&g->sources[i].source) && chain_count(g, &chain, own);
	}
	return any ? MODE_EXCLUDE : MODE_INCLUDE;
}

/* RFC 4605 section 4.1 with the merging rules of RFC 9776 section 3.2. */
void demand_filter(const struct upstream_group *g, bool own, struct filter *ret)
{
	struct chain chain = {.n = 0};

	*ret = (struct filter){.mode = demand_mode(g, own)};
	if (!g->n_sources)
		return;
	ret->sources = xcalloc(g->n_sources, sizeof(*ret->sources));
	for (unsigned int i = 0; i < g->n_sources; i++) {
		const struct prefix *source = &g->sources[i].source;

		chain_enter(&chain, &g->sources[i]);
		if (prefix_is_host(source) &&
		    (ret->mode == MODE_INCLUDE) == (chain_count(g, &chain, own) != 0))
			ret->sources[ret->n++] = source->addr;
	}
}

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
	hashtable_del(&p->upstream_table, &g->key.link);
	DL_DELETE(p->upstream_groups, g);
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
