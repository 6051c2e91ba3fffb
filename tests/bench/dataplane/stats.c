// SPDX-License-Identifier: GPL-2.0-or-later
/* Medians and quartiles. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Between neighbours in proportion. */
static double quantile(const double *sorted, unsigned int n, double q)
{
	double at = q * (n - 1);
	unsigned int low = (unsigned int)at, high = MIN(low + 1, n - 1);

	return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

struct summary summarise(const double *values, unsigned int n)
{
	double sorted[MAX_ROUNDS];

	if (!n)
		return (struct summary){0};
	memcpy(sorted, values, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_value);
	return (struct summary){.median = quantile(sorted, n, 0.5),
				.low = quantile(sorted, n, 0.25),
				.high = quantile(sorted, n, 0.75)};
}

struct summary point_ns(const struct point *p)
{
	return summarise(p->ns, p->n);
}

bool compare(const struct point *a, const struct point *b, struct summary *ret)
{
	double ratios[MAX_ROUNDS];
	unsigned int n = a && b ? MIN(a->n, b->n) : 0;

	for (unsigned int i = 0; i < n; i++)
		ratios[i] = b->ns[i] / a->ns[i];
	*ret = summarise(ratios, n);
	return n > 0;
}
