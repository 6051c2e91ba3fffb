// SPDX-License-Identifier: GPL-2.0-or-later
/* IGMP messages: RFC 1112, RFC 2236, RFC 9776. */
#include "wire/wire.h"

#define TENTH (USEC_PER_SEC / 10)

/* RFC 9776 section 4.1 */
static enum decode_error decode_v3_query(const uint8_t *p, size_t len, struct message *m)
{
	m->generation = 3;
	m->max_response = code8_decode(p[1]) * TENTH;
	m->suppress = p[8] & 0x08;
	m->robustness = p[8] & 0x07;
	m->query_interval = code8_decode(p[9]) * USEC_PER_SEC;
	m->n = get16(p + 10);
	return check_sources(m, p + IGMP_V3_QLEN, len - IGMP_V3_QLEN);
}

/* RFC 9776 section 7.1 tells the versions by length and code. */
static enum decode_error decode_query(const uint8_t *p, size_t len, struct message *m)
{
	m->type = MESSAGE_QUERY;
	if (get16(p + 4) | get16(p + 6))
		m->group = addr_from_v4(p + 4);
	if (len >= IGMP_V3_QLEN)
		return decode_v3_query(p, len, m);
	if (len != IGMP_LEN)
		return DECODE_TRUNCATED;
	if (p[1]) {
		m->generation = 2;
		m->max_response = p[1] * TENTH;
		return DECODE_OK;
	}
	m->generation = 1;
	m->max_response = 100 * TENTH; /* RFC 2236 section 4 */
	m->group = ADDR_NONE;	       /* RFC 1112 appendix I: ignored when received */
	return DECODE_OK;
}

static enum decode_error decode_old(const uint8_t *p, enum message_type type,
				    unsigned int generation, struct message *m)
{
	m->type = type;
	m->generation = generation;
	m->group = addr_from_v4(p + 4);
	return DECODE_OK;
}

/* RFC 9776 section 4.2 */
static enum decode_error decode_v3_report(const uint8_t *p, size_t len, struct message *m)
{
	m->type = MESSAGE_REPORT;
	m->generation = 3;
	m->n = get16(p + 6);
	return check_records(m, p + IGMP_LEN, len - IGMP_LEN);
}

static enum decode_error decode_body(const uint8_t *p, size_t len, struct message *m)
{
	switch (p[0]) {
	case IGMP_QUERY:
		return decode_query(p, len, m);
	case IGMP_V1_REPORT:
		return decode_old(p, MESSAGE_REPORT, 1, m);
	case IGMP_V2_REPORT:
		return decode_old(p, MESSAGE_REPORT, 2, m);
	case IGMP_LEAVE:
		return decode_old(p, MESSAGE_LEAVE, 2, m);
	case IGMP_V3_REPORT:
		return decode_v3_report(p, len, m);
	default:
		return DECODE_UNKNOWN_TYPE;
	}
}

enum decode_error igmp_decode(const uint8_t *payload, size_t len, struct message *m)
{
	enum decode_error error;

	if (len < IGMP_LEN)
		return DECODE_TRUNCATED;
	/* RFC 9776 section 4.1.2: over the whole IP payload, and before anything else is believed.
	 */
	if (inet_checksum(payload, len, 0))
		return DECODE_BAD_CHECKSUM;
	error = decode_body(payload, len, m);
	return error ? error : check_addresses(m);
}
