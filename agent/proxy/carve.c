/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The carve-out: exceptions, by source prefix, from the upstreams that serve a member who wants any
 * source. The longest prefix that covers a source holds for it.
 */
#include "proxy/internal.h"

static struct carve *carves_of(const struct member *m)
{
	return m->extra ? m->extra->carves : NULL;
}

/* What an exception stands over: the next longer prefix's, or the member's own. */
struct around {
	upset upstreams, keep;
};

static struct around around(const struct member *m, const struct carve *carves, unsigned int n,
			    const struct prefix *source)
{
	const struct carve *c = prefix_longest(carves, n, sizeof(*carves), source);

	return c ? (struct around){c->upstreams, c->keep}
		 : (struct around){m->upstreams, member_keep(m)};
}

upset carve_upstreams(const struct member *m, const struct prefix *source)
{
	return around(m, carves_of(m), m->n_carves, source).upstreams;
}

/* Former exceptions that the new list does not have stay for what they keep. */
static unsigned int merge(const struct member *m, const struct carve *new, unsigned int n,
			  struct carve *ret)
{
	const struct carve *old = carves_of(m);
	unsigned int i = 0, k = 0, at = 0;

	while (i < n || k < m->n_carves) {
		int order = i == n	       ? 1
			    : k == m->n_carves ? -1
					       : prefix_cmp(&new[i].source, &old[k].source);

		if (order <= 0) {
			ret[at] = new[i++];
			ret[at].keep = around(m, old, m->n_carves, &ret[at].source).keep;
			k += !order;
		} else {
			ret[at] = old[k++];
			ret[at].upstreams = around(m, new, n, &ret[at].source).upstreams;
			ret[at].past = true;
		}
		at++;
	}
	return at;
}

upset carve_keep(const struct member *m, const struct prefix *source)
{
	return around(m, carves_of(m), m->n_carves, source).keep;
}

void carve_clear(struct member *m)
{
	if (!m->n_carves)
		return;
	free(m->extra->carves);
	m->extra->carves = NULL;
	m->n_carves = 0;
}

void carve_copy(struct member *to, const struct member *from)
{
	size_t size = from->n_carves * sizeof(struct carve);

	if (!from->extra)
		return;
	member_extra(to)->keep = from->extra->keep;
	if (size)
		to->extra->carves = memcpy(xcalloc(1, size), from->extra->carves, size);
}

void carve_replace(struct member *m, struct carve *carves, unsigned int n)
{
	unsigned int n_merged = n + m->n_carves;
	struct carve *merged;

	if (!n_merged)
		return;
	for (unsigned int i = 0; i < n; i++)
		carves[i].keep = member_keep(m);
	if (m->n_carves) {
		merged = xcalloc(n_merged, sizeof(*merged));
		n = merge(m, carves, n, merged);
		free(carves);
		carves = merged;
	}
	carve_clear(m);
	member_extra(m)->carves = carves;
	m->n_carves = (uint16_t)n;
}

void carve_from_sources(struct member *m)
{
	if (!m->extra)
		return;
	carve_clear(m);
	for (unsigned int i = 0; i < m->n_sources && m->n_carves < MURT_MAX_CARVES; i++) {
		const struct source *s = &m->sources[i];

		if (!s->keep)
			continue;
		m->extra->carves = xgrow(m->extra->carves, m->n_carves, sizeof(struct carve));
		m->extra->carves[m->n_carves++] =
			(struct carve){prefix_host(&s->addr), s->upstreams, s->keep, true};
	}
}

void carve_settle(struct member *m, upset up)
{
	struct carve *carves = carves_of(m);
	unsigned int kept = 0;

	for (unsigned int i = 0; i < m->n_carves; i++) {
		struct carve *c = &carves[i];
		struct around outer = around(m, carves, kept, &c->source);

		c->keep = worth_keeping(c->keep, c->upstreams, up);
		if (!c->past || c->keep != outer.keep)
			carves[kept++] = *c;
	}
	if (kept)
		m->n_carves = (uint16_t)kept;
	else
		carve_clear(m);
}
