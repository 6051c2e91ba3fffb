/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which addresses a client has. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "proxy/internal.h"
#include "unit/rig.h"
#include "wire/wire.h"

#define SEC USEC_PER_SEC

static const uint8_t mac[ETH_ALEN] = {2, 0, 0, 0, 1, 1}; /* of the rig's clients */

static void hear_as(struct rig *rig, unsigned int port, const char *addr, uint8_t last,
		    bool tentative)
{
	struct neighbour n = {.tentative = tentative};

	memcpy(n.mac, mac, ETH_ALEN);
	n.mac[5] = last;
	cr_assert_eq(addr_parse(addr, &n.addr), 0);
	proxy_neighbour(rig->proxy, port, &n, rig->now);
	proxy_flush(rig->proxy, rig->now);
}

static void hear(struct rig *rig, unsigned int port, const char *addr, uint8_t last)
{
	hear_as(rig, port, addr, last, false);
}

Test(identity, remembers_the_newest_addresses_of_each_host)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);
	struct client client = {.key.addr.b[15] = 9};
	struct addr list[IDENTITY_ADDRS];
	char text[ADDR_STRLEN];

	memcpy(client.mac, mac, ETH_ALEN);
	for (int i = 1; i <= IDENTITY_ADDRS + 2; i++) {
		snprintf(text, sizeof(text), "2001:db8::%x", i);
		hear(rig, 0, text, 1);
	}
	hear(rig, 0, "10.0.0.1", 1);
	hear(rig, 0, "2001:db8::ffff", 2);
	hear(rig, 1, "2001:db8::eeee", 1);
	cr_expect_eq(identity_addrs(rig->proxy, &client, FAMILY_V4, list), 1u);
	cr_expect_eq(identity_addrs(rig->proxy, &client, FAMILY_V6, list), IDENTITY_ADDRS - 1u);
	cr_expect_str_eq(addr_format(&list[0], text), "2001:db8::12", "the newest first");
	proxy_port_down(rig->proxy, 0, true, rig->now);
	cr_expect_eq(identity_addrs(rig->proxy, &client, FAMILY_V6, list), 0u);
	rig_free(rig);
}

Test(identity, strangers_cannot_fill_the_memory)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);
	struct neighbour n = {.addr = addr_zero(FAMILY_V6)};

	for (uint32_t i = 0; i < 10000; i++) {
		memcpy(n.mac, &i, sizeof(i));
		n.addr.b[15] = 1;
		proxy_neighbour(rig->proxy, 0, &n, rig->now);
	}
	cr_expect_eq(rig->proxy->ports[0].n_identities, 4096u);
	rig_free(rig);
}

Test(identity, who_was_silent_for_longest_on_the_port_goes)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);
	struct client oldest = {.key.addr.b[15] = 9}, second = oldest, elsewhere = oldest;
	struct neighbour n = {.addr = addr_zero(FAMILY_V6)};
	struct addr list[IDENTITY_ADDRS];

	second.mac[0] = 1;
	elsewhere.key.port = 1;
	n.addr.b[15] = 1;
	proxy_neighbour(rig->proxy, 1, &n, rig->now);
	for (uint32_t i = 0; i < 4096; i++) {
		memcpy(n.mac, &i, sizeof(i));
		proxy_neighbour(rig->proxy, 0, &n, rig->now);
	}
	memset(n.mac, 0, ETH_ALEN);
	proxy_neighbour(rig->proxy, 0, &n, rig->now);
	n.mac[5] = 1;
	proxy_neighbour(rig->proxy, 0, &n, rig->now);
	cr_expect_eq(identity_addrs(rig->proxy, &oldest, FAMILY_V6, list), 1u);
	cr_expect_eq(identity_addrs(rig->proxy, &second, FAMILY_V6, list), 0u);
	cr_expect_eq(identity_addrs(rig->proxy, &elsewhere, FAMILY_V6, list), 1u);
	rig_free(rig);
}

static void restore_host(struct rig *rig, const char *client, const uint8_t host[ETH_ALEN],
			 const char *group)
{
	struct proxy_membership what = {.generation = 3, .exclude = true};

	memcpy(what.mac, host, ETH_ALEN);
	cr_assert(!addr_parse(group, &what.group) && !addr_parse(client, &what.client));
	proxy_restore(rig->proxy, 0, &what, rig->now);
}

static void restore_in(struct rig *rig, const char *client, uint8_t last, const char *group)
{
	const uint8_t host[ETH_ALEN] = {2, 0, 0, 0, 1, last};

	restore_host(rig, client, host, group);
}

static void restore(struct rig *rig, const char *client, uint8_t last)
{
	restore_in(rig, client, last, "ff1e::1");
}

Test(identity, an_address_is_that_of_all_clients_with_its_mac_address_now)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);
	const struct member *m;

	rig_row(rig, "2001:db8::5", "", "", 8, 20);
	rig_row(rig, "", "", "", 7, 10);
	restore(rig, "fe80::5", 2);
	restore(rig, "fe80::6", 3);
	restore(rig, "fe80::7", 1);
	restore(rig, "fe80::8", 1);
	restore(rig, "fe80::9", 1);
	rig_record(rig, 0, "fe80::6", RECORD_IS_EX, "ff1e::1", "");
	rig_record(rig, 0, "fe80::7", RECORD_TO_IN, "ff1e::1", "");
	rig_record(rig, 0, "fe80::9", RECORD_TO_IN, "ff1e::1", "");
	hear(rig, 0, "2001:db8::5", 3);
	cr_expect_str_eq(rig_forwards(rig, 8, "ff1e::1", "2001:db8::99"), "", "nobody's now");
	hear(rig, 0, "2001:db8::5", 1);
	cr_expect_eq(rig->proxy->members.n, 3u);
	for (m = member_first(rig->proxy); m; m = member_following(m))
		cr_expect_eq(m->upstreams, m->client->mac[5] == 1 ? 2u : 1u);
	cr_expect_eq(proxy_audit(rig->proxy, NULL, NULL), 0u);
	rig_free(rig);
}

/* A report says whose all memberships of the client are, not only that which it names. */
Test(identity, another_mac_address_holds_for_all_memberships_of_the_client)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	rig_row(rig, "2001:db8::5", "", "", 8, 20);
	rig_row(rig, "", "", "", 7, 10);
	hear(rig, 0, "2001:db8::5", 3);
	restore_in(rig, "fe80::6", 3, "ff1e::1");
	restore_in(rig, "fe80::6", 3, "ff1e::2");
	proxy_flush(rig->proxy, rig->now);
	cr_expect_str_eq(rig_forwards(rig, 8, "ff1e::2", "2001:db8::99"), "1");
	rig_record(rig, 0, "fe80::6", RECORD_IS_EX, "ff1e::1", "");
	cr_expect_str_eq(rig_forwards(rig, 7, "ff1e::1", "2001:db8::99"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, "ff1e::2", "2001:db8::99"), "1");
	cr_expect_str_eq(rig_forwards(rig, 8, "ff1e::2", "2001:db8::99"), "");
	rig_free(rig);
}

/* Rows for the address that people know, not for the one that MLD reports from. */
Test(identity, rows_match_any_address_of_the_client)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);
	const char *group = "ff1e::1", *source = "2001:db8::99";

	rig_row(rig, "2001:db8::5/128", "", "", 8, 20);
	rig_row(rig, "", "", "", 7, 10);
	rig_record(rig, 0, "fe80::5", RECORD_TO_EX, group, "");
	cr_expect_str_eq(rig_forwards(rig, 7, group, source), "1");
	hear(rig, 0, "2001:db8::5", 2);
	cr_expect_str_eq(rig_forwards(rig, 7, group, source), "1", "another host's");
	hear(rig, 1, "2001:db8::5", 1);
	cr_expect_str_eq(rig_forwards(rig, 7, group, source), "1", "on another port");
	hear(rig, 0, "2001:db8::5", 1);
	cr_expect_str_eq(rig_forwards(rig, 8, group, source), "1", "live, without a new report");
	cr_expect_str_eq(rig_forwards(rig, 7, group, source), "");
	cr_expect_eq(proxy_audit(rig->proxy, NULL, NULL), 0u);
	rig_free(rig);
}

static const char *const group6 = "ff1e::1", *const source6 = "2001:db8::99";

/* A row for 2001:db8::5 that serves a client with it, fe80::5. */
static struct rig *rig_of_client(void)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	rig_row(rig, "2001:db8::5", "", "", 8, 20);
	rig_row(rig, "", "", "", 7, 10);
	rig_record(rig, 0, "fe80::5", RECORD_TO_EX, group6, "");
	hear(rig, 0, "2001:db8::5", 1);
	cr_assert_str_eq(rig_forwards(rig, 8, group6, source6), "1");
	rig->n_frames = 0;
	return rig;
}

/* For a while, in which the client reports again, and answers for an address (NULL: for none).
 * Returns how many times it was asked. */
static unsigned int ask_for(struct rig *rig, usec_t time, const char *answers)
{
	unsigned int n = 0;

	for (usec_t t = 0; t < time; t += SEC / 2) {
		rig->n_frames = 0;
		rig_advance(rig, SEC / 2);
		for (unsigned int i = 0; i < rig->n_frames; i++) {
			const uint8_t *frame = rig->frames[i].data;
			struct addr target = addr_from_v6(frame + ETH_HLEN + 48);
			char text[ADDR_STRLEN];

			if (rig->frame_port[i] || frame[ETH_HLEN + 6] != PROTO_ICMPV6)
				continue;
			n++;
			if (answers && !strcmp(addr_format(&target, text), answers))
				hear(rig, 0, answers, 1);
		}
		if (t % (60 * SEC) == 0)
			rig_record(rig, 0, "fe80::5", RECORD_IS_EX, group6, "");
	}
	return n;
}

Test(identity, a_silent_client_is_asked_for_its_address)
{
	struct rig *rig = rig_of_client();

	cr_expect_eq(ask_for(rig, 300 * SEC, NULL), 0u);
	cr_expect_eq(ask_for(rig, 3600 * SEC, "2001:db8::5"), 8u, "every 7.5 minutes here");
	cr_expect_str_eq(rig_forwards(rig, 8, group6, source6), "1");
	cr_expect_eq(ask_for(rig, 460 * SEC, NULL), 3u);
	cr_expect_str_eq(rig_forwards(rig, 7, group6, source6), "1");
	cr_expect_str_eq(rig_forwards(rig, 8, group6, source6), "");
	cr_expect_eq(ask_for(rig, 3600 * SEC, NULL), 0u);
	rig_free(rig);
}

Test(identity, a_new_address_may_stand_for_the_old_one)
{
	struct rig *rig = rig_of_client();

	hear(rig, 0, "2001:db8::6", 1);
	cr_expect_eq(ask_for(rig, 4 * SEC, "2001:db8::5"), 1u);
	cr_expect_str_eq(rig_forwards(rig, 8, group6, source6), "1", "it has both");
	hear(rig, 0, "10.0.0.6", 1);
	cr_expect_eq(ask_for(rig, 4 * SEC, NULL), 0u, "not in the other family");
	hear(rig, 0, "2001:db8::7", 1);
	cr_expect_eq(ask_for(rig, 4 * SEC, "2001:db8::6"), 4u);
	cr_expect_str_eq(rig_forwards(rig, 7, group6, source6), "1", "5 is no longer there");
	cr_expect_eq(proxy_audit(rig->proxy, NULL, NULL), 0u);
	rig_free(rig);
}

Test(identity, another_host_may_have_taken_the_address)
{
	struct rig *rig = rig_of_client();

	hear(rig, 1, "2001:db8::5", 9);
	cr_expect_eq(ask_for(rig, 4 * SEC, "2001:db8::5"), 1u);
	cr_expect_str_eq(rig_forwards(rig, 8, group6, source6), "1", "nobody takes it away");
	hear(rig, 0, "2001:db8::5", 8);
	cr_expect_eq(ask_for(rig, 4 * SEC, NULL), 3u);
	cr_expect_str_eq(rig_forwards(rig, 7, group6, source6), "1");
	rig_free(rig);
}

/* RFC 4862 section 5.4: another host may have it, and say so. */
Test(identity, an_address_that_is_only_asked_for_is_confirmed_soon)
{
	struct rig *rig = rig_of_client();

	hear_as(rig, 0, "2001:db8::5", 1, true);
	cr_expect_eq(ask_for(rig, 5 * SEC, "2001:db8::5"), 1u);
	cr_expect_str_eq(rig_forwards(rig, 8, group6, source6), "1");
	cr_expect_eq(ask_for(rig, 60 * SEC, NULL), 0u);
	hear_as(rig, 0, "2001:db8::5", 1, true);
	cr_expect_eq(ask_for(rig, 6 * SEC, NULL), 3u);
	cr_expect_str_eq(rig_forwards(rig, 7, group6, source6), "1", "it is not the client's");
	rig_free(rig);
}

Test(identity, silence_says_nothing_where_answers_are_lost)
{
	struct rig *rig = rig_of_client();

	hear(rig, 0, "2001:db8::6", 1);
	for (unsigned int i = 0; i < 10; i++) {
		proxy_port_heal(rig->proxy, 0, rig->now);
		ask_for(rig, 5 * SEC, NULL);
	}
	cr_expect_str_eq(rig_forwards(rig, 8, group6, source6), "1");
	proxy_port_down(rig->proxy, 0, false, rig->now);
	cr_expect_eq(ask_for(rig, 900 * SEC, NULL), 0u);
	cr_expect_str_eq(rig_forwards(rig, 8, group6, source6), "1");
	rig_free(rig);
}

Test(identity, hosts_without_memberships_are_not_asked)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	rig_row(rig, "2001:db8::5", "", "", 8, 20);
	rig_row(rig, "", "", "", 7, 10);
	hear(rig, 0, "2001:db8::5", 1);
	rig->n_frames = 0;
	rig_advance(rig, 120 * SEC);
	hear(rig, 0, "2001:db8::6", 1);
	cr_expect_eq(rig->proxy->ports[0].identities[0]->n, 2u);
	rig_record(rig, 0, "fe80::5", RECORD_TO_EX, group6, "");
	cr_expect_str_eq(rig_forwards(rig, 8, group6, source6), "1", "as it was known");
	cr_expect_eq(ask_for(rig, 4 * SEC, NULL), 3u, "but it was in doubt");
	cr_expect_str_eq(rig_forwards(rig, 7, group6, source6), "1");
	rig_free(rig);
}

/* Design: 0.0.0.0 and :: match rows without a client, or with one of length 0. */
static void expect_client(struct rig *rig, const char *addr, const char *client)
{
	const struct client *found;
	char text[ADDR_STRLEN] = "";
	struct addr a;

	cr_assert_eq(addr_parse(addr, &a), 0);
	found = identity_client(rig->proxy, 0, &a);
	cr_expect_eq(identity_client(rig->proxy, -1, &a), found);
	if (found)
		addr_format(&found->key.addr, text);
	cr_expect_str_eq(text, client, "%s is %s", addr, text);
}

Test(identity, the_client_of_an_address_is_found_unless_there_are_several)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	rig_row(rig, "", "", "", 7, 10);
	rig_record(rig, 0, "0.0.0.0", RECORD_TO_EX, "239.1.1.1", "");
	rig_record(rig, 0, "10.0.0.5", RECORD_TO_EX, "239.1.1.1", "");
	hear(rig, 0, "10.0.0.50", 1);
	hear(rig, 0, "10.0.0.5", 1);
	expect_client(rig, "10.0.0.50", "10.0.0.5");
	expect_client(rig, "10.0.0.5", "");
	rig_record(rig, 0, "10.0.0.6", RECORD_TO_EX, "239.1.1.1", "");
	expect_client(rig, "10.0.0.50", "");
	expect_client(rig, "10.0.0.5", "10.0.0.6");
	rig_free(rig);
}

Test(identity, a_report_without_an_address_is_nobodys)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	rig_row(rig, "10.100.0.11", "", "", 8, 20);
	rig_row(rig, "0.0.0.0/0", "", "", 7, 10);
	hear(rig, 0, "10.100.0.11", 1);
	rig_record(rig, 0, "0.0.0.0", RECORD_TO_EX, "239.1.1.1", "");
	cr_expect_str_eq(rig_forwards(rig, 7, "239.1.1.1", "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 8, "239.1.1.1", "10.0.0.1"), "");
	rig_free(rig);
}

/* More of them than a port remembers, each with an address of its own. */
static void hear_many(struct rig *rig, bool join)
{
	struct neighbour n = {.mac = {4}};
	char text[ADDR_STRLEN];

	cr_assert_eq(addr_parse("2001:db8::77:0", &n.addr), 0);
	for (unsigned int i = 0; i < 4096; i++) {
		n.mac[4] = (uint8_t)(i >> 8);
		n.mac[5] = n.addr.b[15] = (uint8_t)i;
		proxy_neighbour(rig->proxy, 0, &n, rig->now);
		snprintf(text, sizeof(text), "fe80::1:%x", i);
		if (join)
			restore_host(rig, text, n.mac, group6);
	}
	proxy_flush(rig->proxy, rig->now);
}

Test(identity, strangers_do_not_change_who_serves_a_client)
{
	struct rig *rig = rig_of_client();

	hear_many(rig, false);
	cr_expect_str_eq(rig_forwards(rig, 8, group6, source6), "1");
	rig_record(rig, 0, "fe80::5", RECORD_TO_IN, group6, "");
	hear_many(rig, false);
	rig_record(rig, 0, "fe80::5", RECORD_TO_EX, group6, "");
	cr_expect_str_eq(rig_forwards(rig, 7, group6, source6), "1", "it was a stranger, too");
	rig_free(rig);
}

Test(identity, who_is_forgotten_for_other_clients_is_served_as_an_unknown)
{
	struct rig *rig = rig_of_client();

	hear_many(rig, true);
	cr_expect_str_eq(rig_forwards(rig, 7, group6, source6), "1");
	cr_expect_str_eq(rig_forwards(rig, 8, group6, source6), "");
	cr_expect_eq(rig->proxy->ports[0].n_identities, 4096u);
	cr_expect_eq(proxy_audit(rig->proxy, NULL, NULL), 0u);
	rig_free(rig);
}

/* Each address resolves all memberships of the host again: one host's babble is not to delay
 * others.
 */
Test(identity, who_has_many_memberships_learns_them_slowly)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);
	const struct identity *host;
	char text[ADDR_STRLEN];

	rig_row(rig, "", "", "", 7, 10);
	for (unsigned int i = 1; i <= 2000; i++) {
		snprintf(text, sizeof(text), "ff1e::%x", i);
		restore_in(rig, "fe80::5", 1, text);
	}
	proxy_flush(rig->proxy, rig->now);
	hear(rig, 0, "2001:db8::5", 1);
	host = rig->proxy->ports[0].identities[1];
	for (unsigned int i = 6; i <= 12; i++) {
		snprintf(text, sizeof(text), "2001:db8::%x", i);
		hear(rig, 0, text, 1);
	}
	cr_expect_eq(host->n, 1u);
	rig_advance(rig, SEC / 5);
	hear(rig, 0, "2001:db8::c", 1);
	cr_expect_eq(host->n, 2u, "it is learned when it is said again");
	rig_free(rig);
}

Test(identity, an_upstream_has_no_hosts)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	hear(rig, 0, "2001:db8::5", 1);
	hear(rig, 1, "2001:db8::6", 2);
	proxy_port_make_upstream(rig->proxy, 0, 2);
	proxy_flush(rig->proxy, rig->now);
	cr_expect_eq(rig->proxy->host_addrs.n, 1u);
	cr_expect_null(rig->proxy->ports[0].identities[0]);
	rig_free(rig);
}
