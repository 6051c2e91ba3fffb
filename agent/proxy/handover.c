/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Make before break: a membership that policy sends elsewhere keeps its old upstreams until data
 * comes from the new ones, or for `handover_limit`. The old ones may lag behind, and stay for
 * `handover_overlap` more. Until then it has both, so a client may see packets twice, but misses
 * none.
 *
 * Each part of a membership that has upstreams of its own moves by itself.
 */
#include "proxy/internal.h"

/* Between two looks at the counters. */
#define POLL	  (20 * USEC_PER_MSEC)
/*
 * A mass of handovers takes turns, so that others do not wait for all of them. What a look may
 * take: moves and counters, 1 µs each; and ends at a time, 10 µs each with what is told and
 * written.
 */
#define LOOK_WORK 4000
#define ENDS	  500

/* A part that moves. */
struct move {
	struct prefix source; /* of no family: any */
	upset upstreams;
	upset awaited;	    /* those of them that are new, if some are */
	unsigned int since; /* the look that came before the flush */
	usec_t until;
};

struct handover {
	struct member *m;
	struct move *moves; /* by prefix_cmp() */
	unsigned int n;
	struct timer end;	      /* the first `until` */
	struct handover *prev, *next; /* that was looked at last, the last */
};

/* ---- parts ---- */

/* EXCLUDE: any source, and each exception. INCLUDE: each source. */
struct part {
	struct prefix source;
	upset upstreams;
	upset *keep;
};

static unsigned int n_parts(const struct member *m)
{
	return m->mode == MODE_EXCLUDE ? 1u + m->n_carves : m->n_sources;
}

/* They come by prefix_cmp(). */
static struct part part_at(struct member *m, unsigned int i)
{
	if (m->mode == MODE_INCLUDE) {
		struct source *s = &m->sources[i];

		return (struct part){prefix_host(&s->addr), s->upstreams, &s->keep};
	}
	if (i) {
		struct carve *c = &m->extra->carves[i - 1];

		return (struct part){c->source, c->upstreams, &c->keep};
	}
	return (struct part){.upstreams = m->upstreams, .keep = &m->extra->keep};
}

static struct move *move_find(const struct handover *h, const struct prefix *source)
{
	return prefix_find(h->moves, h->n, sizeof(*h->moves), source);
}

/* ---- what the new upstreams have delivered ---- */

void handover_look(struct proxy *p)
{
	p->handover_look++;
}

void handover_look_on(const struct proxy *p, struct flow *f, const struct flow *old)
{
	f->looked_at = old ? old->looked_at : p->handover_look;
	f->grew_since = old ? old->grew_since : 0;
	f->packets = old ? old->packets : 0;
}

/* Has a packet come since? Counters are read once for each look, however many clients share them.
 */
static bool flow_grew(struct proxy *p, const struct upstream_group *g, struct flow *f,
		      unsigned int since)
{
	uint32_t packets;

	if (f->looked_at != p->handover_look) {
		p->handover_work++;
		packets = (uint32_t)p->ops.flow_packets(
			p->ops.ctx, p->upstreams[g->key.slot]->index, &g->key.group, &f->source);
		if ((int32_t)(packets - f->packets) > 0)
			f->grew_since = f->looked_at;
		f->packets = packets;
		f->looked_at = p->handover_look;
	}
	return f->grew_since >= since;
}

/* The same of any of its entries, so that many members who wait for any source do not each walk
 * them. */
static bool group_grew(struct proxy *p, struct upstream_group *g, unsigned int since)
{
	if (g->looked_at != p->handover_look) {
		g->looked_at = p->handover_look;
		for (unsigned int i = 0; i < g->n_flows; i++) {
			flow_grew(p, g, &g->flows[i], 0);
			g->grew_since = MAX(g->grew_since, g->flows[i].grew_since);
		}
	}
	return g->grew_since >= since;
}

/* Does the member get these sources, which the part covers, and no exception from the part? */
static bool receives(const struct member *m, const struct prefix *part, const struct prefix *source)
{
	const struct source *s = prefix_is_host(source) ? member_source(m, &source->addr) : NULL;
	const struct carve *c =
		prefix_longest(m->extra->carves, m->n_carves, sizeof(*m->extra->carves), source);

	if (s && !s->expires)
		return false;
	return !c || !prefix_cmp(&c->source, part);
}

static bool delivers(struct proxy *p, const struct member *m, struct upstream_group *g,
		     const struct move *move)
{
	unsigned int i = prefix_lower_bound(g->flows, g->n_flows, sizeof(*g->flows), &move->source);

	if (!prefix_is_host(&move->source) && !group_grew(p, g, move->since))
		return false;
	for (; i < g->n_flows && prefix_covers(&move->source, &g->flows[i].source); i++)
		if (receives(m, &move->source, &g->flows[i].source) &&
		    flow_grew(p, g, &g->flows[i], move->since))
			return true;
	return false;
}

static bool delivered(struct proxy *p, const struct member *m, const struct move *move)
{
	for (upset rest = move->awaited; rest; rest &= rest - 1) {
		struct upstream_group *g =
			demand_find(p, (unsigned int)__builtin_ctzll(rest), &m->group->key.group);

		if (g && delivers(p, m, g, move))
			return true;
	}
	return false;
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
	timer_cancel(&p->handover_ends, &h->end);
	free(h->moves);
	free(h);
	if (!p->handovers)
		timer_cancel(&p->timers, &p->handover_timer);
}

/* Keep no more than makes sense. */
static void settle(struct member *m, upset up)
{
	struct member_extra *extra = m->extra;

	extra->keep = m->mode == MODE_EXCLUDE ? worth_keeping(extra->keep, m->upstreams, up) : 0;
	carve_settle(m, up);
	for (unsigned int i = 0; i < m->n_sources; i++) {
		struct source *s = &m->sources[i];

		s->keep = m->mode == MODE_INCLUDE ? worth_keeping(s->keep, s->upstreams, up) : 0;
	}
}

void handover_stop(struct proxy *p, struct member *m)
{
	struct member_extra *extra = m->extra;

	if (!extra)
		return;
	settle(m, 0);
	if (extra->handover)
		forget(p, TAKE_PTR(extra->handover));
	if (m->n_carves)
		return;
	free(extra);
	m->extra = NULL;
}

static void arm_end(struct proxy *p, struct handover *h)
{
	usec_t due = USEC_NEVER;

	for (unsigned int i = 0; i < h->n; i++)
		due = MIN(due, h->moves[i].until);
	timer_set(&p->handover_ends, &h->end, due);
}

/* Of the parts whose time has come. */
static void end(struct proxy *p, struct member *m, usec_t now)
{
	struct route before = {0};

	if (p->params.relay)
		route_of(m, &before);
	demand_remove(p, m);
	for (unsigned int i = 0; i < n_parts(m); i++) {
		struct part part = part_at(m, i);
		const struct move *move = move_find(m->extra->handover, &part.source);

		if (move && now >= move->until)
			*part.keep = 0;
	}
	handover_settle(p, m, now);
	demand_add(p, m);
	event_settled(p, m);
	if (p->params.relay)
		relay_moved(p, m, &before);
	route_free(&before);
}

static void end_timer(void *ctx, struct timer *timer, usec_t now)
{
	end(ctx, container_of(timer, struct handover, end)->m, now);
}

static void look_at(struct proxy *p, struct handover *h, usec_t soon)
{
	for (unsigned int i = 0; i < h->n; i++)
		if (h->moves[i].until > soon && delivered(p, h->m, &h->moves[i]))
			h->moves[i].until = soon;
	p->handover_work += h->n;
	arm_end(p, h);
}

/* Those that were not looked at for longest. */
static void look_at_some(struct proxy *p, usec_t now)
{
	unsigned int left = p->n_handovers;

	handover_look(p);
	p->handover_work = 0;
	while (left-- && p->handover_work < LOOK_WORK) {
		struct handover *h = p->handovers;

		DL_DELETE(p->handovers, h);
		DL_APPEND(p->handovers, h);
		look_at(p, h, now + p->params.handover_overlap);
	}
}

static void handover_timer(void *ctx, struct timer *timer, usec_t now)
{
	struct proxy *p = ctx;
	unsigned int left = ENDS;

	/* Else too many are over: they come first. */
	if (timers_next(&p->handover_ends) > now - POLL)
		look_at_some(p, now);
	while (left && timers_run_one(&p->handover_ends, p, now))
		left--;
	if (p->handovers)
		timer_set(&p->timers, timer, left ? now + POLL : now + 1);
}

static struct handover *handover_get(struct proxy *p, struct member *m, usec_t now)
{
	struct handover *h = m->extra->handover;

	if (h)
		return h;
	h = m->extra->handover = xcalloc(1, sizeof(*h));
	h->m = m;
	DL_APPEND(p->handovers, h);
	h->end.fire = end_timer;
	p->n_handovers++;
	p->handover_timer.fire = handover_timer;
	if (!timer_armed(&p->handover_timer))
		timer_set(&p->timers, &p->handover_timer, now + POLL);
	return h;
}

/* `before`: how it, or what it is now an exception from, moves already; or NULL. */
static struct move move_of(const struct proxy *p, const struct part *part,
			   const struct move *before, usec_t now)
{
	upset new = part->upstreams & ~*part->keep;

	if (before && before->upstreams == part->upstreams) {
		struct move same = *before;

		same.source = part->source;
		return same;
	}
	if (before)
		new |= part->upstreams & before->awaited;
	return (struct move){
		.source = part->source,
		.upstreams = part->upstreams,
		.awaited = new ? new : part->upstreams,
		.since = p->handover_look,
		.until = now + p->params.handover_limit,
	};
}

/* Before it is known what is worth keeping, as who was an upstream before is seen from that. */
static void note_moves(struct proxy *p, struct member *m, usec_t now)
{
	struct handover *h = handover_get(p, m, now);
	unsigned int n = n_parts(m);
	struct move *moves = xcalloc(n, sizeof(*moves));

	for (unsigned int i = 0; i < n; i++) {
		const struct part part = part_at(m, i);

		moves[i] = move_of(p, &part,
				   prefix_longest(h->moves, h->n, sizeof(*h->moves), &part.source),
				   now);
	}
	free(h->moves);
	h->moves = moves;
	h->n = n;
}

static void drop_moves(struct member *m)
{
	struct handover *h = m->extra->handover;
	unsigned int n = 0, at = 0;

	for (unsigned int i = 0; i < n_parts(m); i++) {
		const struct part part = part_at(m, i);

		while (prefix_cmp(&h->moves[at].source, &part.source))
			at++;
		if (*part.keep)
			h->moves[n++] = h->moves[at];
	}
	h->n = n;
}

static bool any_moves(const struct proxy *p, struct member *m)
{
	for (unsigned int i = 0; i < n_parts(m); i++) {
		const struct part part = part_at(m, i);

		if (worth_keeping(*part.keep, part.upstreams, p->up))
			return true;
	}
	return false;
}

bool handover_agrees(const struct proxy *p, struct member *m)
{
	const struct handover *h = m->extra ? m->extra->handover : NULL;

	if (!m->extra && m->mode == MODE_EXCLUDE)
		return true;
	for (unsigned int i = 0; i < n_parts(m); i++) {
		const struct part part = part_at(m, i);

		if (*part.keep != worth_keeping(*part.keep, part.upstreams, p->up) ||
		    (*part.keep && !(h && move_find(h, &part.source))))
			return false;
	}
	return true;
}

void handover_prepare(struct proxy *p, struct member *m)
{
	if (!p->params.handover_limit)
		return;
	member_extra(m);
	for (unsigned int i = 0; i < n_parts(m); i++) {
		const struct part part = part_at(m, i);

		*part.keep |= part.upstreams;
	}
}

void handover_settle(struct proxy *p, struct member *m, usec_t now)
{
	if (!m->extra)
		return;
	if (!any_moves(p, m)) {
		handover_stop(p, m);
		return;
	}
	note_moves(p, m, now);
	settle(m, p->up);
	drop_moves(m);
	arm_end(p, m->extra->handover);
}
