/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many groups, many sources, many questions: how reports are packed, and what it costs. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "unit/rig.h"

#define SEC  USEC_PER_SEC
#define MSEC USEC_PER_MSEC

static void ask(struct rig *rig, const struct rig_net *net, usec_t max_response)
{
	rig_query_from(rig, 2, net->router,
		       &(struct query){.generation = 3, .max_response = max_response});
}

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

/* Upstream 7 is told of `n` groups that the proxy joined itself. */
static struct rig *rig_with_groups(const struct rig_net *net, unsigned int n)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);
	const struct addr any = ADDR_NONE;

	for (unsigned int i = 0; i < n; i++) {
		struct addr group = numbered(net->family, net->group, i);

		proxy_static_join(rig->proxy, 2, &group, &any, rig->now);
	}
	proxy_flush(rig->proxy, rig->now);
	return rig;
}

/* Move the clock to `end`. Returns at how many moments something was sent. */
static unsigned int moments_until(struct rig *rig, usec_t end)
{
	unsigned int moments = 0;

	while (rig->now < end) {
		unsigned int before = rig->n_frames;

		rig_advance(rig, MIN(proxy_next_timer(rig->proxy), end) - rig->now);
		moments += rig->n_frames != before;
	}
	return moments;
}

static void check_many_groups(const struct rig_net *net)
{
	struct rig *rig = rig_with_groups(net, 5000);
	/* Headers of IP and of the report, and a record: 24 + 8, 8 bytes; 48 + 8, 20 bytes. */
	unsigned int a_packet = net->family == FAMILY_V4 ? (1500 - 32) / 8 : (1500 - 56) / 20;
	unsigned int packets = (5000 + a_packet - 1) / a_packet;
	struct sent sent = take(rig);

	cr_expect_eq(sent.records[RECORD_TO_EX], 5000u);
	cr_expect_eq(sent.packets, packets, "%u packets", sent.packets);
	rig_advance(rig, 3 * SEC);
	take(rig);
	ask(rig, net, 10 * SEC);
	cr_expect_eq(moments_until(rig, rig->now + 10 * SEC), packets, "spread over the time");
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

/* Whoever asks while an answer is under way gets a whole one too. */
static void check_asked_again(const struct rig_net *net)
{
	struct rig *rig = rig_with_groups(net, 2000);
	usec_t asked;
	unsigned int said;

	rig_advance(rig, 3 * SEC);
	rig->seed = 5;
	take(rig);
	ask(rig, net, 10 * SEC);
	asked = rig->now;
	while (rig->n_frames < 4)
		rig_advance(rig, 50 * MSEC);
	said = take(rig).records[RECORD_IS_EX];
	cr_assert(said > 0 && said < 2000);
	ask(rig, net, 10 * SEC);
	for (unsigned int i = 0; i < 2000; i++) {
		struct addr group = numbered(net->family, net->group, i);

		proxy_static_leave(rig->proxy, 2, &group, &ADDR_NONE, rig->now);
	}
	proxy_flush(rig->proxy, rig->now);
	for (unsigned int i = 0; i < 1000; i++) {
		struct addr group = numbered(net->family, net->group, i);

		proxy_static_join(rig->proxy, 2, &group, &ADDR_NONE, rig->now);
	}
	proxy_flush(rig->proxy, rig->now);
	rig_advance(rig, asked + 10 * SEC - rig->now);
	cr_expect_eq(take(rig).records[RECORD_IS_EX], 1000u, "of those still wanted");
	rig_free(rig);
}

Test(answer, query_during_an_answer_is_answered_in_full)
{
	rig_each_net(check_asked_again);
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
	rig_advance(rig, 10 * MSEC);
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
	struct rig *rig = rig_new_to_7();
	struct addr list[60];
	struct query q = {.generation = 3, .max_response = 10 * SEC, .sources = list};
	struct upstream_group *g;
	char base[64];

	rig_say(rig, net, RECORD_TO_EX, "");
	rig_advance(rig, 3 * SEC);
	rig_reports(rig, 2);
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

static void check_mtu(const struct rig_net *net)
{
	struct rig *rig = rig_with_groups(net, 200);
	const struct sender own = rig->proxy->ports[2].own;
	struct sent sent;

	rig_advance(rig, 3 * SEC);
	take(rig);
	proxy_port_up(rig->proxy, 2, &own, 68, rig->now);
	ask(rig, net, 10 * SEC);
	rig_advance(rig, 10 * SEC);
	sent = take(rig);
	cr_expect_eq(sent.records[RECORD_IS_EX], 200u);
	cr_expect_leq(sent.longest, 576u);
	cr_expect_gt(sent.longest, 500u);
	rig_free(rig);
}

/* RFC 791: what every host takes. */
Test(answer, a_port_of_any_mtu_takes_packets_of_576_bytes)
{
	rig_each_net(check_mtu);
}

/* A rig that has told its upstream of many groups, more than once. */
static struct rig *rig_that_told(const struct rig_net *net)
{
	struct rig *rig = rig_with_groups(net, 5000);

	rig_advance(rig, 3 * SEC);
	take(rig);
	return rig;
}

/* RFC 9776 section 5.2, rule 1: the answer that comes anyway has to come still. */
static void check_question_amid_an_answer(const struct rig_net *net)
{
	struct rig *rig = rig_that_told(net);
	const struct addr said = numbered(net->family, net->group, 0);
	struct query about = {.generation = 3, .max_response = 10 * SEC, .group = said};

	ask(rig, net, 10 * SEC);
	rig_advance(rig, 5 * SEC);
	rig_query_from(rig, 2, net->router, &about);
	rig_advance(rig, 10 * SEC);
	cr_expect_eq(take(rig).records[RECORD_IS_EX], 5001u, "the first group twice");
	rig_free(rig);
}

Test(answer, a_group_that_a_general_answer_has_named_is_answered_for_again)
{
	rig_each_net(check_question_amid_an_answer);
}

static void check_patience(const struct rig_net *net)
{
	struct rig *rig = rig_that_told(net);

	ask(rig, net, 1 * SEC);
	ask(rig, net, 10 * SEC);
	rig_advance(rig, 1 * SEC);
	cr_expect_eq(take(rig).records[RECORD_IS_EX], 5000u);
	rig_free(rig);
}

Test(answer, a_patient_question_does_not_put_off_the_answer_to_another)
{
	rig_each_net(check_patience);
}
