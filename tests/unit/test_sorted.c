// SPDX-License-Identifier: GPL-2.0-or-later
/* Arrays sorted by prefix. */
#include <criterion/criterion.h>

#include "lib/util.h"
#include "proxy/internal.h"
#include "unit/murt_mix.h"

/* Few bits differ, so that many prefixes cover each other. */
static struct prefix any_prefix(uint64_t *state, enum family family)
{
	struct addr a = addr_zero(family);
	struct prefix host;

	a.b[12] = (uint8_t)(random_below(state, 4) << 6);
	a.b[14] = (uint8_t)random_below(state, 4);
	a.b[15] = (uint8_t)random_below(state, 256);
	host = prefix_host(&a);
	return prefix_cut(&host, host.len - random_below(state, host.len));
}

Test(sorted, longest_prefix_is_what_a_scan_finds)
{
	struct prefix list[64], key;
	uint64_t state = 5;

	for (unsigned int round = 0; round < 2000; round++) {
		enum family family = round % 2 ? FAMILY_V6 : FAMILY_V4;
		unsigned int n = random_below(&state, ARRAY_SIZE(list) + 1);
		const struct prefix *expected = NULL, *got;

		for (unsigned int i = 0; i < n; i++)
			list[i] = any_prefix(&state, family);
		if (n && round % 3)
			list[0] = (struct prefix){0};
		qsort(list, n, sizeof(*list), compare_prefixes);
		key = round % 7 ? any_prefix(&state, family) : (struct prefix){0};
		for (unsigned int i = 0; i < n; i++)
			if (prefix_covers(&list[i], &key))
				expected = &list[i];
		got = prefix_longest(list, n, sizeof(*list), &key);
		cr_assert_eq(!got, !expected);
		cr_assert(!got || !prefix_cmp(got, expected));
	}
}
