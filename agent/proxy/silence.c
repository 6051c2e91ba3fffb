/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Older hosts keep silent when they hear another's report for the group (RFC 2236 section 3, RFC
 * 2710 section 4): one such report keeps alive all older members of the group on the port, and one
 * leave leaves all of them the last member query time to contradict. The group notes both; a
 * member's own timers learn of them before they are used, or when the time has come.
 */
#include "proxy/internal.h"

static void forget_leave(struct proxy *p, struct group_older *older)
{
	if (!older->lowered)
		return;
	older->lowered = 0;
	timer_cancel(&p->timers, &older->timer);
}

static void lowered_timer(void *ctx, struct timer *timer, usec_t now)
{
	(void)now;
	group_catch_up(ctx, container_of(timer, struct group_older, timer)->group);
}

static struct group_older *older_new(struct group *g)
{
	struct group_older *older = xcalloc(1, sizeof(*older));

	older->group = g;
	older->timer.fire = lowered_timer;
	return older;
}

void member_set_generation(struct proxy *p, struct member *m, unsigned int generation)
{
	struct group *g = m->group;

	if (generation == m->generation)
		return;
	if (!g->older)
		g->older = older_new(g);
	g->older->n += (generation < 3) - (m->generation < 3);
	g->older->n_v1 += (generation == 1) - (m->generation == 1);
	m->generation = generation & 3;
	if (g->older->n)
		return;
	forget_leave(p, g->older);
	free(g->older);
	g->older = NULL;
}

/* May the member keep silent? One that has left does not. */
static bool silent(const struct member *m)
{
	return m->client && !m->leaving && m->mode == MODE_EXCLUDE && m->generation < 3;
}

/* When the last report was heard that the member would have kept silent for; 0: never. */
static usec_t heard_for(const struct member *m)
{
	return silent(m) ? m->group->older->heard[m->generation - 1] : 0;
}

usec_t member_group_timer(struct proxy *p, const struct member *m)
{
	usec_t expires = m->expires, heard = heard_for(m);

	if (heard)
		expires =
			MAX(expires, heard + group_membership_interval(group_querier(p, m->group)));
	if (silent(m) && m->group->older->lowered)
		expires = MIN(expires, m->group->older->lowered);
	return expires;
}

void member_catch_up(struct proxy *p, struct member *m)
{
	usec_t heard = heard_for(m), *older;

	m->expires = member_group_timer(p, m);
	if (!heard)
		return;
	older = &m->older_until[m->generation - 1];
	*older = MAX(*older, heard + older_host_interval(group_querier(p, m->group)));
}

void group_catch_up(struct proxy *p, struct group *g)
{
	struct member *m;

	if (!g->older)
		return;
	DL_FOREACH (g->members, m) {
		member_catch_up(p, m);
		member_rearm(p, m);
	}
	memset(g->older->heard, 0, sizeof(g->older->heard));
	forget_leave(p, g->older);
}

void silence_heard(struct proxy *p, struct group *g, unsigned int generation, usec_t now)
{
	if (!g->older)
		return;
	for (unsigned int i = generation; i < 3; i++)
		g->older->heard[i - 1] = now;
	forget_leave(p, g->older);
}

static void lower(struct proxy *p, struct member *m, usec_t due)
{
	m->expires = MIN(m->expires, due);
	member_rearm(p, m);
}

void silence_left(struct proxy *p, struct group *g, struct member *who, usec_t due)
{
	struct group_older *older = g->older;
	struct member *m;

	if (who)
		lower(p, who, due);
	if (older->unasked)
		DL_FOREACH (g->members, m)
			if (m->leaving && m->generation < 3)
				lower(p, m, due);
	older->unasked = false;
	if (older->lowered && older->lowered <= due)
		return;
	older->lowered = due;
	timer_set(&p->timers, &older->timer, due);
}
