/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What changed since the last flush, as effects: forwarding entries and what upstreams are told. */
#include <stdio.h>

#include "proxy/internal.h"

/* Until entries that could not be set are tried again. */
#define RETRY USEC_PER_SEC

/* Most of a group's entries stay: the one that is looked for is at `near`, or beside it. */
static const struct flow *flow_find(const struct flow *flows, unsigned int n,
				    const struct prefix *source, unsigned int near)
{
	for (unsigned int i = near ? near - 1 : 0; i < n && i <= near + 1; i++)
		if (!prefix_cmp(&flows[i].source, source))
			return &flows[i];
	return prefix_find(flows, n, sizeof(*flows), source);
}

static bool flow_grows(const struct flow *to, const struct flow *from)
{
	if (!from)
		return true;
	for (unsigned int i = 0; i < ARRAY_SIZE(to->out.w); i++)
		if (to->out.w[i] & ~from->out.w[i])
			return true;
	return false;
}

static bool flow_eq(const struct flow *a, const struct flow *b)
{
	return portset_eq(&a->out, &b->out) && a->below == b->below;
}

/* A group's forwarding, then and now. */
struct change {
	struct upstream_group *g;
	struct flow *flows;
	unsigned int n;
};

static void warn_missing(struct proxy *p, const struct upstream_group *g, int err)
{
	char text[200], group[ADDR_STRLEN];

	if (p->flows_missing)
		return;
	p->flows_missing = true;
	snprintf(text, sizeof(text), "port %u: group %s cannot be forwarded: %s; it is tried again",
		 p->upstreams[g->key.slot]->number, addr_format(&g->key.group, group),
		 strerror(-err));
	p->ops.warn(p->ops.ctx, text);
}

/* What cannot be set stays as it is in the data plane: as `old`, or not there at all. */
static void flow_emit(struct proxy *p, struct change *c, unsigned int i, const struct flow *old)
{
	struct upstream_group *g = c->g;
	struct flow *f = &c->flows[i];
	int err = p->ops.flow_set(p->ops.ctx, p->upstreams[g->key.slot]->index, &g->key.group,
				  &f->source, &f->out, f->below);

	if (!err)
		return;
	warn_missing(p, g, err);
	g->failed = true;
	if (old)
		*f = *old;
	else
		memmove(f, f + 1, (--c->n - i) * sizeof(*f));
}

/*
 * Entries that gain a port, or are new. Sources come before the any-source entry whose flag points
 * to them, so the list is walked from its end.
 */
static void open_flows(struct proxy *p, struct change *c)
{
	for (unsigned int i = c->n; i-- > 0;) {
		const struct flow *f = &c->flows[i];
		const struct flow *old = flow_find(c->g->flows, c->g->n_flows, &f->source, i);

		if (flow_grows(f, old))
			flow_emit(p, c, i, old);
	}
}

/* Entries that only lose ports, and those that go; the any-source entry first. */
static void close_flows(struct proxy *p, struct change *c)
{
	struct upstream_group *g = c->g;

	for (unsigned int i = 0; i < c->n; i++) {
		struct flow *f = &c->flows[i];
		const struct flow *old = flow_find(g->flows, g->n_flows, &f->source, i);

		if (old && !flow_grows(f, old) && !flow_eq(f, old))
			flow_emit(p, c, i, old);
		handover_look_on(p, f, old);
	}
	for (unsigned int i = 0; i < g->n_flows; i++)
		if (!flow_find(c->flows, c->n, &g->flows[i].source, i))
			p->ops.flow_del(p->ops.ctx, p->upstreams[g->key.slot]->index, &g->key.group,
					&g->flows[i].source);
	free(g->flows);
	g->flows = c->flows;
	g->n_flows = c->n;
}

static void tell_upstream(struct proxy *p, struct upstream_group *g)
{
	struct filter filter;

	demand_filter(g, p->params.relay, &filter);
	if (!filter_eq(&filter, &g->filter))
		host_changed(p, g, &filter);
	free(filter.sources);
}

static unsigned int take_dirty(struct proxy *p, struct change **ret)
{
	struct change *changes = NULL;
	unsigned int n = 0;
	struct upstream_group *g, *next;

	LL_FOREACH_SAFE2(p->dirty, g, next, dirty_next)
	{
		changes = xgrow(changes, n, sizeof(*changes));
		g->failed = false;
		changes[n].g = g;
		changes[n].n = demand_flows(g, &changes[n].flows);
		n++;
	}
	p->dirty = NULL;
	*ret = changes;
	return n;
}

static void retry_timer(void *ctx, struct timer *timer, usec_t now)
{
	struct proxy *p = ctx;
	struct upstream_group *g;

	(void)timer;
	(void)now;
	p->flows_missing = false;
	DL_FOREACH (p->upstream_groups, g)
		if (g->failed) {
			demand_mark(p, g);
			p->flows_missing = true;
		}
}

static void retry_later(struct proxy *p, usec_t now)
{
	p->retry_timer.fire = retry_timer;
	if (!timer_armed(&p->retry_timer))
		timer_set(&p->timers, &p->retry_timer, now + RETRY);
}

void proxy_flush(struct proxy *p, usec_t now)
{
	struct change *changes;
	unsigned int n = take_dirty(p, &changes);

	for (unsigned int i = 0; i < n; i++) {
		open_flows(p, &changes[i]);
		tell_upstream(p, changes[i].g);
	}
	host_send_fresh(p, now);
	for (unsigned int i = 0; i < n; i++)
		close_flows(p, &changes[i]);
	for (unsigned int i = 0; i < n; i++) {
		changes[i].g->dirty = false;
		if (demand_idle(changes[i].g))
			demand_free(p, changes[i].g);
	}
	if (p->flows_missing)
		retry_later(p, now);
	free(changes);
}
