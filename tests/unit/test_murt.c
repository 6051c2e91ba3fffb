// SPDX-License-Identifier: GPL-2.0-or-later
/* The table against known answers: the original's files, its README, its own results, the draft's
 * examples. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#include "config/config.h"
#include "lib/util.h"
#include "policy/murt.h"

#define ALL   UINT64_MAX
#define UP(n) (1ULL << (n)) /* in these tests the slot of an upstream is its number */

struct vector {
	const char *client, *group, *source; /* source "": any */
	uint32_t downstream;
	upset expected;
};

struct row {
	const char *client;
	uint32_t downstream;
	const char *group, *source;
	uint32_t upstream;
	int32_t priority;
};

static struct prefix prefix(const char *text)
{
	struct prefix p = {0};

	if (*text)
		cr_assert_eq(prefix_parse(text, &p), 0, "%s", text);
	return p;
}

static struct murt_row make(const struct row *r)
{
	return (struct murt_row){.client = prefix(r->client),
				 .group = prefix(r->group),
				 .source = prefix(r->source),
				 .downstream = r->downstream,
				 .upstream = r->upstream,
				 .slot = r->upstream,
				 .priority = r->priority,
				 .enabled = true};
}

static int add(struct murt *murt, const struct row *r, uint32_t *id)
{
	struct murt_row row = make(r);

	return murt_add(murt, &row, id);
}

static struct murt *table(const struct row *rows, size_t n)
{
	struct murt *murt = murt_new();
	uint32_t id;

	for (size_t i = 0; i < n; i++)
		cr_assert_eq(add(murt, &rows[i], &id), 0);
	return murt;
}

static struct murt_request request(const char *client, const char *group, const char *source,
				   uint32_t downstream)
{
	struct murt_request q = {.downstream = downstream};

	cr_assert_eq(addr_parse(client, &q.client), 0, "%s", client);
	cr_assert_eq(addr_parse(group, &q.group), 0, "%s", group);
	if (*source)
		cr_assert_eq(addr_parse(source, &q.source), 0, "%s", source);
	return q;
}

static void check(struct murt *murt, const struct vector *vectors, size_t n, upset usable)
{
	for (size_t i = 0; i < n; i++) {
		const struct vector *v = &vectors[i];
		struct murt_request q = request(v->client, v->group, v->source, v->downstream);
		_cleanup_free_ struct murt_match *matches = NULL;
		char reason[128];
		upset explained, got = murt_resolve(murt, &q, usable, true);

		murt_explain(murt, &q, usable, &matches, &explained, reason);
		cr_expect_eq(got, v->expected, "(%s, %s, %s, port %u): %llx, expected %llx: %s",
			     v->client, v->group, v->source, v->downstream, (unsigned long long)got,
			     (unsigned long long)v->expected, reason);
		cr_expect_eq(explained, got);
	}
}

#define CHECK(murt, usable, ...)                                                                   \
	do {                                                                                       \
		const struct vector vectors_[] = {__VA_ARGS__};                                    \
		check(murt, vectors_, ARRAY_SIZE(vectors_), usable);                               \
	} while (0)

#define TABLE(...)                                                                                 \
	table((const struct row[]){__VA_ARGS__}, ARRAY_SIZE(((const struct row[]){__VA_ARGS__})))

Test(murt, readme_example)
{
	struct murt *murt = TABLE({"10.100.0.0/26", 0, "224.0.122.5", "10.100.0.21", 7, 30},
				  {"", 0, "224.0.122.5", "", 8, 20},
				  {"0.0.0.0/0", 0, "224.0.0.0/4", "0.0.0.0/0", 9, 0});

	CHECK(murt, ALL, {"10.100.0.20", "224.0.122.5", "10.100.0.21", 1, UP(7)},
	      {"10.100.0.70", "224.0.122.5", "10.100.0.21", 1, UP(8)},
	      {"10.100.0.70", "224.0.122.6", "10.100.0.21", 1, UP(9)},
	      {"10.100.0.20", "224.0.122.5", "", 1, UP(7)},
	      {"10.100.0.9", "224.0.122.5", "10.100.0.21", 1, UP(7)},
	      {"30.0.0.1", "224.0.9.9", "", 1, UP(9)}, {"2001:db8::1", "ff1e::1", "", 1, 0},
	      {"0.0.0.0", "224.0.122.5", "10.100.0.21", 1, UP(8)},
	      {"0.0.0.0", "224.0.122.6", "", 1, UP(9)});
	murt_free(murt);
}

Test(murt, mode_1_client)
{
	struct murt *murt =
		TABLE({"10.100.0.11", 0, "", "", 7, 10}, {"10.100.0.13", 0, "", "", 8, 10},
		      {"10.100.0.15", 0, "", "", 9, 10}, {"fe80::fd:ff:fe00:101", 0, "", "", 7, 10},
		      {"fe80::fd:ff:fe00:301", 0, "", "", 8, 10},
		      {"fe80::fd:ff:fe00:501", 0, "", "", 9, 10});

	CHECK(murt, ALL, {"10.100.0.11", "224.10.10.1", "", 1, UP(7)},
	      {"10.100.0.11", "224.10.10.1", "10.100.0.31", 1, UP(7)},
	      {"10.100.0.13", "224.10.10.1", "", 3, UP(8)},
	      {"10.100.0.15", "224.10.10.1", "", 5, UP(9)},
	      {"10.100.0.99", "224.10.10.1", "", 5, 0},
	      {"fe80::fd:ff:fe00:101", "ff02::101", "", 1, UP(7)},
	      {"fe80::fd:ff:fe00:301", "ff02::101", "", 1, UP(8)},
	      {"fe80::fd:ff:fe00:501", "ff02::101", "", 1, UP(9)});
	murt_free(murt);
}

Test(murt, mode_2_ssm)
{
	struct murt *murt = TABLE({"", 0, "224.10.10.0/31", "10.100.0.31", 7, 10},
				  {"", 0, "224.10.10.2/31", "10.100.0.32", 8, 10},
				  {"", 0, "224.10.10.0/30", "10.100.0.33", 9, 10},
				  {"", 0, "ff02::101/127", "2001:db8:100::31", 7, 10},
				  {"", 0, "ff02::104/127", "2001:db8:100::31", 7, 10},
				  {"", 0, "ff02::102/127", "2001:db8:100::32", 8, 10},
				  {"", 0, "ff02::103/126", "2001:db8:100::33", 9, 10});

	CHECK(murt, ALL, {"10.100.0.11", "224.10.10.0", "10.100.0.31", 1, UP(7)},
	      {"10.100.0.11", "224.10.10.0", "10.100.0.33", 1, UP(9)},
	      {"10.100.0.11", "224.10.10.0", "10.100.0.32", 1, 0},
	      {"10.100.0.11", "224.10.10.0", "", 1, UP(7) | UP(9)},
	      {"10.100.0.11", "224.10.10.2", "", 1, UP(8) | UP(9)},
	      {"fe80::1", "ff02::101", "2001:db8:100::31", 1, UP(7)},
	      {"fe80::1", "ff02::101", "2001:db8:100::33", 1, UP(9)},
	      {"fe80::1", "ff02::101", "2001:db8:100::32", 1, 0},
	      {"fe80::1", "ff02::101", "", 1, UP(7) | UP(9)});
	murt_free(murt);
}

Test(murt, mode_3_asm)
{
	struct murt *murt =
		TABLE({"", 0, "224.10.10.0", "", 7, 10}, {"", 0, "224.10.10.1", "", 8, 10},
		      {"", 0, "224.10.10.2", "", 9, 10}, {"", 0, "", "", 7, 0},
		      {"", 0, "ff02::101", "", 7, 10}, {"", 0, "ff02::102", "", 8, 10},
		      {"", 0, "ff0e::101", "", 8, 10}, {"", 0, "ff0e::101", "", 7, 10},
		      {"", 0, "ff0e::102", "", 9, 10}, {"", 0, "ff0e::102", "", 8, 10});

	CHECK(murt, ALL, {"10.100.0.11", "224.10.10.0", "", 1, UP(7)},
	      {"10.100.0.11", "224.10.10.1", "", 1, UP(8)},
	      {"10.100.0.11", "224.10.10.2", "", 1, UP(9)},
	      {"10.100.0.11", "224.10.10.3", "", 1, UP(7)},
	      {"0.0.0.0", "224.10.10.1", "", 1, UP(8)}, {"fe80::1", "ff02::101", "", 1, UP(7)},
	      {"fe80::1", "ff02::102", "", 1, UP(8)}, {"fe80::1", "ff02::103", "", 1, UP(7)},
	      {"::", "ff02::104", "", 1, UP(7)}, {"fe80::1", "ff0e::101", "", 1, UP(7) | UP(8)},
	      {"fe80::1", "ff0e::102", "", 1, UP(8) | UP(9)});
	murt_free(murt);
}

Test(murt, mode_4_source)
{
	struct murt *murt =
		TABLE({"", 0, "", "10.100.0.31", 7, 10}, {"", 0, "", "10.100.0.32", 8, 10},
		      {"", 0, "", "10.100.0.33", 9, 10}, {"", 0, "", "2001:db8:100::31", 7, 10},
		      {"", 0, "", "2001:db8:100::32", 8, 10});

	CHECK(murt, ALL, {"10.100.0.11", "224.10.10.0", "10.100.0.31", 1, UP(7)},
	      {"10.100.0.11", "224.10.10.2", "10.100.0.32", 1, UP(8)},
	      {"10.100.0.11", "224.10.10.3", "10.100.0.33", 1, UP(9)},
	      {"10.100.0.11", "239.1.1.1", "", 1, UP(7) | UP(8) | UP(9)},
	      {"fe80::1", "ff02::101", "2001:db8:100::31", 1, UP(7)},
	      {"fe80::1", "ff02::102", "2001:db8:100::32", 1, UP(8)},
	      {"fe80::1", "ff02::102", "", 1, UP(7) | UP(8)},
	      {"fe80::1", "ff02::101", "fe80::fd:ff:fe00:701", 1, 0});
	murt_free(murt);
}

Test(murt, mode_5_downstream_port)
{
	struct murt *murt =
		TABLE({"", 1, "", "", 7, 10}, {"", 2, "", "", 7, 10}, {"", 3, "", "", 7, 10},
		      {"", 4, "", "", 8, 10}, {"", 5, "", "", 8, 10}, {"", 6, "", "", 8, 10},
		      {"", 1, "", "", 9, 10}, {"", 4, "", "", 9, 10}, {"", 5, "", "", 9, 20});

	CHECK(murt, ALL, {"10.100.0.11", "224.10.10.0", "", 1, UP(7) | UP(9)},
	      {"10.100.0.11", "224.10.10.0", "", 2, UP(7)}, {"::", "ff1e::1", "", 3, UP(7)},
	      {"10.100.0.11", "224.10.10.0", "", 4, UP(8) | UP(9)},
	      {"fe80::1", "ff1e::1", "", 5, UP(9)}, {"10.100.0.11", "224.10.10.0", "", 6, UP(8)},
	      {"10.100.0.11", "224.10.10.0", "", 7, 0});
	murt_free(murt);
}

Test(murt, original_general_table)
{
	struct murt *murt = TABLE({"10.100.0.0/26", 0, "224.0.122.5", "10.100.0.21", 7, 10},
				  {"", 0, "224.0.122.5", "10.100.0.21", 8, 20},
				  {"10.100.0.12", 0, "224.0.122.5", "10.100.0.22", 8, 10},
				  {"10.100.0.12", 0, "224.0.10.10", "", 8, 20},
				  {"10.100.0.12", 0, "224.0.10.10", "10.100.0.21", 7, 30},
				  {"10.100.0.13", 0, "", "10.100.0.21", 7, 20},
				  {"10.100.0.13", 0, "", "", 8, 30},
				  {"", 0, "224.0.130.15", "10.100.0.22", 8, 40},
				  {"10.100.0.14", 0, "224.0.3.3", "10.100.0.21", 7, 10},
				  {"10.100.0.14", 0, "224.0.4.3", "", 8, 20},
				  {"10.100.0.13", 0, "224.0.122.5", "10.100.0.21", 7, 20},
				  {"10.100.0.14", 0, "224.0.122.5", "", 8, 20},
				  {"10.100.0.14", 0, "224.0.122.5", "10.100.0.21", 7, 10},
				  {"10.100.0.12", 0, "224.0.10.10", "", 7, 20},
				  {"0.0.0.0/0", 0, "224.0.0.0/4", "0.0.0.0/0", 7, 0});

	CHECK(murt, ALL, {"10.100.0.12", "224.0.10.10", "", 1, UP(7)},
	      {"10.100.0.12", "224.0.10.10", "10.100.0.21", 1, UP(7)},
	      {"10.100.0.12", "224.0.10.10", "10.100.0.22", 1, UP(7) | UP(8)},
	      {"10.100.0.13", "224.0.122.5", "10.100.0.21", 1, UP(8)},
	      {"10.100.0.13", "224.0.122.5", "", 1, UP(8)},
	      {"10.100.0.20", "224.0.122.5", "10.100.0.21", 1, UP(8)},
	      {"10.100.0.12", "224.0.122.5", "10.100.0.22", 1, UP(8)},
	      {"10.100.0.14", "224.0.3.3", "10.100.0.21", 1, UP(7)},
	      {"10.100.0.14", "224.0.4.3", "10.100.0.21", 1, UP(8)},
	      {"10.100.0.14", "224.0.122.5", "10.100.0.21", 1, UP(8)},
	      {"10.100.0.50", "224.0.130.15", "10.100.0.22", 1, UP(8)},
	      {"10.100.0.50", "224.0.130.15", "", 1, UP(8)},
	      {"10.100.0.50", "239.1.1.1", "", 1, UP(7)});
	murt_free(murt);
}

Test(murt, takeover_passes_over_unusable_upstreams)
{
	struct murt *murt =
		TABLE({"10.100.0.11", 0, "", "", 7, 10}, {"10.100.0.11", 0, "", "", 9, 10},
		      {"10.100.0.13", 0, "", "", 8, 10}, {"10.100.0.15", 0, "", "", 9, 10},
		      {"10.100.0.11", 0, "", "", 8, 1}, {"10.100.0.13", 0, "", "", 9, 1},
		      {"10.100.0.15", 0, "", "", 7, 1}, {"10.100.0.25", 0, "", "", 7, 10},
		      {"10.100.0.25", 0, "", "", 8, 5}, {"10.100.0.25", 0, "", "", 9, 1});
	static const struct {
		upset usable, expected[4];
	} states[] = {
		{ALL, {UP(7) | UP(9), UP(8), UP(9), UP(7)}},
		{ALL & ~UP(7), {UP(9), UP(8), UP(9), UP(8)}},
		{ALL & ~(UP(7) | UP(9)), {UP(8), UP(8), 0, UP(8)}},
		{0, {0, 0, 0, 0}},
		{UP(7), {UP(7), 0, UP(7), UP(7)}},
	};
	static const char *const clients[] = {"10.100.0.11", "10.100.0.13", "10.100.0.15",
					      "10.100.0.25"};

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(clients); k++)
			CHECK(murt, states[i].usable,
			      {clients[k], "224.10.10.1", "", 1, states[i].expected[k]});
	}
	murt_free(murt);
}

Test(murt, residential_table)
{
	struct murt *murt = TABLE({"10.2.4.1", 0, "224.10.10.55", "", 1, 10},
				  {"10.2.4.1", 0, "224.10.10.55", "", 2, 1},
				  {"10.2.4.5", 0, "224.10.10.55", "", 1, 10},
				  {"10.2.4.5", 0, "224.10.10.55", "", 2, 1},
				  {"", 0, "224.10.10.0/31", "10.2.30.1", 3, 15});

	CHECK(murt, ALL, {"10.2.4.1", "224.10.10.55", "", 1, UP(1)},
	      {"10.2.4.5", "224.10.10.55", "", 1, UP(1)},
	      {"10.2.4.9", "224.10.10.0", "10.2.30.1", 1, UP(3)},
	      {"10.2.4.1", "224.10.10.1", "", 1, UP(3)});
	CHECK(murt, ALL & ~UP(1), {"10.2.4.1", "224.10.10.55", "", 1, UP(2)});
	murt_free(murt);
}

static struct murt *specific(const struct row *rows, size_t n)
{
	struct murt *murt = table(rows, n);

	murt_set_selection(murt, MURT_SPECIFICITY);
	return murt;
}

#define SPECIFIC(...)                                                                              \
	specific((const struct row[]){__VA_ARGS__}, ARRAY_SIZE(((const struct row[]){__VA_ARGS__})))

Test(murt, specificity_of_the_draft)
{
	struct murt *murt =
		SPECIFIC({"", 0, "239.1.1.0/24", "10.0.0.0/24", 1, 1},
			 {"", 0, "239.1.1.0/24", "", 2, 9}, {"", 0, "", "10.0.9.0/24", 3, 0},
			 {"10.9.0.0/16", 0, "", "", 4, -5}, {"", 0, "", "", 5, 99});

	CHECK(murt, ALL, {"10.1.0.1", "239.1.1.5", "10.0.0.1", 1, UP(1)},
	      {"10.1.0.1", "239.1.1.5", "10.0.1.1", 1, UP(2)},
	      {"10.1.0.1", "239.1.1.5", "10.0.9.1", 1, UP(3)},
	      {"10.9.0.1", "239.1.1.5", "10.0.0.1", 1, UP(4)},
	      {"10.1.0.1", "239.2.2.2", "10.7.7.7", 1, UP(5)});
	murt_set_selection(murt, MURT_PRIORITY);
	CHECK(murt, ALL, {"10.1.0.1", "239.1.1.5", "10.0.0.1", 1, UP(5)});
	murt_free(murt);

	murt = SPECIFIC(
		{"", 0, "239.1.1.5", "10.0.0.1", 1, 5}, {"", 0, "239.1.1.5", "10.0.0.1", 2, 3},
		{"", 0, "239.1.1.6", "10.0.0.1", 1, 5}, {"", 0, "239.1.1.6", "10.0.0.1", 2, 5});
	CHECK(murt, ALL, {"10.1.0.1", "239.1.1.5", "10.0.0.1", 1, UP(1)},
	      {"10.1.0.1", "239.1.1.6", "10.0.0.1", 1, UP(1) | UP(2)});
	CHECK(murt, ALL & ~UP(1), {"10.1.0.1", "239.1.1.5", "10.0.0.1", 1, UP(2)});
	murt_set_default(murt, 4);
	CHECK(murt, UP(4), {"10.1.0.1", "239.1.1.5", "10.0.0.1", 1, UP(4)});
	murt_free(murt);
}

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

Test(murt, a_client_without_address_matches_no_prefix)
{
	struct murt *murt = TABLE({"0.0.0.0/1", 0, "", "", 1, 9}, {"0.0.0.0", 0, "", "", 2, 8},
				  {"::/16", 0, "", "", 3, 7}, {"", 0, "", "", 4, 1});

	CHECK(murt, ALL, {"0.0.0.0", "239.1.1.1", "", 1, UP(4)}, {"::", "ff1e::1", "", 1, UP(4)},
	      {"10.0.0.1", "239.1.1.1", "", 1, UP(1)});
	murt_free(murt);
}

Test(murt, equal_rows_are_refused)
{
	const struct row row = {"10.0.0.0/8", 3, "239.1.1.1", "", 7, 5};
	struct murt *murt = TABLE(row);
	struct murt_row again = make(&row);
	uint32_t id = 0;

	again.enabled = false;
	again.origin = MURT_FROM_CTL;
	cr_expect_eq(murt_add(murt, &again, &id), -EEXIST);
	cr_expect_eq(id, 1);
	again.priority++;
	cr_expect_eq(murt_add(murt, &again, &id), 0);
	cr_expect_eq(id, 2);
	again.id = 2;
	again.priority--;
	cr_expect_eq(murt_change(murt, &again), -EEXIST);
	again.id = 3;
	cr_expect_eq(murt_change(murt, &again), -ENOENT);
	murt_free(murt);
}

Test(murt, changed_rows_keep_id_and_hits)
{
	struct murt *murt =
		TABLE({"", 0, "239.1.1.1", "", 7, 5}, {"", 0, "239.1.1.1", "10.0.0.1", 7, 5},
		      {"", 0, "239.1.1.1", "", 8, 1});
	struct murt_request q = request("10.0.0.9", "239.1.1.1", "", 1);
	struct murt_row row;

	murt_resolve(murt, &q, ALL, true);
	murt_resolve(murt, &q, ALL, false);
	cr_expect_eq(murt_next(murt, 0)->hits, 1);
	cr_expect_eq(murt_next(murt, 1)->hits, 1);
	cr_expect_eq(murt_next(murt, 2)->hits, 0);
	row = *murt_next(murt, 0);
	row.enabled = false;
	cr_expect_eq(murt_change(murt, &row), 0);
	q.source = request("10.0.0.9", "239.1.1.1", "10.0.0.7", 1).source;
	cr_expect_eq(murt_resolve(murt, &q, ALL, true), UP(8));
	row.enabled = true;
	row.priority = 6;
	cr_expect_eq(murt_change(murt, &row), 0);
	cr_expect_eq(murt_resolve(murt, &q, ALL, true), UP(7));
	cr_expect_eq(murt_next(murt, 0)->hits, 2);
	cr_expect_eq(murt_next(murt, 0)->id, 1);
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

Test(murt, hash_moves_only_the_channels_of_a_failed_upstream)
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

Test(murt, explanations)
{
	struct murt *murt =
		TABLE({"10.100.0.0/26", 0, "224.0.122.5", "", 7, 30},
		      {"", 0, "224.0.122.5", "", 8, 20}, {"", 0, "224.0.122.0/24", "", 9, 20});
	static const struct {
		const char *client, *group;
		size_t n;
		const char *reason;
	} cases[] = {
		{"10.100.0.1", "224.0.122.5", 3, "highest priority 30"},
		{"10.200.0.1", "224.0.122.5", 2, "2 rows share the highest priority 20"},
		{"10.200.0.1", "224.0.123.5", 0, "no row matches"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct murt_request q = request(cases[i].client, cases[i].group, "", 1);
		_cleanup_free_ struct murt_match *matches = NULL;
		char reason[128];
		upset selected;

		cr_expect_eq(murt_explain(murt, &q, ALL, &matches, &selected, reason), cases[i].n);
		cr_expect_str_eq(reason, cases[i].reason);
		if (cases[i].n) {
			cr_expect(matches[0].selected);
			cr_expect_eq(matches[cases[i].n - 1].selected, i == 1);
		}
	}
	murt_free(murt);
}
