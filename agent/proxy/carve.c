/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The carve-out: exceptions, by source prefix, from the upstreams that serve a member who wants any
 * source. The longest prefix that covers a source holds for it.
 */
#include "proxy/internal.h"

/* What an exception stands over: the next longer prefix's, or the member's own. */
struct around {
	upset upstreams, keep;
};

static struct around around(const struct member *m, const struct carve *carves, unsigned int n,
			    const struct prefix *source)
{
	const struct carve *c = prefix_longest(carves, n, sizeof(*carves), source);

	return c ? (struct around){c->upstreams, c->keep} : (struct around){m->upstreams, m->keep};
}

/* Former exceptions that the new list does not have stay for what they keep. */
static unsigned int merge(const struct member *m, const struct carve *new, unsigned int n,
			  struct carve *ret)
{
	unsigned int i = 0, k = 0, at = 0;

	while (i < n || k < m->n_carves) {
		int order = i == n	       ? 1
			    : k == m->n_carves ? -1
					       : prefix_cmp(&new[i].source, &m->carves[k].source);

		if (order <= 0) {
			ret[at] = new[i++];
			ret[at].keep = around(m, m->carves, m->n_carves, &ret[at].source).keep;
			k += !order;
		} else {
			ret[at] = m->carves[k++];
			ret[at].upstreams = around(m, new, n, &ret[at].source).upstreams;
			ret[at].past = true;
		}
		at++;
	}
	return at;
}

void carve_replace(struct member *m, struct carve *carves, unsigned int n)
{
	struct carve *merged = NULL;

	if (m->n_carves) {
		merged = xcalloc(n + m->n_carves, sizeof(*merged));
		n = merge(m, carves, n, merged);
		free(carves);
		free(m->carves);
	}
	m->carves = merged ? merged : carves;
	m->n_carves = n;
	for (unsigned int i = 0; !merged && i < n; i++)
		m->carves[i].keep = m->keep;
}

void carve_settle(struct member *m, upset up)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < m->n_carves; i++) {
		struct carve *c = &m->carves[i];
		struct around outer = around(m, m->carves, kept, &c->source);

		c->keep = worth_keeping(c->keep, c->upstreams, up);
		if (!c->past || c->keep != outer.keep)
			m->carves[kept++] = *c;
	}
	m->n_carves = kept;
	if (kept)
		return;
	free(m->carves);
	m->carves = NULL;
}
