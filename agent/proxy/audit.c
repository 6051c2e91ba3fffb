/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work the state out again from memberships × table × ports, and compare. */
#include <stdarg.h>
#include <stdio.h>

#include "proxy/internal.h"

struct audit {
	struct proxy *p;
	struct proxy shadow; /* demand only: no timers, no effects */
	void (*differ)(void *ctx, const char *text);
	void *ctx;
	unsigned int n;
};

static void __printf(2, 3) differ(struct audit *a, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	a->n++;
	a->differ(a->ctx, text);
}

/* Count each membership again, resolved afresh, into the shadow. */
static void count_again(struct audit *a)
{
	const struct member *m;

	for (m = member_first(a->p); m; m = member_following(m)) {
		struct member copy = *m;

		copy.sources = xcalloc(m->n_sources + 1, sizeof(*copy.sources));
		if (m->n_sources)
			memcpy(copy.sources, m->sources, m->n_sources * sizeof(*copy.sources));
		copy.counted = false;
		copy.carves = NULL;
		if (m->n_carves)
			copy.carves = memcpy(xcalloc(m->n_carves, sizeof(*copy.carves)), m->carves,
					     m->n_carves * sizeof(*copy.carves));
		member_resolve(&a->shadow, &copy, false);
		demand_add(&a->shadow, &copy);
		free(copy.sources);
		free(copy.carves);
	}
}

static void compare_flows(struct audit *a, const struct upstream_group *is,
			  const struct upstream_group *should, const char *group)
{
	struct flow *flows = NULL;
	unsigned int n = should ? demand_flows(should, &flows) : 0;

	if (n != is->n_flows)
		differ(a, "%s: %u forwarding entries, should be %u", group, is->n_flows, n);
	for (unsigned int i = 0; i < n && i < is->n_flows; i++)
		if (prefix_cmp(&flows[i].source, &is->flows[i].source) ||
		    !portset_eq(&flows[i].out, &is->flows[i].out))
			differ(a, "%s: forwarding entry %u has other ports", group, i);
	free(flows);
}

static void compare_filter(struct audit *a, const struct upstream_group *is,
			   const struct upstream_group *should, const char *group)
{
	struct filter filter = {0};

	if (should)
		demand_filter(should, a->p->params.relay, &filter);
	if (!filter_eq(&filter, &is->filter))
		differ(a, "%s: the upstream is told something else", group);
	free(filter.sources);
}

static void compare(struct audit *a)
{
	struct upstream_group *g, *next, *other;
	char group[ADDR_STRLEN];

	HASH_ITER (hh, a->p->upstream_groups, g, next) {
		other = demand_find(&a->shadow, (unsigned int)g->key.slot, &g->key.group);
		addr_format(&g->key.group, group);
		compare_flows(a, g, other, group);
		compare_filter(a, g, other, group);
	}
	HASH_ITER (hh, a->shadow.upstream_groups, g, next)
		if (!demand_find(a->p, (unsigned int)g->key.slot, &g->key.group))
			differ(a, "%s: wanted, but unknown", addr_format(&g->key.group, group));
}

unsigned int proxy_audit(struct proxy *p, void (*report)(void *ctx, const char *text), void *ctx)
{
	struct audit *a = xcalloc(1, sizeof(*a));
	struct upstream_group *g, *next;
	unsigned int n;

	a->p = p;
	a->differ = report;
	a->ctx = ctx;
	a->shadow.murt = p->murt;
	a->shadow.params = p->params;
	a->shadow.up = p->up;
	a->shadow.identities = p->identities;
	a->shadow.disabled = p->disabled;
	for (unsigned int i = 0; i < MUPI_MAX_PORTS; i++)
		if (p->ports[i].known)
			a->shadow.ports[i] = p->ports[i];
	count_again(a);
	for (unsigned int i = 0; i < p->n_statics; i++)
		if (p->statics[i].on && p->ports[p->statics[i].port].slot >= 0)
			static_count(&a->shadow, &p->statics[i], 1);
	compare(a);
	HASH_ITER (hh, a->shadow.upstream_groups, g, next)
		demand_free(&a->shadow, g);
	n = a->n;
	free(a);
	return n;
}
