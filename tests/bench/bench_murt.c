// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench-murt [-j] [-4|-6] [-r ROWS] [-m MIX]: how fast the table answers, loads and changes, beside
 * a plain scan of its rows.
 *
 * One thread, time of the processor: other processes do not count. Each figure of lookups is over
 * random requests, most of them near a random row.
 */
#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/util.h"
#include "unit/murt_mix.h"

#define REQUESTS 16384
#define CHANGES	 20000
#define TIME_MIN 0.1 /* seconds that a figure takes at least */

struct result {
	const struct mix *mix;
	bool v6;
	size_t rows;
	double load;	   /* seconds */
	double lookups[2]; /* a second, by enum murt_selection */
	double scans;	   /* a second */
	double add, del;   /* seconds each */
	double bytes;	   /* a row */
};

/* Seconds of processor time. */
static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static double heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return (double)(m.uordblks + m.hblkhd);
}

/* Rows that the table accepts, drawn before the clock starts. */
static size_t draw_rows(const struct mix *mix, bool v6, uint64_t seed, struct murt_row *rows,
			size_t n)
{
	for (size_t i = 0; i < n; i++)
		rows[i] = mix_row(mix, &seed, v6);
	return n;
}

static double lookups(struct murt *murt, const struct murt_request *requests)
{
	double start = now(), took;
	size_t n = 0;

	do {
		for (size_t i = 0; i < 1024; i++)
			murt_resolve(murt, &requests[(n + i) % REQUESTS], UINT64_MAX, false);
		n += 1024;
		took = now() - start;
	} while (took < TIME_MIN || n < REQUESTS);
	return (double)n / took;
}

static double scans(const struct murt *murt, const struct murt_request *requests)
{
	const struct murt_row **rows = xcalloc(murt_count(murt), sizeof(*rows)), *row;
	size_t n = 0, count = 0;
	double start, took;

	for (uint32_t id = 0; (row = murt_next(murt, id)); id = row->id)
		rows[count++] = row;
	start = now();
	do {
		murt_scan(rows, count, MURT_PRIORITY, &requests[n % REQUESTS], UINT64_MAX);
		n++;
		took = now() - start;
	} while (took < TIME_MIN);
	free(rows);
	return (double)n / took;
}

static void changes(struct murt *murt, const struct mix *mix, struct result *result)
{
	struct murt_row *rows = xcalloc(CHANGES, sizeof(*rows));
	uint32_t *ids = xcalloc(CHANGES, sizeof(*ids));
	size_t n = 0;
	double start;

	draw_rows(mix, result->v6, 77, rows, CHANGES);
	start = now();
	for (size_t i = 0; i < CHANGES; i++)
		n += !murt_add(murt, &rows[i], &ids[n]);
	result->add = (now() - start) / CHANGES;
	start = now();
	for (size_t i = 0; i < n; i++)
		murt_del(murt, ids[i]);
	result->del = (now() - start) / (double)MAX(n, 1);
	free(rows);
	free(ids);
}

static struct result measure(const struct mix *mix, bool v6, size_t n)
{
	struct result result = {.mix = mix, .v6 = v6};
	struct murt_row *rows = xcalloc(n, sizeof(*rows));
	struct murt_request *requests = xcalloc(REQUESTS, sizeof(*requests));
	uint64_t state = 5;
	struct murt *murt;
	double start, before;
	uint32_t id;

	draw_rows(mix, v6, 1, rows, n);
	for (size_t i = 0; i < REQUESTS; i++)
		requests[i] = mix_request(&state, &rows[random_below(&state, (uint32_t)n)]);
	before = heap();
	start = now();
	murt = murt_new();
	murt_begin(murt);
	for (size_t i = 0; i < n; i++)
		murt_add(murt, &rows[i], &id);
	murt_end(murt);
	result.load = now() - start;
	result.rows = murt_count(murt);
	result.bytes = (heap() - before) / (double)result.rows;
	free(rows);
	result.scans = scans(murt, requests);
	result.lookups[MURT_PRIORITY] = lookups(murt, requests);
	changes(murt, mix, &result);
	murt_set_selection(murt, MURT_SPECIFICITY);
	result.lookups[MURT_SPECIFICITY] = lookups(murt, requests);
	murt_free(murt);
	free(requests);
	return result;
}

static void print_text(const struct result *r)
{
	printf("%-10s IPv%c %8zu %9.3f %11.0f %11.0f %11.0f %8.2f %8.2f %8.0f\n", r->mix->name,
	       r->v6 ? '6' : '4', r->rows, r->load, r->lookups[MURT_PRIORITY],
	       r->lookups[MURT_SPECIFICITY], r->scans, r->add * 1e6, r->del * 1e6, r->bytes);
	fflush(stdout);
}

static void print_json(const struct result *r, bool first)
{
	printf("%s{\"mix\":\"%s\",\"family\":%c,\"rows\":%zu,\"load_seconds\":%.4f,"
	       "\"lookups_per_second\":{\"priority\":%.0f,\"specificity\":%.0f,\"scan\":%.0f},"
	       "\"add_microseconds\":%.3f,\"del_microseconds\":%.3f,\"bytes_per_row\":%.0f}",
	       first ? "[" : ",\n ", r->mix->name, r->v6 ? '6' : '4', r->rows, r->load,
	       r->lookups[MURT_PRIORITY], r->lookups[MURT_SPECIFICITY], r->scans, r->add * 1e6,
	       r->del * 1e6, r->bytes);
}

static void print_head(void)
{
	for (size_t i = 0; i < n_murt_mixes; i++)
		printf("%-10s %s\n", murt_mixes[i].name, murt_mixes[i].what);
	printf("\n%-29s %9s %35s %17s %8s\n", "", "load", "lookups a second", "microseconds",
	       "bytes");
	printf("%-10s %4s %12s %9s %11s %11s %11s %8s %8s %8s\n", "rows", "", "", "seconds",
	       "priority", "specific", "scan", "add", "delete", "a row");
}

struct options {
	bool json, v4, v6;
	size_t rows;	 /* 0: all sizes */
	const char *mix; /* NULL: all */
};

static void run(const struct options *options)
{
	static const size_t sizes[] = {100, 10000, 100000, 1000000};
	bool first = true;

	for (size_t i = 0; i < n_murt_mixes * 2 * ARRAY_SIZE(sizes); i++) {
		size_t size = sizes[i % ARRAY_SIZE(sizes)];
		bool v6 = i / ARRAY_SIZE(sizes) % 2;
		const struct mix *mix = &murt_mixes[i / ARRAY_SIZE(sizes) / 2];
		struct result result;

		if ((options->mix && strcmp(options->mix, mix->name)) ||
		    (options->rows && options->rows != size) || !(v6 ? options->v6 : options->v4))
			continue;
		result = measure(mix, v6, size);
		if (options->json)
			print_json(&result, first);
		else
			print_text(&result);
		first = false;
	}
	if (options->json)
		puts(first ? "[]" : "]");
}

int main(int argc, char **argv)
{
	struct options options = {.v4 = true, .v6 = true};
	int c;

	while ((c = getopt(argc, argv, "j46r:m:")) >= 0) {
		if (c == 'j')
			options.json = true;
		else if (c == '4')
			options.v6 = false;
		else if (c == '6')
			options.v4 = false;
		else if (c == 'r')
			options.rows = strtoul(optarg, NULL, 10);
		else if (c == 'm')
			options.mix = optarg;
		else
			return 2;
	}
	if (!options.json)
		print_head();
	run(&options);
	return 0;
}
