/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Upstreams under many changes: what a router there believes is what is wanted. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "unit/rig.h"

#define SEC  USEC_PER_SEC
#define MSEC USEC_PER_MSEC
#define HOLD (10 * MSEC) /* at most one burst of changes in that time */

/* ---- a router that believes what it hears ---- */

#define GROUPS 16

static struct {
	bool exclude;
	unsigned int sources; /* a bit each */
} router[GROUPS];

static unsigned int last_byte(const struct addr *a)
{
	return a->b[15];
}

static void hear_record(const struct record *r)
{
	unsigned int at = last_byte(&r->group) % GROUPS, list = 0;

	for (unsigned int i = 0; i < r->n_sources; i++) {
		struct addr s = record_source(r, i);

		list |= 1u << last_byte(&s);
	}
	if (r->type == RECORD_TO_EX || r->type == RECORD_TO_IN) {
		router[at].exclude = r->type == RECORD_TO_EX;
		router[at].sources = list;
	} else if ((r->type == RECORD_ALLOW) != router[at].exclude) {
		router[at].sources |= list;
	} else {
		router[at].sources &= ~list;
	}
}

/* Leaves never go ahead of joins in a packet. */
static void hear_report(const struct message *m, bool lose)
{
	bool leaves = false;
	struct record r;
	size_t offset = 0;

	while (message_next_record(m, &offset, &r)) {
		bool leave = r.type == RECORD_BLOCK || (r.type == RECORD_TO_IN && !r.n_sources);

		cr_expect(leave || !leaves, "a join behind a leave");
		leaves |= leave;
		if (!lose)
			hear_record(&r);
	}
}

/* Hear, or lose, what port 2 sent. Returns how many packets. */
static unsigned int hear(struct rig *rig, bool lose)
{
	unsigned int at = 0, packets = 0;
	struct message m;

	for (; rig_next_message(rig, 2, &at, &m); packets++)
		hear_report(&m, lose);
	return packets;
}

static void compare(struct rig *rig)
{
	struct upstream_group *g;
	unsigned int known = 0;

	DL_FOREACH (rig->proxy->upstream_groups, g) {
		unsigned int at = last_byte(&g->key.group) % GROUPS, list = 0;

		known |= 1u << at;
		for (unsigned int i = 0; i < g->filter.n; i++)
			list |= 1u << last_byte(&g->filter.sources[i]);
		cr_expect_eq(router[at].exclude, g->filter.mode == MODE_EXCLUDE);
		cr_expect_eq(router[at].sources, list, "group %u: %x, should be %x", at,
			     router[at].sources, list);
	}
	for (unsigned int i = 0; i < GROUPS; i++)
		cr_expect(known >> i & 1 || (!router[i].exclude && !router[i].sources));
}

static uint32_t draw(uint32_t below)
{
	static uint64_t state = 2;

	state = state * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)((state >> 32) * below >> 32);
}

static void random_record(struct rig *rig, const struct rig_net *net, unsigned int groups)
{
	static const enum record_type types[] = {RECORD_ALLOW, RECORD_BLOCK, RECORD_TO_IN,
						 RECORD_TO_EX};
	char group[64], list[256], digits[16];
	unsigned int n = draw(4);

	snprintf(group, sizeof(group), net->family == FAMILY_V4 ? "239.1.1.%u" : "ff1e::%x",
		 draw(groups));
	for (unsigned int i = 0; i < n; i++)
		snprintf(digits + 2 * i, sizeof(digits) - 2 * i, "%u ", 1 + draw(6));
	rig_expand(net, n ? digits : "", list, sizeof(list));
	rig_record(rig, draw(2), draw(2) ? net->client : net->other, types[draw(4)], group, list);
}

static void check_random(const struct rig_net *net)
{
	struct rig *rig = rig_new_to_7();

	memset(router, 0, sizeof(router));
	rig->seed = 3;
	hear(rig, false);
	for (unsigned int i = 0; i < 3000; i++) {
		random_record(rig, net, GROUPS);
		rig_advance(rig, draw(3) ? draw(20) * MSEC : draw(2 * SEC));
		hear(rig, false);
		if (i % 10 == 0) {
			rig_advance(rig, HOLD);
			hear(rig, false);
			compare(rig);
		}
	}
	rig_free(rig);
}

Test(host_storm, router_believes_what_is_wanted)
{
	rig_each_net(check_random);
}

static void check_loss(const struct rig_net *net)
{
	struct rig *rig = rig_new_to_7();

	memset(router, 0, sizeof(router));
	rig->seed = 4;
	hear(rig, false);
	for (unsigned int i = 0; i < 1000; i++) {
		random_record(rig, net, 2);
		hear(rig, true);
		random_record(rig, net, 2);
		rig_advance(rig, 3 * SEC);
		hear(rig, false);
		compare(rig);
	}
	rig_free(rig);
}

Test(host_storm, one_loss_is_healed)
{
	rig_each_net(check_loss);
}

/* ---- zap storm ---- */

static void zap(struct rig *rig, const struct rig_net *net, unsigned int from, unsigned int to)
{
	const char *format = net->family == FAMILY_V4 ? "239.1.1.%u" : "ff1e::%x";
	char group[64];

	snprintf(group, sizeof(group), format, from);
	rig_record(rig, 0, net->client, RECORD_TO_IN, group, "");
	snprintf(group, sizeof(group), format, to);
	rig_record(rig, 0, net->client, RECORD_TO_EX, group, "");
}

static void check_storm(const struct rig_net *net)
{
	struct rig *rig = rig_new_to_7();
	unsigned int packets = 0;

	memset(router, 0, sizeof(router));
	hear(rig, false);
	zap(rig, net, 0, 1);
	cr_expect_eq(hear(rig, false), 1u, "the first goes out at once");
	for (unsigned int i = 1; i < 1000; i++) {
		rig_advance(rig, MSEC);
		packets += hear(rig, false);
		zap(rig, net, i % GROUPS, (i + 1) % GROUPS);
		packets += hear(rig, false);
	}
	/* Half a second between retransmissions. */
	cr_expect_leq(packets, 100u + 2, "%u packets", packets);
	cr_expect_geq(packets, 90u);
	rig_advance(rig, HOLD);
	hear(rig, false);
	compare(rig);
	rig_advance(rig, 5 * SEC);
	hear(rig, false);
	compare(rig);
	cr_expect_eq(rig->proxy->upstream_table.n, 1u, "memory as from the start");
	zap(rig, net, 1000 % GROUPS, 5);
	cr_expect_eq(hear(rig, false), 1u, "quiet again: at once");
	rig_free(rig);
}

Test(host_storm, zap_storm_is_gathered_joins_ahead_of_leaves)
{
	rig_each_net(check_storm);
}
