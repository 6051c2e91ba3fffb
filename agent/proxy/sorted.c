/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays sorted by an address or a prefix, with which each element begins. */
#include "proxy/internal.h"

typedef int compare_fn(const void *element, const void *key);

static unsigned int lower_bound(const void *array, unsigned int n, size_t size, const void *key,
				compare_fn *compare)
{
	const char *base = array;
	unsigned int low = 0;

	while (low < n) {
		unsigned int middle = low + (n - low) / 2;

		if (compare(base + middle * size, key) < 0)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

static void *find(const void *array, unsigned int n, size_t size, const void *key,
		  compare_fn *compare)
{
	unsigned int at = lower_bound(array, n, size, key, compare);
	char *element;

	if (at == n)
		return NULL;
	element = (char *)array + at * size;
	return compare(element, key) ? NULL : element;
}

/* ---- by address ---- */

static int compare_addrs(const void *element, const void *key)
{
	return addr_cmp(element, key);
}

unsigned int addr_lower_bound(const void *array, unsigned int n, size_t size,
			      const struct addr *key)
{
	return lower_bound(array, n, size, key, compare_addrs);
}

void *addr_find(const void *array, unsigned int n, size_t size, const struct addr *key)
{
	return find(array, n, size, key, compare_addrs);
}

/* ---- by prefix ---- */

static int compare_prefixes(const void *element, const void *key)
{
	return prefix_cmp(element, key);
}

unsigned int prefix_lower_bound(const void *array, unsigned int n, size_t size,
				const struct prefix *key)
{
	return lower_bound(array, n, size, key, compare_prefixes);
}

void *prefix_find(const void *array, unsigned int n, size_t size, const struct prefix *key)
{
	return find(array, n, size, key, compare_prefixes);
}

/* Its place, or one before: each prefix comes behind those that cover it. */
void *prefix_longest(const void *array, unsigned int n, size_t size, const struct prefix *key)
{
	unsigned int at = prefix_lower_bound(array, n, size, key);

	for (unsigned int left = at < n ? at + 1 : n; left--;) {
		char *element = (char *)array + left * size;

		if (prefix_covers((const struct prefix *)element, key))
			return element;
	}
	return NULL;
}
