// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows and requests as strings of bits. */
#include "policy/murt_pattern.h"

#include <endian.h>

/* A row with a client (source) prefix wants a request whose client (source) is known. */
#define CLIENT_KNOWN (1ULL << 31)
#define SOURCE_KNOWN (1ULL << 30)

/* Where a field begins. */
struct place {
	unsigned int word, shift;
};

static struct place client_place(enum family family)
{
	return (struct place){0, family == FAMILY_V4 ? 32 : 0};
}

static struct place group_place(enum family family)
{
	return (struct place){family == FAMILY_V4 ? 0 : 2, 0};
}

static struct place port_place(enum family family)
{
	return (struct place){family == FAMILY_V4 ? 1 : 4, 32};
}

static struct place source_place(enum family family)
{
	return (struct place){family == FAMILY_V4 ? 1 : 5, 0};
}

unsigned int pattern_words(enum family family, bool any_source)
{
	if (family == FAMILY_V4)
		return 2;
	return any_source ? 5 : 7;
}

/* `n` ones from the top of 64. */
static uint64_t ones(unsigned int n)
{
	return n >= 64 ? UINT64_MAX : ~(UINT64_MAX >> n);
}

static void put_prefix(const struct prefix *p, enum family family, struct place at,
		       struct ternary *pattern)
{
	if (family == FAMILY_V4) {
		pattern[at.word].value |= (uint64_t)be32toh(p->addr.w[3]) << at.shift;
		pattern[at.word].mask |= ones(p->len) >> 32 << at.shift;
		return;
	}
	for (unsigned int i = 0; i < 2; i++) {
		unsigned int from = i * 64;

		pattern[at.word + i].value = be64toh(p->addr.q[i]);
		pattern[at.word + i].mask = p->len > from ? ones(p->len - from) : 0;
	}
}

static void put_bits(uint64_t bits, struct place at, struct ternary *pattern)
{
	pattern[at.word].value |= bits << at.shift;
	pattern[at.word].mask |= bits << at.shift;
}

void pattern_of_row(const struct murt_row *row, enum family family, bool any_source,
		    struct ternary pattern[static PATTERN_WORDS])
{
	struct place port = port_place(family);

	memset(pattern, 0, PATTERN_WORDS * sizeof(*pattern));
	if (row->client.len) {
		put_prefix(&row->client, family, client_place(family), pattern);
		put_bits(CLIENT_KNOWN, port, pattern);
	}
	if (row->group.len)
		put_prefix(&row->group, family, group_place(family), pattern);
	if (row->downstream) {
		pattern[port.word].value |= (uint64_t)row->downstream << port.shift;
		pattern[port.word].mask |= (uint64_t)MURT_MAX_PORT << port.shift;
	}
	if (row->source.len && !any_source) {
		put_prefix(&row->source, family, source_place(family), pattern);
		put_bits(SOURCE_KNOWN, port, pattern);
	}
}

static void put_addr(const struct addr *a, enum family family, struct place at, uint64_t *bits)
{
	if (family == FAMILY_V4) {
		bits[at.word] |= (uint64_t)be32toh(a->w[3]) << at.shift;
		return;
	}
	bits[at.word] = be64toh(a->q[0]);
	bits[at.word + 1] = be64toh(a->q[1]);
}

void pattern_of_request(const struct murt_request *request, enum family family,
			uint64_t bits[static PATTERN_WORDS])
{
	uint64_t port = request->downstream <= MURT_MAX_PORT ? request->downstream : 0;
	struct place at = port_place(family);

	memset(bits, 0, PATTERN_WORDS * sizeof(*bits));
	put_addr(&request->client, family, client_place(family), bits);
	put_addr(&request->group, family, group_place(family), bits);
	put_addr(&request->source, family, source_place(family), bits);
	if (!addr_is_zero(&request->client) && addr_family(&request->client) == family)
		port |= CLIENT_KNOWN;
	if (!addr_is_zero(&request->source) && addr_family(&request->source) == family)
		port |= SOURCE_KNOWN;
	bits[at.word] |= port << at.shift;
}

static struct prefix get_prefix(const struct ternary *pattern, enum family family, struct place at)
{
	const struct ternary *word = &pattern[at.word];
	struct prefix p = {0};

	if (family == FAMILY_V4) {
		uint32_t be = htobe32((uint32_t)(word->value >> at.shift));

		p.addr = addr_from_v4(&be);
		p.len = (uint8_t)__builtin_popcount((uint32_t)(word->mask >> at.shift));
	} else {
		p.addr.q[0] = htobe64(word[0].value);
		p.addr.q[1] = htobe64(word[1].value);
		p.len = (uint8_t)(__builtin_popcountll(word[0].mask) +
				  __builtin_popcountll(word[1].mask));
	}
	p.family = (uint8_t)family;
	return p.len ? p : (struct prefix){0};
}

struct prefix pattern_source(const struct ternary *pattern, enum family family)
{
	struct place port = port_place(family);

	if (!(pattern[port.word].mask & SOURCE_KNOWN << port.shift))
		return (struct prefix){0};
	return get_prefix(pattern, family, source_place(family));
}

void pattern_to_row(const struct ternary *pattern, enum family family, struct murt_row *ret)
{
	struct place port = port_place(family);

	ret->client = get_prefix(pattern, family, client_place(family));
	ret->group = get_prefix(pattern, family, group_place(family));
	ret->source = pattern_source(pattern, family);
	ret->downstream = pattern[port.word].value >> port.shift & MURT_MAX_PORT;
}

void pattern_open_source(enum family family, uint64_t known[static PATTERN_WORDS])
{
	struct place port = port_place(family), source = source_place(family);

	memset(known, 0xff, PATTERN_WORDS * sizeof(*known));
	known[port.word] &= ~(SOURCE_KNOWN << port.shift);
	if (family == FAMILY_V4)
		known[source.word] &= ~(uint64_t)UINT32_MAX;
	else
		known[source.word] = known[source.word + 1] = 0;
}
