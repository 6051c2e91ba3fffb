// SPDX-License-Identifier: GPL-2.0-or-later
/* What the data plane promises, as ratios within one run. */
#include "bench.h"

static const struct work usual = {.receivers = 8, .entries = 10000, .ingress = 1};

struct list {
	const struct plan *plan;
	struct target *targets;
	unsigned int n;
};

static const struct point *find(const struct plan *plan, const struct work *work, enum row row,
				unsigned int cores, unsigned int groups)
{
	struct point like = {
		.row = row, .series = LIVE, .size = 128, .cores = cores, .groups = groups};

	return plan_find(plan, work, &like);
}

/* a to b: how many times as fast. At most: how many times as slow. */
static void add(struct list *list, const char *name, double goal, bool at_most,
		const struct point *a, const struct point *b)
{
	struct target *t = &list->targets[list->n++];

	*t = (struct target){.name = name, .goal = goal, .at_most = at_most};
	t->known = at_most ? compare(b, a, &t->value) : compare(a, b, &t->value);
	t->met = t->known && (at_most ? t->value.median <= goal : t->value.median >= goal);
}

static void add_peer(struct list *list, const char *name, double goal, const struct work *work,
		     enum row peer)
{
	add(list, name, goal, false, find(list->plan, work, NATIVE, 1, 0),
	    find(list->plan, work, peer, 1, 0));
}

static void add_spread(struct list *list, const char *name, double goal, unsigned int receivers)
{
	const struct work work = {.receivers = receivers, .entries = 100000, .ingress = 1};

	add(list, name, goal, true, find(list->plan, &work, NATIVE, 1, 100000),
	    find(list->plan, &work, NATIVE, 1, 1));
}

static void add_cores(struct list *list, const char *name, double goal, enum row row)
{
	struct work work = usual;

	work.ingress = 2;
	add(list, name, goal, false, find(list->plan, &work, row, 2, 0),
	    find(list->plan, &work, row, 1, 0));
}

unsigned int targets(const struct plan *plan, struct target ret[static MAX_TARGETS])
{
	struct list list = {plan, ret, 0};
	struct work one = usual, any = usual, v6 = usual, many = usual;

	one.receivers = 1;
	any.any_source = true;
	v6.v6 = true;
	many.ports = MAX_RECEIVERS + 1;
	add_peer(&list, "8 receivers, of the bare broadcast", 0.90, &usual, LIMIT);
	add_peer(&list, "8 receivers, times Linux bridge", 3.5, &usual, BRIDGE);
	add_peer(&list, "8 receivers, times kernel routing", 7, &usual, ROUTING);
	add_peer(&list, "8 receivers, times Open vSwitch", 20, &usual, OVS);
	add_peer(&list, "1 receiver, of the bare redirect", 0.75, &one, REDIRECT);
	add_spread(&list, "spread over 100 k entries, times the cost of one", 1.4, 8);
	add_cores(&list, "two cores, times one", 1.8, NATIVE);
	add_peer(&list, "  any source: 8 receivers, of the bare broadcast", 0, &any, LIMIT);
	one.any_source = true;
	add_peer(&list, "  any source: 1 receiver, of the bare redirect", 0, &one, REDIRECT);
	add_peer(&list, "  IPv6: 8 receivers, of the bare broadcast", 0, &v6, LIMIT);
	add_peer(&list, "  8 receivers of 33 ports, of the bare broadcast", 0, &many, LIMIT);
	add_spread(&list, "  1 receiver: spread, times the cost of one", 0, 1);
	add_cores(&list, "  bare broadcast: two cores, times one", 0, LIMIT);
	return list.n;
}

void targets_text(const struct plan *plan)
{
	struct target all[MAX_TARGETS];
	unsigned int n = targets(plan, all);

	printf("targets (128 bytes, native XDP, 10 k entries, (S,G); median and quartiles of the "
	       "rounds)\n");
	for (unsigned int i = 0; i < n; i++) {
		const struct target *t = &all[i];

		printf("  %-50s ", t->name);
		if (!t->known) {
			printf("not measured\n");
			continue;
		}
		printf("%6.2f  %6.2f … %-6.2f", t->value.median, t->value.low, t->value.high);
		if (t->goal > 0)
			printf("  %s %-5.4g %s", t->at_most ? "≤" : "≥", t->goal,
			       t->met ? "met" : "MISSED");
		putchar('\n');
	}
}
