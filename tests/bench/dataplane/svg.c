// SPDX-License-Identifier: GPL-2.0-or-later
/* A plot: copies a second by receivers, a line for each path, both axes logarithmic. */
#include <errno.h>
#include <math.h>

#include "bench.h"

#define WIDTH	860
#define HEIGHT	420
#define LEFT	60
#define RIGHT	650
#define TOP	50
#define BOTTOM	370
#define LOWEST	0.1 /* million copies a second */
#define HIGHEST 20.0

static const char *const colours[ROWS] = {
	[LIMIT] = "#888888",  [REDIRECT] = "#444444", [NATIVE] = "#d62728", [TC] = "#ff7f0e",
	[BRIDGE] = "#1f77b4", [ROUTING] = "#2ca02c",  [OVS] = "#9467bd",
};

struct plot {
	const struct plan *plan;
	FILE *file;
	unsigned int entries;
};

static double x_of(unsigned int receivers)
{
	return LEFT + 20 + (RIGHT - LEFT - 40) * log2(receivers) / 5;
}

static double y_of(double millions)
{
	double part = log(millions / LOWEST) / log(HIGHEST / LOWEST);

	return BOTTOM - (BOTTOM - TOP) * MIN(MAX(part, 0), 1);
}

/* Million copies a second, or 0. */
static double value(const struct plot *plot, enum row row, enum series series,
		    unsigned int receivers)
{
	struct point like = {.row = row, .series = series, .size = 128, .cores = 1};
	struct work work = {.receivers = receivers, .entries = plot->entries, .ingress = 1};
	const struct point *p = plan_find(plot->plan, &work, &like);

	return p && p->n ? 1e3 / point_ns(p).median : 0;
}

static void draw_axes(const struct plot *plot)
{
	static const double marks[] = {0.1, 0.2, 0.5, 1, 2, 5, 10, 20};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		fprintf(plot->file,
			"<line x1='%d' x2='%d' y1='%.1f' y2='%.1f' stroke='#dddddd'/>"
			"<text x='%d' y='%.1f' text-anchor='end'>%g</text>\n",
			LEFT, RIGHT, y_of(marks[i]), y_of(marks[i]), LEFT - 6, y_of(marks[i]) + 4,
			marks[i]);
	for (size_t i = 0; i < ARRAY_SIZE(all_receivers); i++)
		fprintf(plot->file, "<text x='%.1f' y='%d' text-anchor='middle'>%u</text>\n",
			x_of(all_receivers[i]), BOTTOM + 18, all_receivers[i]);
	fprintf(plot->file,
		"<text x='%d' y='%d' text-anchor='middle'>receivers</text>\n"
		"<text x='%d' y='24' font-size='15'>Million copies a second on one core, 128 "
		"bytes, "
		"%u (S,G) installed</text>\n",
		(LEFT + RIGHT) / 2, BOTTOM + 40, LEFT, plot->entries);
}

static unsigned int draw_line(const struct plot *plot, enum row row, enum series series)
{
	const char *dash = series == LIVE_SKB ? " stroke-dasharray='5 4'" : "";
	unsigned int n = 0;

	fprintf(plot->file, "<polyline fill='none' stroke-width='2' stroke='%s'%s points='",
		colours[row], dash);
	for (size_t i = 0; i < ARRAY_SIZE(all_receivers); i++) {
		double v = value(plot, row, series, all_receivers[i]);

		if (v > 0 && ++n)
			fprintf(plot->file, "%.1f,%.1f ", x_of(all_receivers[i]), y_of(v));
	}
	fprintf(plot->file, "'/>\n");
	for (size_t i = 0; i < ARRAY_SIZE(all_receivers); i++) {
		double v = value(plot, row, series, all_receivers[i]);

		if (v > 0)
			fprintf(plot->file, "<circle cx='%.1f' cy='%.1f' r='3' fill='%s'/>\n",
				x_of(all_receivers[i]), y_of(v), colours[row]);
	}
	return n;
}

static void draw_key(const struct plot *plot, unsigned int *line, enum row row, enum series series)
{
	int y = TOP + 10 + 22 * (int)(*line)++;

	fprintf(plot->file,
		"<line x1='%d' x2='%d' y1='%d' y2='%d' stroke='%s' stroke-width='2'%s/>"
		"<text x='%d' y='%d'>%s%s</text>\n",
		RIGHT + 15, RIGHT + 40, y, y, colours[row],
		series == LIVE_SKB ? " stroke-dasharray='5 4'" : "", RIGHT + 46, y + 4,
		row_names[row], series == LIVE_SKB ? ", skbs" : "");
}

int write_svg(const struct plan *plan, const char *file)
{
	static const unsigned int entries[] = {1000, 10000};
	struct plot plot = {.plan = plan, .file = fopen(file, "w"), .entries = entries[0]};
	unsigned int line = 0;

	if (!plot.file)
		return -errno;
	if (!value(&plot, NATIVE, LIVE, all_receivers[0]))
		plot.entries = entries[1];
	fprintf(plot.file,
		"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' "
		"font-family='sans-serif' font-size='12'>\n<rect width='%d' height='%d' "
		"fill='white'/>\n",
		WIDTH, HEIGHT, WIDTH, HEIGHT);
	draw_axes(&plot);
	for (enum row row = 0; row < ROWS; row++)
		for (enum series series = LIVE; series <= LIVE_SKB; series++)
			if ((series == LIVE || row < TC) && draw_line(&plot, row, series))
				draw_key(&plot, &line, row, series);
	fprintf(plot.file, "</svg>\n");
	return fclose(plot.file) ? -errno : 0;
}
