// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as an IPv4 frame, and as the body of a well-formed one so that checksums don't hide the
 * rest. */
#include "wire/message.h"

#define L3 14
#define L4 (L3 + 20)

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

	if (message_decode(frame, len, l3, ETHERTYPE_IP, false, &m))
		return;
	sink ^= walk(&m);
	(void)sink;
}

/* The destination that lets the most through: of reports, PIM, leaves, queries. */
static uint8_t last_byte(uint8_t type)
{
	switch (type) {
	case 0x22:
		return 22;
	case 0x20:
		return 13;
	case 0x17:
		return 2;
	default:
		return 1;
	}
}

static void decode_wrapped(const uint8_t *data, size_t size)
{
	static const uint8_t head[] = {0x45, 0xc0, 0,  0, 0, 0, 0,   0, 1, 2,
				       0,    0,	   10, 0, 0, 7, 224, 0, 0};
	uint8_t *frame = xcalloc(1, L4 + size);
	uint16_t check;

	memcpy(frame + L3, head, sizeof(head));
	frame[L3 + 2] = (uint8_t)((20 + size) >> 8);
	frame[L3 + 3] = (uint8_t)(20 + size);
	frame[L3 + 9] = data[0] == 0x20 ? 103 : 2;
	frame[L3 + 19] = last_byte(data[0]);
	memcpy(frame + L4, data, size);
	memset(frame + L4 + 2, 0, 2);
	check = inet_checksum(frame + L4, size, 0);
	memcpy(frame + L4 + 2, &check, 2);
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
