/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Last-member queries: who is left of a group, or of a source (RFC 9776 section 6.6.3, RFC 9777
 * section 7.6.3). */
#include "proxy/internal.h"

static void ask_source(struct group *g, const struct addr *source, unsigned int times)
{
	unsigned int i = 0;

	while (i < g->n_queried && !addr_eq(&g->queried[i].addr, source))
		i++;
	if (i == g->n_queried) {
		g->queried = xreallocarray(g->queried, g->n_queried + 1, sizeof(*g->queried));
		g->queried[g->n_queried++].addr = *source;
	}
	g->queried[i].left = times;
}

static bool checking(const struct group *g)
{
	return g->query_left || g->n_queried;
}

void querier_forget(struct proxy *p, struct group *g)
{
	if (checking(g))
		group_querier(p, g)->checks--;
	timer_cancel(&p->timers, &g->query_timer);
	free(g->queried);
	g->queried = NULL;
	g->n_queried = g->query_left = 0;
}

void querier_check(struct proxy *p, struct group *g, const struct query_need *need, usec_t now)
{
	const struct proxy_port *port = &p->ports[g->key.port];
	unsigned int times = last_member_query_count(port);
	struct querier *querier = group_querier(p, g);

	if ((!need->group && !need->n) || !querier->elected)
		return;
	if (!checking(g))
		querier->checks++;
	if (need->group)
		g->query_left = times;
	for (unsigned int i = 0; i < need->n; i++)
		ask_source(g, &need->sources[i], times);
	querier_group_timer(p, &g->query_timer, now);
}

/* Is the group wanted beyond `limit`, whatever the answers are? */
static bool group_wanted(struct proxy *p, const struct group *g, usec_t limit)
{
	const struct member *m;

	DL_FOREACH (g->members, m)
		if (m->mode == MODE_EXCLUDE && member_group_timer(p, m) > limit)
			return true;
	return false;
}

static bool source_wanted(const struct group *g, const struct addr *source, usec_t limit)
{
	const struct member *m;

	DL_FOREACH (g->members, m) {
		const struct source *s = member_source(m, source);

		if (s && s->expires > limit)
			return true;
	}
	return false;
}

/*
 * The sources still to be asked about, those first that are wanted anyway: they are asked about
 * with the suppress flag, the others without. Returns how many; `*wanted` of them come first.
 */
static unsigned int list_sources(const struct group *g, usec_t limit, struct addr **ret,
				 unsigned int *wanted)
{
	struct addr *list = xcalloc(g->n_queried + 1, sizeof(*list));
	unsigned int n = 0;

	for (int pass = 1; pass >= 0; pass--) {
		for (unsigned int i = 0; i < g->n_queried; i++)
			if (source_wanted(g, &g->queried[i].addr, limit) == pass)
				list[n++] = g->queried[i].addr;
		if (pass)
			*wanted = n;
	}
	*ret = list;
	return n;
}

static void count_down(struct group *g)
{
	unsigned int kept = 0;

	if (g->query_left)
		g->query_left--;
	for (unsigned int i = 0; i < g->n_queried; i++)
		if (--g->queried[i].left)
			g->queried[kept++] = g->queried[i];
	g->n_queried = kept;
}

/* As many queries as the sources need. */
static void send_sources(struct proxy *p, struct proxy_port *port, struct query q,
			 const struct addr *sources, unsigned int n)
{
	while (n) {
		unsigned int sent;

		q.sources = sources;
		q.n_sources = n;
		sent = querier_send(p, port, addr_family(&q.group), &q);
		if (!sent)
			return;
		sources += sent;
		n -= sent;
	}
}

void querier_group_timer(void *ctx, struct timer *timer, usec_t now)
{
	struct proxy *p = ctx;
	struct group *g = container_of(timer, struct group, query_timer);
	struct proxy_port *port = &p->ports[g->key.port];
	usec_t limit = now + last_member_query_time(port);
	struct query q = {
		.group = g->key.group,
		.max_response = port->settings.last_member_query_interval,
	};
	unsigned int n, wanted = 0;
	struct addr *sources;

	if (g->query_left) {
		q.suppress = group_wanted(p, g, limit);
		querier_send(p, port, addr_family(&g->key.group), &q);
	}
	n = list_sources(g, limit, &sources, &wanted);
	/* RFC 9776 section 6.6.3.2: with a group-specific query, the one with the flag set is left
	 * out. */
	q.suppress = true;
	if (!g->query_left)
		send_sources(p, port, q, sources, wanted);
	q.suppress = false;
	send_sources(p, port, q, sources + wanted, n - wanted);
	free(sources);
	count_down(g);
	if (checking(g)) {
		timer_set(&p->timers, timer, now + port->settings.last_member_query_interval);
		return;
	}
	timer_cancel(&p->timers, timer);
	group_querier(p, g)->checks--;
}
