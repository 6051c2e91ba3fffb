/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Make before break: a membership that policy sends elsewhere keeps its old upstreams until data
 * comes from the new ones, or for `handover_limit`. The old ones may lag behind, and stay for
 * `handover_overlap` more. Until then it has both, so a client may see packets twice, but misses
 * none.
 */
#include "proxy/internal.h"

/* Between two looks at the counters; a mass of handovers is looked at less often. */
#define POLL	      (20 * USEC_PER_MSEC)
#define POLL_FOR_EACH 2 /* µs more for each handover */

struct handover {
	struct member *m;
	usec_t until;
	bool delivered;	 /* the new upstreams do */
	uint64_t before; /* packets from the new upstreams when it began */
	struct handover *prev, *next;
};

/* ---- what the new upstreams have delivered ---- */

/* Counters are read once for each look, however many clients share them. */
static uint64_t flow_packets(struct proxy *p, struct upstream_group *g, struct flow *f)
{
	if (f->looked_at != p->handover_look) {
		f->looked_at = p->handover_look;
		f->packets = p->ops.flow_packets(p->ops.ctx, p->upstreams[g->key.slot]->index,
						 &g->key.group, &f->source);
	}
	return f->packets;
}

/* Packets of a group from these upstreams; `source` NULL: of all its sources. */
static uint64_t packets_from(struct proxy *p, const struct member *m, upset upstreams,
			     const struct prefix *source)
{
	uint64_t sum = 0;

	for (upset rest = upstreams; rest; rest &= rest - 1) {
		struct upstream_group *g =
			demand_find(p, (unsigned int)__builtin_ctzll(rest), &m->group->key.group);
		struct flow *f = g && source ? prefix_longest(g->flows, g->n_flows,
							      sizeof(*g->flows), source)
					     : NULL;

		if (f)
			sum += flow_packets(p, g, f);
		for (unsigned int i = 0; !source && g && i < g->n_flows; i++)
			sum += flow_packets(p, g, &g->flows[i]);
	}
	return sum;
}

static uint64_t delivered(struct proxy *p, const struct member *m)
{
	uint64_t sum = member_keep(m) ? packets_from(p, m, m->upstreams, NULL) : 0;

	for (unsigned int i = 0; i < m->n_carves; i++)
		if (m->extra->carves[i].keep)
			sum += packets_from(p, m, m->extra->carves[i].upstreams,
					    &m->extra->carves[i].source);
	for (unsigned int i = 0; i < m->n_sources; i++) {
		const struct prefix source = prefix_host(&m->sources[i].addr);

		if (m->sources[i].keep)
			sum += packets_from(p, m, m->sources[i].upstreams, &source);
	}
	return sum;
}

void handover_look(struct proxy *p)
{
	p->handover_look++;
}

/* ---- begin and end ---- */

struct member_extra *member_extra(struct member *m)
{
	if (!m->extra)
		m->extra = xcalloc(1, sizeof(*m->extra));
	return m->extra;
}

static void forget(struct proxy *p, struct handover *h)
{
	DL_DELETE(p->handovers, h);
	p->n_handovers--;
	free(h);
	if (!p->handovers)
		timer_cancel(&p->timers, &p->handover_timer);
}

void handover_stop(struct proxy *p, struct member *m)
{
	struct member_extra *extra = m->extra;

	if (!extra)
		return;
	extra->keep = 0;
	carve_settle(m, 0);
	for (unsigned int i = 0; i < m->n_sources; i++)
		m->sources[i].keep = 0;
	if (extra->handover)
		forget(p, TAKE_PTR(extra->handover));
	if (m->n_carves)
		return;
	free(extra);
	m->extra = NULL;
}

static void look_again(struct proxy *p, usec_t now)
{
	timer_set(&p->timers, &p->handover_timer, now + POLL + POLL_FOR_EACH * p->n_handovers);
}

static void end(struct proxy *p, struct member *m)
{
	struct route before = {0};

	if (p->params.relay)
		route_of(m, &before);
	demand_remove(p, m);
	handover_stop(p, m);
	demand_add(p, m);
	event_settled(p, m);
	if (p->params.relay)
		relay_moved(p, m, &before);
	route_free(&before);
}

static void handover_timer(void *ctx, struct timer *timer, usec_t now)
{
	struct proxy *p = ctx;
	struct handover *h, *next;

	(void)timer;
	handover_look(p);
	DL_FOREACH_SAFE (p->handovers, h, next) {
		struct member *m = h->m;

		if (!h->delivered && delivered(p, m) != h->before) {
			h->delivered = true;
			h->until = MIN(h->until, now + p->params.handover_overlap);
		}
		if (now < h->until)
			continue;
		end(p, m);
	}
	if (p->handovers)
		look_again(p, now);
}

static void start(struct proxy *p, struct member *m, usec_t now)
{
	struct handover *h = m->extra->handover;

	if (!h) {
		h = m->extra->handover = xcalloc(1, sizeof(*h));
		h->m = m;
		DL_APPEND(p->handovers, h);
		p->n_handovers++;
	}
	h->before = delivered(p, m);
	h->delivered = false;
	h->until = now + p->params.handover_limit;
	p->handover_timer.fire = handover_timer;
	if (!timer_armed(&p->handover_timer))
		look_again(p, now);
}

static bool keeps(const struct member *m)
{
	for (unsigned int i = 0; i < m->n_carves; i++)
		if (m->extra->carves[i].keep)
			return true;
	for (unsigned int i = 0; i < m->n_sources; i++)
		if (m->sources[i].keep)
			return true;
	return member_keep(m);
}

void handover_settle(struct proxy *p, struct member *m)
{
	struct member_extra *extra = m->extra;

	if (!extra)
		return;
	extra->keep = m->mode == MODE_EXCLUDE ? worth_keeping(extra->keep, m->upstreams, p->up) : 0;
	carve_settle(m, p->up);
	for (unsigned int i = 0; i < m->n_sources; i++) {
		struct source *s = &m->sources[i];

		s->keep = m->mode == MODE_INCLUDE ? worth_keeping(s->keep, s->upstreams, p->up) : 0;
	}
	if (!keeps(m))
		handover_stop(p, m);
}

void handover_prepare(struct proxy *p, struct member *m)
{
	if (!p->params.handover_limit)
		return;
	member_extra(m)->keep |= m->upstreams;
	for (unsigned int i = 0; i < m->n_carves; i++)
		m->extra->carves[i].keep |= m->extra->carves[i].upstreams;
	for (unsigned int i = 0; i < m->n_sources; i++)
		m->sources[i].keep |= m->sources[i].upstreams;
}

void handover_begin(struct proxy *p, struct member *m, usec_t now)
{
	handover_settle(p, m);
	if (keeps(m))
		start(p, m, now);
}
