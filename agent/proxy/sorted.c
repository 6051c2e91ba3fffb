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

int compare_addrs(const void *a, const void *b)
{
	return addr_cmp(a, b);
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

int compare_prefixes(const void *a, const void *b)
{
	return prefix_cmp(a, b);
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

/*
 * At the place of the key, or before: each prefix comes behind those that cover it. Those that
 * cover the key cover what stands between, too, so that they are no longer than the two have in
 * common.
 */
void *prefix_longest(const void *array, unsigned int n, size_t size, const struct prefix *key)
{
	struct prefix at = *key;

	while (n) {
		unsigned int place = prefix_lower_bound(array, n, size, &at);
		char *element = (char *)array + place * size;

		if (place < n && prefix_covers((const struct prefix *)element, key))
			return element;
		if (!place)
			return NULL;
		element -= size;
		if (prefix_covers((const struct prefix *)element, key))
			return element;
		at = prefix_common((const struct prefix *)element, &at);
	}
	return NULL;
}
