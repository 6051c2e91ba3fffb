/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The groups that long answers are about, while groups come and go. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "commands/grouplist.h"
#include "unit/rig.h"

#define STAY 2000 /* groups that are there all the time */
#define COME 5000 /* that come and go meanwhile */

static struct addr numbered(unsigned int i)
{
	struct addr a;

	cr_assert(!addr_parse("239.1.0.0", &a));
	a.b[14] = (uint8_t)(i >> 8);
	a.b[15] = (uint8_t)i;
	return a;
}

static void report(struct rig *rig, unsigned int port, enum record_type type, unsigned int i)
{
	struct sender sender = {.mac = {2, 0, 0, 0, 1, 1}};
	struct addr group = numbered(i);
	struct frame frame;
	struct message m;

	cr_assert(!addr_parse("10.100.0.11", &sender.v4));
	frame_report_start(&frame, FAMILY_V4, &sender);
	cr_assert_eq(frame_report_add(&frame, 1500, type, &group, NULL, 0), 0);
	frame_report_finish(&frame);
	cr_assert_eq(message_decode(frame.data, frame.len, ETH_HLEN, ETHERTYPE_IP, true, &m),
		     DECODE_OK);
	proxy_input(rig->proxy, port, &m, rig->now);
}

static void open_list(struct grouplist *list, struct rig *rig)
{
	struct agent *agent = xcalloc(1, sizeof(*agent));

	agent->proxy = rig->proxy;
	grouplist_open(list, agent);
	free(agent);
}

/* Memberships on two ports, so that each group is met twice, and demands upstream. */
static struct rig *rig_with_groups(unsigned int n)
{
	struct rig *rig = rig_new_to_7();

	for (unsigned int i = 0; i < n; i++)
		for (unsigned int port = 0; port < 2; port++)
			report(rig, port, RECORD_TO_EX, i);
	proxy_flush(rig->proxy, rig->now);
	return rig;
}

Test(grouplist, tells_groups_that_stay_once_while_others_come_and_go)
{
	struct rig *rig = rig_with_groups(STAY);
	static unsigned int told[STAY + COME];
	const struct addr *group;
	struct grouplist list;
	unsigned int n = 0;
	bool more = true;

	open_list(&list, rig);
	while (more) {
		unsigned int i;

		group = grouplist_next(&list, &more);
		if (!group)
			continue;
		i = (unsigned int)(group->b[14] << 8 | group->b[15]);
		told[i]++;
		for (unsigned int k = 3 * n; k < COME && k < 3 * n + 3; k++)
			report(rig, 0, RECORD_TO_EX, STAY + k);
		if (++n % 2)
			report(rig, 0, RECORD_TO_IN, STAY + n);
		/* One that stays on the other port leaves this one. */
		if (i < STAY)
			report(rig, 0, RECORD_TO_IN, (i * 7 + 1) % STAY);
		if (n % 64 == 0)
			proxy_flush(rig->proxy, rig->now);
	}
	for (unsigned int i = 0; i < STAY + COME; i++)
		cr_assert(i < STAY ? told[i] == 1 : told[i] <= 1, "%u: %u times", i, told[i]);
	grouplist_close(&list);
	proxy_flush(rig->proxy, rig->now);
	rig_free(rig);
}

/* Also where all that it finds was taken before: on the other port, upstream. */
Test(grouplist, takes_small_steps)
{
	struct rig *rig = rig_with_groups(STAY);
	struct grouplist list;
	bool more = true;

	open_list(&list, rig);
	while (more) {
		size_t looked = list.members + list.upstreams, taken = list.taken.n;

		grouplist_next(&list, &more);
		cr_assert_leq(list.members + list.upstreams, looked + 1);
		cr_assert_leq(list.taken.n, taken + 32);
	}
	cr_assert_eq(list.taken.n, STAY);
	grouplist_close(&list);
	rig_free(rig);
}
