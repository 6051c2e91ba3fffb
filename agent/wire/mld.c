// SPDX-License-Identifier: GPL-2.0-or-later
/* MLD messages: RFC 2710, RFC 9777. */
#include "wire/wire.h"

/* RFC 9777 section 5.1 */
static enum decode_error decode_v2_query(const uint8_t *p, size_t len, struct message *m)
{
	m->generation = 3;
	m->max_response = code16_decode(get16(p + 4)) * USEC_PER_MSEC;
	m->suppress = p[24] & 0x08;
	m->robustness = p[24] & 0x07;
	m->query_interval = code8_decode(p[25]) * USEC_PER_SEC;
	m->n = get16(p + 26);
	return check_sources(m, p + MLD_V2_QLEN, len - MLD_V2_QLEN);
}

/* RFC 9777 section 8.1 tells the versions by length. */
static enum decode_error decode_query(const uint8_t *p, size_t len, struct message *m)
{
	m->type = MESSAGE_QUERY;
	m->group = addr_from_v6(p + 8);
	if (len >= MLD_V2_QLEN)
		return decode_v2_query(p, len, m);
	if (len != MLD_LEN)
		return DECODE_TRUNCATED;
	m->generation = 2;
	m->max_response = get16(p + 4) * USEC_PER_MSEC;
	return DECODE_OK;
}

static enum decode_error decode_old(const uint8_t *p, enum message_type type, struct message *m)
{
	m->type = type;
	m->generation = 2;
	m->group = addr_from_v6(p + 8);
	return DECODE_OK;
}

/* RFC 9777 section 5.2 */
static enum decode_error decode_v2_report(const uint8_t *p, size_t len, struct message *m)
{
	m->type = MESSAGE_REPORT;
	m->generation = 3;
	m->n = get16(p + 6);
	return check_records(m, p + MLD_V2_RLEN, len - MLD_V2_RLEN);
}

static enum decode_error decode_body(const uint8_t *p, size_t len, struct message *m)
{
	switch (p[0]) {
	case MLD_QUERY:
		return decode_query(p, len, m);
	case MLD_REPORT:
		return decode_old(p, MESSAGE_REPORT, m);
	case MLD_DONE:
		return decode_old(p, MESSAGE_LEAVE, m);
	default:
		return decode_v2_report(p, len, m);
	}
}

static bool is_mld(uint8_t type)
{
	return (type >= MLD_QUERY && type <= MLD_DONE) || type == MLD_V2_REPORT;
}

enum decode_error mld_decode(const uint8_t *payload, size_t len, struct message *m)
{
	enum decode_error error;

	/* The rest of ICMPv6 is somebody else's, whatever it looks like. */
	if (len && !is_mld(payload[0]))
		return DECODE_UNKNOWN_TYPE;
	if (len < (len && payload[0] == MLD_V2_REPORT ? MLD_V2_RLEN : MLD_LEN))
		return DECODE_TRUNCATED;
	if (inet_checksum(payload, len, pseudo_sum(&m->source, &m->destination, PROTO_ICMPV6, len)))
		return DECODE_BAD_CHECKSUM;
	error = decode_body(payload, len, m);
	return error ? error : check_addresses(m);
}
