// SPDX-License-Identifier: GPL-2.0-or-later
/* Measures a plan: in rounds, every path once in each, so that noise meets all alike. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

#define RETRIES	   3
#define WARM_UP	   2048
#define MIN_FRAMES 512
#define MAX_FRAMES (1u << 22)

static const struct {
	const struct path_ops *ops;
	enum row row;
	bool xdp_sink;
} kinds[] = {
	{&limit_ops, LIMIT, true},
	{&limit_ops, LIMIT, false},
	{&redirect_ops, REDIRECT, true},
	{&redirect_ops, REDIRECT, false},
	{&native_ops, NATIVE, true},
	{&native_ops, NATIVE, false},
	{&tc_ops, TC, false},
	{&bridge_ops, BRIDGE, false},
	{&routing_ops, ROUTING, false},
	{&ovs_ops, OVS, false},
};

static struct path *path_of(struct path *paths, const struct point *point)
{
	bool xdp = point->row < TC && point->series != LIVE_SKB;

	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++)
		if (paths[i].row == point->row && paths[i].xdp_sink == xdp)
			return &paths[i];
	abort();
}

static int burst_once(struct path *path, const struct work *work, const struct point *point,
		      struct outcome *ret)
{
	const struct burst burst = {.size = point->size,
				    .frames = point->frames,
				    .cores = point->cores,
				    .groups = point->groups,
				    .sockets = point->series == SOCKETS};

	path_enter(path);
	return inject(path, work, &burst, ret);
}

/* Leave the core to others for a moment: real-time threads may not have all of it. */
static void rest(double seconds)
{
	double nap = seconds / 8;
	struct timespec t = {(time_t)nap, (long)((nap - (double)(time_t)nap) * 1e9)};

	nanosleep(&t, NULL);
}

static void give_up(struct point *point, const char *why)
{
	snprintf(point->why, sizeof(point->why), "%s", why);
}

/* How many frames take the time of a burst. */
static void calibrate(struct path *path, const struct work *work, struct point *point,
		      const struct options *options)
{
	struct outcome outcome;
	double frames;
	int r;

	point->frames = path->window ? path->window : WARM_UP;
	r = burst_once(path, work, point, &outcome);
	if (r) {
		give_up(point, strerror(-r));
		return;
	}
	if (!outcome.copies) {
		give_up(point, "no frame came through");
		return;
	}
	frames = options->burst_seconds * point->frames / outcome.seconds;
	frames = MIN(MAX(frames, MIN_FRAMES), MAX_FRAMES);
	point->frames = (unsigned int)frames / 64 * 64;
}

static void measure(struct path *path, const struct work *work, struct point *point)
{
	struct outcome outcome;
	int r = 0;

	if (*point->why || point->n == MAX_ROUNDS)
		return;
	for (int i = 0; i < RETRIES; i++) {
		r = burst_once(path, work, point, &outcome);
		rest(outcome.seconds);
		if (r || !outcome.disturbed)
			break;
	}
	if (r || !outcome.copies) {
		give_up(point, r ? strerror(-r) : "no frame came through");
		return;
	}
	point->ns[point->n++] = outcome.seconds * 1e9 / (double)outcome.copies;
	point->copies += outcome.copies;
	point->lost += outcome.lost;
}

static bool needed(const struct plan *plan, unsigned int setting, struct path *paths,
		   const struct path *path)
{
	for (unsigned int i = 0; i < plan->n_points; i++)
		if (plan->points[i].setting == setting && path_of(paths, &plan->points[i]) == path)
			return true;
	return false;
}

/* A path that failed to open never comes back; one that cannot take this work may take the next. */
static void configure_all(struct plan *plan, unsigned int setting, struct path *paths,
			  const bool *usable)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!usable[i] || !needed(plan, setting, paths, &paths[i]))
			continue;
		paths[i].why[0] = '\0';
		path_enter(&paths[i]);
		paths[i].ops->configure(&paths[i], &plan->settings[setting]);
	}
}

static void run_setting(struct plan *plan, unsigned int setting, struct path *paths,
			const struct options *options)
{
	const struct work *work = &plan->settings[setting];
	/* What targets are read from. */
	unsigned int rounds = options->rounds * (work->entries == 10000 ? 2 : 1);

	for (unsigned int i = 0; i < plan->n_points; i++) {
		struct point *point = &plan->points[i];
		struct path *path = path_of(paths, point);

		if (point->setting != setting)
			continue;
		if (*path->why)
			give_up(point, path->why);
		else
			calibrate(path, work, point, options);
	}
	for (unsigned int round = 0; round < rounds; round++)
		for (unsigned int i = 0; i < plan->n_points; i++)
			if (plan->points[i].setting == setting)
				measure(path_of(paths, &plan->points[i]), work, &plan->points[i]);
}

void plan_run(struct plan *plan, const struct options *options)
{
	static struct path paths[ARRAY_SIZE(kinds)];
	bool usable[ARRAY_SIZE(kinds)];

	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		fprintf(stderr, "\rpreparing %-40s", row_names[kinds[i].row]);
		usable[i] = !path_open(&paths[i], kinds[i].ops, kinds[i].row, kinds[i].xdp_sink);
	}
	for (unsigned int i = 0; i < plan->n_settings; i++) {
		const struct work *work = &plan->settings[i];

		fprintf(stderr, "\r%u of %u: %u receivers, %u entries%-20s", i + 1,
			plan->n_settings, work->receivers, work->entries, "");
		configure_all(plan, i, paths, usable);
		run_setting(plan, i, paths, options);
	}
	fprintf(stderr, "\r%-60s\r", "");
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++)
		path_close(&paths[i]);
}
