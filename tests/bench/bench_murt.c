// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench-murt [-j|--json] [-4|-6] [-r ROWS] [-m MIX]: how fast the table answers, loads and changes,
 * beside a plain scan of its rows.
 *
 * One thread, time of the processor: other processes do not count. Each figure of lookups is over
 * random requests, most of them near a random row. "worst" is the longest single change.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/measure.h"
#include "lib/util.h"
#include "unit/murt_mix.h"

#define REQUESTS    16384
#define ROUNDS	    2	  /* of which the best counts */
#define TIME_MIN    0.1	  /* seconds that a figure takes at least */
#define CHANGES_MIN 100	  /* one for ten rows, within these */
#define CHANGES_MAX 60000 /* from a million on, enough to make the hash table grow */

struct result {
	const struct mix *mix;
	bool v6;
	size_t rows;
	double load, first_load; /* seconds */
	double lookups[2];	 /* a second, by enum murt_selection */
	double scans;		 /* a second */
	double add, del;	 /* seconds each */
	double worst_add, worst_del;
	double bytes, resident; /* a row: allocated, and as the kernel counts */
};

static void draw_rows(const struct mix *mix, bool v6, uint64_t seed, struct murt_row *rows,
		      size_t n)
{
	for (size_t i = 0; i < n; i++)
		rows[i] = mix_row(mix, &seed, v6);
}

static double lookups(struct murt *murt, const struct murt_request *requests)
{
	double best = 0, start, took;
	size_t n;

	for (unsigned int round = 0; round < ROUNDS; round++) {
		n = 0;
		start = cpu();
		do {
			for (size_t i = 0; i < 1024; i++)
				murt_resolve(murt, &requests[(n + i) % REQUESTS], UINT64_MAX,
					     false);
			n += 1024;
			took = cpu() - start;
		} while (took < TIME_MIN || n < REQUESTS);
		best = MAX(best, (double)n / took);
	}
	return best;
}

static double scans(const struct murt *murt, const struct murt_request *requests)
{
	const struct murt_row **rows = xcalloc(murt_count(murt), sizeof(*rows)), *row;
	size_t n = 0, count = 0;
	double start, took;

	for (uint32_t id = 0; (row = murt_next(murt, id)); id = row->id)
		rows[count++] = row;
	start = cpu();
	do {
		murt_scan(rows, count, MURT_PRIORITY, &requests[n % REQUESTS], UINT64_MAX);
		n++;
		took = cpu() - start;
	} while (took < TIME_MIN);
	free(rows);
	return (double)n / took;
}

/* Add rows, or delete them, all in one go. With `worst` each is timed by itself, too. */
static double add_all(struct murt *murt, const struct murt_row *rows, uint32_t *ids, size_t n,
		      double *worst)
{
	double start = cpu(), before = start, after;

	for (size_t i = 0; i < n; i++) {
		ids[i] = 0;
		if (murt_add(murt, &rows[i], &ids[i]))
			ids[i] = 0; /* a twin */
		if (!worst)
			continue;
		after = cpu();
		*worst = MAX(*worst, after - before);
		before = after;
	}
	return (cpu() - start) / (double)n;
}

static double del_all(struct murt *murt, const uint32_t *ids, size_t n, double *worst)
{
	double start = cpu(), before = start, after;

	for (size_t i = 0; i < n; i++) {
		if (ids[i])
			murt_del(murt, ids[i]);
		if (!worst)
			continue;
		after = cpu();
		*worst = MAX(*worst, after - before);
		before = after;
	}
	return (cpu() - start) / (double)n;
}

static void changes(struct murt *murt, const struct mix *mix, struct result *result)
{
	size_t n = MIN(MAX(result->rows / 10, CHANGES_MIN), CHANGES_MAX);
	struct murt_row *rows = xcalloc(n, sizeof(*rows));
	uint32_t *ids = xcalloc(n, sizeof(*ids));

	for (unsigned int round = 0; round <= ROUNDS; round++) {
		double add, del;

		draw_rows(mix, result->v6, 77 + round, rows, n);
		add = add_all(murt, rows, ids, n, round ? NULL : &result->worst_add);
		del = del_all(murt, ids, n, round ? NULL : &result->worst_del);
		if (!round)
			continue; /* the clock took part of it */
		result->add = round > 1 ? MIN(result->add, add) : add;
		result->del = round > 1 ? MIN(result->del, del) : del;
	}
	free(rows);
	free(ids);
}

static struct murt *load(const struct murt_row *rows, size_t n, double *took)
{
	double start = cpu();
	struct murt *murt = murt_new();
	uint32_t id;

	murt_begin(murt);
	for (size_t i = 0; i < n; i++)
		murt_add(murt, &rows[i], &id);
	murt_end(murt);
	*took = cpu() - start;
	return murt;
}

/* The best of a few, the first of them with memory fresh from the kernel. */
static struct murt *load_rounds(const struct murt_row *rows, size_t n, struct result *result)
{
	double heap_before = heap(), resident_before = resident(), took;
	struct murt *murt = load(rows, n, &result->load);

	result->rows = murt_count(murt);
	result->bytes = (heap() - heap_before) / (double)result->rows;
	result->resident = (resident() - resident_before) / (double)result->rows;
	result->first_load = result->load;
	for (unsigned int round = 1; round < ROUNDS; round++) {
		murt_free(murt);
		murt = load(rows, n, &took);
		result->load = MIN(result->load, took);
	}
	return murt;
}

static struct result measure(const struct mix *mix, bool v6, size_t n)
{
	struct result result = {.mix = mix, .v6 = v6};
	struct murt_row *rows = xcalloc(n, sizeof(*rows));
	struct murt_request *requests = xcalloc(REQUESTS, sizeof(*requests));
	uint64_t state = 5;
	struct murt *murt;

	draw_rows(mix, v6, 1, rows, n);
	for (size_t i = 0; i < REQUESTS; i++)
		requests[i] = mix_request(&state, &rows[random_below(&state, (uint32_t)n)]);
	murt = load_rounds(rows, n, &result);
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
	double fast = r->lookups[MURT_PRIORITY], specific = r->lookups[MURT_SPECIFICITY];

	printf("%-10s IPv%c %8zu %9.0f %6.0f %9.0f %6.0f %8.0f %6.2f %6.2f %6.2f %6.1f %6.1f "
	       "%5.0f\n",
	       r->mix->name, r->v6 ? '6' : '4', r->rows, fast, 1e9 / fast, specific, 1e9 / specific,
	       r->scans, r->load, r->add * 1e6, r->del * 1e6, r->worst_add * 1e3,
	       r->worst_del * 1e3, r->bytes);
	fflush(stdout);
}

static void print_json(const struct result *r, bool first)
{
	printf("%s{\"mix\":\"%s\",\"family\":%c,\"rows\":%zu,"
	       "\"lookups_per_second\":{\"priority\":%.0f,\"specificity\":%.0f,\"scan\":%.0f},"
	       "\"load_seconds\":%.4f,\"first_load_seconds\":%.4f,"
	       "\"add_microseconds\":{\"average\":%.3f,\"worst\":%.0f},"
	       "\"del_microseconds\":{\"average\":%.3f,\"worst\":%.0f},"
	       "\"bytes_per_row\":{\"allocated\":%.0f,\"resident\":%.0f}}",
	       first ? "[" : ",\n ", r->mix->name, r->v6 ? '6' : '4', r->rows,
	       r->lookups[MURT_PRIORITY], r->lookups[MURT_SPECIFICITY], r->scans, r->load,
	       r->first_load, r->add * 1e6, r->worst_add * 1e6, r->del * 1e6, r->worst_del * 1e6,
	       r->bytes, r->resident);
	fflush(stdout);
}

static void print_head(void)
{
	for (size_t i = 0; i < n_murt_mixes; i++)
		printf("%-10s %s\n", murt_mixes[i].name, murt_mixes[i].what);
	printf("\n%-24s %16s %16s %8s %6s %13s %13s %5s\n", "", "by priority", "by specificity",
	       "scan", "load", "add    del", "worst, ms", "bytes");
	printf("%-10s %4s %8s %9s %6s %9s %6s %8s %6s %6s %6s %6s %6s %5s\n", "mix", "", "rows",
	       "look-up/s", "ns", "look-up/s", "ns", "/s", "s", "us", "us", "add", "del", "a row");
}

struct options {
	bool json, v4, v6;
	size_t rows;	 /* 0: all sizes */
	const char *mix; /* NULL: all */
};

static void run(const struct options *options)
{
	static const size_t sizes[] = {100, 10000, 100000, 1000000};
	size_t n = n_murt_mixes * 2 * ARRAY_SIZE(sizes);
	bool first = true, terminal = isatty(STDERR_FILENO);

	for (size_t i = 0; i < n; i++) {
		size_t size = sizes[i % ARRAY_SIZE(sizes)];
		bool v6 = i / ARRAY_SIZE(sizes) % 2;
		const struct mix *mix = &murt_mixes[i / ARRAY_SIZE(sizes) / 2];
		struct result result;

		if ((options->mix && strcmp(options->mix, mix->name)) ||
		    (options->rows && options->rows != size) || !(v6 ? options->v6 : options->v4))
			continue;
		fprintf(stderr, "%zu of %zu: %s, IPv%c, %zu rows%s", i + 1, n, mix->name,
			v6 ? '6' : '4', size, terminal ? "" : "\n");
		result = measure(mix, v6, size);
		if (terminal)
			fputs("\r\033[K", stderr); /* clears the line for the row */
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
	static const struct option json[] = {{"json", no_argument, NULL, 'j'}, {0}};
	struct options options = {.v4 = true, .v6 = true};
	int c;

	while ((c = getopt_long(argc, argv, "j46r:m:", json, NULL)) >= 0) {
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
