// SPDX-License-Identifier: GPL-2.0-or-later
/* A request for any source against rows that name sources: each source from its own upstream. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#include "lib/util.h"
#include "unit/murt_mix.h"
#include "unit/murt_rig.h"

struct carve {
	const char *source;
	upset upstreams;
};

static void check_carves(struct murt *murt, const char *client, const char *group, upset usable,
			 const struct carve *expected, int n, upset expected_rest)
{
	struct murt_request q = request(client, group, "", 1);
	struct murt_carve carves[MURT_MAX_CARVES];
	upset rest = 0;

	cr_assert_eq(murt_carve(murt, &q, usable, false, carves, &rest), n);
	cr_expect_eq(rest, expected_rest, "%s: rest %llx", group, (unsigned long long)rest);
	for (int i = 0; i < n; i++) {
		char text[PREFIX_STRLEN];

		cr_expect_str_eq(prefix_format(&carves[i].source, text), expected[i].source);
		cr_expect_eq(carves[i].upstreams, expected[i].upstreams, "%s: %llx", text,
			     (unsigned long long)carves[i].upstreams);
	}
}

#define CARVES(murt, client, group, usable, rest, ...)                                             \
	do {                                                                                       \
		const struct carve carves_[] = {__VA_ARGS__};                                      \
		check_carves(murt, client, group, usable, carves_, ARRAY_SIZE(carves_), rest);     \
	} while (0)

Test(murt_carve, a_source_has_its_own_upstream_and_the_group_the_rest)
{
	struct murt *murt = SPECIFIC(
		{"", 0, "239.1.1.0/24", "10.0.0.1", 7, 1}, {"", 0, "239.1.1.0/24", "", 8, 9},
		{"", 0, "ff1e::/16", "2001:db8::/64", 7, 1}, {"", 0, "ff1e::/16", "", 9, 9});

	CARVES(murt, "10.100.0.11", "239.1.1.5", ALL, UP(8), {"10.0.0.1", UP(7)});
	CARVES(murt, "2001:db8:100::11", "ff1e::5", ALL, UP(9), {"2001:db8::/64", UP(7)});
	/* The source's upstream is down: the group's serves it. */
	CARVES(murt, "10.100.0.11", "239.1.1.5", ALL & ~UP(7), UP(8));
	check_carves(murt, "10.100.0.11", "239.1.2.5", ALL, NULL, 0, 0);
	murt_set_default(murt, 3);
	check_carves(murt, "10.100.0.11", "239.1.2.5", ALL, NULL, 0, UP(3));
	murt_free(murt);
}

Test(murt_carve, longer_prefixes_come_first_and_a_client_stands_over_them)
{
	struct murt *murt = SPECIFIC(
		{"", 0, "239.1.1.0/24", "10.0.0.0/8", 1, 1},
		{"", 0, "239.1.1.0/24", "10.1.0.0/16", 2, 5}, {"", 0, "", "10.1.1.1", 3, 99},
		{"", 0, "239.1.1.0/24", "", 4, 0}, {"10.9.0.0/16", 0, "", "", 5, 0});

	CARVES(murt, "10.8.0.1", "239.1.1.5", ALL, UP(4), {"10.1.1.1", UP(2)},
	       {"10.1.0.0/16", UP(2)}, {"10.0.0.0/8", UP(1)});
	check_carves(murt, "10.9.0.1", "239.1.1.5", ALL, NULL, 0, UP(5));
	murt_free(murt);
}

Test(murt_carve, agrees_with_requests_for_each_source)
{
	struct murt *murt = SPECIFIC(
		{"", 1, "224.0.0.0/4", "10.0.0.0/25", 1, 3},
		{"", 0, "239.0.0.0/8", "10.0.0.64/26", 2, 3},
		{"10.8.0.0/16", 0, "", "10.0.0.0/24", 3, 1}, {"", 0, "", "10.0.0.5", 4, 4},
		{"10.8.0.0/16", 0, "239.0.0.0/8", "10.0.0.5", 5, 1}, {"", 0, "", "", 6, 0});
	static const char *const clients[] = {"10.8.0.1", "10.7.0.1", "0.0.0.0"};

	for (size_t i = 0; i < ARRAY_SIZE(clients) * 256; i++) {
		struct murt_carve carves[MURT_MAX_CARVES];
		struct murt_request q;
		char source[32];
		upset expected;
		int n, at = 0;

		snprintf(source, sizeof(source), "10.0.0.%zu", i % 256);
		q = request(clients[i / 256], "239.1.1.1", source, 1);
		n = murt_carve(murt, &q, ALL, false, carves, &expected);
		while (at < n && !prefix_match(&carves[at].source, &q.source))
			at++;
		if (at < n)
			expected = carves[at].upstreams;
		cr_expect_eq(murt_resolve(murt, &q, ALL, false), expected, "%s from %s",
			     clients[i / 256], source);
	}
	murt_free(murt);
}

/* What the carve-out gives a source is what a request for that source gets. */
static unsigned int compare_with_requests(const struct mix *mix, size_t n_rows)
{
	struct murt *murt = murt_new();
	unsigned int carved = 0;
	uint64_t state = 11;
	uint32_t id;

	murt_set_selection(murt, MURT_SPECIFICITY);
	for (size_t i = 0; i < n_rows; i++) {
		struct murt_row row = mix_row(mix, &state, random_below(&state, 2));

		row.enabled = true;
		murt_add(murt, &row, &id);
	}
	for (unsigned int i = 0; i < 500; i++) {
		uint32_t row = random_below(&state, (uint32_t)murt_count(murt) - 1);
		struct murt_request q = mix_request(&state, murt_next(murt, row));
		upset usable = random_below(&state, 4) ? ALL : random_below(&state, 512), expected;
		struct murt_carve carves[MURT_MAX_CARVES];
		int n, at = 0;

		if (addr_is_zero(&q.source))
			continue;
		n = murt_carve(murt, &q, usable, false, carves, &expected);
		while (at < n && !prefix_match(&carves[at].source, &q.source))
			at++;
		if (at < n)
			expected = carves[at].upstreams;
		if (n >= 0)
			cr_assert_eq(expected, murt_resolve(murt, &q, usable, false),
				     "%s, request %u", mix->name, i);
		carved += at < n;
	}
	murt_free(murt);
	return carved;
}

Test(murt_carve, agrees_with_requests_in_random_tables)
{
	unsigned int carved = 0;

	for (size_t i = 0; i < n_murt_mixes; i++) {
		carved += compare_with_requests(&murt_mixes[i], 300);
		carved += compare_with_requests(&murt_mixes[i], 3000);
	}
	cr_expect_gt(carved, 1000, "%u", carved);
}

Test(murt_carve, too_many_sources_are_served_by_all)
{
	struct murt *murt = murt_new();
	struct murt_request q = request("10.0.0.1", "239.1.1.1", "", 1);
	struct murt_carve carves[MURT_MAX_CARVES];
	upset rest = UP(5);
	uint32_t id;

	for (int i = 0; i <= MURT_MAX_CARVES; i++) {
		char source[32];

		cr_expect_eq(murt_carve(murt, &q, ALL, false, carves, &rest), i);
		snprintf(source, sizeof(source), "10.0.%d.%d", i / 256, i % 256);
		add(murt, &(struct row){"", 0, "", source, 7, 1}, &id);
	}
	cr_expect_eq(murt_carve(murt, &q, ALL, false, carves, &rest), -E2BIG);
	cr_expect_eq(rest, UP(7));
	/* The rest is served as ever, and a client's row stands over them all. */
	add(murt, &(struct row){"", 0, "", "", 8, 0}, &id);
	add(murt, &(struct row){"", 0, "", "", 6, -1}, &id);
	add(murt, &(struct row){"10.0.0.2", 0, "", "", 9, 0}, &id);
	murt_set_selection(murt, MURT_SPECIFICITY);
	cr_expect_eq(murt_carve(murt, &q, ALL, false, carves, &rest), -E2BIG);
	cr_expect_eq(rest, UP(7) | UP(8));
	q = request("10.0.0.2", "239.1.1.1", "", 1);
	cr_expect_eq(murt_carve(murt, &q, ALL, false, carves, &rest), 0);
	cr_expect_eq(rest, UP(9));
	murt_free(murt);
}

Test(murt_carve, balancing_of_the_rest_holds_where_the_sources_are_too_many)
{
	struct murt *murt = SPECIFIC({"10.0.0.1", 0, "", "", 7, 0}, {"10.0.0.1", 0, "", "", 8, 0});
	struct murt_request q = request("10.0.0.1", "239.1.1.1", "", 1);
	struct murt_carve carves[MURT_MAX_CARVES];
	char source[32];
	uint32_t id;
	upset rest;

	murt_set_balance(murt, MURT_BALANCE_HASH);
	for (int i = 0; i <= MURT_MAX_CARVES; i++) {
		snprintf(source, sizeof(source), "10.0.%d.%d", i / 256, i % 256);
		add(murt, &(struct row){"10.0.0.1", 0, "", source, 9, 0}, &id);
	}
	cr_expect_eq(murt_carve(murt, &q, ALL, false, carves, &rest), -E2BIG);
	cr_expect(rest == (UP(9) | UP(7)) || rest == (UP(9) | UP(8)));
	murt_free(murt);
}

static uint64_t hits(const struct murt *murt, uint32_t id)
{
	return murt_next(murt, id - 1)->hits;
}

Test(murt_carve, rows_that_serve_a_source_or_the_rest_count_a_hit)
{
	struct murt *murt = SPECIFIC({"", 0, "239.1.1.0/24", "10.0.0.0/8", 1, 1},
				     {"", 0, "239.1.1.0/24", "10.1.0.0/16", 2, 5},
				     {"", 0, "239.1.1.0/24", "10.1.0.0/16", 2, 4},
				     {"", 0, "239.1.1.0/24", "", 4, 0}, {"", 0, "", "", 5, 0},
				     {"", 0, "239.1.1.0/24", "10.1.1.1", 6, 0});
	static const uint64_t expected[] = {1, 1, 0, 1, 0, 0};
	struct murt_request q = request("10.8.0.1", "239.1.1.5", "", 1);
	const struct addr others[] = {request("10.8.0.2", "239.1.1.5", "", 1).client};
	struct murt_carve carves[MURT_MAX_CARVES];
	upset rest;

	q.others = others;
	q.n_others = ARRAY_SIZE(others);
	cr_expect_eq(murt_carve(murt, &q, ALL, false, carves, &rest), 3);
	cr_expect_eq(murt_carve(murt, &q, ALL, true, carves, &rest), 3);
	for (uint32_t i = 0; i < ARRAY_SIZE(expected); i++)
		cr_expect_eq(hits(murt, i + 1), expected[i], "row %u: %lu", i + 1,
			     hits(murt, i + 1));
	/* Nothing is carved out: murt_resolve() counts. */
	q = request("10.8.0.1", "239.2.2.2", "", 1);
	cr_expect_eq(murt_carve(murt, &q, ALL, true, carves, &rest), 0);
	cr_expect_eq(hits(murt, 5), 0);
	murt_free(murt);
}

Test(murt_carve, rows_match_by_any_address_of_the_client)
{
	struct murt *murt = SPECIFIC({"2001:db8::/32", 0, "", "2001:db9::1", 1, 1},
				     {"2001:db8::/32", 0, "ff1e::/16", "", 2, 1},
				     {"", 0, "ff1e::/16", "", 3, 1});
	struct murt_request q = request("fe80::1", "ff1e::1", "", 1);
	const struct addr others[] = {request("2001:db8::1", "ff1e::1", "", 1).client};
	struct murt_carve carves[MURT_MAX_CARVES];
	upset rest = 0;

	cr_expect_eq(murt_carve(murt, &q, ALL, false, carves, &rest), 0);
	cr_expect_eq(rest, UP(3));
	q.others = others;
	q.n_others = ARRAY_SIZE(others);
	cr_expect_eq(murt_carve(murt, &q, ALL, false, carves, &rest), 1);
	cr_expect_eq(carves[0].upstreams, UP(1) | UP(2));
	cr_expect_eq(rest, UP(2));
	murt_free(murt);
}
