// SPDX-License-Identifier: GPL-2.0-or-later
/* Frame to message: IP headers, and the rules that IGMP and MLD share. */
#include "wire/message.h"

#include "wire/wire.h"

#define IP_RA_OPTION	148 /* RFC 2113 */
#define IP6_HOP_BY_HOP	0
#define IP6_FRAGMENT	44
#define IP6_DESTINATION 60
#define IP6_RA_OPTION	5 /* RFC 2711 */

/* What the IP header says beyond the addresses. */
struct ip {
	const uint8_t *payload;
	size_t len;
	uint8_t proto;
	uint8_t ttl;
	bool router_alert;
};

const char *decode_error_name(enum decode_error error)
{
	static const char *const names[DECODE_ERRORS] = {
		[DECODE_OK] = "ok",
		[DECODE_TRUNCATED] = "truncated",
		[DECODE_BAD_CHECKSUM] = "bad_checksum",
		[DECODE_BAD_TTL] = "bad_ttl",
		[DECODE_NO_ROUTER_ALERT] = "no_router_alert",
		[DECODE_BAD_SOURCE] = "bad_source",
		[DECODE_BAD_DESTINATION] = "bad_destination",
		[DECODE_BAD_GROUP] = "bad_group",
		[DECODE_FRAGMENT] = "fragment",
		[DECODE_UNKNOWN_TYPE] = "unknown_type",
	};

	return error < DECODE_ERRORS ? names[error] : "unknown";
}

/* ---- addresses ------------------------------------------------------------------------------ */

static struct addr get_addr(enum family family, const uint8_t *p)
{
	return family == FAMILY_V4 ? addr_from_v4(p) : addr_from_v6(p);
}

void put_addr(uint8_t *p, enum family family, const struct addr *a)
{
	memcpy(p, a->b + sizeof(a->b) - addr_size(family), addr_size(family));
}

struct addr known_group(enum family family, enum known_group which)
{
	static const uint8_t low[][2] = {
		[GROUP_ALL_HOSTS] = {1, 0x01},
		[GROUP_ALL_ROUTERS] = {2, 0x02},
		[GROUP_REPORTS] = {22, 0x16},
		[GROUP_PIM_ROUTERS] = {13, 0x0d},
	};
	uint8_t v4[4] = {224, 0, 0, low[which][0]};
	uint8_t v6[16] = {0xff, 0x02, [15] = low[which][1]};

	return family == FAMILY_V4 ? addr_from_v4(v4) : addr_from_v6(v6);
}

/* A multicast address of the message's own family: ::ffff:224.1.1.1 in MLD is none. */
static bool is_group(const struct message *m, const struct addr *a)
{
	return addr_family(a) == m->family && addr_is_multicast(a);
}

static bool sent_to(const struct message *m, enum known_group which)
{
	struct addr a = known_group(m->family, which);

	return addr_eq(&m->destination, &a);
}

static bool sent_to_group(const struct message *m)
{
	return !addr_is_none(&m->group) && addr_eq(&m->destination, &m->group);
}

static bool destination_fits(const struct message *m)
{
	switch (m->type) {
	case MESSAGE_QUERY:
		/* RFC 9776 section 4.1.12, RFC 9777 section 5.1.15; Linux bridges ask about a group
		 * at all hosts. */
		return sent_to(m, GROUP_ALL_HOSTS) || sent_to_group(m);
	case MESSAGE_REPORT:
		/* RFC 9776 section 4.2.15, RFC 9777 section 5.2.15 */
		if (m->generation == 3)
			return sent_to(m, GROUP_REPORTS);
		/* The same: old reports are taken at any address that a router listens to. */
		return sent_to_group(m) || sent_to(m, GROUP_ALL_HOSTS) ||
		       sent_to(m, GROUP_ALL_ROUTERS) || sent_to(m, GROUP_REPORTS);
	case MESSAGE_LEAVE:
		/* RFC 2236 section 3: some hosts send it to the group. */
		return sent_to(m, GROUP_ALL_ROUTERS) || sent_to_group(m);
	case MESSAGE_PIM_HELLO:
		return sent_to(m, GROUP_PIM_ROUTERS);
	}
	return false;
}

static bool group_fits(const struct message *m)
{
	if (m->type == MESSAGE_PIM_HELLO || (m->type == MESSAGE_REPORT && m->generation == 3))
		return true;
	if (m->type == MESSAGE_QUERY && addr_is_none(&m->group))
		return true;
	return is_group(m, &m->group);
}

enum decode_error check_addresses(const struct message *m)
{
	if (!group_fits(m))
		return DECODE_BAD_GROUP;
	return destination_fits(m) ? DECODE_OK : DECODE_BAD_DESTINATION;
}

/* ---- records and sources -------------------------------------------------------------------- */

/* Bytes of the record at `p`, or 0 when it does not end within `len`. */
static size_t record_size(enum family family, const uint8_t *p, size_t len)
{
	size_t size = record_header_size(family);

	if (len < size)
		return 0;
	/* RFC 9776 section 4.2.7, RFC 9777 section 5.2.7: auxiliary data counts in 32-bit words. */
	size += get16(p + 2) * addr_size(family) + p[1] * 4u;
	return size <= len ? size : 0;
}

enum decode_error check_records(struct message *m, const uint8_t *p, size_t len)
{
	size_t used = 0;

	for (unsigned int i = 0; i < m->n; i++) {
		size_t size = record_size(m->family, p + used, len - used);

		if (!size)
			return DECODE_TRUNCATED;
		used += size;
	}
	/* What follows is an extension (RFC 9279) or additional data (RFC 9776 section 4.2.12). */
	m->data = p;
	m->data_len = used;
	return DECODE_OK;
}

enum decode_error check_sources(struct message *m, const uint8_t *p, size_t len)
{
	size_t used = m->n * addr_size(m->family);

	if (used > len)
		return DECODE_TRUNCATED;
	/* RFC 9776 section 4.1.8, RFC 9777 section 5.1.10: a general query names no source. */
	if (m->n && addr_is_none(&m->group))
		return DECODE_BAD_GROUP;
	m->data = p;
	m->data_len = used;
	return DECODE_OK;
}

bool message_next_record(const struct message *m, size_t *offset, struct record *ret)
{
	if (m->type != MESSAGE_REPORT || m->generation != 3)
		return false;
	while (*offset < m->data_len) {
		const uint8_t *p = m->data + *offset;
		size_t size = record_size(m->family, p, m->data_len - *offset);
		struct addr group;

		if (!size)
			return false;
		*offset += size;
		group = get_addr(m->family, p + 4);
		/* RFC 9776 section 4.2.13, RFC 9777 section 5.2.13: unknown types are ignored. */
		if (p[0] < RECORD_IS_IN || p[0] > RECORD_BLOCK || !is_group(m, &group))
			continue;
		*ret = (struct record){
			.type = (enum record_type)p[0],
			.group = group,
			.n_sources = get16(p + 2),
			.family = m->family,
			.sources = p + record_header_size(m->family),
		};
		return true;
	}
	return false;
}

struct addr record_source(const struct record *r, unsigned int i)
{
	return get_addr(r->family, r->sources + i * addr_size(r->family));
}

struct addr message_query_source(const struct message *m, unsigned int i)
{
	return get_addr(m->family, m->data + i * addr_size(m->family));
}

/* ---- IP headers ----------------------------------------------------------------------------- */

/* `p` points at the options, `end` behind them; both families start an option with type and length.
 */
static bool ip4_router_alert(const uint8_t *p, const uint8_t *end)
{
	while (p < end && *p != 0) {
		if (*p == 1) {
			p++;
			continue;
		}
		if (end - p < 2 || p[1] < 2 || p[1] > end - p)
			return false;
		if (p[0] == IP_RA_OPTION && p[1] == 4)
			return true;
		p += p[1];
	}
	return false;
}

static bool ip6_router_alert(const uint8_t *p, const uint8_t *end)
{
	while (p < end) {
		if (*p == 0) {
			p++;
			continue;
		}
		if (end - p < 2 || p[1] + 2 > end - p)
			return false;
		/* RFC 2711 section 2.1: value 0 is "contains MLD". */
		if (p[0] == IP6_RA_OPTION && p[1] == 2 && !get16(p + 2))
			return true;
		p += p[1] + 2;
	}
	return false;
}

static enum decode_error decode_ip4(const uint8_t *p, size_t len, struct ip *ip, struct message *m)
{
	size_t header, total;

	if (len < 20)
		return DECODE_TRUNCATED;
	if (p[0] >> 4 != 4)
		return DECODE_UNKNOWN_TYPE;
	header = (p[0] & 0x0f) * 4u;
	total = get16(p + 2);
	if (header < 20 || total < header || total > len)
		return DECODE_TRUNCATED;
	if (get16(p + 6) & 0x3fff)
		return DECODE_FRAGMENT;
	ip->payload = p + header;
	ip->len = total - header;
	ip->ttl = p[8];
	ip->proto = p[9];
	ip->router_alert = ip4_router_alert(p + 20, p + header);
	m->family = FAMILY_V4;
	m->source = addr_from_v4(p + 12);
	m->destination = addr_from_v4(p + 16);
	return DECODE_OK;
}

/* Steps over the options headers in front of the message. */
static enum decode_error skip_ip6_options(struct ip *ip)
{
	while (ip->proto == IP6_HOP_BY_HOP || ip->proto == IP6_DESTINATION) {
		size_t size;

		if (ip->len < 8)
			return DECODE_TRUNCATED;
		size = (ip->payload[1] + 1u) * 8;
		if (size > ip->len)
			return DECODE_TRUNCATED;
		if (ip->proto == IP6_HOP_BY_HOP)
			ip->router_alert = ip6_router_alert(ip->payload + 2, ip->payload + size);
		ip->proto = ip->payload[0];
		ip->payload += size;
		ip->len -= size;
	}
	return ip->proto == IP6_FRAGMENT ? DECODE_FRAGMENT : DECODE_OK;
}

static enum decode_error decode_ip6(const uint8_t *p, size_t len, struct ip *ip, struct message *m)
{
	if (len < 40)
		return DECODE_TRUNCATED;
	if (p[0] >> 4 != 6)
		return DECODE_UNKNOWN_TYPE;
	if (get16(p + 4) > len - 40)
		return DECODE_TRUNCATED;
	ip->payload = p + 40;
	ip->len = get16(p + 4);
	ip->proto = p[6];
	ip->ttl = p[7];
	ip->router_alert = false;
	m->family = FAMILY_V6;
	m->source = addr_from_v6(p + 8);
	m->destination = addr_from_v6(p + 24);
	return skip_ip6_options(ip);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static enum decode_error decode_payload(const struct ip *ip, struct message *m)
{
	if (ip->proto == PROTO_PIM)
		return pim_decode(ip->payload, ip->len, m);
	if (m->family == FAMILY_V4 && ip->proto == PROTO_IGMP)
		return igmp_decode(ip->payload, ip->len, m);
	if (m->family == FAMILY_V6 && ip->proto == PROTO_ICMPV6)
		return mld_decode(ip->payload, ip->len, m);
	return DECODE_UNKNOWN_TYPE;
}

/*
 * RFC 9776 section 4.2.14 lets a host without an address report from 0.0.0.0. RFC 9777
 * sections 5.1.14 and 5.2.14 want a link-local source; what comes from :: is for snooping switches
 * and not for routers.
 */
static bool source_fits(const struct message *m)
{
	static const uint8_t broadcast[4] = {255, 255, 255, 255};

	if (m->family == FAMILY_V6)
		return addr_is_link_local(&m->source);
	return !addr_is_multicast(&m->source) && memcmp(m->source.b + 12, broadcast, 4) != 0;
}

static bool needs_router_alert(const struct message *m, bool strict)
{
	if (m->type == MESSAGE_PIM_HELLO)
		return false;
	/* RFC 9777 section 5 for MLD; RFC 9776 section 4 for IGMP, which version 1 does not know.
	 */
	return m->family == FAMILY_V6 || (strict && m->generation > 1);
}

enum decode_error message_decode(const uint8_t *frame, size_t len, size_t l3, uint16_t proto,
				 bool strict_router_alert, struct message *ret)
{
	struct message m = {.group = ADDR_NONE};
	enum decode_error error = DECODE_UNKNOWN_TYPE;
	struct ip ip;

	if (len < l3)
		return DECODE_TRUNCATED;
	if (proto == ETHERTYPE_IP)
		error = decode_ip4(frame + l3, len - l3, &ip, &m);
	else if (proto == ETHERTYPE_IPV6)
		error = decode_ip6(frame + l3, len - l3, &ip, &m);
	if (!error)
		error = decode_payload(&ip, &m);
	if (error)
		return error;
	if (!source_fits(&m))
		return DECODE_BAD_SOURCE;
	if (ip.ttl != 1)
		return DECODE_BAD_TTL;
	if (needs_router_alert(&m, strict_router_alert) && !ip.router_alert)
		return DECODE_NO_ROUTER_ALERT;
	if (l3 >= sizeof(struct ether_header))
		memcpy(m.source_mac, frame + ETH_ALEN, ETH_ALEN);
	*ret = m;
	return DECODE_OK;
}
