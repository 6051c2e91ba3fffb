/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits: what they refuse, count and tell. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "unit/rig.h"

static const char *const A = "10.100.0.11";
static const char *const B = "10.100.0.12";

Test(limits, refuse_count_and_disturb_nothing)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);
	struct port_settings settings = rig->proxy->ports[0].settings;
	const uint64_t *stats = rig->proxy->ports[0].stats;

	settings.groups_per_port = 2;
	settings.sources_per_group = 3;
	settings.memberships_per_client = 2;
	rig_settings(rig, 0, &settings);
	rig_record(rig, 0, A, RECORD_TO_EX, "239.1.1.1", "");
	rig_record(rig, 0, A, RECORD_ALLOW, "239.1.1.2", "10.0.0.1 10.0.0.2");
	rig_record(rig, 0, A, RECORD_TO_EX, "239.1.1.3", "");
	cr_expect_eq(stats[PORT_OVER_CLIENT], 1u);
	rig_record(rig, 0, B, RECORD_TO_EX, "239.1.1.3", "");
	cr_expect_eq(stats[PORT_OVER_GROUPS], 1u);
	rig_record(rig, 0, B, RECORD_ALLOW, "239.1.1.2", "10.0.0.3 10.0.0.4");
	cr_expect_eq(stats[PORT_OVER_SOURCES], 1u);
	cr_expect_str_eq(rig_member(rig, 0, B, "239.1.1.2"), "INCLUDE 10.0.0.3");
	cr_expect_str_eq(rig_member(rig, 0, A, "239.1.1.2"), "INCLUDE 10.0.0.1 10.0.0.2");
	cr_expect_str_eq(rig_member(rig, 0, A, "239.1.1.1"), "EXCLUDE |");
	rig_record(rig, 1, B, RECORD_TO_EX, "239.1.1.3", "");
	cr_expect_str_eq(rig_member(rig, 1, B, "239.1.1.3"), "EXCLUDE |", "another port");
	/* Room again once something went. */
	rig_record(rig, 0, A, RECORD_BLOCK, "239.1.1.2", "10.0.0.1");
	rig_record(rig, 0, B, RECORD_ALLOW, "239.1.1.2", "10.0.0.4");
	cr_expect_str_eq(rig_member(rig, 0, B, "239.1.1.2"), "INCLUDE 10.0.0.3 10.0.0.4");
	cr_expect_eq(rig->n_warnings, 3u, "one for each limit");
	rig_free(rig);
}

Test(limits, are_told_of_once_from_four_fifths_on)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);
	struct port_settings settings = rig->proxy->ports[0].settings;
	char group[ADDR_STRLEN];

	settings.groups_per_port = 10;
	rig_settings(rig, 0, &settings);
	for (unsigned int i = 1; i <= 11; i++) {
		snprintf(group, sizeof(group), "239.1.1.%u", i);
		rig_record(rig, 0, A, RECORD_TO_EX, group, "");
		cr_expect_eq(rig->n_warnings, i < 8 ? 0u : 1u, "%u groups", i);
	}
	cr_expect_eq(rig->proxy->ports[0].n_groups, 10u);
	rig_free(rig);
}

/* A thousand viewers of one channel name one source. */
Test(limits, known_sources_are_open_to_all)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);
	struct port_settings settings = rig->proxy->ports[0].settings;
	char client[ADDR_STRLEN];

	settings.sources_per_group = 2;
	settings.memberships_per_port = 13;
	rig_settings(rig, 0, &settings);
	for (unsigned int i = 1; i <= 5; i++) {
		snprintf(client, sizeof(client), "10.100.0.%u", i);
		rig_record(rig, 0, client, RECORD_ALLOW, "232.1.1.1", "10.0.0.1");
		cr_expect_str_eq(rig_member(rig, 0, client, "232.1.1.1"), "INCLUDE 10.0.0.1");
	}
	rig_record(rig, 0, client, RECORD_ALLOW, "232.1.1.1", "10.0.0.2");
	cr_expect_eq(rig->proxy->ports[0].stats[PORT_OVER_SOURCES], 1u);
	/* Five memberships with a source each, and what a port may have. */
	rig_record(rig, 0, A, RECORD_ALLOW, "232.1.1.2", "10.0.0.1 10.0.0.2");
	cr_expect_str_eq(rig_member(rig, 0, A, "232.1.1.2"), "INCLUDE 10.0.0.1 10.0.0.2");
	rig_record(rig, 0, B, RECORD_TO_EX, "232.1.1.3", "");
	cr_expect_eq(rig->proxy->ports[0].stats[PORT_OVER_PORT], 1u);
	cr_expect_str_eq(rig_member(rig, 0, B, "232.1.1.3"), "");
	rig_free(rig);
}

Test(limits, memberships_of_a_port)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);
	struct port_settings settings = rig->proxy->ports[0].settings;

	settings.memberships_per_port = 2;
	rig_settings(rig, 0, &settings);
	rig_record(rig, 0, A, RECORD_TO_EX, "239.1.1.1", "");
	rig_record(rig, 0, B, RECORD_TO_EX, "239.1.1.1", "");
	rig_record(rig, 0, B, RECORD_TO_EX, "239.1.1.2", "");
	cr_expect_eq(rig->proxy->ports[0].stats[PORT_OVER_PORT], 1u);
	rig_record(rig, 0, A, RECORD_TO_IN, "239.1.1.1", "");
	rig_record(rig, 0, B, RECORD_TO_EX, "239.1.1.2", "");
	cr_expect_str_eq(rig_member(rig, 0, B, "239.1.1.2"), "EXCLUDE |");
	rig_free(rig);
}

static unsigned int room_for_three(void *ctx)
{
	(void)ctx;
	return 3;
}

/* Groups and sources of a port are at most as many as the forwarding entries that are left. */
Test(limits, forwarding_entries_are_left_for_others)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);

	rig->proxy->ops.room = room_for_three;
	rig_record(rig, 0, A, RECORD_TO_EX, "239.1.1.1", "");
	rig_record(rig, 0, A, RECORD_ALLOW, "239.1.1.2", "10.0.0.1 10.0.0.2");
	cr_expect_str_eq(rig_member(rig, 0, A, "239.1.1.2"), "INCLUDE 10.0.0.1");
	rig_record(rig, 0, A, RECORD_TO_EX, "239.1.1.3", "");
	cr_expect_eq(rig->proxy->ports[0].stats[PORT_OVER_ENTRIES], 2u);
	rig_record(rig, 1, A, RECORD_TO_EX, "239.1.1.3", "");
	cr_expect_str_eq(rig_member(rig, 1, A, "239.1.1.3"), "EXCLUDE |", "another port");
	rig_record(rig, 0, A, RECORD_BLOCK, "239.1.1.2", "10.0.0.1");
	rig_record(rig, 0, A, RECORD_TO_EX, "239.1.1.3", "");
	cr_expect_str_eq(rig_member(rig, 0, A, "239.1.1.3"), "EXCLUDE |", "room again");
	rig_free(rig);
}

Test(limits, memberships_in_all)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);
	const struct proxy_params params = {.memberships = 2};

	proxy_set_params(rig->proxy, &params);
	rig_record(rig, 0, A, RECORD_TO_EX, "239.1.1.1", "");
	rig_record(rig, 1, "fe80::12", RECORD_TO_EX, "ff1e::1", "");
	rig_record(rig, 1, B, RECORD_TO_EX, "239.1.1.1", "");
	cr_expect_str_eq(rig_member(rig, 1, B, "239.1.1.1"), "");
	cr_expect_eq(rig->proxy->ports[1].stats[PORT_OVER_TOTAL], 1u);
	rig_free(rig);
}
