/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of several upstreams a channel has, through the proxy. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "proxy/state.h"
#include "unit/rig.h"

Test(balance, clients_of_a_channel_share_its_upstream)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);
	char group[ADDR_STRLEN], client[ADDR_STRLEN];
	unsigned int on7 = 0;

	murt_set_balance(rig->murt, MURT_BALANCE_ROUND_ROBIN);
	rig_row(rig, "", "", "", 7, 10);
	rig_row(rig, "", "", "", 8, 10);
	for (unsigned int i = 0; i < 10; i++) {
		bool first;

		snprintf(group, sizeof(group), "239.1.1.%u", i);
		rig_record(rig, 0, "10.100.0.11", RECORD_TO_EX, group, "");
		first = *rig_forwards(rig, 7, group, "10.0.0.1");
		on7 += first;
		cr_expect_str_eq(rig_forwards(rig, 8, group, "10.0.0.1"), first ? "" : "1");
		snprintf(client, sizeof(client), "10.100.0.%u", 20 + i);
		rig_record(rig, 1, client, RECORD_TO_EX, group, "");
		cr_expect_str_eq(rig_forwards(rig, first ? 7 : 8, group, "10.0.0.1"), "1 2");
		cr_expect_str_eq(rig_forwards(rig, first ? 8 : 7, group, "10.0.0.1"), "");
	}
	cr_expect_eq(on7, 5u, "new channels take turns");
	/* A change of the table that concerns nobody moves nobody. */
	rig_row(rig, "192.0.2.1", "", "", 8, 5);
	for (unsigned int i = 0; i < 10; i++) {
		snprintf(group, sizeof(group), "239.1.1.%u", i);
		on7 -= *rig_forwards(rig, 7, group, "10.0.0.1") != 0;
	}
	cr_expect_eq(on7, 0u);
	rig_free(rig);
}

/* A third upstream, 9. */
static void add_upstream(struct rig *rig)
{
	const struct sender sender = {.mac = {2, 0, 0, 0, 0, 9}};

	proxy_port_add(rig->proxy, 4, 9, 2, &rig->proxy->ports[3].settings);
	proxy_port_up(rig->proxy, 4, &sender, 1500, rig->now);
	rig_row(rig, "", "", "", 9, 10);
}

/* Both clients have the channel from the same upstream. Returns which. */
static unsigned int whole(struct rig *rig, unsigned int i)
{
	const char *source = i & 1 ? "10.0.0.9" : "2001:db8::9";
	char group[ADDR_STRLEN];
	unsigned int from = 0;

	snprintf(group, sizeof(group), i & 1 ? "239.1.1.%u" : "ff1e::%u", i);
	for (unsigned int upstream = 7; upstream <= 9; upstream++) {
		const char *ports = rig_forwards(rig, upstream, group, source);

		cr_expect(!*ports || (!from && !strcmp(ports, "1 2")), "%s from %u to %s", group,
			  upstream, ports);
		if (*ports)
			from = upstream;
	}
	return from;
}

/* When an upstream fails, the clients of each of its channels move together, and no others; when it
 * is back, nobody moves. */
Test(balance, channels_of_a_failed_upstream_stay_whole)
{
	static const enum murt_balance balances[] = {MURT_BALANCE_ROUND_ROBIN, MURT_BALANCE_RANDOM,
						     MURT_BALANCE_HASH};
	const struct sender sender = {.mac = {2, 0, 0, 0, 0, 8}};
	char group[ADDR_STRLEN];
	unsigned int before[40];

	for (unsigned int b = 0; b < ARRAY_SIZE(balances); b++) {
		struct rig *rig = rig_new(FAST_LEAVE_AUTO);

		murt_set_balance(rig->murt, balances[b]);
		rig_row(rig, "", "", "", 7, 10);
		rig_row(rig, "", "", "", 8, 10);
		add_upstream(rig);
		for (unsigned int i = 0; i < 40; i++) {
			snprintf(group, sizeof(group), i & 1 ? "239.1.1.%u" : "ff1e::%u", i);
			rig_record(rig, 0, i & 1 ? "10.100.0.11" : "fe80::11", RECORD_TO_EX, group,
				   "");
			rig_record(rig, 1, i & 1 ? "10.100.0.12" : "fe80::12", RECORD_TO_EX, group,
				   "");
			before[i] = whole(rig, i);
		}
		proxy_port_down(rig->proxy, 3, false, rig->now);
		rig_advance(rig, 0);
		for (unsigned int i = 0; i < 40; i++) {
			unsigned int now = whole(rig, i);

			cr_expect(before[i] == 8 ? now && now != 8 : now == before[i]);
			before[i] = now;
		}
		proxy_port_up(rig->proxy, 3, &sender, 1500, rig->now);
		rig_advance(rig, 0);
		for (unsigned int i = 0; i < 40; i++)
			cr_expect_eq(whole(rig, i), before[i]);
		rig_free(rig);
	}
}

/* Somebody wants one source first, then somebody else any source: what flows goes on from there. */
Test(balance, who_wants_any_source_joins_a_source_that_flows)
{
	static const enum murt_selection selections[] = {MURT_PRIORITY, MURT_SPECIFICITY};
	static const enum murt_balance balances[] = {MURT_BALANCE_ROUND_ROBIN, MURT_BALANCE_RANDOM,
						     MURT_BALANCE_HASH};

	for (unsigned int k = 0; k < 6; k++) {
		const char *net = k / 3 ? "10.0.0.0/29" : "";
		struct rig *rig = rig_new(FAST_LEAVE_AUTO);

		murt_set_selection(rig->murt, selections[k / 3]);
		murt_set_balance(rig->murt, balances[k % 3]);
		rig_row(rig, "", "", net, 7, 10);
		rig_row(rig, "", "", net, 8, 10);
		for (unsigned int i = 0; i < 10; i++) {
			char group[ADDR_STRLEN];
			unsigned int from;

			snprintf(group, sizeof(group), "239.1.1.%u", i);
			rig_record(rig, 0, "10.100.0.11", RECORD_ALLOW, group, "10.0.0.1");
			from = *rig_forwards(rig, 7, group, "10.0.0.1") ? 7 : 8;
			rig_record(rig, 1, "10.100.0.12", RECORD_TO_EX, group, "");
			cr_expect_str_eq(rig_forwards(rig, from, group, "10.0.0.1"), "1 2");
			cr_expect_str_eq(rig_forwards(rig, 15 - from, group, "10.0.0.1"), "");
			cr_expect_str_eq(rig_forwards(rig, from, group, "10.0.0.2"), "2");
			/* And the next source of the same rows. */
			rig_record(rig, 0, "10.100.0.13", RECORD_ALLOW, group, "10.0.0.3");
			cr_expect_str_eq(rig_forwards(rig, from, group, "10.0.0.3"), "1 2");
		}
		rig_free(rig);
	}
}
