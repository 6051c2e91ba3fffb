// SPDX-License-Identifier: GPL-2.0-or-later
/* Decode, check what the decoder promises, and read every byte that it vouched for. */
#include "fuzz/fuzz.h"

static uint8_t fold(const struct addr *a)
{
	uint8_t x = 0;

	for (size_t i = 0; i < sizeof(a->b); i++)
		x ^= a->b[i];
	return x;
}

static void check(const struct message *m)
{
	CHECK(m->generation >= 1 && m->generation <= 3);
	CHECK(m->family != FAMILY_V6 || m->generation != 1);
	CHECK(m->type != MESSAGE_QUERY || !m->n || addr_is_multicast(&m->group));
	CHECK(m->type != MESSAGE_LEAVE || addr_is_multicast(&m->group));
	CHECK(m->type != MESSAGE_REPORT || m->generation == 3 || addr_is_multicast(&m->group));
	CHECK(addr_is_none(&m->group) || addr_family(&m->group) == m->family);
	CHECK(addr_family(&m->source) == m->family && !addr_is_multicast(&m->source));
}

static uint8_t walk(const struct message *m)
{
	struct record r;
	size_t offset = 0;
	unsigned int records = 0;
	uint8_t x = 0;

	for (unsigned int i = 0; m->type == MESSAGE_QUERY && i < m->n; i++) {
		struct addr a = message_query_source(m, i);

		x ^= fold(&a);
	}
	while (message_next_record(m, &offset, &r)) {
		CHECK(++records <= m->n && offset <= m->data_len);
		CHECK(r.family == m->family && addr_is_multicast(&r.group));
		for (unsigned int i = 0; i < r.n_sources; i++) {
			struct addr a = record_source(&r, i);

			x ^= fold(&a);
		}
	}
	for (size_t i = 0; i < m->data_len; i++)
		x ^= m->data[i];
	return x;
}

/* In memory of its own, so that one byte beyond it is seen. */
static void decode(enum family family, const uint8_t *data, size_t size, size_t l3)
{
	uint16_t proto = family == FAMILY_V4 ? ETHERTYPE_IP : ETHERTYPE_IPV6;
	uint8_t *copy = xcalloc(1, size + !size);
	volatile uint8_t sink = 0;
	struct message m;

	memcpy(copy, data, size);
	for (int strict = 0; strict < 2; strict++)
		if (!message_decode(copy, size, l3, proto, strict, &m)) {
			check(&m);
			sink ^= walk(&m);
		}
	(void)sink;
	free(copy);
}

void fuzz_decoder(enum family family, const uint8_t *data, size_t size)
{
	static const uint8_t v4[] = {10, 0, 0, 7}, v6[16] = {0xfe, 0x80, [15] = 7};
	struct addr source = family == FAMILY_V4 ? addr_from_v4(v4) : addr_from_v6(v6);
	uint8_t frame[WRAP_ROOM];

	decode(family, data, size, ETH_HLEN);
	decode(family, data, size, 0);
	if (size >= WRAP_MIN && size <= WRAP_MAX)
		decode(family, frame, wrap(frame, family, &source, data, size), ETH_HLEN);
}
