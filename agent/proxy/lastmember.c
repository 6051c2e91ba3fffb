/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Last-member queries: who is left of a group, or of a source (RFC 9776 section 6.6.3, RFC 9777
 * section 7.6.3). */
#include "proxy/internal.h"

static void ask_source(struct group_check *c, const struct addr *source, unsigned int times)
{
	unsigned int i = 0;

	while (i < c->n_sources && !addr_eq(&c->sources[i].addr, source))
		i++;
	if (i == c->n_sources) {
		c->sources = xreallocarray(c->sources, c->n_sources + 1, sizeof(*c->sources));
		c->sources[c->n_sources++].addr = *source;
	}
	c->sources[i].left = times;
}

void querier_forget(struct proxy *p, struct group *g)
{
	struct group_check *c = TAKE_PTR(g->check);

	if (!c)
		return;
	group_querier(p, g)->checks--;
	timer_cancel(&p->timers, &c->timer);
	free(c->sources);
	free(c);
}

/* Is the group wanted beyond `limit`, whatever the answers are? */
static bool group_wanted(struct proxy *p, const struct group *g, usec_t limit)
{
	/* A leave has left older members no more than that. */
	bool lowered = g->older && g->older->lowered && g->older->lowered <= limit;
	unsigned int left = g->n_members - (lowered ? g->older->n : 0);

	for (const struct member *m = g->members; left; m = m->next) {
		if (lowered && m->generation < 3)
			continue;
		if (m->mode == MODE_EXCLUDE && member_group_timer(p, m) > limit)
			return true;
		left--;
	}
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
	const struct group_check *c = g->check;
	struct addr *list = xcalloc(c->n_sources + 1, sizeof(*list));
	unsigned int n = 0;

	for (int pass = 1; pass >= 0; pass--) {
		for (unsigned int i = 0; i < c->n_sources; i++)
			if (source_wanted(g, &c->sources[i].addr, limit) == pass)
				list[n++] = c->sources[i].addr;
		if (pass)
			*wanted = n;
	}
	*ret = list;
	return n;
}

static void count_down(struct group_check *c)
{
	unsigned int kept = 0;

	if (c->left)
		c->left--;
	for (unsigned int i = 0; i < c->n_sources; i++)
		if (--c->sources[i].left)
			c->sources[kept++] = c->sources[i];
	c->n_sources = kept;
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

static void check_timer(void *ctx, struct timer *timer, usec_t now)
{
	struct proxy *p = ctx;
	struct group_check *c = container_of(timer, struct group_check, timer);
	struct group *g = c->group;
	struct proxy_port *port = &p->ports[g->key.port];
	usec_t limit = now + last_member_query_time(port);
	struct query q = {
		.group = g->key.group,
		.max_response = port->settings.last_member_query_interval,
	};
	unsigned int n, wanted = 0;
	struct addr *sources;

	if (c->left) {
		q.suppress = group_wanted(p, g, limit);
		querier_send(p, port, addr_family(&g->key.group), &q);
	}
	n = list_sources(g, limit, &sources, &wanted);
	/* RFC 9776 section 6.6.3.2: with a group-specific query, the one with the flag set is left
	 * out. */
	q.suppress = true;
	if (!c->left)
		send_sources(p, port, q, sources, wanted);
	q.suppress = false;
	send_sources(p, port, q, sources + wanted, n - wanted);
	free(sources);
	count_down(c);
	if (c->left || c->n_sources)
		timer_set(&p->timers, timer, now + port->settings.last_member_query_interval);
	else
		querier_forget(p, g);
}

static struct group_check *check_begin(struct proxy *p, struct group *g)
{
	struct group_check *c = xcalloc(1, sizeof(*c));

	c->group = g;
	c->timer.fire = check_timer;
	group_querier(p, g)->checks++;
	return c;
}

void querier_check(struct proxy *p, struct group *g, const struct query_need *need, usec_t now)
{
	unsigned int times = last_member_query_count(&p->ports[g->key.port]);

	if ((!need->group && !need->n) || !group_querier(p, g)->elected)
		return;
	if (!g->check)
		g->check = check_begin(p, g);
	if (need->group)
		g->check->left = times;
	for (unsigned int i = 0; i < need->n; i++)
		ask_source(g->check, &need->sources[i], times);
	check_timer(p, &g->check->timer, now);
}
