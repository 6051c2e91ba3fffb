// SPDX-License-Identifier: GPL-2.0-or-later
/* The figures as tables for people. */
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench.h"

void machine_text(char text[static 256])
{
	char line[256], model[128] = "unknown processor";
	FILE *file = fopen("/proc/cpuinfo", "r");
	struct utsname host;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "model name : %127[^\n]", model) == 1)
			break;
	if (file)
		fclose(file);
	uname(&host);
	snprintf(text, 256, "%s, %ld cores, Linux %.*s", model, sysconf(_SC_NPROCESSORS_ONLN),
		 (int)strcspn(host.release, "-"), host.release);
}

/* A table: what all its cells have in common. */
struct table {
	const struct plan *plan;
	struct work work;
	enum series series;
	unsigned int size;
};

static const struct point *cell(const struct table *t, enum row row, unsigned int receivers)
{
	struct point like = {.row = row, .series = t->series, .size = t->size, .cores = 1};
	struct work work = t->work;

	work.receivers = receivers;
	return plan_find(t->plan, &work, &like);
}

static bool has_cells(const struct table *t)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(all_receivers); i++)
		if (cell(t, NATIVE, all_receivers[i]))
			return true;
	return false;
}

static void print_ns(const struct point *p)
{
	struct summary s;
	char mark = ' ';

	if (!p || !p->n) {
		printf("%14s", "-");
		return;
	}
	s = point_ns(p);
	if (p->lost * 1000 > p->copies)
		mark = '!';
	printf("%9.1f ±%2.0f%%%c", s.median, (s.high - s.low) / 2 / s.median * 100, mark);
}

static void print_rows(const struct table *t)
{
	for (enum row row = 0; row < ROWS; row++) {
		const char *why = NULL;

		printf("  %-32s", row_names[row]);
		for (unsigned int i = 0; i < ARRAY_SIZE(all_receivers); i++) {
			const struct point *p = cell(t, row, all_receivers[i]);

			print_ns(p);
			if (p && *p->why)
				why = p->why;
		}
		if (why)
			printf("  %s", why);
		putchar('\n');
	}
}

static void print_rates(const struct table *t)
{
	printf("  %-32s", "mupi: million copies/s");
	for (unsigned int i = 0; i < ARRAY_SIZE(all_receivers); i++) {
		const struct point *p = cell(t, NATIVE, all_receivers[i]);

		if (p && p->n)
			printf("%9.2f     ", 1e3 / point_ns(p).median);
		else
			printf("%14s", "-");
	}
	putchar('\n');
}

static void print_ratios(const struct table *t)
{
	static const enum row peers[] = {LIMIT, REDIRECT, TC, BRIDGE, ROUTING, OVS};

	for (unsigned int k = 0; k < ARRAY_SIZE(peers); k++) {
		printf("    times %-24s", row_names[peers[k]]);
		for (unsigned int i = 0; i < ARRAY_SIZE(all_receivers); i++) {
			const struct point *ours = cell(t, NATIVE, all_receivers[i]);
			struct summary ratio;

			if (compare(ours, cell(t, peers[k], all_receivers[i]), &ratio))
				printf("%9.2f     ", ratio.median);
			else
				printf("%14s", "-");
		}
		putchar('\n');
	}
}

static void print_table(const struct table *t)
{
	if (!has_cells(t))
		return;
	printf("%s, %u bytes, %u (S,G) installed: ns per copy, ± half of the quartiles' distance\n",
	       series_names[t->series], t->size, t->work.entries);
	printf("  %-32s", "receivers");
	for (unsigned int i = 0; i < ARRAY_SIZE(all_receivers); i++)
		printf("%9u     ", all_receivers[i]);
	putchar('\n');
	print_rows(t);
	print_rates(t);
	print_ratios(t);
	putchar('\n');
}

static void print_losses(const struct plan *plan)
{
	uint64_t copies = 0, lost = 0;

	for (unsigned int i = 0; i < plan->n_points; i++) {
		copies += plan->points[i].copies;
		lost += plan->points[i].lost;
	}
	printf("%lu copies counted, %lu lost (figures marked ! where more than one in 1000)\n",
	       copies, lost);
}

void report_text(const struct plan *plan)
{
	static const unsigned int sizes[] = {128, 1400}, entries[] = {1, 1000, 10000, 100000};
	char machine[256];

	machine_text(machine);
	printf("%s\n\n", machine);
	for (enum series series = 0; series < SERIES; series++)
		for (unsigned int s = 0; s < ARRAY_SIZE(sizes); s++)
			for (unsigned int e = 0; e < ARRAY_SIZE(entries); e++)
				print_table(&(struct table){plan,
							    {.entries = entries[e], .ingress = 1},
							    series,
							    sizes[s]});
	print_losses(plan);
}
