// SPDX-License-Identifier: GPL-2.0-or-later
/* Building frames. */
#include <errno.h>

#include "wire/wire.h"

#define IP4_LEN 24 /* with the Router Alert option */
#define IP6_LEN 48 /* with the hop-by-hop header */

static size_t limit(size_t mtu)
{
	return MIN(ETH_HLEN + mtu, sizeof(((struct frame *)NULL)->data));
}

/* RFC 1112 section 6.4, RFC 2464 section 7 */
static void put_group_mac(uint8_t *mac, enum family family, const struct addr *group)
{
	static const uint8_t v4[3] = {0x01, 0x00, 0x5e};

	if (family == FAMILY_V4) {
		memcpy(mac, v4, 3);
		mac[3] = group->b[13] & 0x7f;
		memcpy(mac + 4, group->b + 14, 2);
	} else {
		mac[0] = mac[1] = 0x33;
		memcpy(mac + 2, group->b + 12, 4);
	}
}

/* RFC 9776 section 4: TTL 1, precedence Internetwork Control, Router Alert. */
static void put_ip4(uint8_t *ip, const struct sender *from, const struct addr *to)
{
	ip[0] = 0x40 | IP4_LEN / 4;
	ip[1] = 0xc0;
	ip[6] = 0x40; /* don't fragment */
	ip[8] = 1;
	ip[9] = PROTO_IGMP;
	put_addr(ip + 12, FAMILY_V4, &from->v4);
	put_addr(ip + 16, FAMILY_V4, to);
	ip[20] = 0x94; /* RFC 2113 */
	ip[21] = 4;
}

/* RFC 9777 section 5: hop limit 1, Router Alert in a hop-by-hop header. */
static void put_ip6(uint8_t *ip, const struct sender *from, const struct addr *to)
{
	static const uint8_t hop_by_hop[8] = {PROTO_ICMPV6, 0, 5, 2, 0, 0, 1, 0};

	ip[0] = 0x60;
	ip[7] = 1;
	put_addr(ip + 8, FAMILY_V6, &from->v6);
	put_addr(ip + 24, FAMILY_V6, to);
	memcpy(ip + 40, hop_by_hop, sizeof(hop_by_hop));
}

/* Writes all headers and `size` zero bytes of message. Returns the message. */
static uint8_t *start(struct frame *f, enum family family, const struct sender *from,
		      const struct addr *to, size_t size)
{
	size_t ip_len = family == FAMILY_V4 ? IP4_LEN : IP6_LEN;

	f->family = family;
	f->n_records = 0;
	f->l4 = ETH_HLEN + ip_len;
	f->len = f->l4 + size;
	memset(f->data, 0, f->len);
	put_group_mac(f->data, family, to);
	memcpy(f->data + ETH_ALEN, from->mac, ETH_ALEN);
	if (family == FAMILY_V4) {
		put16(f->data + 12, ETHERTYPE_IP);
		put_ip4(f->data + ETH_HLEN, from, to);
	} else {
		put16(f->data + 12, ETHERTYPE_IPV6);
		put_ip6(f->data + ETH_HLEN, from, to);
	}
	return f->data + f->l4;
}

/* Lengths and checksums, once the message is complete. */
static void finish(struct frame *f)
{
	uint8_t *ip = f->data + ETH_HLEN, *p = f->data + f->l4;
	size_t size = f->len - f->l4;
	uint32_t sum = 0;
	uint16_t check;

	if (f->family == FAMILY_V4) {
		put16(ip + 2, (unsigned int)(f->len - ETH_HLEN));
		memset(ip + 10, 0, 2);
		check = inet_checksum(ip, IP4_LEN, 0);
		memcpy(ip + 10, &check, 2);
	} else {
		struct addr source = addr_from_v6(ip + 8), destination = addr_from_v6(ip + 24);

		put16(ip + 4, (unsigned int)(f->len - ETH_HLEN - 40));
		sum = pseudo_sum(&source, &destination, PROTO_ICMPV6, size);
	}
	memset(p + 2, 0, 2);
	check = inet_checksum(p, size, sum);
	memcpy(p + 2, &check, 2);
}

/* ---- queries -------------------------------------------------------------------------------- */

static size_t query_size(enum family family, unsigned int generation)
{
	if (family == FAMILY_V4)
		return generation == 3 ? IGMP_V3_QLEN : IGMP_LEN;
	return generation == 3 ? MLD_V2_QLEN : MLD_LEN;
}

/* Max Resp Time in tenths of a second. Version 2 must not say 0: that is how version 1 looks. */
static uint8_t igmp_response_code(const struct query *q)
{
	usec_t tenths = MIN(q->max_response / (USEC_PER_SEC / 10), 65535);

	if (q->generation == 1)
		return 0;
	if (!tenths && (q->generation == 2 || q->max_response))
		tenths = 1;
	return q->generation == 2 ? (uint8_t)MIN(tenths, 255) : code8_encode((unsigned int)tenths);
}

static uint16_t mld_response_code(const struct query *q)
{
	usec_t msec = MIN(q->max_response / USEC_PER_MSEC, 1u << 30);

	return q->generation == 3 ? code16_encode((unsigned int)msec) : (uint16_t)MIN(msec, 65535);
}

/* The 4 bytes that generation 3 adds: flags, QRV, QQIC, number of sources. */
static void put_query_tail(uint8_t *tail, const struct query *q, unsigned int n_sources)
{
	usec_t seconds = MIN(q->query_interval / USEC_PER_SEC, 65535);

	/* RFC 9776 section 4.1.6, RFC 9777 section 5.1.8: a robustness above 7 is sent as 0. */
	tail[0] = (uint8_t)((q->suppress ? 0x08 : 0) | (q->robustness <= 7 ? q->robustness : 0));
	tail[1] = code8_encode((unsigned int)seconds);
	put16(tail + 2, n_sources);
}

static unsigned int add_query_sources(struct frame *f, const struct query *q, size_t mtu)
{
	size_t size = addr_size(f->family), room = limit(mtu);
	unsigned int n = 0;

	if (addr_is_none(&q->group))
		return 0;
	for (; n < q->n_sources && f->len + size <= room; n++, f->len += size)
		put_addr(f->data + f->len, f->family, &q->sources[n]);
	return n;
}

unsigned int frame_query(struct frame *f, enum family family, const struct sender *from,
			 const struct query *q, size_t mtu)
{
	struct addr to = addr_is_none(&q->group) ? known_group(family, GROUP_ALL_HOSTS) : q->group;
	size_t size = query_size(family, q->generation);
	uint8_t *p = start(f, family, from, &to, size);
	unsigned int n = 0;

	if (family == FAMILY_V4) {
		p[0] = IGMP_QUERY;
		p[1] = igmp_response_code(q);
		put_addr(p + 4, family, &q->group);
	} else {
		p[0] = MLD_QUERY;
		put16(p + 4, mld_response_code(q));
		put_addr(p + 8, family, &q->group);
	}
	if (q->generation == 3) {
		n = add_query_sources(f, q, mtu);
		put_query_tail(p + size - 4, q, n);
	}
	finish(f);
	return n;
}

/* ---- reports -------------------------------------------------------------------------------- */

void frame_report_start(struct frame *f, enum family family, const struct sender *from)
{
	struct addr to = known_group(family, GROUP_REPORTS);
	uint8_t *p = start(f, family, from, &to, MLD_V2_RLEN);

	p[0] = family == FAMILY_V4 ? IGMP_V3_REPORT : MLD_V2_REPORT;
}

bool frame_report_fits(const struct frame *f, size_t mtu, unsigned int n_sources)
{
	return f->len + record_header_size(f->family) + n_sources * addr_size(f->family) <=
	       limit(mtu);
}

int frame_report_add(struct frame *f, size_t mtu, enum record_type type, const struct addr *group,
		     const struct addr *sources, unsigned int n_sources)
{
	size_t size = addr_size(f->family), header = record_header_size(f->family);
	size_t room = limit(mtu) - MIN(f->len, limit(mtu));
	uint8_t *p = f->data + f->len;
	unsigned int n;

	if (room < header + (n_sources ? size : 0))
		return -ENOSPC;
	n = (unsigned int)MIN(n_sources, (room - header) / size);
	p[0] = (uint8_t)type;
	p[1] = 0;
	put16(p + 2, n);
	put_addr(p + 4, f->family, group);
	for (unsigned int i = 0; i < n; i++)
		put_addr(p + header + i * size, f->family, &sources[i]);
	f->len += header + n * size;
	f->n_records++;
	return (int)n;
}

void frame_report_finish(struct frame *f)
{
	/* The flags in front of the count stay 0: no extension (RFC 9279 section 3). */
	put16(f->data + f->l4 + 6, f->n_records);
	finish(f);
}

static void old_message(struct frame *f, enum family family, const struct sender *from,
			uint8_t type, const struct addr *to, const struct addr *group)
{
	uint8_t *p = start(f, family, from, to, family == FAMILY_V4 ? IGMP_LEN : MLD_LEN);

	p[0] = type;
	put_addr(p + (family == FAMILY_V4 ? 4 : 8), family, group);
	finish(f);
}

/* RFC 2236 section 9, RFC 2710 section 8: to the group. */
void frame_old_report(struct frame *f, enum family family, const struct sender *from,
		      unsigned int generation, const struct addr *group)
{
	uint8_t type = generation == 1 ? IGMP_V1_REPORT : IGMP_V2_REPORT;

	old_message(f, family, from, family == FAMILY_V4 ? type : MLD_REPORT, group, group);
}

/* RFC 2236 section 9, RFC 2710 section 8: to all routers. */
void frame_old_leave(struct frame *f, enum family family, const struct sender *from,
		     const struct addr *group)
{
	struct addr to = known_group(family, GROUP_ALL_ROUTERS);

	old_message(f, family, from, family == FAMILY_V4 ? IGMP_LEAVE : MLD_DONE, &to, group);
}
