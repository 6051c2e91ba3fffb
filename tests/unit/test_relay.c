/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reports = relay: what each upstream hears, and from whom. */
#include <criterion/criterion.h>

#include "unit/rig.h"

static const char *const G = "239.1.1.1";
static const char *const A = "10.100.0.11";

static struct rig *relay_rig(void)
{
	const struct proxy_params params = {.relay = true};
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	proxy_set_params(rig->proxy, &params);
	rig_row(rig, "", "", "10.0.0.1", 7, 10);
	rig_row(rig, "", "", "10.0.0.2", 8, 10);
	rig_row(rig, "", "ff1e::/16", "", 8, 10);
	rig_row(rig, "", "239.0.0.0/8", "", 7, 0);
	/* Above the rows with a source, which serve any source, too. */
	rig_row(rig, "", "239.3.0.0/16", "", 7, 15);
	return rig;
}

static void expect_from(const struct rig *rig, unsigned int port, const char *client)
{
	struct addr source, want;
	unsigned int n = 0;

	cr_assert_eq(addr_parse(client, &want), 0);
	for (unsigned int i = 0; i < rig->n_frames; i++) {
		const struct frame *f = &rig->frames[i];
		const uint8_t *ip = f->data + ETH_HLEN;

		if (rig->frame_port[i] != port || f->family != addr_family(&want))
			continue;
		source = f->family == FAMILY_V4 ? addr_from_v4(ip + 12) : addr_from_v6(ip + 8);
		cr_expect(addr_eq(&source, &want), "sent from the client's address");
		cr_expect_eq(f->data[ETH_ALEN + 4], 1, "and from its MAC address");
		n++;
	}
	cr_expect(n, "something was sent");
}

Test(relay, a_report_is_split_by_upstream_and_keeps_the_client)
{
	struct rig *rig = relay_rig();

	rig_record(rig, 0, A, RECORD_ALLOW, G, "10.0.0.1 10.0.0.2 10.0.0.3");
	expect_from(rig, 2, A);
	cr_expect_str_eq(rig_reports(rig, 2), "ALLOW 239.1.1.1 10.0.0.1 10.0.0.3");
	cr_expect_str_eq(rig_reports(rig, 3), "ALLOW 239.1.1.1 10.0.0.2");
	rig_record(rig, 0, A, RECORD_IS_IN, G, "10.0.0.1 10.0.0.2");
	cr_expect_str_eq(rig_reports(rig, 2), "IS_IN 239.1.1.1 10.0.0.1", "an answer goes up too");
	cr_expect_str_eq(rig_reports(rig, 3), "IS_IN 239.1.1.1 10.0.0.2");
	rig_record(rig, 0, A, RECORD_BLOCK, G, "10.0.0.2");
	cr_expect_str_eq(rig_reports(rig, 2), "");
	cr_expect_str_eq(rig_reports(rig, 3), "BLOCK 239.1.1.1 10.0.0.2");
	rig_record(rig, 0, A, RECORD_TO_IN, G, "");
	cr_expect_str_eq(rig_reports(rig, 2), "TO_IN 239.1.1.1");
	rig_advance(rig, 10 * USEC_PER_SEC);
	cr_expect_str_eq(rig_reports(rig, 2), "", "the proxy repeats nothing: clients do");
	cr_expect_eq(rig->n_flows, 0u);
	rig_free(rig);
}

Test(relay, from_sources_to_any_source_moves_upstreams)
{
	struct rig *rig = relay_rig();

	rig_record(rig, 0, A, RECORD_ALLOW, G, "10.0.0.2");
	rig_reports(rig, 3);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "10.0.0.9");
	/* A request for any source ignores the source field: all rows of the top priority. */
	cr_expect_str_eq(rig_reports(rig, 2), "TO_EX 239.1.1.1 10.0.0.9");
	cr_expect_str_eq(rig_reports(rig, 3), "TO_EX 239.1.1.1 10.0.0.9");
	rig_free(rig);
}

Test(relay, from_any_source_to_sources_only_their_upstreams_are_asked)
{
	struct rig *rig = relay_rig();

	rig_record(rig, 0, A, RECORD_TO_EX, "239.2.2.2", "");
	rig_reports(rig, 2);
	rig_reports(rig, 3);
	rig_record(rig, 0, A, RECORD_TO_IN, "239.2.2.2", "10.0.0.2");
	cr_expect_str_eq(rig_reports(rig, 2), "TO_IN 239.2.2.2");
	cr_expect_str_eq(rig_reports(rig, 3), "TO_IN 239.2.2.2 10.0.0.2");
	rig_free(rig);
}

static unsigned int sent(const struct rig *rig, unsigned int port, size_t at, uint8_t type)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < rig->n_frames; i++)
		n += rig->frame_port[i] == port && rig->frames[i].len > at &&
		     rig->frames[i].data[at] == type;
	return n;
}

Test(relay, older_hosts_are_relayed_in_their_version)
{
	const size_t igmp = ETH_HLEN + 24, mld = ETH_HLEN + 48;
	struct rig *rig = relay_rig();

	rig_old_report(rig, 0, A, 2, "239.2.2.2");
	cr_expect_eq(sent(rig, 2, igmp, 0x16), 1u);
	rig_old_report(rig, 0, "fe80::11", 2, "ff1e::1");
	cr_expect_eq(sent(rig, 3, mld, 131), 1u);
	expect_from(rig, 3, "fe80::11");
	rig_leave(rig, 0, A, "239.2.2.2");
	cr_expect_eq(sent(rig, 2, igmp, 0x17), 1u);
	rig_leave(rig, 0, "fe80::11", "ff1e::1");
	cr_expect_eq(sent(rig, 3, mld, 132), 1u);
	rig_free(rig);
}

Test(relay, an_upstreams_query_reaches_the_clients)
{
	struct rig *rig = relay_rig();

	rig_record(rig, 1, A, RECORD_TO_EX, G, "");
	rig_advance(rig, 40 * USEC_PER_SEC);
	rig_queries(rig, 0);
	rig_queries(rig, 1);
	rig_query(rig, 2, "", "", 1 * USEC_PER_SEC);
	cr_expect_str_eq(rig_queries(rig, 0), "general4");
	cr_expect_str_eq(rig_queries(rig, 1), "general4");
	rig_query(rig, 2, G, "10.0.0.5", 1 * USEC_PER_SEC);
	cr_expect_str_eq(rig_queries(rig, 0), "", "no member there");
	cr_expect_str_eq(rig_queries(rig, 1), "239.1.1.1+10.0.0.5");
	rig_advance(rig, 5 * USEC_PER_SEC);
	rig_reports(rig, 2);
	rig_query(rig, 2, G, "", 1 * USEC_PER_SEC);
	rig_advance(rig, 2 * USEC_PER_SEC);
	cr_expect_str_eq(rig_reports(rig, 2), "", "the proxy itself has nothing to answer");
	rig_queries(rig, 1);
	proxy_port_down(rig->proxy, 0, false, rig->now);
	rig_query(rig, 2, "", "", 1 * USEC_PER_SEC);
	cr_expect_str_eq(rig_queries(rig, 0), "", "a port that is down");
	cr_expect_str_eq(rig_queries(rig, 1), "general4");
	rig_free(rig);
}

Test(relay, a_client_that_policy_moves_is_announced)
{
	struct rig *rig = relay_rig();

	rig_record(rig, 0, A, RECORD_TO_EX, "239.3.3.3", "10.0.0.9");
	rig_reports(rig, 2);
	cr_expect_str_eq(rig_reports(rig, 3), "");
	rig_row(rig, "10.100.0.0/24", "239.3.3.3", "", 8, 20);
	cr_expect_str_eq(rig_reports(rig, 3), "TO_EX 239.3.3.3 10.0.0.9");
	cr_expect_str_eq(rig_reports(rig, 2), "TO_IN 239.3.3.3");
	rig_free(rig);
}

Test(relay, a_static_join_that_policy_moves_is_the_proxys_own_word)
{
	struct rig *rig = relay_rig();
	struct addr group;

	cr_assert_eq(addr_parse("239.3.3.3", &group), 0);
	proxy_static_join(rig->proxy, 0, &group, &ADDR_NONE, rig->now);
	proxy_flush(rig->proxy, rig->now);
	cr_expect_str_eq(rig_reports(rig, 2), "TO_EX 239.3.3.3");
	rig_advance(rig, 3 * USEC_PER_SEC);
	rig_reports(rig, 2);
	rig_row(rig, "", "239.3.3.3", "", 8, 20);
	cr_expect_str_eq(rig_reports(rig, 3), "TO_EX 239.3.3.3");
	cr_expect_str_eq(rig_reports(rig, 2), "TO_IN 239.3.3.3");
	rig_free(rig);
}

/* The old upstream is left when the new one delivers, and not before. */
Test(relay, a_client_that_moves_misses_nothing)
{
	const struct proxy_params params = {.relay = true, .handover_limit = 5 * USEC_PER_SEC};
	static const char *const sources[] = {"", "10.0.0.1"};

	for (unsigned int i = 0; i < 2; i++) {
		enum record_type join = i ? RECORD_ALLOW : RECORD_TO_EX;
		struct rig *rig = relay_rig();

		proxy_set_params(rig->proxy, &params);
		rig_record(rig, 0, A, join, "239.3.3.3", sources[i]);
		rig_deliver_data(rig, 7, "239.3.3.3", "10.0.0.1");
		rig_reports(rig, 2);
		cr_expect_str_eq(rig_reports(rig, 3), "");
		rig_row(rig, "10.100.0.0/24", "239.3.3.3", "", 8, 20);
		cr_expect_str_eq(rig_reports(rig, 3),
				 i ? "ALLOW 239.3.3.3 10.0.0.1" : "TO_EX 239.3.3.3");
		rig_advance(rig, USEC_PER_SEC);
		cr_expect_str_eq(rig_reports(rig, 2), "", "it still delivers");
		cr_expect_str_eq(rig_forwards(rig, 7, "239.3.3.3", "10.0.0.1"), "1");
		rig_deliver_data(rig, 8, "239.3.3.3", "10.0.0.1");
		rig_advance(rig, USEC_PER_SEC / 10);
		cr_expect_str_eq(rig_reports(rig, 2),
				 i ? "BLOCK 239.3.3.3 10.0.0.1" : "TO_IN 239.3.3.3");
		cr_expect_str_eq(rig_forwards(rig, 7, "239.3.3.3", "10.0.0.1"), "");
		cr_expect_str_eq(rig_forwards(rig, 8, "239.3.3.3", "10.0.0.1"), "1");
		rig_free(rig);
	}
}

Test(relay, a_carved_out_source_is_asked_of_its_upstream)
{
	struct rig *rig = relay_rig();

	murt_set_selection(rig->murt, MURT_SPECIFICITY);
	rig_row(rig, "", "239.2.2.0/24", "10.0.0.0/30", 8, 0);
	rig_row(rig, "", "239.2.2.0/24", "", 7, 0);
	rig_record(rig, 0, A, RECORD_TO_EX, "239.2.2.2", "");
	cr_expect_str_eq(rig_reports(rig, 2), "TO_EX 239.2.2.2");
	cr_expect_str_eq(rig_reports(rig, 3), "TO_EX 239.2.2.2");
	cr_expect_str_eq(rig_forwards(rig, 7, "239.2.2.2", "10.0.0.1"), "");
	cr_expect_str_eq(rig_forwards(rig, 8, "239.2.2.2", "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, "239.2.2.2", "10.0.0.9"), "1");
	rig_record(rig, 0, A, RECORD_TO_IN, "239.2.2.2", "");
	cr_expect_str_eq(rig_reports(rig, 2), "TO_IN 239.2.2.2");
	cr_expect_str_eq(rig_reports(rig, 3), "TO_IN 239.2.2.2");
	cr_expect_eq(rig->n_flows, 0u);
	rig_free(rig);
}

Test(relay, switched_on_each_client_is_announced_before_the_proxy_takes_its_word_back)
{
	const struct proxy_params relay = {.relay = true};
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	rig_row(rig, "", "", "", 7, 10);
	rig_record(rig, 0, A, RECORD_TO_EX, "239.2.2.2", "");
	rig_record(rig, 0, A, RECORD_ALLOW, "232.2.2.2", "10.0.0.1");
	rig_advance(rig, 10 * USEC_PER_SEC);
	rig_reports(rig, 2);
	proxy_set_params(rig->proxy, &relay);
	cr_expect_str_eq(rig_reports(rig, 2), "TO_EX 239.2.2.2 | ALLOW 232.2.2.2 10.0.0.1");
	proxy_set_murt(rig->proxy, rig->murt, rig->now);
	proxy_flush(rig->proxy, rig->now);
	cr_expect(strstr(rig_reports(rig, 2), "TO_IN 239.2.2.2"), "the proxy's own");
	proxy_set_params(rig->proxy, &relay);
	cr_expect_str_eq(rig_reports(rig, 2), "", "it was on already");
	rig_free(rig);
}

Test(relay, what_needs_a_source_by_now_is_taken_back)
{
	struct prefix range;
	const struct proxy_params params = {.relay = true, .ssm_ranges = &range, .n_ssm_ranges = 1};
	struct rig *rig = relay_rig();

	prefix_parse("239.1.0.0/16", &range);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	rig_old_report(rig, 1, "10.100.0.12", 2, "239.1.1.2");
	rig_reports(rig, 2);
	proxy_set_params(rig->proxy, &params);
	proxy_ssm_changed(rig->proxy, rig->now);
	cr_expect_str_eq(rig_reports(rig, 2), "TO_IN 239.1.1.1 | leave 239.1.1.2");
	rig_free(rig);
}
