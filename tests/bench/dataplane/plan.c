// SPDX-License-Identifier: GPL-2.0-or-later
/* What is measured. */
#include <string.h>

#include "bench.h"

const char *const row_names[ROWS] = {
	[LIMIT] = "bare XDP broadcast",	   [REDIRECT] = "bare XDP redirect",
	[NATIVE] = "mupi, native XDP",	   [TC] = "mupi, tc",
	[BRIDGE] = "Linux bridge",	   [ROUTING] = "kernel routing",
	[OVS] = "Open vSwitch, userspace",
};

const char *const series_names[SERIES] = {
	[LIVE] = "live frames, cheapest sink",
	[LIVE_SKB] = "live frames, skbs delivered",
	[SOCKETS] = "packet socket, cheapest sink",
};

const unsigned int all_receivers[6] = {1, 2, 4, 8, 16, 32};

static bool same_work(const struct work *a, const struct work *b)
{
	return a->receivers == b->receivers && a->entries == b->entries &&
	       a->ingress == b->ingress && a->ports == b->ports && a->any_source == b->any_source &&
	       a->v6 == b->v6;
}

static unsigned int add_setting(struct plan *plan, const struct work *work)
{
	for (unsigned int i = 0; i < plan->n_settings; i++)
		if (same_work(&plan->settings[i], work))
			return i;
	plan->settings[plan->n_settings] = *work;
	return plan->n_settings++;
}

/* The bare redirect has one receiver; paths that deliver skbs anyway are measured once. */
static bool sensible(const struct work *work, enum row row, enum series series)
{
	if (row == REDIRECT && work->receivers != 1)
		return false;
	return series != LIVE_SKB || row < TC;
}

static bool same(const struct point *a, const struct point *b)
{
	return a->row == b->row && a->series == b->series && a->size == b->size &&
	       a->cores == b->cores && a->groups == b->groups;
}

static void add(struct plan *plan, const struct work *work, struct point point)
{
	point.setting = add_setting(plan, work);
	if (!sensible(work, point.row, point.series))
		return;
	for (unsigned int i = 0; i < plan->n_points; i++)
		if (plan->points[i].setting == point.setting && same(&plan->points[i], &point))
			return;
	plan->points[plan->n_points++] = point;
}

static void add_all(struct plan *plan, const struct work *work, enum series series,
		    unsigned int size)
{
	for (enum row row = 0; row < ROWS; row++)
		add(plan, work,
		    (struct point){.row = row, .series = series, .size = size, .cores = 1});
}

static void add_matrix(struct plan *plan, unsigned int entries, const struct options *options)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(all_receivers); i++) {
		struct work work = {
			.receivers = all_receivers[i], .entries = entries, .ingress = 1};

		if (options->quick && i != 0 && i != 3 && i != 5)
			continue;
		add_all(plan, &work, LIVE, 128);
		add_all(plan, &work, LIVE_SKB, 128);
		if (options->quick)
			continue;
		add_all(plan, &work, LIVE, 1400);
		add_all(plan, &work, LIVE_SKB, 1400);
		if (entries == 1000)
			add_all(plan, &work, SOCKETS, 128);
	}
}

/* Ours beside the bare program that does the same. */
static void add_pair(struct plan *plan, struct work work, unsigned int cores)
{
	struct point point = {.series = LIVE, .size = 128, .cores = cores};

	point.row = work.receivers == 1 ? REDIRECT : LIMIT;
	add(plan, &work, point);
	point.row = NATIVE;
	add(plan, &work, point);
}

/* Of the targets. */
static const struct work usual = {.receivers = 8, .entries = 10000, .ingress = 1};

static void add_variants(struct plan *plan)
{
	struct work work = usual, one = work, any = work, v6 = work, many = work, two = work;

	one.receivers = 1;
	any.any_source = true;
	v6.v6 = true;
	many.ports = MAX_RECEIVERS + 1;
	two.ingress = 2;
	add_all(plan, &work, LIVE, 128);
	add_pair(plan, any, 1);
	add_pair(plan, v6, 1);
	add_pair(plan, many, 1);
	add_pair(plan, two, 1);
	add_pair(plan, two, 2);
	add_pair(plan, one, 1);
	one.any_source = true;
	add_pair(plan, one, 1);
}

static void add_spread(struct plan *plan)
{
	struct point point = {.row = NATIVE, .series = LIVE, .size = 128, .cores = 1};

	for (unsigned int receivers = 1; receivers <= 8; receivers += 7) {
		struct work work = {.receivers = receivers, .entries = 100000, .ingress = 1};

		point.groups = 1;
		add(plan, &work, point);
		point.groups = work.entries;
		add(plan, &work, point);
	}
}

void plan_make(struct plan *plan, const struct options *options)
{
	struct point only = {.row = options->only, .series = LIVE, .size = 128, .cores = 1};

	memset(plan, 0, sizeof(*plan));
	if (options->one_path) {
		add(plan, &usual, only);
		return;
	}
	if (!options->quick && !options->targets_only) {
		add_matrix(plan, 1, options);
		add_matrix(plan, 1000, options);
	}
	add_variants(plan);
	if (!options->targets_only)
		add_matrix(plan, options->quick ? 10000 : 100000, options);
	add_spread(plan);
}

const struct point *plan_find(const struct plan *plan, const struct work *work,
			      const struct point *like)
{
	struct point wanted = *like;

	if (wanted.series == LIVE_SKB && wanted.row >= TC)
		wanted.series = LIVE;
	for (unsigned int i = 0; i < plan->n_points; i++) {
		const struct point *p = &plan->points[i];

		if (same_work(&plan->settings[p->setting], work) && same(p, &wanted))
			return p->n || *p->why ? p : NULL;
	}
	return NULL;
}
