/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State changes told to upstreams: RFC 9776 section 5.1, RFC 9777 section 6.1. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "unit/rig.h"

#define SEC  USEC_PER_SEC
#define MSEC USEC_PER_MSEC
#define HOLD (10 * MSEC) /* at most one burst of changes in that time */

static void check_table(const struct rig_net *net)
{
	static const struct {
		enum record_type first;
		const char *had;
		enum record_type second;
		const char *list, *told;
	} rows[] = {
		{RECORD_ALLOW, "1 2", RECORD_ALLOW, "3", "ALLOW G 3"},
		{RECORD_ALLOW, "1 2", RECORD_BLOCK, "2", "BLOCK G 2"},
		{RECORD_ALLOW, "1 2", RECORD_BLOCK, "1 2", "BLOCK G 1 2"},
		{RECORD_ALLOW, "1 2", RECORD_TO_IN, "2 3", "ALLOW G 3 | BLOCK G 1"},
		{RECORD_TO_EX, "1 2", RECORD_TO_EX, "2 3", "ALLOW G 1 | BLOCK G 3"},
		{RECORD_ALLOW, "1 2", RECORD_TO_EX, "3", "TO_EX G 3"},
		{RECORD_TO_EX, "1 2", RECORD_TO_IN, "3", "TO_IN G 3"},
		{RECORD_TO_EX, "", RECORD_TO_IN, "", "TO_IN G"},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rig *rig = rig_new_to_7();

		rig_say(rig, net, rows[i].first, rows[i].had);
		rig_advance(rig, 3 * SEC);
		rig_reports(rig, 2);
		rig_say(rig, net, rows[i].second, rows[i].list);
		rig_told(rig, net, rows[i].told, "at once");
		rig_advance(rig, 3 * SEC);
		rig_told(rig, net, rows[i].told, "and once again");
		rig_free(rig);
	}
}

Test(host, change_is_told_by_the_smallest_record)
{
	rig_each_net(check_table);
}

static void check_source_merge(const struct rig_net *net)
{
	struct rig *rig = rig_new_to_7();

	rig_say(rig, net, RECORD_ALLOW, "1");
	rig_told(rig, net, "ALLOW G 1", "at once");
	rig_advance(rig, 300 * MSEC);
	rig_say(rig, net, RECORD_ALLOW, "2");
	rig_told(rig, net, "ALLOW G 1 2", "with what is pending");
	rig_advance(rig, 3 * SEC);
	rig_told(rig, net, "ALLOW G 2", "1 has been in two reports");
	rig_say(rig, net, RECORD_ALLOW, "3");
	rig_advance(rig, HOLD);
	rig_say(rig, net, RECORD_BLOCK, "3");
	rig_advance(rig, 3 * SEC);
	rig_told(rig, net, "ALLOW G 3 | BLOCK G 3 | BLOCK G 3", "as wanted when it is sent");
	rig_free(rig);
}

Test(host, changes_of_sources_merge_with_pending_ones)
{
	rig_each_net(check_source_merge);
}

static void check_mode_merge(const struct rig_net *net)
{
	struct rig *rig = rig_new_to_7();

	rig_say(rig, net, RECORD_TO_EX, "");
	rig_advance(rig, HOLD);
	rig_say(rig, net, RECORD_BLOCK, "1");
	rig_told(rig, net, "TO_EX G | TO_EX G 1", "the pending change of mode has the whole list");
	rig_advance(rig, 3 * SEC);
	rig_told(rig, net, "BLOCK G 1", "then what is left of the change of sources");
	rig_say(rig, net, RECORD_ALLOW, "1 2");
	rig_advance(rig, HOLD);
	rig_say(rig, net, RECORD_TO_IN, "3");
	rig_told(rig, net, "ALLOW G 1 | TO_IN G 3", "a change of mode stands for pending sources");
	rig_advance(rig, 3 * SEC);
	rig_told(rig, net, "TO_IN G 3", "robustness times");
	rig_free(rig);
}

Test(host, change_of_mode_and_changes_of_sources_merge)
{
	rig_each_net(check_mode_merge);
}

static void check_cancel(const struct rig_net *net)
{
	struct rig *rig = rig_new_to_7();

	rig_record(rig, 0, net->client, RECORD_TO_EX,
		   net->family == FAMILY_V4 ? "239.9.9.9" : "ff1e::9", "");
	rig_advance(rig, 0);
	rig_reports(rig, 2);
	rig_say(rig, net, RECORD_ALLOW, "1");
	rig_say(rig, net, RECORD_BLOCK, "1");
	rig_say(rig, net, RECORD_TO_EX, "");
	rig_say(rig, net, RECORD_TO_IN, "");
	rig_advance(rig, HOLD);
	rig_told(rig, net, "", "what was taken back is never said");
	rig_advance(rig, 3 * SEC);
	rig_reports(rig, 2);
	cr_expect_eq(rig->proxy->upstream_table.n, 1u);
	rig_free(rig);
}

Test(host, changes_that_cancel_are_not_sent)
{
	rig_each_net(check_cancel);
}

static void check_cancel_keeps(const struct rig_net *net)
{
	struct rig *rig = rig_new_to_7();

	rig_say(rig, net, RECORD_ALLOW, "1");
	rig_say(rig, net, RECORD_BLOCK, "1");
	rig_say(rig, net, RECORD_ALLOW, "1");
	rig_advance(rig, 3 * SEC);
	rig_told(rig, net, "ALLOW G 1 | ALLOW G 1", "robustness times all the same");
	rig_free(rig);
}

Test(host, retransmission_outlives_changes_that_cancel)
{
	rig_each_net(check_cancel_keeps);
}

/* RFC 9776 sections 4.1.6 and 8.1, RFC 9777 section 9.1 */
static void check_robustness(const struct rig_net *net)
{
	struct query q = {.generation = 3, .max_response = SEC, .robustness = 4};
	struct rig *rig = rig_new_to_7();

	rig_query_from(rig, 2, net->router, &q);
	rig_advance(rig, SEC);
	rig_say(rig, net, RECORD_TO_EX, "");
	rig_advance(rig, 5 * SEC);
	rig_told(rig, net, "TO_EX G | TO_EX G | TO_EX G | TO_EX G", "the querier's");
	q.robustness = 0;
	rig_query_from(rig, 2, net->router, &q);
	rig_advance(rig, 5 * SEC);
	rig_reports(rig, 2);
	rig_say(rig, net, RECORD_TO_IN, "");
	rig_advance(rig, 5 * SEC);
	rig_told(rig, net, "TO_IN G | TO_IN G", "it does not say: ours");
	rig_free(rig);
}

Test(host, robustness_is_the_queriers)
{
	rig_each_net(check_robustness);
}

/* The router may have forgotten, or not. */
static void check_up(const struct rig_net *net)
{
	static const struct {
		enum record_type first;
		const char *had;
		enum record_type meanwhile;
		const char *list, *told;
	} rows[] = {
		{RECORD_TO_EX, "1", RECORD_IS_EX, "1", "TO_EX G 1"},
		{RECORD_TO_EX, "1", RECORD_TO_IN, "2", "TO_IN G 2"},
		{RECORD_TO_EX, "1", RECORD_TO_IN, "", "TO_IN G"},
		{RECORD_ALLOW, "1 2", RECORD_IS_IN, "1 2", "ALLOW G 1 2"},
		{RECORD_ALLOW, "1 2", RECORD_TO_IN, "2 3", "ALLOW G 2 3 | BLOCK G 1"},
		{RECORD_ALLOW, "1 2", RECORD_TO_EX, "", "TO_EX G"},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rig *rig = rig_new_to_7();

		rig_say(rig, net, rows[i].first, rows[i].had);
		proxy_port_down(rig->proxy, 2, false, rig->now);
		proxy_flush(rig->proxy, rig->now);
		rig_reports(rig, 2);
		rig_say(rig, net, rows[i].meanwhile, rows[i].list);
		rig_advance(rig, 3 * SEC);
		rig_told(rig, net, "", "down is down");
		proxy_port_up(rig->proxy, 2, &rig->proxy->ports[2].own, 1500, rig->now);
		proxy_flush(rig->proxy, rig->now);
		rig_told(rig, net, rows[i].told, "up again");
		rig_advance(rig, 3 * SEC);
		rig_told(rig, net, rows[i].told, "and again");
		rig_free(rig);
	}
}

Test(host, upstream_that_comes_back_is_told_anew)
{
	rig_each_net(check_up);
}

static void check_relay(const struct rig_net *net)
{
	const struct proxy_params params = {.relay = true};
	struct rig *rig = rig_new_to_7();
	struct addr group, source;
	char text[64];

	proxy_set_params(rig->proxy, &params);
	cr_assert(!addr_parse(net->group, &group));
	rig_expand(net, "1", text, sizeof(text));
	cr_assert(!addr_parse(text, &source));
	proxy_static_join(rig->proxy, 2, &group, &source, rig->now);
	proxy_flush(rig->proxy, rig->now);
	rig_told(rig, net, "ALLOW G 1", "the proxy's own");
	rig_advance(rig, 3 * SEC);
	rig_reports(rig, 2);
	rig_say(rig, net, RECORD_TO_EX, "");
	rig_advance(rig, 3 * SEC);
	rig_told(rig, net, "TO_EX G", "the client's own word, passed on once");
	rig_query_from(rig, 2, net->router, &(struct query){.generation = 3, .max_response = SEC});
	rig_advance(rig, SEC);
	rig_told(rig, net, "IS_IN G 1", "the client answers for itself");
	source = (struct addr)ADDR_NONE;
	proxy_static_join(rig->proxy, 1, &group, &source, rig->now);
	proxy_flush(rig->proxy, rig->now);
	rig_told(rig, net, "TO_EX G", "a static join downstream has nobody else to tell of it");
	rig_free(rig);
}

Test(host, relay_tells_of_static_joins_only)
{
	rig_each_net(check_relay);
}
