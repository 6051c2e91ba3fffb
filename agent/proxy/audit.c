/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work the state out again from memberships × table × ports, and compare. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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

static void check_kept(struct audit *a, struct member *m)
{
	char group[ADDR_STRLEN], client[ADDR_STRLEN];

	if (!handover_agrees(a->p, m))
		differ(a, "%s: %s keeps an upstream for nothing",
		       addr_format(&m->group->key.group, group),
		       addr_format(member_addr(m), client));
}

/* Count a membership again, resolved afresh, into the shadow. */
static void count_member(struct audit *a, struct member *m)
{
	struct member copy = *m;

	check_kept(a, m);
	copy.sources = xcalloc(m->n_sources + 1, sizeof(*copy.sources));
	if (m->n_sources)
		memcpy(copy.sources, m->sources, m->n_sources * sizeof(*copy.sources));
	copy.counted = false;
	copy.extra = NULL;
	carve_copy(&copy, m);
	member_resolve(&a->shadow, &copy, false);
	demand_add(&a->shadow, &copy);
	free(copy.sources);
	carve_clear(&copy);
	free(copy.extra);
}

/* All that is asked of the group. */
static void count_group(struct audit *a, const struct addr *group)
{
	struct proxy *p = a->p;
	struct member *m;

	for (unsigned int i = 0; i < MUPI_MAX_PORTS; i++) {
		const struct group *g = p->ports[i].n_groups ? group_find(p, i, group) : NULL;

		if (g)
			DL_FOREACH (g->members, m)
				count_member(a, m);
	}
}

/* Those of some groups: the statics are looked at once for all of them. */
static void count_statics(struct audit *a, const struct addr *groups, size_t n)
{
	_cleanup_free_ struct addr *sorted = xcalloc(n + 1, sizeof(*sorted));
	const struct proxy *p = a->p;

	memcpy(sorted, groups, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare_addrs);
	for (unsigned int i = 0; i < p->n_statics; i++)
		if (p->statics[i].on && p->ports[p->statics[i].port].slot >= 0 &&
		    bsearch(&p->statics[i].group, sorted, n, sizeof(*sorted), compare_addrs))
			static_count(&a->shadow, &p->statics[i], 1);
}

static void compare_flows(struct audit *a, const struct upstream_group *is,
			  const struct upstream_group *should, const char *group)
{
	struct flow *flows = NULL;
	unsigned int n = should ? demand_flows(should, &flows) : 0;

	if (n != is->n_flows)
		differ(a, "%s: %u forwarding entries, should be %u", group, is->n_flows, n);
	for (unsigned int i = 0; i < n && i < is->n_flows; i++) {
		if (prefix_cmp(&flows[i].source, &is->flows[i].source) ||
		    !portset_eq(&flows[i].out, &is->flows[i].out))
			differ(a, "%s: forwarding entry %u has other ports", group, i);
		if (flows[i].below != is->flows[i].below)
			differ(a, "%s: forwarding entry %u tells of other sources", group, i);
	}
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

static void compare(struct audit *a, unsigned int slot, const struct addr *group)
{
	const struct upstream_group *is = demand_find(a->p, slot, group);
	struct upstream_group *should = demand_find(&a->shadow, slot, group);
	char text[ADDR_STRLEN];

	addr_format(group, text);
	if (is) {
		compare_flows(a, is, should, text);
		compare_filter(a, is, should, text);
	} else if (should) {
		differ(a, "%s: wanted, but unknown", text);
	}
	if (should)
		demand_free(&a->shadow, should);
}

/* What is left of the shadow was for upstreams that are not there. */
static void audit_free(struct audit *a)
{
	struct upstream_group *g, *next;

	DL_FOREACH_SAFE (a->shadow.upstream_groups, g, next)
		demand_free(&a->shadow, g);
	free(a);
}

static struct audit *audit_new(struct proxy *p, void (*report)(void *ctx, const char *text),
			       void *ctx)
{
	struct audit *a = xcalloc(1, sizeof(*a));

	a->p = p;
	a->differ = report;
	a->ctx = ctx;
	a->shadow.murt = p->murt;
	a->shadow.params = p->params;
	a->shadow.up = p->up;
	a->shadow.identities = p->identities;
	hashtable_init_keys(&a->shadow.upstream_table, p->upstream_table.secret);
	a->shadow.disabled = p->disabled;
	a->shadow.told_together = true;
	for (unsigned int i = 0; i < MUPI_MAX_PORTS; i++)
		if (p->ports[i].known)
			a->shadow.ports[i] = p->ports[i];
	return a;
}

unsigned int proxy_audit_groups(struct proxy *p, const struct addr *groups, size_t n,
				void (*report)(void *ctx, const char *text), void *ctx)
{
	struct audit *a = audit_new(p, report, ctx);
	unsigned int ret;

	count_statics(a, groups, n);
	for (size_t i = 0; i < n; i++) {
		count_group(a, &groups[i]);
		for (unsigned int slot = 0; slot < MURT_MAX_UPSTREAMS; slot++)
			if (p->upstreams[slot])
				compare(a, slot, &groups[i]);
	}
	ret = a->n;
	audit_free(a);
	return ret;
}

/* All groups that members, upstreams or static joins are about, some of them twice. Returns how
 * many; the caller frees *ret. */
static size_t all_groups(const struct proxy *p, struct addr **ret)
{
	size_t n = p->group_table.n + p->upstream_table.n + p->n_statics;
	struct addr *groups = xcalloc(n + 1, sizeof(*groups));
	const struct upstream_group *u;
	const struct group *g;

	n = 0;
	DL_FOREACH (p->groups, g)
		groups[n++] = g->key.group;
	DL_FOREACH (p->upstream_groups, u)
		groups[n++] = u->key.group;
	for (unsigned int i = 0; i < p->n_statics; i++)
		groups[n++] = p->statics[i].group;
	*ret = groups;
	return n;
}

unsigned int proxy_audit(struct proxy *p, void (*report)(void *ctx, const char *text), void *ctx)
{
	_cleanup_free_ struct addr *groups;
	size_t all = all_groups(p, &groups), n = 0;

	qsort(groups, all, sizeof(*groups), compare_addrs);
	for (size_t i = 0; i < all; i++)
		if (!n || !addr_eq(&groups[i], &groups[n - 1]))
			groups[n++] = groups[i];
	return proxy_audit_groups(p, groups, n, report, ctx);
}
