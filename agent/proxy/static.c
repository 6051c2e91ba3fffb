/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Static joins: what is wanted on a port without anybody reporting it. */
#include "proxy/internal.h"

/* A membership that no report and no timer changes. */
static void join_downstream(struct proxy *p, const struct static_join *s, usec_t now)
{
	struct member *m = member_at(p, s->port, &s->group, &ADDR_NONE);
	bool joined = !m;
	struct told before;

	if (!m)
		m = member_new_static(p, s->port, &s->group);
	before = event_before(m);
	demand_remove(p, m);
	if (addr_is_none(&s->source)) {
		m->mode = MODE_EXCLUDE;
		m->expires = USEC_NEVER;
	} else {
		member_add_source(p, m, &s->source, USEC_NEVER);
	}
	member_update(p, m, &before, joined, now);
}

static void drop_source(struct proxy *p, struct member *m, const struct addr *addr)
{
	struct source *s = member_source(m, addr);

	if (!s)
		return;
	m->n_sources--;
	memmove(s, s + 1, (size_t)(m->sources + m->n_sources - s) * sizeof(*s));
	group_count_sources(p, m->group, -1);
}

/* What other static joins of the group want stays. */
static void leave_downstream(struct proxy *p, const struct static_join *s, usec_t now)
{
	struct member *m = member_at(p, s->port, &s->group, &ADDR_NONE);
	struct told before;

	if (!m)
		return;
	before = event_before(m);
	demand_remove(p, m);
	if (addr_is_none(&s->source))
		m->mode = MODE_INCLUDE;
	else
		drop_source(p, m, &s->source);
	m->left = true;
	member_update(p, m, &before, false, now);
}

void static_count(struct proxy *p, const struct static_join *s, int by)
{
	demand_static(p, (unsigned int)p->ports[s->port].slot, &s->group, &s->source, by);
}

static void set(struct proxy *p, struct static_join *s, bool on, usec_t now)
{
	if (s->on == on)
		return;
	s->on = on;
	if (p->ports[s->port].slot >= 0)
		static_count(p, s, on ? 1 : -1);
	else if (on)
		join_downstream(p, s, now);
	else
		leave_downstream(p, s, now);
}

void static_port(struct proxy *p, unsigned int port, bool on, usec_t now)
{
	for (unsigned int i = 0; i < p->n_statics; i++)
		if (p->statics[i].port == port)
			set(p, &p->statics[i], on, now);
}

void proxy_static_join(struct proxy *p, unsigned int index, const struct addr *group,
		       const struct addr *source, usec_t now)
{
	struct static_join *s;

	p->statics = xreallocarray(p->statics, p->n_statics + 1, sizeof(*p->statics));
	s = &p->statics[p->n_statics++];
	*s = (struct static_join){.port = index, .group = *group, .source = *source};
	set(p, s, p->ports[index].up, now);
}

static bool is_join(const struct static_join *s, unsigned int index, const struct addr *group,
		    const struct addr *source)
{
	return s->port == index && addr_eq(&s->group, group) && addr_eq(&s->source, source);
}

void proxy_static_leave(struct proxy *p, unsigned int index, const struct addr *group,
			const struct addr *source, usec_t now)
{
	unsigned int i = 0;

	while (i < p->n_statics && !is_join(&p->statics[i], index, group, source))
		i++;
	if (i == p->n_statics)
		return;
	set(p, &p->statics[i], false, now);
	p->statics[i] = p->statics[--p->n_statics];
}
