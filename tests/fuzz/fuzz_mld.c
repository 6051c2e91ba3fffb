// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as an IPv6 frame, and as the body of a well-formed one so that checksums don't hide the
 * rest. */
#include "wire/message.h"

#define L3 14
#define L4 (L3 + 48)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t fold(const struct addr *a)
{
	uint8_t x = 0;

	for (size_t i = 0; i < sizeof(a->b); i++)
		x ^= a->b[i];
	return x;
}

/* Reads every byte that the decoder vouched for. */
static uint8_t walk(const struct message *m)
{
	struct record r;
	size_t offset = 0;
	uint8_t x = 0;

	if (m->type == MESSAGE_QUERY)
		for (unsigned int i = 0; i < m->n; i++) {
			struct addr a = message_query_source(m, i);

			x ^= fold(&a);
		}
	while (message_next_record(m, &offset, &r))
		for (unsigned int i = 0; i < r.n_sources; i++) {
			struct addr a = record_source(&r, i);

			x ^= fold(&a);
		}
	for (size_t i = 0; i < m->data_len; i++)
		x ^= m->data[i];
	return x;
}

static void decode(const uint8_t *frame, size_t len, size_t l3)
{
	volatile uint8_t sink = 0;
	struct message m;

	if (message_decode(frame, len, l3, ETHERTYPE_IPV6, false, &m))
		return;
	sink ^= walk(&m);
	(void)sink;
}

/* The destination that lets the most through: of reports, PIM, done, queries. */
static uint8_t last_byte(uint8_t type)
{
	switch (type) {
	case 143:
		return 0x16;
	case 0x20:
		return 0x0d;
	case 132:
		return 2;
	default:
		return 1;
	}
}

/* RFC 8200 section 8.1; the frame's own checksum field is 0. */
static void seal(uint8_t *frame, size_t size, uint8_t proto)
{
	uint8_t pseudo[8] = {[2] = (uint8_t)(size >> 8), [3] = (uint8_t)size, [7] = proto};
	uint32_t sum = (uint16_t)~inet_checksum(pseudo, sizeof(pseudo), 0);
	uint16_t check;

	sum += (uint16_t)~inet_checksum(frame + L3 + 8, 32, 0);
	check = inet_checksum(frame + L4, size, sum);
	memcpy(frame + L4 + 2, &check, 2);
}

static void decode_wrapped(const uint8_t *data, size_t size)
{
	static const uint8_t from[] = {0xfe, 0x80}, to[] = {0xff, 0x02};
	static const uint8_t hop_by_hop[] = {58, 0, 5, 2, 0, 0, 1, 0};
	uint8_t *frame = xcalloc(1, L4 + size);

	frame[L3] = 0x60;
	frame[L3 + 4] = (uint8_t)((8 + size) >> 8);
	frame[L3 + 5] = (uint8_t)(8 + size);
	frame[L3 + 7] = 1;
	memcpy(frame + L3 + 8, from, sizeof(from));
	frame[L3 + 23] = 7;
	memcpy(frame + L3 + 24, to, sizeof(to));
	frame[L3 + 39] = last_byte(data[0]);
	memcpy(frame + L3 + 40, hop_by_hop, sizeof(hop_by_hop));
	if (data[0] == 0x20)
		frame[L3 + 40] = 103;
	memcpy(frame + L4, data, size);
	memset(frame + L4 + 2, 0, 2);
	seal(frame, size, frame[L3 + 40]);
	decode(frame, L4 + size, L3);
	freep(&frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode(data, size, L3);
	decode(data, size, 0);
	if (size >= 4 && size <= 2000)
		decode_wrapped(data, size);
	return 0;
}
