/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers to the queries of upstream routers: RFC 9776 section 5.2, RFC 9777 section 6.2. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "unit/rig.h"

#define SEC USEC_PER_SEC

static void ask(struct rig *rig, const struct rig_net *net, const char *group, const char *about,
		usec_t max_response)
{
	char text[256];

	if (*group)
		rig_query(rig, 2, group, rig_expand(net, about, text, sizeof(text)), max_response);
	else
		rig_query_from(rig, 2, net->router,
			       &(struct query){.generation = 3, .max_response = max_response});
}

static struct rig *rig_with(const struct rig_net *net, enum record_type type, const char *list)
{
	struct rig *rig = rig_new_to_7();

	rig_say(rig, net, type, list);
	rig_advance(rig, 3 * SEC);
	rig_reports(rig, 2);
	return rig;
}

/* The table of section 5.2: reception state, query → record. */
static void check_table(const struct rig_net *net)
{
	static const struct {
		enum record_type state;
		const char *list, *query, *answer;
	} rows[] = {
		{RECORD_ALLOW, "1 2", "", "IS_IN G 1 2"},
		{RECORD_TO_EX, "1 2", "", "IS_EX G 1 2"},
		{RECORD_ALLOW, "1 2", "2 3", "IS_IN G 2"},
		{RECORD_TO_EX, "1 2", "2 3", "IS_IN G 3"},
		{RECORD_ALLOW, "1 2", "3", ""},
		{RECORD_TO_EX, "1 2", "1", ""},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rig *rig = rig_with(net, rows[i].state, rows[i].list);

		ask(rig, net, net->group, rows[i].query, 2 * SEC);
		rig_told(rig, net, "", "not before the random delay");
		rig_advance(rig, 2 * SEC);
		rig_told(rig, net, rows[i].answer, "within the response time");
		rig_free(rig);
	}
}

Test(answer, state_and_query_make_the_record)
{
	rig_each_net(check_table);
}

static void check_rules(const struct rig_net *net)
{
	struct rig *rig = rig_with(net, RECORD_ALLOW, "1 2 3");

	ask(rig, net, "", "", 2 * SEC);
	ask(rig, net, net->group, "1", 10 * SEC);
	rig_advance(rig, 10 * SEC);
	rig_told(rig, net, "IS_IN G 1 2 3", "rule 1: a general answer comes sooner anyway");
	ask(rig, net, "", "", 10 * SEC);
	ask(rig, net, "", "", 2 * SEC);
	rig_advance(rig, 2 * SEC);
	rig_told(rig, net, "IS_IN G 1 2 3", "rule 2: the newer answer is sooner");
	rig_advance(rig, 10 * SEC);
	rig_told(rig, net, "", "rule 2: and the older is cancelled");
	ask(rig, net, net->group, "1 2", 10 * SEC);
	ask(rig, net, net->group, "", 2 * SEC);
	rig_advance(rig, 2 * SEC);
	rig_told(rig, net, "IS_IN G 1 2 3", "rule 4: about the whole group, at the earliest");
	ask(rig, net, net->group, "", 2 * SEC);
	ask(rig, net, net->group, "1", 2 * SEC);
	rig_advance(rig, 12 * SEC);
	rig_told(rig, net, "IS_IN G 1 2 3", "rule 4: the other way round");
	ask(rig, net, net->group, "1", 2 * SEC);
	ask(rig, net, net->group, "3", 10 * SEC);
	rig_advance(rig, 2 * SEC);
	rig_told(rig, net, "IS_IN G 1 3", "rule 5: both lists, at the earliest");
	rig_advance(rig, 10 * SEC);
	rig_told(rig, net, "", "once");
	rig_free(rig);
}

Test(answer, rules_1_to_5)
{
	rig_each_net(check_rules);
}

static void check_nothing(const struct rig_net *net)
{
	struct rig *rig = rig_with(net, RECORD_TO_EX, "");

	ask(rig, net, net->group, "", 10 * SEC);
	rig_record(rig, 0, net->client, RECORD_TO_IN, net->group, "");
	rig_advance(rig, 3 * SEC);
	rig_reports(rig, 2);
	rig_advance(rig, 10 * SEC);
	ask(rig, net, "", "", 2 * SEC);
	ask(rig, net, net->group, "", 2 * SEC);
	ask(rig, net, net->group, "1", 2 * SEC);
	rig_advance(rig, 2 * SEC);
	rig_told(rig, net, "", "nothing is wanted, nothing is said");
	rig_free(rig);
}

Test(answer, nothing_wanted_is_not_said)
{
	rig_each_net(check_nothing);
}

/* ---- sizes ---- */

static struct addr numbered(enum family family, const char *base, unsigned int i)
{
	struct addr a;

	cr_assert(!addr_parse(base, &a));
	cr_assert_eq(addr_family(&a), family);
	a.b[14] = (uint8_t)(i >> 8);
	a.b[15] = (uint8_t)i;
	return a;
}

/* How many packets and records of each type went to port 2, and how many sources in them. */
struct sent {
	unsigned int packets, records[7], sources;
	size_t longest;
};

static struct sent take(struct rig *rig)
{
	struct sent sent = {0};
	struct message m;
	struct record r;

	for (unsigned int at = 0; rig_next_message(rig, 2, &at, &m); sent.packets++) {
		size_t offset = 0;

		sent.longest = MAX(sent.longest, rig->frames[at - 1].len - ETH_HLEN);
		while (message_next_record(&m, &offset, &r)) {
			sent.records[r.type]++;
			sent.sources += r.n_sources;
		}
	}
	return sent;
}

static void check_many_groups(const struct rig_net *net)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);
	/* Headers of IP and of the report, and a record: 24 + 8, 8 bytes; 48 + 8, 20 bytes. */
	unsigned int a_packet = net->family == FAMILY_V4 ? (1500 - 32) / 8 : (1500 - 56) / 20;
	unsigned int packets = (5000 + a_packet - 1) / a_packet;
	const struct addr any = ADDR_NONE;
	struct sent sent;

	for (unsigned int i = 0; i < 5000; i++) {
		struct addr group = numbered(net->family, net->group, i);

		proxy_static_join(rig->proxy, 2, &group, &any, rig->now);
	}
	proxy_flush(rig->proxy, rig->now);
	sent = take(rig);
	cr_expect_eq(sent.records[RECORD_TO_EX], 5000u);
	cr_expect_eq(sent.packets, packets, "%u packets", sent.packets);
	rig_advance(rig, 3 * SEC);
	take(rig);
	ask(rig, net, "", "", 10 * SEC);
	rig_advance(rig, 10 * SEC);
	sent = take(rig);
	cr_expect_eq(sent.records[RECORD_IS_EX], 5000u);
	cr_expect_eq(sent.packets, packets, "%u packets", sent.packets);
	cr_expect_leq(sent.longest, 1500u);
	rig_free(rig);
}

/* RFC 9776 section 4.2.17, RFC 9777 section 5.2.16 */
Test(answer, thousands_of_groups_take_as_few_packets_as_fit)
{
	rig_each_net(check_many_groups);
}

/* RFC 9776 section 4.2.17, RFC 9777 section 5.2.16 */
static void check_many_sources(const struct rig_net *net)
{
	struct rig *rig = rig_new_to_7();
	struct addr list[300], group = numbered(net->family, net->group, 0x101);
	unsigned int n = net->family == FAMILY_V4 ? 300 : 100, fit;
	struct sent sent;
	char any[64];

	proxy_port_down(rig->proxy, 2, false, rig->now);
	proxy_port_up(rig->proxy, 2, &rig->proxy->ports[2].own, 576, rig->now);
	fit = net->family == FAMILY_V4 ? (576 - 32 - 8) / 4 : (576 - 56 - 20) / 16;
	snprintf(any, sizeof(any), "%s1", net->source_net);
	for (unsigned int i = 0; i < n; i++)
		list[i] = numbered(net->family, any, i + 1);
	addr_format(&group, any);
	take(rig);
	rig_addrs(rig, 0, net->client, RECORD_ALLOW, any, list, n);
	sent = take(rig);
	cr_expect_eq(sent.records[RECORD_ALLOW], (n + fit - 1) / fit,
		     "each in a packet of its own");
	cr_expect_eq(sent.packets, (n + fit - 1) / fit);
	cr_expect_eq(sent.sources, n);
	rig_addrs(rig, 0, net->client, RECORD_TO_EX, any, list, n);
	rig_advance(rig, 10 * USEC_PER_MSEC);
	sent = take(rig);
	cr_expect_eq(sent.records[RECORD_TO_EX], 1u);
	cr_expect_eq(sent.sources, fit, "an EXCLUDE record is cut short");
	rig_advance(rig, 3 * SEC);
	take(rig);
	rig_addrs(rig, 0, net->client, RECORD_TO_IN, any, list, n);
	sent = take(rig);
	cr_expect_eq(sent.records[RECORD_TO_IN], 1u, "a second one would take back the first");
	cr_expect_eq(sent.records[RECORD_ALLOW], (n + fit - 1) / fit - 1);
	cr_expect_eq(sent.sources, n);
	rig_free(rig);
}

Test(answer, records_too_large_are_divided_or_cut)
{
	rig_each_net(check_many_sources);
}

static void check_asked(const struct rig_net *net)
{
	struct rig *rig = rig_with(net, RECORD_TO_EX, "");
	struct addr list[60];
	struct query q = {.generation = 3, .max_response = 10 * SEC, .sources = list};
	struct upstream_group *g;
	char base[64];

	cr_assert(!addr_parse(net->group, &q.group));
	snprintf(base, sizeof(base), "%s1", net->source_net);
	q.n_sources = ARRAY_SIZE(list);
	for (unsigned int round = 0; round < 100; round++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(list); i++)
			list[i] = numbered(net->family, base, round * 60 + i + 1);
		rig_query_from(rig, 2, net->router, &q);
		g = demand_find(rig->proxy, 0, &q.group);
		cr_assert_leq(g->n_asked, 512u);
	}
	rig_advance(rig, 10 * SEC);
	rig_told(rig, net, "IS_EX G", "for the whole group instead");
	cr_expect_null(g->asked);
	rig_free(rig);
}

Test(answer, queries_of_a_stranger_take_little_memory)
{
	rig_each_net(check_asked);
}
