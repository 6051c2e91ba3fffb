/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the decoders and builders of this folder share; nobody else includes it. */
#ifndef MUPI_WIRE_H
#define MUPI_WIRE_H

#include "wire/message.h"

#define IGMP_QUERY     0x11 /* RFC 9776 section 4 */
#define IGMP_V1_REPORT 0x12 /* RFC 1112 appendix I */
#define IGMP_V2_REPORT 0x16 /* RFC 2236 section 2.1 */
#define IGMP_LEAVE     0x17 /* RFC 2236 section 2.1 */
#define IGMP_V3_REPORT 0x22 /* RFC 9776 section 4 */

#define MLD_QUERY     130 /* RFC 2710 section 3.1 */
#define MLD_REPORT    131 /* RFC 2710 section 3.1 */
#define MLD_DONE      132 /* RFC 2710 section 3.1 */
#define MLD_V2_REPORT 143 /* RFC 9777 section 5.2 */

#define PROTO_IGMP   2
#define PROTO_ICMPV6 58
#define PROTO_PIM    103

/* Sizes on the wire. */
#define IGMP_LEN     8	/* every IGMPv1 and v2 message, and the fixed part of a v3 report */
#define IGMP_V3_QLEN 12 /* fixed part of a v3 query */
#define MLD_LEN	     24 /* every MLDv1 message */
#define MLD_V2_QLEN  28 /* fixed part of a v2 query */
#define MLD_V2_RLEN  8	/* fixed part of a v2 report */

/* Well-known groups. */
enum known_group {
	GROUP_ALL_HOSTS,   /* 224.0.0.1, ff02::1 */
	GROUP_ALL_ROUTERS, /* 224.0.0.2, ff02::2 */
	GROUP_REPORTS,	   /* 224.0.0.22, ff02::16: routers of generation 3 */
	GROUP_PIM_ROUTERS, /* 224.0.0.13, ff02::d */
};

struct addr known_group(enum family family, enum known_group which);

static inline size_t addr_size(enum family family)
{
	return family == FAMILY_V4 ? 4 : 16;
}

/* Fixed part of a group record: type, aux length, number of sources, group. */
static inline size_t record_header_size(enum family family)
{
	return 4 + addr_size(family);
}

static inline uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline void put16(uint8_t *p, unsigned int value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

void put_addr(uint8_t *p, enum family family, const struct addr *a);

/* Sum of the IPv6 pseudo-header (RFC 8200 section 8.1), to be handed to inet_checksum(). */
uint32_t pseudo_sum(const struct addr *source, const struct addr *destination, uint8_t proto,
		    size_t len);

/* Last step of every decoder: the group, and where the message may be sent to. */
enum decode_error check_addresses(const struct message *m);

/* Sets data and data_len of a report with m->n records that start at `p`. */
enum decode_error check_records(struct message *m, const uint8_t *p, size_t len);

/* Sets data and data_len of a query with m->n sources that start at `p`. */
enum decode_error check_sources(struct message *m, const uint8_t *p, size_t len);

/* Called by message_decode() with the bytes behind the IP header(s). */
enum decode_error igmp_decode(const uint8_t *payload, size_t len, struct message *m);
enum decode_error mld_decode(const uint8_t *payload, size_t len, struct message *m);
enum decode_error pim_decode(const uint8_t *payload, size_t len, struct message *m);

#endif
