// SPDX-License-Identifier: GPL-2.0-or-later
/* Sets of ports. */
#include <criterion/criterion.h>

#include "lib/portset.h"
#include "lib/util.h"

Test(portset, every_member_comes_once_and_in_order)
{
	/* At both ends of words; from within one word the next begins at its first bit. */
	static const unsigned int members[] = {0, 5, 63, 64, 70, 127, 192, MUPI_MAX_PORTS - 1};
	struct portset set = {0};
	unsigned int n = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(members); i++)
		portset_add(&set, members[i]);
	cr_expect_eq(portset_count(&set), ARRAY_SIZE(members));
	portset_for_each (port, &set) {
		cr_assert_lt(n, ARRAY_SIZE(members));
		cr_expect_eq(port, members[n], "%u", port);
		n++;
	}
	cr_expect_eq(n, ARRAY_SIZE(members));
}

Test(portset, the_next_member_may_be_in_a_word_far_behind)
{
	struct portset set = {0};

	portset_add(&set, 193);
	cr_expect_eq(portset_next(&set, 0), 193);
	cr_expect_eq(portset_next(&set, 100), 193, "though 100 is at a later bit of its word");
	cr_expect_eq(portset_next(&set, 193), 193);
	cr_expect_eq(portset_next(&set, 194), MUPI_MAX_PORTS);
}

Test(portset, what_was_taken_out_is_gone_and_the_rest_is_not)
{
	struct portset set = {0}, other = {0};

	portset_add(&set, 64);
	portset_add(&set, 65);
	portset_del(&set, 64);
	portset_add(&other, 65);
	cr_expect(!portset_has(&set, 64));
	cr_expect(portset_has(&set, 65));
	cr_expect(portset_eq(&set, &other));
	cr_expect(!portset_empty(&set));
	portset_del(&set, 65);
	cr_expect(portset_empty(&set));
	cr_expect(!portset_eq(&set, &other));
}
