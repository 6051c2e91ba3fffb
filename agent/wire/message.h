/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IGMP and MLD messages, decoded into one shape and built from one shape. Pure functions on bytes:
 * no allocation, no I/O, every length checked.
 *
 * "Generation" hides the families' numbering: 1 is IGMPv1, 2 is IGMPv2 and MLDv1, 3 is IGMPv3 and
 * MLDv2.
 */
#ifndef MUPI_MESSAGE_H
#define MUPI_MESSAGE_H

#include <net/ethernet.h>

#include "lib/addr.h"
#include "lib/util.h"

enum message_type {
	MESSAGE_QUERY,	/* group ADDR_NONE: general; sources: group-and-source-specific */
	MESSAGE_REPORT, /* generation 1 and 2: `group`; generation 3: records */
	MESSAGE_LEAVE,	/* IGMPv2 Leave Group, MLDv1 Done */
	MESSAGE_PIM_HELLO,
};

/* RFC 9776 section 4.2.13 and RFC 9777 section 5.2.13; the wire values are the same. */
enum record_type {
	RECORD_IS_IN = 1,
	RECORD_IS_EX = 2,
	RECORD_TO_IN = 3,
	RECORD_TO_EX = 4,
	RECORD_ALLOW = 5,
	RECORD_BLOCK = 6,
};

/* Why a packet was refused; each has a counter, named by decode_error_name(). */
enum decode_error {
	DECODE_OK,
	DECODE_TRUNCATED, /* shorter than its lengths say */
	DECODE_BAD_CHECKSUM,
	DECODE_BAD_TTL,		/* TTL or hop limit is not 1 */
	DECODE_NO_ROUTER_ALERT, /* MLD without it (RFC 9777 section 5) */
	DECODE_BAD_SOURCE, /* MLD not from a link-local address; a source that is no unicast address
			    */
	DECODE_BAD_DESTINATION, /* not where this message is sent to */
	DECODE_BAD_GROUP,	/* not a multicast address */
	DECODE_FRAGMENT,
	DECODE_UNKNOWN_TYPE, /* DVMRP, mtrace, …: not ours */
	DECODE_ERRORS,
};

const char *decode_error_name(enum decode_error error); /* "bad_checksum", … */

/* A decoded message. Points into the packet it came from. */
struct message {
	enum message_type type;
	enum family family;
	unsigned int generation;
	struct addr source;	 /* of the IP header; 0.0.0.0 is possible, :: is not */
	struct addr destination; /* of the IP header */
	struct addr group;	 /* query, leave, report of generation 1 and 2 */
	uint8_t source_mac[ETH_ALEN];
	/* queries */
	usec_t max_response;
	usec_t query_interval;	 /* 0: not said (generation 1 and 2) */
	unsigned int robustness; /* 0: not said */
	bool suppress;
	/* queries: `n` source addresses; reports of generation 3: `n` records */
	unsigned int n;
	const uint8_t *data;
	size_t data_len;
	/* PIM Hello */
	usec_t holdtime;
};

/* One group record of a report of generation 3, or the source list of a query. */
struct record {
	enum record_type type; /* unknown types are skipped by message_next_record() */
	struct addr group;
	unsigned int n_sources;
	enum family family;
	const uint8_t *sources;
};

/*
 * Decode a frame. `l3` is the offset of the IP header, `proto` ETH_P_IP or ETH_P_IPV6 (host order).
 * With `strict_router_alert`, IGMPv2 and v3 need the IPv4 Router Alert option too. Trailing bytes
 * behind the IP length (Ethernet padding) and RFC 9279 extensions are accepted and ignored. Returns
 * DECODE_OK and fills *ret, or the reason with *ret untouched.
 */
enum decode_error message_decode(const uint8_t *frame, size_t len, size_t l3, uint16_t proto,
				 bool strict_router_alert, struct message *ret);

/*
 * The records of a report, one call each: `*offset` starts at 0. False when there is none left.
 * message_decode() has checked all lengths. Records of unknown type (RFC 9776 section 4.2.13:
 * silently ignored) and of groups that are no multicast address are skipped.
 */
bool message_next_record(const struct message *m, size_t *offset, struct record *ret);
struct addr record_source(const struct record *r, unsigned int i);	   /* i < n_sources */
struct addr message_query_source(const struct message *m, unsigned int i); /* i < n */

/* Floating-point codes of RFC 9776 sections 4.1.1 and 4.1.7 (8 bits) and RFC 9777 section 5.1.3 (16
 * bits). */
unsigned int code8_decode(uint8_t code);
uint8_t code8_encode(unsigned int value);
unsigned int code16_decode(uint16_t code);
uint16_t code16_encode(unsigned int value);

uint16_t inet_checksum(const void *data, size_t len,
		       uint32_t sum); /* RFC 1071, result in wire order */

/* Who sends: the port's own addresses. */
struct sender {
	uint8_t mac[ETH_ALEN];
	struct addr v4; /* source of IGMP; 0.0.0.0 when the port has none */
	struct addr v6; /* link-local source of MLD; :: when there is none */
};

/* A frame under construction: Ethernet, IP with Router Alert, IGMP or MLD. */
struct frame {
	uint8_t data[2048];
	size_t len;
	/* private to the builders */
	size_t l4;
	unsigned int n_records;
	enum family family;
};

struct query {
	unsigned int generation;
	struct addr group; /* ADDR_NONE: general */
	usec_t max_response;
	usec_t query_interval;
	unsigned int robustness;
	bool suppress;
	const struct addr *sources;
	unsigned int n_sources;
};

/* Build a query, to all hosts or to its group. Sources beyond what fits `mtu` are left out: returns
 * how many fit. */
unsigned int frame_query(struct frame *f, enum family family, const struct sender *from,
			 const struct query *q, size_t mtu);

/*
 * Build a report of generation 3: start, add records until one does not fit, finish (lengths,
 * checksums). `mtu` is the size of the IP packet at most, 576 … 2000.
 */
void frame_report_start(struct frame *f, enum family family, const struct sender *from);
/* Adds as many of the sources as fit. Returns how many were added, or -ENOSPC when not even an
 * empty record (or, with sources, one of them) fits any more; the frame is then unchanged. */
int frame_report_add(struct frame *f, size_t mtu, enum record_type type, const struct addr *group,
		     const struct addr *sources, unsigned int n_sources);
/* Does a record with that many sources fit as a whole? */
bool frame_report_fits(const struct frame *f, size_t mtu, unsigned int n_sources);
void frame_report_finish(struct frame *f);

/* Build a report or leave of generation 1 or 2. */
void frame_old_report(struct frame *f, enum family family, const struct sender *from,
		      unsigned int generation, const struct addr *group);
void frame_old_leave(struct frame *f, enum family family, const struct sender *from,
		     const struct addr *group);

#endif
