// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The router behind an upstream: it loses no report, acts on each at once, and so has to believe
 * exactly what the proxy claims to want. It also counts on an answer to what it asks.
 */
#include "fuzz/world.h"

static bool has(const struct filter *f, const struct addr *a)
{
	for (unsigned int i = 0; i < f->n; i++)
		if (addr_eq(&f->sources[i], a))
			return true;
	return false;
}

static void add(struct filter *f, const struct addr *a)
{
	if (has(f, a))
		return;
	f->sources = xreallocarray(f->sources, f->n + 1, sizeof(*f->sources));
	f->sources[f->n++] = *a;
}

static void del(struct filter *f, const struct addr *a)
{
	for (unsigned int i = 0; i < f->n; i++)
		if (addr_eq(&f->sources[i], a))
			f->sources[i--] = f->sources[--f->n];
}

static bool empty(const struct filter *f)
{
	return f->mode == MODE_INCLUDE && !f->n;
}

static struct belief *find(struct world *w, unsigned int port, const struct addr *group)
{
	struct belief *b, key = {.key = {*group, port}};

	HASH_FIND(hh, w->beliefs, &key.key, sizeof(key.key), b);
	return b;
}

static struct belief *get(struct world *w, unsigned int port, const struct addr *group)
{
	struct belief *b = find(w, port, group);

	if (b)
		return b;
	b = xcalloc(1, sizeof(*b));
	b->key.group = *group;
	b->key.port = port;
	HASH_ADD(hh, w->beliefs, key, sizeof(b->key), b);
	return b;
}

/* What the proxy claims to have told. */
static struct filter told(struct world *w, unsigned int port, const struct addr *group)
{
	int slot = w->proxy->ports[port].slot;
	struct upstream_group *g = demand_find(w->proxy, (unsigned int)slot, group);

	return g ? g->told : (struct filter){0};
}

/* What the proxy claims to want. */
static struct filter claimed(struct world *w, unsigned int port, const struct addr *group)
{
	int slot = w->proxy->ports[port].slot;
	struct upstream_group *g = demand_find(w->proxy, (unsigned int)slot, group);

	return g ? g->filter : (struct filter){0};
}

/* ---- reports -------------------------------------------------------------------------------- */

/* RFC 9776 section 4.2.17: of a list that is too long, as much as fits one packet is reported. */
static bool cut_rightly(struct world *w, unsigned int port, const struct record *r, unsigned int n)
{
	size_t size = r->family == FAMILY_V4 ? 4 : 16;
	size_t head = r->family == FAMILY_V4 ? 24 + 8 + 8 : 48 + 8 + 20;

	return r->n_sources == n ||
	       (r->n_sources < n && r->n_sources == (w->proxy->ports[port].mtu - head) / size);
}

static void hear_exclude(struct world *w, struct belief *b, const struct record *r)
{
	unsigned int port = (unsigned int)b->key.port;
	struct filter claim = told(w, port, &r->group);

	CHECK(claim.mode == MODE_EXCLUDE);
	CHECK(cut_rightly(w, port, r, claim.n));
	b->cut = r->n_sources < claim.n;
	b->filter.mode = MODE_EXCLUDE;
	b->filter.n = 0;
	for (unsigned int i = 0; i < r->n_sources; i++) {
		struct addr a = record_source(r, i);

		CHECK(has(&claim, &a));
		add(&b->filter, &a);
	}
}

/* Of a list that is too long for a report the rest follows as ALLOW. */
static void hear_include(struct belief *b, const struct record *r)
{
	b->filter.n = 0;
	b->cut = false;
	b->filter.mode = MODE_INCLUDE;
	for (unsigned int i = 0; i < r->n_sources; i++) {
		struct addr a = record_source(r, i);

		add(&b->filter, &a);
	}
}

static void hear_change(struct belief *b, const struct record *r)
{
	bool listed = (r->type == RECORD_ALLOW) == (b->filter.mode == MODE_INCLUDE);

	CHECK(r->n_sources);
	for (unsigned int i = 0; i < r->n_sources; i++) {
		struct addr a = record_source(r, i);

		if (listed)
			add(&b->filter, &a);
		else
			del(&b->filter, &a);
	}
}

/* The current state tells nothing new. */
static void hear_current_include(struct world *w, const struct belief *b, const struct record *r)
{
	struct filter claim = told(w, (unsigned int)b->key.port, &r->group);

	for (unsigned int i = 0; i < r->n_sources; i++) {
		struct addr a = record_source(r, i);

		CHECK(has(&claim, &a) == (claim.mode == MODE_INCLUDE));
	}
}

static void hear_record(struct world *w, unsigned int port, const struct record *r)
{
	struct belief *b = get(w, port, &r->group);

	b->told = w->now;
	b->asked = 0;
	switch (r->type) {
	case RECORD_IS_IN:
		hear_current_include(w, b, r);
		break;
	case RECORD_IS_EX:
	case RECORD_TO_EX:
		hear_exclude(w, b, r);
		break;
	case RECORD_TO_IN:
		hear_include(b, r);
		break;
	case RECORD_ALLOW:
	case RECORD_BLOCK:
		hear_change(b, r);
		break;
	}
}

void router_hear(struct world *w, unsigned int port, const struct message *m)
{
	struct record r;
	size_t offset = 0;
	unsigned int n = 0;

	if (w->open[port][m->family == FAMILY_V6])
		return;
	CHECK(m->generation == 3);
	for (; message_next_record(m, &offset, &r); n++) {
		CHECK(!addr_is_link_local_group(&r.group));
		hear_record(w, port, &r);
	}
	CHECK(n && n == m->n);
}

/* ---- queries -------------------------------------------------------------------------------- */

/* Answers follow one another by microseconds. */
#define SLACK USEC_PER_MSEC

static void expect(usec_t *asked, usec_t *deadline, const struct world *w, const struct message *m)
{
	*asked = w->now;
	*deadline = w->now + m->max_response + SLACK;
}

void router_ask(struct world *w, unsigned int port, const struct message *m)
{
	struct question *general = &w->general[port][m->family == FAMILY_V6];
	struct filter claim;

	if (port < N_DOWNSTREAM || !w->proxy->ports[port].up)
		return;
	if (m->generation < 3)
		w->open[port][m->family == FAMILY_V6] = true;
	if (w->open[port][m->family == FAMILY_V6])
		return;
	if (addr_is_none(&m->group)) {
		expect(&general->asked, &general->deadline, w, m);
		return;
	}
	claim = claimed(w, port, &m->group);
	if (!m->n && !empty(&claim)) {
		struct belief *b = get(w, port, &m->group);

		expect(&b->asked, &b->deadline, w, m);
	}
}

void router_forget(struct world *w, unsigned int port)
{
	struct belief *b, *next;

	memset(w->general[port], 0, sizeof(w->general[port]));
	memset(w->open[port], w->params.relay, sizeof(w->open[port]));
	HASH_ITER (hh, w->beliefs, b, next)
		if (b->key.port == port) {
			HASH_DELETE(hh, w->beliefs, b);
			free(b->filter.sources);
			free(b);
		}
}

/* ---- checks --------------------------------------------------------------------------------- */

/* What is wanted may wait to be told for as long as the hold-off timer runs. */
static void check_belief(struct world *w, const struct addr *group, unsigned int port)
{
	bool v6 = addr_family(group) == FAMILY_V6;
	struct filter claim = claimed(w, port, group);
	struct belief *b = find(w, port, group);
	char text[ADDR_STRLEN];

	if ((!b && empty(&claim)) || w->open[port][v6] ||
	    timer_armed(&w->proxy->ports[port].host[v6].hold))
		return;
	addr_format(group, text);
	if (!b)
		FAIL("port %u, %s: wanted, and the router was never told", port, text);
	if (b->filter.mode != claim.mode)
		FAIL("port %u, %s: the router believes mode %d, not %d", port, text, b->filter.mode,
		     claim.mode);
	if (b->filter.n != claim.n && !b->cut)
		FAIL("port %u, %s: the router believes %u sources, not %u", port, text, b->filter.n,
		     claim.n);
	for (unsigned int i = 0; i < b->filter.n; i++)
		CHECK(has(&claim, &b->filter.sources[i]));
	if (empty(&claim))
		b->asked = 0;
	CHECK(!b->asked || w->now <= b->deadline);
}

/* Whatever is wanted was reported since the query, by its answer or as news. */
static void check_general(struct world *w, unsigned int port, enum family family)
{
	struct question *general = &w->general[port][family == FAMILY_V6];
	struct belief *b, *next;

	if (w->open[port][family == FAMILY_V6])
		general->asked = 0;
	if (!general->asked || w->now <= general->deadline)
		return;
	HASH_ITER (hh, w->beliefs, b, next)
		if (b->key.port == port && addr_family(&b->key.group) == family &&
		    !empty(&b->filter))
			CHECK(b->told >= general->asked);
	general->asked = 0;
}

void router_check(struct world *w)
{
	struct upstream_group *g;
	struct belief *b, *next;

	DL_FOREACH (w->proxy->upstream_groups, g)
		if (w->proxy->upstreams[g->key.slot]->up)
			check_belief(w, &g->key.group, w->proxy->upstreams[g->key.slot]->index);
	HASH_ITER (hh, w->beliefs, b, next)
		check_belief(w, &b->key.group, (unsigned int)b->key.port);
	for (unsigned int port = N_DOWNSTREAM; port < N_PORTS; port++) {
		check_general(w, port, FAMILY_V4);
		check_general(w, port, FAMILY_V6);
	}
}
