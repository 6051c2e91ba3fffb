// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of frames, and how one is built. */
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "bpf/fixtures.h"
#include "lib/util.h"

#define HBH_ALERT "3a00050200000100"
#define OPTIONS	  "3a00010400000000"
#define MLD2	  "8f00000000000001040000000000000000000000000000000000000000000001"
#define MLD_Q	  "82000000000000000000000000000000000000000000000000000000"
#define IGMP_Q	  "1164000000000000"
#define IGMP_V2	  "16000000e8010101"
#define DATA	  "0102030405060708"

const struct fixture fixtures[] = {
	{"igmp query", IP4, "10.0.0.1", "224.0.0.1", 2, "94040000", IGMP_Q, 0, 0, XDP_DROP,
	 MUPI_STAT_PUNTED, true},
	{"igmp report", IP4, "10.0.0.1", "232.1.1.1", 2, "", IGMP_V2, 0, 0, XDP_DROP,
	 MUPI_STAT_PUNTED, true},
	{"igmp to unicast", IP4, "10.0.0.1", "10.0.0.2", 2, "", IGMP_Q, 0, 0, XDP_DROP,
	 MUPI_STAT_PUNTED, true},
	{"igmp first fragment", IP4, "10.0.0.1", "224.0.0.22", 2, "", IGMP_V2, 0x2000, 0, XDP_DROP,
	 MUPI_STAT_MALFORMED, false},
	{"igmp later fragment", IP4, "10.0.0.1", "224.0.0.22", 2, "", IGMP_V2, 5, 0, XDP_DROP,
	 MUPI_STAT_MALFORMED, false},
	{"igmp too short", IP4, "10.0.0.1", "224.0.0.22", 2, "", "16000000", 0, 0, XDP_DROP,
	 MUPI_STAT_MALFORMED, false},
	{"pim hello upstream", IP4, "10.0.0.1", "224.0.0.13", 103, "", "2000000000010002", 0,
	 MUPI_PORT_UPSTREAM, XDP_PASS, MUPI_STAT_PUNTED, true},
	{"pim hello downstream", IP4, "10.0.0.1", "224.0.0.13", 103, "", "2000000000010002", 0, 0,
	 XDP_PASS, NO_COUNTER, false},
	{"pim join", IP4, "10.0.0.1", "224.0.0.13", 103, "", "2300000000010002", 0,
	 MUPI_PORT_UPSTREAM, XDP_PASS, NO_COUNTER, false},
	{"link-local group", IP4, "10.0.0.1", "224.0.0.251", 17, "", DATA, 0, 0, XDP_PASS,
	 NO_COUNTER, false},
	{"unicast", IP4, "10.0.0.1", "10.0.0.2", 17, "", DATA, 0, 0, XDP_PASS, NO_COUNTER, false},
	{"broadcast", IP4, "10.0.0.1", "255.255.255.255", 17, "", DATA, 0, 0, XDP_PASS, NO_COUNTER,
	 false},
	{"client data", IP4, "10.0.0.1", "239.9.9.9", 17, "", DATA, 0, 0, XDP_DROP,
	 MUPI_STAT_CLIENT_DATA, false},
	{"client data passed", IP4, "10.0.0.1", "239.9.9.9", 17, "", DATA, 0,
	 MUPI_PORT_PASS_CLIENT_DATA, XDP_PASS, MUPI_STAT_PASSED, false},
	{"nobody asked", IP4, "10.0.0.1", "239.9.9.9", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_DROP, MUPI_STAT_NO_MEMBER, false},
	{"any source", IP4, "10.0.0.1", "232.1.1.1", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"any source, options", IP4, "10.0.0.1", "232.1.1.1", 17, "94040000", DATA, 0,
	 MUPI_PORT_UPSTREAM, XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"later fragment", IP4, "10.0.0.1", "232.1.1.1", 17, "", DATA, 0x2005, MUPI_PORT_UPSTREAM,
	 XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"not udp", IP4, "10.0.0.1", "232.1.1.1", 132, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"blocked source", IP4, "10.0.0.66", "232.1.1.1", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_DROP, MUPI_STAT_NO_MEMBER, false},
	{"replicated", IP4, "10.0.0.1", "232.1.1.2", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"mld2 report", IP6, "fe80::1", "ff02::16", 0, HBH_ALERT, MLD2, 0, 0, XDP_DROP,
	 MUPI_STAT_PUNTED, true},
	{"mld2 report without hbh", IP6, "fe80::1", "ff02::16", 58, "", MLD2, 0, 0, XDP_DROP,
	 MUPI_STAT_PUNTED, true},
	{"mld2 report behind options", IP6, "fe80::1", "ff02::16", 0, "3c00050200000100" OPTIONS,
	 MLD2, 0, 0, XDP_DROP, MUPI_STAT_PUNTED, true},
	{"mld2 report behind routing", IP6, "fe80::1", "ff02::16", 43, "3a00000000000000", MLD2, 0,
	 0, XDP_DROP, MUPI_STAT_PUNTED, true},
	{"mld query", IP6, "fe80::1", "ff02::1", 0, HBH_ALERT, MLD_Q, 0, MUPI_PORT_UPSTREAM,
	 XDP_DROP, MUPI_STAT_PUNTED, true},
	{"mld fragment", IP6, "fe80::1", "ff02::16", 44, "3a00000100000001", MLD2, 0, 0, XDP_DROP,
	 MUPI_STAT_MALFORMED, false},
	{"mld fragment behind options", IP6, "fe80::1", "ff02::16", 60,
	 "2c00010400000000"
	 "3c00000000000001" OPTIONS,
	 MLD2, 0, 0, XDP_DROP, MUPI_STAT_MALFORMED, false},
	{"neighbour solicitation", IP6, "fe80::1", "ff02::1:ff00:1", 58, "", "8700000000000000", 0,
	 0, XDP_PASS, MUPI_STAT_PUNTED, true},
	{"neighbour advertisement", IP6, "fe80::1", "fe80::2", 58, "", "8800000000000000", 0, 0,
	 XDP_PASS, MUPI_STAT_PUNTED, true},
	{"neighbour upstream", IP6, "fe80::1", "fe80::2", 58, "", "8800000000000000", 0,
	 MUPI_PORT_UPSTREAM, XDP_PASS, NO_COUNTER, false},
	{"echo request", IP6, "fe80::1", "fe80::2", 58, "", "8000000000000000", 0, 0, XDP_PASS,
	 NO_COUNTER, false},
	{"interface-local, flags", IP6, "fe80::1", "ff31::1", 17, "", DATA, 0, 0, XDP_PASS,
	 NO_COUNTER, false},
	{"link-local, flags", IP6, "fe80::1", "ff32::1", 17, "", DATA, 0, 0, XDP_PASS, NO_COUNTER,
	 false},
	{"pim6 hello", IP6, "fe80::1", "ff02::d", 103, "", "2000000000010002", 0,
	 MUPI_PORT_UPSTREAM, XDP_PASS, MUPI_STAT_PUNTED, true},
	{"unicast 6", IP6, "fd00::1", "fd00::2", 17, "", DATA, 0, 0, XDP_PASS, NO_COUNTER, false},
	{"client data 6", IP6, "fd00::1", "ff0e::9", 17, "", DATA, 0, 0, XDP_DROP,
	 MUPI_STAT_CLIENT_DATA, false},
	{"nobody asked 6", IP6, "fd00::1", "ff0e::9", 17, "", DATA, 0, MUPI_PORT_UPSTREAM, XDP_DROP,
	 MUPI_STAT_NO_MEMBER, false},
	{"any source 6", IP6, "fd00::1", "ff1e::1", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"any source 6, options", IP6, "fd00::1", "ff1e::1", 60, "1100010400000000", DATA, 0,
	 MUPI_PORT_UPSTREAM, XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"any source 6, fragment", IP6, "fd00::1", "ff1e::1", 44, "1100000800000001", DATA, 0,
	 MUPI_PORT_UPSTREAM, XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"blocked source 6", IP6, "fd00::66", "ff1e::1", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_DROP, MUPI_STAT_NO_MEMBER, false},
	{"outside every prefix", IP4, "10.2.0.1", "239.1.1.3", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_DROP, MUPI_STAT_NO_MEMBER, false},
	{"in a prefix", IP4, "10.1.9.9", "239.1.1.3", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"in a longer prefix", IP4, "10.1.2.9", "239.1.1.3", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_DROP, MUPI_STAT_NO_MEMBER, false},
	{"source within prefixes", IP4, "10.1.2.3", "239.1.1.3", 17, "", DATA, 0,
	 MUPI_PORT_UPSTREAM, XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"outside every prefix 6", IP6, "fd02::1", "ff3e::3", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_DROP, MUPI_STAT_NO_MEMBER, false},
	{"in a prefix 6", IP6, "fd01:0:0:9::9", "ff3e::3", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
	{"in a longer prefix 6", IP6, "fd01::2:9", "ff3e::3", 17, "", DATA, 0, MUPI_PORT_UPSTREAM,
	 XDP_DROP, MUPI_STAT_NO_MEMBER, false},
	{"source within prefixes 6", IP6, "fd01::2:3", "ff3e::3", 17, "", DATA, 0,
	 MUPI_PORT_UPSTREAM, XDP_REDIRECT, MUPI_STAT_FORWARDED, false},
};

const size_t n_fixtures = ARRAY_SIZE(fixtures);

static size_t put_hex(uint8_t *to, const char *hex)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned int byte = 0;

		sscanf(hex + 2 * i, "%2x", &byte);
		to[i] = (uint8_t)byte;
	}
	return n;
}

static void put16(uint8_t *to, size_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

size_t fixture_build(const struct fixture *f, int tags, uint8_t frame[static FRAME_MAX])
{
	size_t n = 12, l3, header;

	memset(frame, 0, FRAME_MAX);
	frame[0] = 1;
	for (; tags; tags--, n += 4)
		put16(frame + n, tags == 2 ? 0x88a8 : 0x8100);
	put16(frame + n, f->shape == IP4 ? 0x0800 : 0x86dd);
	l3 = n + 2;
	header = f->shape == IP4 ? 20 : 40;
	n = l3 + header;
	n += put_hex(frame + n, f->extra);
	if (f->shape == IP4) {
		frame[l3] = (uint8_t)(0x40 | (n - l3) / 4);
		put16(frame + l3 + 6, f->fragment);
		frame[l3 + 9] = (uint8_t)f->proto;
		inet_pton(AF_INET, f->source, frame + l3 + 12);
		inet_pton(AF_INET, f->group, frame + l3 + 16);
	} else {
		frame[l3] = 0x60;
		frame[l3 + 6] = (uint8_t)f->proto;
		inet_pton(AF_INET6, f->source, frame + l3 + 8);
		inet_pton(AF_INET6, f->group, frame + l3 + 24);
	}
	n += put_hex(frame + n, f->payload);
	if (f->shape == IP4)
		put16(frame + l3 + 2, n - l3);
	else
		put16(frame + l3 + 4, n - l3 - 40);
	return n;
}
