// SPDX-License-Identifier: GPL-2.0-or-later
/* Invariants of the core's state, and what it has to forward, worked out without its tallies. */
#include "fuzz/world.h"
#include "proxy/internal.h"

/* ---- memberships ---------------------------------------------------------------------------- */

static void check_sources(const struct world *w, const struct member *m)
{
	for (unsigned int i = 0; i < m->n_sources; i++) {
		const struct source *s = &m->sources[i];

		CHECK(!i || addr_cmp(&m->sources[i - 1].addr, &s->addr) < 0);
		CHECK(!addr_is_multicast(&s->addr) && !addr_is_zero(&s->addr));
		CHECK(addr_family(&s->addr) == addr_family(&m->group->key.group));
		CHECK(s->expires > w->now || (!s->expires && m->mode == MODE_EXCLUDE));
		CHECK(s->expires <= w->now + LONGEST || !m->client);
	}
}

/* RFC 9776 section 7.3.2: the oldest version whose timer runs. */
static unsigned int generation_of(const struct world *w, const struct member *m)
{
	for (unsigned int i = 0; i < 2; i++)
		if (m->older_until[i] > w->now)
			return i + 1;
	return 3;
}

static void check_member(const struct world *w, const struct member *m)
{
	CHECK(m->generation == generation_of(w, m));
	CHECK(m->counted && (m->timer.due > w->now || !timer_armed(&m->timer)));
	CHECK(timer_armed(&m->timer) || !m->client);
	CHECK(member_find(w->proxy, m->group, m->client) == m);
	check_sources(w, m);
	if (m->mode == MODE_INCLUDE)
		CHECK(m->n_sources);
	else
		CHECK(m->expires > w->now && (m->expires <= w->now + LONGEST || !m->client));
}

static void check_group(const struct world *w, const struct group *g)
{
	unsigned int n = 0, n_older = 0, n_v1 = 0, n_sources = 0;
	const struct member *m;

	CHECK(!addr_is_link_local_group(&g->key.group) && addr_is_multicast(&g->key.group));
	DL_FOREACH (g->members, m) {
		CHECK(m->group == g);
		check_member(w, m);
		n++;
		n_older += m->generation < 3;
		n_v1 += m->generation == 1;
		n_sources += m->n_sources;
	}
	CHECK(n && n == g->n_members && (n_older != 0) == (g->older != NULL));
	CHECK(!g->older || (n_older == g->older->n && n_v1 == g->older->n_v1));
	CHECK(!g->older || (g->older->lowered != 0) == timer_armed(&g->older->timer));
	CHECK(n_sources == g->n_sources);
}

/* The counts that ports keep of their groups. */
static void check_groups(const struct world *w)
{
	unsigned int n_groups[N_PORTS] = {0}, checks[N_PORTS][2] = {0}, n = 0;
	const struct group *g;

	DL_FOREACH (w->proxy->groups, g) {
		CHECK(g->key.port < N_DOWNSTREAM);
		check_group(w, g);
		n += g->n_members;
		n_groups[g->key.port]++;
		checks[g->key.port][addr_family(&g->key.group) == FAMILY_V6] += g->check != NULL;
		CHECK(!g->check || timer_armed(&g->check->timer));
		CHECK(!g->check || g->check->left || g->check->n_sources);
	}
	CHECK(n == w->proxy->members.n);
	for (unsigned int i = 0; i < N_PORTS; i++) {
		const struct proxy_port *port = &w->proxy->ports[i];

		CHECK(n_groups[i] == port->n_groups);
		CHECK(checks[i][0] == port->querier[0].checks);
		CHECK(checks[i][1] == port->querier[1].checks);
	}
}

static void check_clients(const struct world *w)
{
	unsigned int n = 0, n_clients = 0;
	const struct hashtable *clients = &w->proxy->clients;
	const struct member *m;

	for (m = member_first(w->proxy); m; m = member_following(m))
		n += m->client != NULL;
	for (size_t i = 0; i < clients->n_chains; i++)
		for (struct hash_link *link = clients->chains[i]; link; link = link->next) {
			const struct client *c = container_of(link, struct client, key.link);

			CHECK(c->n_members);
			n_clients += c->n_members;
		}
	CHECK(n == n_clients);
}

/* A port that may ask does, or hears another that asks. */
static void check_queriers(const struct world *w)
{
	for (unsigned int i = 0; i < N_DOWNSTREAM; i++)
		for (int family = 0; family < 2; family++) {
			const struct proxy_port *port = &w->proxy->ports[i];
			const struct querier *q = &port->querier[family];

			CHECK(!port->up || !port->settings.querier || timer_armed(&q->timer));
			CHECK(addr_is_none(&q->other) || !q->elected);
			CHECK(q->robustness >= 1 && q->robustness <= MAX_ROBUSTNESS);
		}
}

/* ---- forwarding ----------------------------------------------------------------------------- */

/* Who serves the member packets of these sources by its carves of at most so many bits, or by none.
 */
static upset served_by(const struct member *m, const struct prefix *source, int most)
{
	upset serves = m->upstreams | member_keep(m);
	int longest = -1;

	for (unsigned int i = 0; i < m->n_carves; i++) {
		const struct carve *c = &m->extra->carves[i];

		if (!prefix_covers(&c->source, source) || c->source.len <= longest ||
		    c->source.len > most)
			continue;
		longest = c->source.len;
		serves = c->upstreams | c->keep;
	}
	return serves;
}

/* Has the member an upstream serve it packets of these sources, for all it says of them? */
static bool wants(const struct member *m, unsigned int slot, const struct prefix *source)
{
	for (unsigned int i = 0; i < m->n_sources; i++) {
		const struct source *s = &m->sources[i];

		if (!prefix_is_host(source) || !addr_eq(&s->addr, &source->addr))
			continue;
		if (m->mode == MODE_INCLUDE)
			return (s->upstreams | s->keep) >> slot & 1;
		if (!s->expires)
			return false;
	}
	return m->mode == MODE_EXCLUDE && served_by(m, source, source->len) >> slot & 1;
}

/* design: deliver packet (U, S, G) to port p when some client on p wants it; or only static joins.
 */
static void should_forward(const struct world *w, const struct upstream_group *g,
			   const struct prefix *source, bool statics, struct portset *ret)
{
	*ret = (struct portset){0};
	for (unsigned int port = 0; port < N_DOWNSTREAM; port++) {
		const struct group *at = group_find(w->proxy, port, &g->key.group);
		const struct member *m;

		if (!at)
			continue;
		DL_FOREACH (at->members, m)
			if ((!statics || !m->client) && wants(m, (unsigned int)g->key.slot, source))
				portset_add(ret, port);
	}
}

static struct entry *find_entry(const struct world *w, const struct upstream_group *g,
				const struct prefix *source)
{
	struct entry *e, key;

	entry_key(&key, w->proxy->upstreams[g->key.slot]->index, &g->key.group, source);
	HASH_FIND(hh, w->entries, &key.key, sizeof(key.key), e);
	return e;
}

static void check_flow(const struct world *w, const struct upstream_group *g, const struct flow *f)
{
	struct entry *e = find_entry(w, g, &f->source);
	struct portset should;

	if (!e)
		FAIL("an entry is missing from the data plane");
	e->seen = true;
	CHECK(portset_eq(&e->out, &f->out) && e->below == f->below);
	should_forward(w, g, &f->source, false, &should);
	CHECK(portset_eq(&e->out, &should));
}

/* Does the upstream itself join what the entry is for? */
static bool joined_statically(const struct world *w, const struct upstream_group *g,
			      const struct prefix *source)
{
	unsigned int upstream = w->proxy->upstreams[g->key.slot]->index;

	for (unsigned int i = 0; i < w->proxy->n_statics; i++) {
		const struct static_join *s = &w->proxy->statics[i];

		if (s->on && s->port == upstream && addr_eq(&s->group, &g->key.group) &&
		    (addr_is_none(&s->source) ||
		     (prefix_is_host(source) && addr_eq(&s->source, &source->addr))))
			return true;
	}
	return false;
}

/*
 * The merge of RFC 4605 section 4.1 wants exactly what is forwarded, and the static joins; only
 * these where the clients speak for themselves.
 */
static void check_filter(const struct world *w, const struct upstream_group *g,
			 const struct flow *f)
{
	struct portset ports;
	bool wanted, listed = false;

	should_forward(w, g, &f->source, w->params.relay, &ports);
	wanted = !portset_empty(&ports) || joined_statically(w, g, &f->source);
	if (!prefix_is_host(&f->source)) {
		/* Reports know no prefixes: all or nothing. */
		CHECK(!wanted || g->filter.mode == MODE_EXCLUDE);
		return;
	}
	for (unsigned int i = 0; i < g->filter.n; i++)
		listed = listed || addr_eq(&g->filter.sources[i], &f->source.addr);
	CHECK(wanted == (listed == (g->filter.mode == MODE_INCLUDE)));
}

/* The entry for any source tells what others there are, and any source is asked for only if it is
 * wanted. */
static void check_any(const struct world *w, const struct upstream_group *g)
{
	uint32_t below = 0;
	bool wanted = false;

	if (g->n_flows)
		CHECK(!g->flows[0].source.family);
	for (unsigned int i = 0; i < g->n_flows; i++) {
		const struct prefix *source = &g->flows[i].source;
		struct portset ports;

		if (i)
			below |= prefix_is_host(source) ? MUPI_FWD_HAS_SOURCES
							: MUPI_FWD_HAS_PREFIXES;
		if (prefix_is_host(source))
			continue;
		should_forward(w, g, source, w->params.relay, &ports);
		wanted = wanted || !portset_empty(&ports) || joined_statically(w, g, source);
	}
	CHECK(!g->n_flows || g->flows[0].below == below);
	CHECK((g->filter.mode == MODE_EXCLUDE) == wanted);
}

static bool has_flow(const struct upstream_group *g, const struct prefix *source)
{
	for (unsigned int i = 0; i < g->n_flows; i++)
		if (!prefix_cmp(&g->flows[i].source, source))
			return true;
	return false;
}

/* Does the member have from the upstream what is around a source? */
static bool has_around(const struct member *m, unsigned int slot, const struct prefix *source)
{
	return served_by(m, source, source->len - 1) >> slot & 1;
}

/* Every source that a client names has an entry with each upstream that it follows. */
static void check_named(const struct world *w, const struct member *m)
{
	const struct prefix any = {0};

	for (unsigned int slot = 0; slot < N_UPSTREAM; slot++) {
		struct upstream_group *g = demand_find(w->proxy, slot, &m->group->key.group);

		CHECK(!wants(m, slot, &any) || (g && has_flow(g, &any)));
		for (unsigned int i = 0; i < m->n_sources; i++) {
			const struct source *s = &m->sources[i];
			const struct prefix source = prefix_host(&s->addr);
			bool follows = m->mode == MODE_EXCLUDE
					       ? !s->expires && has_around(m, slot, &source)
					       : wants(m, slot, &source);

			CHECK(!follows || (g && has_flow(g, &source)));
		}
	}
}

static void check_forwarding(const struct world *w)
{
	struct upstream_group *g;
	const struct member *m;
	struct entry *e, *next_entry;

	DL_FOREACH (w->proxy->upstream_groups, g) {
		CHECK(!g->dirty);
		for (unsigned int i = 0; i < g->n_flows; i++) {
			check_flow(w, g, &g->flows[i]);
			check_filter(w, g, &g->flows[i]);
		}
		check_any(w, g);
	}
	for (m = member_first(w->proxy); m; m = member_following(m))
		check_named(w, m);
	HASH_ITER (hh, w->entries, e, next_entry) {
		if (!e->seen)
			FAIL("the data plane has an entry that nobody asked for");
		e->seen = false;
	}
}

void state_check(struct world *w)
{
	check_groups(w);
	check_clients(w);
	check_queriers(w);
	check_forwarding(w);
}
