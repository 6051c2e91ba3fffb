/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hosts tell their neighbours, and how they are asked. */
#include <criterion/criterion.h>

#include "wire/neighbour.h"
#include "wire/wire.h"

static const uint8_t mac[ETH_ALEN] = {2, 0, 0, 0, 1, 1}; /* of the rig's clients */

static size_t put_nd(uint8_t *frame, uint8_t type, uint8_t code, const char *source,
		     const char *target)
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
	p[1] = code;
	put_addr(p + 8, FAMILY_V6, &t);
	check = inet_checksum(p, 24, pseudo_sum(&s, &d, PROTO_ICMPV6, 24));
	memcpy(p + 2, &check, 2);
	return ETH_HLEN + 64;
}

static void expect_nd(uint8_t type, const char *source, const char *target, const char *want)
{
	uint8_t frame[128];
	size_t len = put_nd(frame, type, 0, source, target);
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
	cr_expect_eq(n.tentative, !strcmp(source, "::"));
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

/* RFC 4861 sections 7.1.1 and 7.1.2 */
Test(neighbour, discovery_of_another_code_says_nothing)
{
	uint8_t frame[128];
	size_t len = put_nd(frame, 135, 1, "2001:db8::5", "2001:db8::9");
	struct neighbour n;

	cr_expect(!neighbour_decode(frame, len, ETH_HLEN, ETHERTYPE_IPV6, &n));
}

Test(neighbour, arp)
{
	uint8_t frame[60] = {2, 0,    0,    0, 0, 9, 2, 0, 0, 0, 1,
			     1, 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1};
	struct neighbour n;
	char text[ADDR_STRLEN];

	cr_expect(!neighbour_decode(frame, sizeof(frame), ETH_HLEN, ETHERTYPE_ARP, &n),
		  "a probe from 0.0.0.0, RFC 5227");
	memcpy(frame + ETH_HLEN + 14, (uint8_t[]){10, 100, 0, 11}, 4);
	cr_assert(neighbour_decode(frame, sizeof(frame), ETH_HLEN, ETHERTYPE_ARP, &n));
	cr_expect_str_eq(addr_format(&n.addr, text), "10.100.0.11");
	cr_expect(!neighbour_decode(frame, ETH_HLEN + 27, ETH_HLEN, ETHERTYPE_ARP, &n));
	frame[ETH_HLEN + 4] = 8;
	cr_expect(!neighbour_decode(frame, sizeof(frame), ETH_HLEN, ETHERTYPE_ARP, &n));
}

static size_t put_ask(const char *addr, uint8_t frame[static 128])
{
	struct sender from = {.mac = {2, 0, 0, 0, 0, 7}};
	struct neighbour to = {.mac = {2, 0, 0, 0, 1, 1}};
	struct frame f;

	cr_assert(!addr_parse(addr, &to.addr) && !addr_parse("fe80::7", &from.v6));
	frame_neighbour(&f, &from, &to);
	cr_expect_arr_eq(f.data, to.mac, ETH_ALEN, "to this host alone");
	cr_expect_arr_eq(f.data + ETH_ALEN, from.mac, ETH_ALEN);
	memcpy(frame, f.data, 128);
	return f.len;
}

Test(neighbour, is_asked_by_solicitation)
{
	uint8_t frame[128];
	size_t len = put_ask("2001:db8::5", frame);
	struct neighbour n;
	char text[ADDR_STRLEN];

	cr_assert_eq(len, 86u);
	cr_assert(neighbour_decode(frame, len, ETH_HLEN, ETHERTYPE_IPV6, &n));
	cr_expect_str_eq(addr_format(&n.addr, text), "fe80::7", "checksum, hop limit, source");
	cr_expect_eq(frame[ETH_HLEN + 40], 135);
	cr_expect_arr_eq(frame + ETH_HLEN + 24, frame + ETH_HLEN + 48, 16, "to the target");
	cr_expect_arr_eq(frame + ETH_HLEN + 64, "\1\1\2\0\0\0\0\7", 8, "RFC 4861 section 4.6.1");
}

Test(neighbour, is_asked_by_arp_probe)
{
	uint8_t frame[128];
	size_t len = put_ask("10.100.0.11", frame);
	struct neighbour n;

	cr_assert_eq(len, 60u);
	cr_expect(!neighbour_decode(frame, len, ETH_HLEN, ETHERTYPE_ARP, &n), "says nothing");
	cr_expect_arr_eq(frame + 12, "\x08\x06\0\1\x08\0\6\4\0\1\2\0\0\0\0\7\0\0\0", 19);
	cr_expect_arr_eq(frame + ETH_HLEN + 18, "\0\0\0\0\0\0\x0a\x64\0\x0b", 10);
}
