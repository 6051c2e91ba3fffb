// SPDX-License-Identifier: GPL-2.0-or-later
/* The table's rules, one by one. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#include "lib/util.h"
#include "policy/murt_private.h"
#include "unit/murt_rig.h"

Test(murt, default_upstream_serves_what_no_row_matches)
{
	struct murt *murt = TABLE({"10.100.0.11", 0, "", "", 7, 10});

	murt_set_default(murt, 9);
	CHECK(murt, ALL, {"10.100.0.11", "224.10.10.1", "", 1, UP(7)},
	      {"10.100.0.12", "224.10.10.1", "", 1, UP(9)}, {"::", "ff1e::1", "", 1, UP(9)});
	CHECK(murt, ALL & ~UP(9), {"10.100.0.12", "224.10.10.1", "", 1, 0});
	murt_free(murt);
}

Test(murt, a_row_serves_the_family_of_its_prefixes_only)
{
	struct murt *murt = TABLE({"", 0, "", "10.0.0.1", 1, 1}, {"::/0", 0, "", "", 2, 1},
				  {"", 0, "ff00::/8", "", 3, 1}, {"", 0, "", "", 4, 0});
	uint32_t id;

	CHECK(murt, ALL, {"10.1.0.1", "239.1.1.5", "", 1, UP(1)},
	      {"fe80::1", "ff1e::1", "", 1, UP(2) | UP(3)}, {"::", "ff1e::1", "", 1, UP(2) | UP(3)},
	      {"10.1.0.1", "239.1.1.5", "10.0.0.9", 1, UP(4)});
	cr_expect_eq(add(murt, &(struct row){"10.0.0.1", 0, "ff1e::1", "", 1, 1}, &id), -EINVAL);
	cr_expect_eq(add(murt, &(struct row){"", 0, "224.1.1.1", "::/0", 1, 1}, &id), -EINVAL);
	murt_free(murt);
}

/* Who asks for an explanation may name any number. */
Test(murt, a_port_beyond_all_numbers_matches_rows_without_one)
{
	struct murt *murt = TABLE({"0.0.0.0/1", 0, "", "", 7, 10}, {"", 0, "", "", 8, 5});

	CHECK(murt, ALL, {"0.0.0.0", "239.1.1.1", "", 3U << 30, UP(8)});
	CHECK(murt, ALL, {"10.0.0.1", "239.1.1.1", "", 3U << 30, UP(7)});
	murt_free(murt);
}

Test(murt, a_client_without_address_matches_no_prefix)
{
	struct murt *murt = TABLE({"0.0.0.0/1", 0, "", "", 1, 9}, {"0.0.0.0", 0, "", "", 2, 8},
				  {"::/16", 0, "", "", 3, 7}, {"", 0, "", "", 4, 1});

	CHECK(murt, ALL, {"0.0.0.0", "239.1.1.1", "", 1, UP(4)}, {"::", "ff1e::1", "", 1, UP(4)},
	      {"10.0.0.1", "239.1.1.1", "", 1, UP(1)});
	murt_free(murt);
}

Test(murt, equal_rows_and_slots_beyond_the_last_are_refused)
{
	const struct row row = {"10.0.0.0/8", 3, "239.1.1.1", "", 7, 5};
	struct murt *murt = TABLE(row);
	struct murt_row again = make(&row);
	uint32_t id = 0;

	again.slot = MURT_MAX_UPSTREAMS;
	cr_expect_eq(murt_add(murt, &again, &id), -EINVAL);
	again.slot = row.upstream;
	again.enabled = false;
	again.origin = MURT_FROM_CTL;
	cr_expect_eq(murt_add(murt, &again, &id), -EEXIST);
	cr_expect_eq(id, 1);
	again.priority++;
	cr_expect_eq(murt_add(murt, &again, &id), 0);
	cr_expect_eq(id, 2);
	again.id = 2;
	again.priority--;
	cr_expect_eq(murt_change(murt, &again, &id), -EEXIST);
	cr_expect_eq(id, 1);
	again.id = 3;
	cr_expect_eq(murt_change(murt, &again, &id), -ENOENT);
	murt_free(murt);
}

#define MANY 3000

static struct murt_row nth(unsigned int n)
{
	char group[16];

	snprintf(group, sizeof(group), "239.1.%u.%u", n / 256, n % 256);
	return make(&(struct row){"", 0, group, "", 1, 10});
}

/* What is hashed close to rows that went is found all the same. */
Test(murt, an_equal_row_is_refused_whatever_was_deleted_around_it)
{
	struct murt *murt = murt_new();
	uint32_t ids[MANY], id;

	for (unsigned int n = 0; n < MANY; n++) {
		struct murt_row row = nth(n);

		cr_assert_eq(murt_add(murt, &row, &ids[n]), 0);
	}
	for (unsigned int n = 0; n < MANY; n += 3)
		cr_assert_eq(murt_del(murt, ids[n]), 0);
	for (unsigned int n = 0; n < MANY; n++) {
		struct murt_row row = nth(n);
		int r = murt_add(murt, &row, &id);

		cr_expect_eq(r, n % 3 ? -EEXIST : 0, "row %u: %d", n, r);
		cr_expect(!(n % 3) || id == ids[n], "row %u", n);
	}
	murt_free(murt);
}

Test(murt, ids_are_never_used_twice)
{
	struct row row = {"", 0, "239.1.1.1", "", 7, 1};
	struct murt *murt = TABLE(row);
	const struct murt_row *last;
	struct murt_row changed;
	uint32_t id = 0;

	murt->store.last_id = MURT_MAX_ID - 1;
	cr_expect_eq(murt_ids_left(murt), 1);
	row.priority = 2;
	cr_expect_eq(add(murt, &row, &id), 0);
	cr_expect_eq(id, MURT_MAX_ID);
	cr_expect_eq(add(murt, &row, &id), -EEXIST);
	row.priority = 3;
	cr_expect_eq(add(murt, &row, &id), -ENOSPC);
	cr_expect_eq(murt_count(murt), 2);
	last = murt_next(murt, 1);
	cr_assert_not_null(last);
	cr_expect_eq(last->id, MURT_MAX_ID);
	cr_expect_null(murt_next(murt, MURT_MAX_ID));
	changed = *last;
	changed.priority = 4;
	cr_expect_eq(murt_change(murt, &changed, &id), 0);
	cr_expect_eq(murt_del(murt, MURT_MAX_ID), 0);
	cr_expect_eq(add(murt, &row, &id), -ENOSPC);
	murt_free(murt);
}

Test(murt, changed_rows_keep_id_and_hits)
{
	struct murt *murt =
		TABLE({"", 0, "239.1.1.1", "", 7, 5}, {"", 0, "239.1.1.1", "10.0.0.1", 7, 5},
		      {"", 0, "239.1.1.1", "", 8, 1});
	struct murt_request q = request("10.0.0.9", "239.1.1.1", "", 1);
	struct murt_row row;
	uint32_t twin;

	murt_resolve(murt, &q, ALL, true);
	murt_resolve(murt, &q, ALL, false);
	cr_expect_eq(murt_next(murt, 0)->hits, 1);
	cr_expect_eq(murt_next(murt, 1)->hits, 1);
	cr_expect_eq(murt_next(murt, 2)->hits, 0);
	row = *murt_next(murt, 0);
	row.enabled = false;
	cr_expect_eq(murt_change(murt, &row, &twin), 0);
	q.source = request("10.0.0.9", "239.1.1.1", "10.0.0.7", 1).source;
	cr_expect_eq(murt_resolve(murt, &q, ALL, true), UP(8));
	row.enabled = true;
	row.priority = 6;
	cr_expect_eq(murt_change(murt, &row, &twin), 0);
	cr_expect_eq(murt_resolve(murt, &q, ALL, true), UP(7));
	cr_expect_eq(murt_next(murt, 0)->hits, 2);
	cr_expect_eq(murt_next(murt, 0)->id, 1);
	murt_free(murt);
}

Test(murt, a_request_is_one_hit_however_many_addresses_match)
{
	struct murt *murt =
		TABLE({"", 0, "ff1e::/16", "", 7, 5}, {"2001:db8::/32", 0, "", "", 7, 5});
	struct murt_request q = request("fe80::1", "ff1e::1", "", 1);
	const struct addr others[] = {request("2001:db8::1", "ff1e::1", "", 1).client,
				      request("2001:db8::2", "ff1e::1", "", 1).client};

	q.others = others;
	q.n_others = ARRAY_SIZE(others);
	cr_expect_eq(murt_resolve(murt, &q, ALL, true), UP(7));
	cr_expect_eq(murt_next(murt, 0)->hits, 1);
	cr_expect_eq(murt_next(murt, 1)->hits, 1);
	murt_free(murt);
}

Test(murt, begin_and_end_without_each_other_change_nothing)
{
	struct murt *murt = TABLE({"", 0, "", "", 7, 5}, {"", 0, "", "", 8, 5});
	struct murt_row row = *murt_next(murt, 0);
	uint32_t id;

	row.balance = MURT_BALANCE_HASH;
	cr_assert_eq(murt_change(murt, &row, &id), 0);
	murt_end(murt);
	cr_assert_eq(murt_del(murt, 2), 0);
	CHECK(murt, ALL, {"10.0.0.1", "239.1.1.1", "", 1, UP(7)});
	murt_begin(murt);
	murt_begin(murt);
	CHECK(murt, ALL, {"10.0.0.1", "239.1.1.1", "", 1, 0});
	murt_end(murt);
	murt_end(murt);
	CHECK(murt, ALL, {"10.0.0.1", "239.1.1.1", "", 1, UP(7)});
	cr_expect_eq(murt_next(murt, 0)->hits, 2);
	cr_assert_eq(murt_del(murt, 1), 0);
	cr_expect(!murt_balances(murt));
	CHECK(murt, ALL, {"10.0.0.1", "239.1.1.1", "", 1, 0});
	murt_free(murt);
}

Test(murt, rows_are_walked_in_order_of_ids_while_they_are_deleted)
{
	struct murt *murt = murt_new();
	uint32_t id, seen = 0;

	for (int i = 0; i < 1000; i++)
		cr_assert_eq(add(murt, &(struct row){"", 0, "239.0.0.0/8", "", 7, i}, &id), 0);
	for (const struct murt_row *row; (row = murt_next(murt, seen));) {
		cr_assert_eq(row->id, seen + 1);
		seen = row->id;
		if (seen % 10)
			cr_assert_eq(murt_del(murt, seen), 0);
	}
	cr_expect_eq(seen, 1000);
	cr_expect_eq(murt_count(murt), 100);
	cr_expect_eq(murt_del(murt, 1), -ENOENT);
	cr_expect_eq(murt_next(murt, 15)->id, 20);
	cr_expect_null(murt_next(murt, 1000));
	murt_free(murt);
}
