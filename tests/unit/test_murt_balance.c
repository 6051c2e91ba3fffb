// SPDX-License-Identifier: GPL-2.0-or-later
/* Which of several winners serves. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "lib/util.h"
#include "unit/murt_rig.h"

Test(murt_balance, hash_moves_only_the_channels_of_a_failed_upstream)
{
	struct murt *murt =
		TABLE({"", 0, "", "", 7, 1}, {"", 0, "", "", 8, 1}, {"", 0, "", "", 9, 1});
	unsigned int share[10] = {0};

	murt_set_balance(murt, MURT_BALANCE_HASH);
	for (unsigned int i = 0; i < 3000; i++) {
		char group[32];
		struct murt_request q;
		upset before, after;

		snprintf(group, sizeof(group), "239.0.%u.%u", i / 256, i % 256);
		q = request("10.0.0.1", group, "", 1);
		before = murt_resolve(murt, &q, ALL, false);
		after = murt_resolve(murt, &q, ALL & ~UP(8), false);
		cr_assert_eq(__builtin_popcountll(before), 1);
		share[__builtin_ctzll(before)]++;
		if (before != UP(8))
			cr_expect_eq(after, before);
		else
			cr_expect(after == UP(7) || after == UP(9));
	}
	for (unsigned int i = 7; i < 10; i++)
		cr_expect(share[i] > 900 && share[i] < 1100, "upstream %u: %u", i, share[i]);
	murt_free(murt);
}

/* Slots are given in the order in which ports became upstreams. */
Test(murt_balance, hash_goes_by_port_numbers_not_by_slots)
{
	struct murt *murt[] = {murt_new(), murt_new()};
	uint32_t id;

	for (unsigned int i = 0; i < 6; i++) {
		struct murt_row row = make(&(struct row){"", 0, "", "", 7 + i % 3, 1});

		row.slot = i < 3 ? i : 5 - i;
		row.upstream = 7 + i % 3;
		cr_assert_eq(murt_add(murt[i / 3], &row, &id), 0);
	}
	for (unsigned int i = 0; i < 100; i++) {
		char group[32];
		upset there, here;
		struct murt_request q;

		snprintf(group, sizeof(group), "239.0.0.%u", i);
		q = request("10.0.0.1", group, "", 1);
		for (unsigned int k = 0; k < 2; k++)
			murt_set_balance(murt[k], MURT_BALANCE_HASH);
		there = murt_resolve(murt[0], &q, ALL, false);
		here = murt_resolve(murt[1], &q, ALL, false);
		cr_expect_eq(here, UP(2) >> __builtin_ctzll(there), "%s", group);
	}
	for (unsigned int k = 0; k < 2; k++)
		murt_free(murt[k]);
}

/* Three upstreams that all win, for any client and group. */
static struct murt *three(enum murt_balance balance)
{
	struct murt *murt =
		TABLE({"", 0, "", "", 7, 10}, {"", 0, "", "", 8, 10}, {"", 0, "", "", 9, 10});

	murt_set_balance(murt, balance);
	return murt;
}

Test(murt_balance, round_robin_serves_new_channels_in_turn)
{
	static const unsigned int expected[] = {7, 8, 9, 7, 8, 9, 7};
	struct murt *murt = three(MURT_BALANCE_ROUND_ROBIN);

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		struct murt_request v4 = request("10.100.0.11", "224.10.10.1", "", 1);
		struct murt_request v6 = request("fe80::1", "ff1e::1", "", 1);

		cr_expect_eq(murt_resolve(murt, i % 2 ? &v4 : &v6, ALL, false), UP(expected[i]));
	}
	murt_free(murt);
}

/* Every client of the original's test may have any of three upstreams. */
Test(murt_balance, vectors_9_successive_joins)
{
	static const char *const clients[] = {"10.100.0.11", "10.100.0.12", "10.100.0.13",
					      "10.100.0.14", "10.100.0.15", "10.100.0.16",
					      "10.100.0.25"};
	struct murt *murt = murt_new();
	uint32_t id;

	for (size_t i = 0; i < ARRAY_SIZE(clients); i++) {
		for (unsigned int port = 7; port < 10; port++)
			add(murt, &(struct row){clients[i], 0, "", "", port, 10}, &id);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(clients); i++)
		CHECK(murt, ALL, {clients[i], "224.10.10.0", "", 1, UP(7) | UP(8) | UP(9)});
	murt_set_balance(murt, MURT_BALANCE_ROUND_ROBIN);
	for (unsigned int i = 0; i < ARRAY_SIZE(clients); i++)
		CHECK(murt, ALL, {clients[i], "224.10.10.0", "", 1, UP(7 + i % 3)});
	murt_set_balance(murt, MURT_BALANCE_RANDOM);
	for (unsigned int i = 0; i < ARRAY_SIZE(clients); i++) {
		struct murt_request q = request(clients[i], "224.10.10.0", "", 1);
		upset got = murt_resolve(murt, &q, ALL, false);

		cr_expect(got == UP(7) || got == UP(8) || got == UP(9));
	}
	murt_free(murt);
}

Test(murt_balance, round_robin_begins_anew_behind_the_last_slot)
{
	struct murt *murt = TABLE({"", 0, "", "", 7, 10}, {"", 0, "", "", 63, 10});

	murt_set_balance(murt, MURT_BALANCE_ROUND_ROBIN);
	for (unsigned int i = 0; i < 2; i++) {
		CHECK(murt, ALL, {"10.100.0.11", "224.10.10.1", "", 1, UP(7)});
		CHECK(murt, ALL, {"10.100.0.11", "224.10.10.1", "", 1, UP(63)});
	}
	murt_free(murt);
}

Test(murt_balance, round_robin_passes_over_unusable_upstreams)
{
	struct murt *murt = three(MURT_BALANCE_ROUND_ROBIN);

	CHECK(murt, ALL & ~UP(8), {"10.100.0.11", "224.10.10.1", "", 1, UP(7)});
	CHECK(murt, ALL & ~UP(8), {"10.100.0.11", "224.10.10.2", "", 1, UP(9)});
	CHECK(murt, ALL & ~UP(8), {"10.100.0.11", "224.10.10.3", "", 1, UP(7)});
	CHECK(murt, ALL, {"10.100.0.11", "224.10.10.4", "", 1, UP(8)});
	murt_free(murt);
}

Test(murt_balance, a_flowing_channel_keeps_its_upstream_while_it_is_healthy)
{
	static const enum murt_balance balances[] = {MURT_BALANCE_HASH, MURT_BALANCE_ROUND_ROBIN,
						     MURT_BALANCE_RANDOM};

	for (size_t i = 0; i < ARRAY_SIZE(balances); i++) {
		struct murt *murt = three(balances[i]);
		struct murt_request q = request("10.100.0.11", "224.10.10.1", "", 1);

		for (unsigned int port = 7; port < 10; port++) {
			q.flowing = UP(port) | UP(1);
			for (int again = 0; again < 5; again++)
				cr_expect_eq(murt_resolve(murt, &q, ALL, false), UP(port));
			cr_expect(!(murt_resolve(murt, &q, ALL & ~UP(port), false) & UP(port)));
		}
		murt_free(murt);
	}
}

Test(murt_balance, all_takes_every_winner_whatever_flows)
{
	struct murt *murt = three(MURT_BALANCE_ALL);
	struct murt_request q = request("10.100.0.11", "224.10.10.1", "", 1);

	q.flowing = UP(8);
	cr_expect_eq(murt_resolve(murt, &q, ALL, false), UP(7) | UP(8) | UP(9));
	murt_free(murt);
}

Test(murt_balance, random_takes_each_about_as_often)
{
	struct murt *murt = three(MURT_BALANCE_RANDOM);
	struct murt_request q = request("10.100.0.11", "224.10.10.1", "", 1);
	unsigned int share[10] = {0};

	murt_set_seed(murt, 42);
	for (int i = 0; i < 3000; i++) {
		upset got = murt_resolve(murt, &q, ALL, false);

		cr_assert_eq(__builtin_popcountll(got), 1);
		share[__builtin_ctzll(got)]++;
	}
	for (unsigned int i = 7; i < 10; i++)
		cr_expect(share[i] > 900 && share[i] < 1100, "upstream %u: %u", i, share[i]);
	murt_free(murt);
}

Test(murt_balance, an_explanation_takes_no_turn)
{
	struct murt *murt = three(MURT_BALANCE_ROUND_ROBIN);
	struct murt_request q = request("10.100.0.11", "224.10.10.1", "", 1);

	for (int i = 0; i < 3; i++) {
		struct explained e;

		explain(murt, &q, ALL, 0, &e);
		cr_expect_eq(e.n, 3);
		cr_expect_eq(e.upstreams, UP(7));
		cr_expect_str_eq(e.reason, "3 rows share the highest priority 10, round-robin: "
					   "next is upstream 7");
		explained_free(&e);
	}
	murt_free(murt);
}

static void add_balanced(struct murt *murt, const struct row *r, enum murt_balance balance)
{
	struct murt_row row = make(r);
	uint32_t id;

	row.balance = balance;
	cr_assert_eq(murt_add(murt, &row, &id), 0);
}

Test(murt_balance, a_row_may_have_a_balance_of_its_own)
{
	struct murt *murt = three(MURT_BALANCE_DEFAULT);
	struct murt_row row;
	uint32_t twin;

	/* 239/8: round-robin of its own; one row of 238/8 wants all, the other nothing special. */
	add_balanced(murt, &(struct row){"", 0, "239.0.0.0/8", "", 1, 20},
		     MURT_BALANCE_ROUND_ROBIN);
	add_balanced(murt, &(struct row){"", 0, "239.0.0.0/8", "", 2, 20}, MURT_BALANCE_DEFAULT);
	add_balanced(murt, &(struct row){"", 0, "238.0.0.0/8", "", 3, 20}, MURT_BALANCE_ALL);
	add_balanced(murt, &(struct row){"", 0, "238.0.0.0/8", "", 4, 20}, MURT_BALANCE_RANDOM);
	CHECK(murt, ALL, {"10.0.0.1", "239.1.1.1", "", 1, UP(1)},
	      {"10.0.0.1", "239.1.1.2", "", 1, UP(2)}, {"10.0.0.1", "239.1.1.3", "", 1, UP(1)},
	      {"10.0.0.1", "238.1.1.1", "", 1, UP(3) | UP(4)},
	      {"10.0.0.1", "224.1.1.1", "", 1, UP(7) | UP(8) | UP(9)});
	row = *murt_next(murt, 3);
	row.balance = MURT_BALANCE_DEFAULT;
	cr_expect_eq(murt_change(murt, &row, &twin), 0);
	CHECK(murt, ALL, {"10.0.0.1", "239.1.1.3", "", 1, UP(1) | UP(2)});
	murt_free(murt);
}
