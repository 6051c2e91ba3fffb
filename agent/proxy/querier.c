/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queries sent downstream: general ones, and those that ask who is left (RFC 9776 sections 6.6 and
 * 8). */
#include "proxy/internal.h"

static void send_query(struct proxy *p, struct proxy_port *port, enum family family,
		       struct query *q)
{
	struct frame frame;

	if (!port->up)
		return;
	q->generation = 3;
	q->robustness = p->params.robustness;
	q->query_interval = p->params.query_interval;
	frame_query(&frame, family, &port->sender, q, port->mtu);
	p->ops.send(p->ops.ctx, port->index, &frame);
	p->stats.queries_out++;
}

static void general_timer(void *ctx, struct timer *timer, usec_t now)
{
	struct proxy *p = ctx;
	struct querier *querier = container_of(timer, struct querier, timer);
	bool v6 = querier == &querier->port->querier[1];
	struct query q = {.max_response = p->params.query_response_interval};
	usec_t interval = p->params.query_interval;

	/* RFC 9776 sections 8.6 and 8.7: start-up queries come four times as fast. */
	if (querier->startup_left) {
		querier->startup_left--;
		if (querier->startup_left)
			interval /= 4;
	}
	send_query(p, querier->port, v6 ? FAMILY_V6 : FAMILY_V4, &q);
	timer_set(&p->timers, &querier->timer, now + interval);
}

void querier_init(struct proxy_port *port)
{
	for (int i = 0; i < 2; i++)
		port->querier[i] = (struct querier){.timer.fire = general_timer, .port = port};
}

void querier_start(struct proxy *p, struct proxy_port *port, usec_t now)
{
	for (int i = 0; i < 2; i++) {
		port->querier[i].startup_left = p->params.robustness;
		timer_set(&p->timers, &port->querier[i].timer, now);
	}
}

void querier_stop(struct proxy *p, struct proxy_port *port)
{
	for (int i = 0; i < 2; i++)
		timer_cancel(&p->timers, &port->querier[i].timer);
}

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

void querier_check(struct proxy *p, struct group *g, const struct query_need *need, usec_t now)
{
	if (!need->group && !need->n)
		return;
	if (need->group)
		g->query_left = p->params.robustness;
	for (unsigned int i = 0; i < need->n; i++)
		ask_source(g, &need->sources[i], p->params.robustness);
	querier_group_timer(p, &g->query_timer, now);
}

/* Is the group still wanted beyond the last member query time by someone on the port (suppress
 * flag)? */
static bool wanted_longer(const struct proxy *p, const struct group *g, usec_t now)
{
	usec_t limit = now + p->params.robustness * p->params.last_member_query_interval;
	const struct member *m;

	DL_FOREACH (g->members, m)
		if (m->mode == MODE_EXCLUDE && m->expires > limit)
			return true;
	return false;
}

/* Takes the sources that are still to be asked about. Returns how many. */
static unsigned int take_sources(struct group *g, struct addr **ret)
{
	unsigned int n = 0, left = 0;

	*ret = xcalloc(g->n_queried + 1, sizeof(**ret));
	for (unsigned int i = 0; i < g->n_queried; i++) {
		(*ret)[n++] = g->queried[i].addr;
		if (--g->queried[i].left)
			g->queried[left++] = g->queried[i];
	}
	g->n_queried = left;
	return n;
}

/* RFC 9776 sections 6.6.3.1 and 6.6.3.2: one transmission of what is to be asked about a group. */
void querier_group_timer(void *ctx, struct timer *timer, usec_t now)
{
	struct proxy *p = ctx;
	struct group *g = container_of(timer, struct group, query_timer);
	struct proxy_port *port = &p->ports[g->key.port];
	enum family family = addr_family(&g->key.group);
	struct query q = {
		.group = g->key.group,
		.max_response = p->params.last_member_query_interval,
	};
	struct addr *sources;

	if (g->query_left) {
		g->query_left--;
		q.suppress = wanted_longer(p, g, now);
		send_query(p, port, family, &q);
	}
	q.n_sources = take_sources(g, &sources);
	q.sources = sources;
	q.suppress = false;
	if (q.n_sources)
		send_query(p, port, family, &q);
	free(sources);
	if (g->query_left || g->n_queried)
		timer_set(&p->timers, timer, now + p->params.last_member_query_interval);
}
