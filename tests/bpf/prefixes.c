// SPDX-License-Identifier: GPL-2.0-or-later
/* Entries for prefixes of sources, which may lie within each other. */
#include <errno.h>
#include <string.h>

#include <criterion/criterion.h>

#include "bpf/dp_rig.h"
#include "io/dp_internal.h"

static void set_up(void)
{
	rig_up(DP_NATIVE);
}

TestSuite(prefixes, .init = set_up, .fini = rig_down, .timeout = 60);

static const struct addr group = {.b = {[10] = 0xff, 0xff, 239, 0, 0, 1}};

static struct prefix prefix_of(uint8_t second, unsigned int len)
{
	return (struct prefix){.addr = addr_from_v4((uint8_t[]){10, second, 0, 0}),
			       .family = FAMILY_V4,
			       .len = (uint8_t)len};
}

static void set(uint8_t second, unsigned int len, unsigned int mask)
{
	struct prefix source = prefix_of(second, len);
	struct portset out = {{mask}};

	cr_assert_eq(dataplane_flow_set(rig_dp, 0, &group, &source, &out, 0), 0);
}

static void del(uint8_t second, unsigned int len)
{
	struct prefix source = prefix_of(second, len);

	dataplane_flow_del(rig_dp, 0, &group, &source);
}

/* The receivers of 10.0.0.0/len, in the kernel. */
struct wanted {
	unsigned int len, mask;
};

static void find(void *ctx, const struct dataplane_flow *flow)
{
	struct wanted *w = ctx;

	if (flow->source.len == w->len)
		w->mask = flow->out.w[0];
}

static unsigned int receivers(unsigned int len)
{
	struct wanted w = {.len = len};

	cr_assert_eq(dataplane_flows(rig_dp, find, &w), 0);
	return w.mask;
}

/* A list that nobody names is filled for others. */
Test(prefixes, one_within_another_takes_nothing_of_it)
{
	unsigned int room = dataplane_room(rig_dp);

	set(0, 8, 6);
	set(0, 16, 0);
	cr_expect_eq(dataplane_room(rig_dp), room - 2, "a counter each");
	while (dataplane_prepare(rig_dp))
		;
	for (unsigned int i = 0; i < 200; i++)
		cr_assert_eq(rig_flow_set(2, i % 2 ? 10 : 12), 0);
	cr_expect_eq(receivers(8), 6, "%#x", receivers(8));
	cr_expect_eq(receivers(16), 0);
	del(0, 16);
	del(0, 16);
	cr_expect_eq(receivers(8), 6);
	cr_expect_eq(dataplane_room(rig_dp), room - 2, "one prefix, one group");
	del(0, 8);
	cr_expect_eq(dataplane_room(rig_dp), room - 1);
}

Test(prefixes, what_is_forwarded_is_counted_where_it_belongs)
{
	struct prefix source = prefix_of(0, 24);
	struct mupi_flow_stats stats;

	set(0, 8, 6);
	cr_expect_eq(dataplane_flow_stats(rig_dp, 0, &group, &source, &stats), -ENOENT);
}

static void count(void *ctx, const struct dataplane_flow *flow)
{
	unsigned int *seen = ctx;

	if (flow->source.len == 16)
		seen[flow->source.addr.b[13]]++;
	seen[256] = flow->source.addr.b[13];
}

/* The kernel begins anew behind a key that is gone. */
Test(prefixes, a_walk_goes_on_where_the_last_one_went)
{
	struct dataplane_walk *walk = dataplane_walk_new(rig_dp);
	unsigned int seen[257] = {0};
	int r;

	set(0, 8, 6);
	for (unsigned int i = 1; i < 256; i++)
		set((uint8_t)i, 16, 6);
	do
		r = dataplane_walk_on(walk, count, seen);
	while (r == 1 && !seen[256]);
	cr_assert_eq(r, 1);
	del((uint8_t)seen[256], 16);
	while ((r = dataplane_walk_on(walk, count, seen)) == 1)
		;
	dataplane_walk_free(walk);
	cr_assert_eq(r, 0);
	for (unsigned int i = 1; i < 256; i++)
		cr_expect_eq(seen[i], 1, "10.%u: %u times", i, seen[i]);
}
