/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Membership × table × ports → upstreams. */
#include <stdio.h>

#include "proxy/internal.h"

/* A static join is a client without an address, which rows with a client prefix do not serve. */
static struct addr client_of(const struct member *m)
{
	return m->client ? m->client->key.addr : addr_zero(addr_family(&m->group->key.group));
}

/* The `flows` of a member_request, which `ctx` is. */
static void flows(const void *ctx, const struct prefix *source, upset *flowing, upset *current)
{
	const struct member_request *asked = ctx;

	*flowing = channel_upstreams(asked->proxy, &asked->request.group, source);
	*current = asked->member ? carve_upstreams(asked->member, source) : 0;
}

void member_request_flows(const struct proxy *p, const struct member *m, struct member_request *ret)
{
	ret->proxy = p;
	ret->member = m;
	ret->request.flows = murt_balances(p->murt) ? flows : NULL;
	ret->request.flows_ctx = ret;
}

void member_request(const struct proxy *p, const struct member *m, const struct addr *source,
		    struct member_request *ret)
{
	enum family family = addr_family(&m->group->key.group);

	ret->request = (struct murt_request){
		.client = client_of(m),
		.group = m->group->key.group,
		.source = *source,
		.downstream = p->ports[m->group->key.port].number,
		.others = ret->others,
		.n_others = identity_addrs(p, m->client, family, ret->others),
	};
	member_request_flows(p, m, ret);
}

upset channel_upstreams(const struct proxy *p, const struct addr *group,
			const struct prefix *source)
{
	upset whole = 0, some = 0;

	for (upset rest = usable_upstreams(p); rest; rest &= rest - 1) {
		const struct upstream_group *g =
			demand_find(p, (unsigned int)__builtin_ctzll(rest), group);

		if (g && demand_carries(g, source))
			whole |= rest & -rest;
		else if (g && demand_carries_inside(g, source))
			some |= rest & -rest;
	}
	return whole ? whole : some;
}

/* Static joins are the operator's own word, which the list does not judge. */
static bool denied(const struct proxy *p, const struct member *m,
		   const struct murt_request *request, bool hits)
{
	return m->client && acl_denies(p->params.acl, request, hits);
}

bool member_denied(const struct proxy *p, const struct member *m)
{
	struct member_request asked;

	member_request(p, m, &ADDR_NONE, &asked);
	if (m->mode == MODE_EXCLUDE)
		return denied(p, m, &asked.request, false);
	for (unsigned int i = 0; i < m->n_sources; i++) {
		asked.request.source = m->sources[i].addr;
		if (denied(p, m, &asked.request, false))
			return true;
	}
	return false;
}

/* `current`: who serves it now. Balancing leaves a channel where it flows. */
static upset resolve(struct proxy *p, const struct member *m, const struct addr *source,
		     upset current, bool hits)
{
	struct proxy_port *port = &p->ports[m->group->key.port];
	const struct prefix host = prefix_host(source);
	struct member_request asked;
	upset upstreams;

	member_request(p, m, source, &asked);
	if (denied(p, m, &asked.request, hits)) {
		port->stats[PORT_DENIED] += hits;
		return 0;
	}
	asked.request.current = current;
	if (murt_balances(p->murt))
		asked.request.flowing = channel_upstreams(p, &asked.request.group, &host);
	upstreams = murt_resolve(p->murt, &asked.request, usable_upstreams(p), hits);
	if (hits && !upstreams)
		port_count(port, PORT_REFUSED);
	return upstreams;
}

static struct carve *carves_from(const struct murt_carve *found, unsigned int n)
{
	struct carve *carves = xcalloc(n, sizeof(*carves));

	for (unsigned int i = 0; i < n; i++)
		carves[i] = (struct carve){found[i].source, found[i].upstreams, 0, false};
	qsort(carves, n, sizeof(*carves), compare_prefixes);
	return carves;
}

static void warn_together(struct proxy *p, const struct addr *group)
{
	char text[160], name[ADDR_STRLEN];

	if (p->told_together)
		return;
	p->told_together = true;
	snprintf(text, sizeof(text),
		 "group %s: rows name more than %d sources, so none is carved out: each of their "
		 "upstreams serves any source",
		 addr_format(group, name), MURT_MAX_CARVES);
	p->ops.warn(p->ops.ctx, text);
}

/*
 * The draft's carve-out (selection = specificity): rows that name sources serve them, also for
 * those who want any source; rows without one serve the rest. False: nothing is carved out.
 */
static bool resolve_carved(struct proxy *p, struct member *m, bool hits)
{
	struct murt_carve found[MURT_MAX_CARVES];
	struct member_request asked;
	upset rest;
	int n;

	if (murt_get_selection(p->murt) != MURT_SPECIFICITY)
		return false;
	member_request(p, m, &ADDR_NONE, &asked);
	if (denied(p, m, &asked.request, false))
		return false;
	n = murt_carve(p->murt, &asked.request, usable_upstreams(p), hits, found, &rest);
	if (!n)
		return false;
	/* The rule that permits it counts, too. */
	if (hits)
		denied(p, m, &asked.request, true);
	m->upstreams = rest;
	if (n > 0) {
		carve_replace(m, carves_from(found, (unsigned int)n), (unsigned int)n);
	} else {
		warn_together(p, &asked.request.group);
		carve_replace(m, NULL, 0);
	}
	return true;
}

void member_resolve(struct proxy *p, struct member *m, bool count_hits)
{
	if (m->mode == MODE_EXCLUDE) {
		if (resolve_carved(p, m, count_hits))
			return;
		m->upstreams = resolve(p, m, &ADDR_NONE, m->upstreams, count_hits);
		carve_replace(m, NULL, 0);
		return;
	}
	carve_clear(m);
	m->upstreams = 0;
	for (unsigned int i = 0; i < m->n_sources; i++) {
		struct source *s = &m->sources[i];

		s->upstreams = resolve(p, m, &s->addr, s->upstreams, count_hits);
	}
}

/* Found out without touching anything, where that is easy: most changes concern few. */
static bool served_as_before(struct proxy *p, const struct member *m)
{
	/* Balancing might take turns. */
	if (m->extra || murt_balances(p->murt))
		return false;
	if (m->mode == MODE_EXCLUDE)
		return murt_get_selection(p->murt) == MURT_PRIORITY &&
		       resolve(p, m, &ADDR_NONE, 0, false) == m->upstreams;
	for (unsigned int i = 0; i < m->n_sources; i++)
		if (resolve(p, m, &m->sources[i].addr, 0, false) != m->sources[i].upstreams)
			return false;
	return true;
}

static void resolve_anew(struct proxy *p, struct member *m, usec_t now)
{
	const struct told told = event_before(m);
	struct route before = {0};

	if (p->params.relay)
		route_of(m, &before);
	demand_remove(p, m);
	handover_prepare(p, m);
	member_resolve(p, m, false);
	handover_settle(p, m, now);
	demand_add(p, m);
	event_member(p, m, &told);
	if (p->params.relay)
		relay_moved(p, m, &before);
	route_free(&before);
}

void resolve_again(struct proxy *p, struct member *m, usec_t now)
{
	if (!served_as_before(p, m))
		resolve_anew(p, m, now);
}

void resolve_all(struct proxy *p, usec_t now)
{
	struct member *m;

	handover_look(p);
	for (m = member_first(p); m; m = member_following(m))
		resolve_again(p, m, now);
}

/* Could one of the rows serve what the member asks for? */
static bool touched(const struct proxy *p, const struct member *m, const struct murt_row *rows,
		    size_t n)
{
	struct member_request asked;

	member_request(p, m, &ADDR_NONE, &asked);
	for (size_t i = 0; i < n; i++) {
		if (m->mode == MODE_EXCLUDE && murt_row_matches(&rows[i], &asked.request))
			return true;
		for (unsigned int k = 0; m->mode == MODE_INCLUDE && k < m->n_sources; k++) {
			asked.request.source = m->sources[k].addr;
			if (murt_row_matches(&rows[i], &asked.request))
				return true;
		}
		asked.request.source = ADDR_NONE;
	}
	return false;
}

/* Is one of the rows for the group on its port, whoever asks? */
static bool concerned(const struct proxy *p, const struct group *g, const struct murt_row *rows,
		      size_t n)
{
	const uint32_t number = p->ports[g->key.port].number;

	for (size_t i = 0; i < n; i++)
		if ((!rows[i].downstream || rows[i].downstream == number) &&
		    (!rows[i].group.len || prefix_match(&rows[i].group, &g->key.group)))
			return true;
	return false;
}

void proxy_rows_changed(struct proxy *p, const struct murt_row *rows, size_t n, usec_t now)
{
	struct group *g;
	struct member *m;

	handover_look(p);
	DL_FOREACH (p->groups, g)
		if (concerned(p, g, rows, n))
			DL_FOREACH (g->members, m)
				if (touched(p, m, rows, n))
					resolve_again(p, m, now);
}
