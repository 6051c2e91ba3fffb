// SPDX-License-Identifier: GPL-2.0-or-later
/* PIM version 2 Hello: RFC 7761 section 4.9.2. Nothing else of PIM is read. */
#include "wire/wire.h"

#define PIM_V2_HELLO	 0x20
#define OPTION_HOLDTIME	 1
#define DEFAULT_HOLDTIME (105 * USEC_PER_SEC) /* RFC 7761 section 4.11 */
#define HOLDTIME_FOREVER 0xffff

static enum decode_error decode_options(const uint8_t *p, size_t len, struct message *m)
{
	while (len >= 4) {
		size_t size = get16(p + 2);

		if (size > len - 4)
			return DECODE_TRUNCATED;
		if (get16(p) == OPTION_HOLDTIME && size == 2)
			m->holdtime = get16(p + 4) == HOLDTIME_FOREVER
					      ? USEC_NEVER
					      : get16(p + 4) * USEC_PER_SEC;
		p += 4 + size;
		len -= 4 + size;
	}
	return len ? DECODE_TRUNCATED : DECODE_OK;
}

enum decode_error pim_decode(const uint8_t *payload, size_t len, struct message *m)
{
	uint32_t sum = 0;
	enum decode_error error;

	if (len < 4)
		return DECODE_TRUNCATED;
	if (payload[0] != PIM_V2_HELLO)
		return DECODE_UNKNOWN_TYPE;
	/* RFC 7761 section 4.9: only over IPv6 with a pseudo-header. */
	if (m->family == FAMILY_V6)
		sum = pseudo_sum(&m->source, &m->destination, PROTO_PIM, len);
	if (inet_checksum(payload, len, sum))
		return DECODE_BAD_CHECKSUM;
	m->type = MESSAGE_PIM_HELLO;
	m->generation = 2;
	m->holdtime = DEFAULT_HOLDTIME;
	error = decode_options(payload + 4, len - 4, m);
	return error ? error : check_addresses(m);
}
