/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hosts tell their neighbours, and what the proxy remembers of it. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "proxy/internal.h"
#include "unit/rig.h"
#include "wire/wire.h"

static const uint8_t mac[ETH_ALEN] = {2, 0, 0, 0, 1, 1}; /* of the rig's clients */

static size_t put_nd(uint8_t *frame, uint8_t type, const char *source, const char *target)
{
	uint8_t *ip = frame + ETH_HLEN, *p = ip + 40;
	struct addr s, d, t;
	uint16_t check;

	cr_assert(!addr_parse(source, &s) && !addr_parse("ff02::1", &d) && !addr_parse(target, &t));
	memset(frame, 0, ETH_HLEN + 64);
	memcpy(frame + ETH_ALEN, mac, ETH_ALEN);
	ip[0] = 0x60;
	ip[5] = 24;
	ip[6] = PROTO_ICMPV6;
	ip[7] = 255;
	put_addr(ip + 8, FAMILY_V6, &s);
	put_addr(ip + 24, FAMILY_V6, &d);
	p[0] = type;
	put_addr(p + 8, FAMILY_V6, &t);
	check = inet_checksum(p, 24, pseudo_sum(&s, &d, PROTO_ICMPV6, 24));
	memcpy(p + 2, &check, 2);
	return ETH_HLEN + 64;
}

static void expect_nd(uint8_t type, const char *source, const char *target, const char *want)
{
	uint8_t frame[128];
	size_t len = put_nd(frame, type, source, target);
	struct neighbour n;
	char text[ADDR_STRLEN];

	for (size_t cut = 0; cut < len; cut++)
		cr_expect(!neighbour_decode(frame, cut, ETH_HLEN, ETHERTYPE_IPV6, &n));
	if (!want) {
		cr_expect(!neighbour_decode(frame, len, ETH_HLEN, ETHERTYPE_IPV6, &n));
		return;
	}
	cr_assert(neighbour_decode(frame, len, ETH_HLEN, ETHERTYPE_IPV6, &n));
	cr_expect_str_eq(addr_format(&n.addr, text), want);
	cr_expect_arr_eq(n.mac, mac, ETH_ALEN);
	frame[ETH_HLEN + 7] = 64;
	cr_expect(!neighbour_decode(frame, len, ETH_HLEN, ETHERTYPE_IPV6, &n),
		  "RFC 4861: hop limit 255");
	frame[ETH_HLEN + 7] = 255;
	frame[len - 1] ^= 1;
	cr_expect(!neighbour_decode(frame, len, ETH_HLEN, ETHERTYPE_IPV6, &n), "checksum");
}

Test(neighbour, discovery)
{
	expect_nd(135, "2001:db8::5", "2001:db8::9", "2001:db8::5");
	expect_nd(135, "::", "2001:db8::5", "2001:db8::5");
	expect_nd(136, "fe80::1", "2001:db8::5", "2001:db8::5");
	expect_nd(136, "fe80::1", "ff0e::5", NULL);
	expect_nd(134, "fe80::1", "2001:db8::5", NULL);
}

Test(neighbour, arp)
{
	uint8_t frame[60] = {2, 0,    0,    0, 0, 9, 2, 0, 0, 0, 1,
			     1, 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1};
	struct neighbour n;
	char text[ADDR_STRLEN];

	cr_expect(!neighbour_decode(frame, sizeof(frame), ETH_HLEN, ETHERTYPE_ARP, &n),
		  "a probe from 0.0.0.0, RFC 5227");
	memcpy(frame + ETH_HLEN + 14, "\x0a\x64\x00\x0b", 4);
	cr_assert(neighbour_decode(frame, sizeof(frame), ETH_HLEN, ETHERTYPE_ARP, &n));
	cr_expect_str_eq(addr_format(&n.addr, text), "10.100.0.11");
	cr_expect(!neighbour_decode(frame, ETH_HLEN + 27, ETH_HLEN, ETHERTYPE_ARP, &n));
	frame[ETH_HLEN + 4] = 8;
	cr_expect(!neighbour_decode(frame, sizeof(frame), ETH_HLEN, ETHERTYPE_ARP, &n));
}

/* ---- what is remembered ---- */

static void hear(struct rig *rig, unsigned int port, const char *addr, uint8_t last)
{
	struct neighbour n;

	memcpy(n.mac, mac, ETH_ALEN);
	n.mac[5] = last;
	cr_assert_eq(addr_parse(addr, &n.addr), 0);
	proxy_neighbour(rig->proxy, port, &n, rig->now);
	proxy_flush(rig->proxy, rig->now);
}

Test(identity, remembers_the_newest_addresses_of_each_host)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);
	struct client client = {.key.port = 0};
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
	cr_expect_str_eq(addr_format(&list[0], text), "2001:db8::a", "the newest first");
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
	struct client oldest = {.key.port = 0}, second = {.key.port = 0, .mac = {1}},
		      elsewhere = {.key.port = 1};
	struct neighbour n = {.addr = addr_zero(FAMILY_V6)};
	struct addr list[IDENTITY_ADDRS];

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

static void restore(struct rig *rig, const char *client, uint8_t last)
{
	struct proxy_membership what = {.generation = 3, .exclude = true};

	memcpy(what.mac, mac, ETH_ALEN);
	what.mac[5] = last;
	cr_assert(!addr_parse("ff1e::1", &what.group) && !addr_parse(client, &what.client));
	proxy_restore(rig->proxy, 0, &what, rig->now);
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

/* ---- balancing ---- */

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

/* When an upstream fails, the clients of each of its channels move together, and no others. */
Test(balance, channels_of_a_failed_upstream_stay_whole)
{
	static const enum murt_balance balances[] = {MURT_BALANCE_ROUND_ROBIN, MURT_BALANCE_RANDOM,
						     MURT_BALANCE_HASH};
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
		}
		rig_free(rig);
	}
}
