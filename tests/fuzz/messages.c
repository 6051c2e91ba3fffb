// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages that arrive: built by the builders or from raw bytes, read by the decoder. */
#include "fuzz/world.h"

#define MANY 255

/* Who speaks, from the bits of a byte: port, address, family. */
struct speaker {
	unsigned int port;
	enum family family;
	struct sender sender;
};

static struct addr nth(enum family family, const char *v4, const char *v6, uint8_t n)
{
	struct addr a = ADDR_NONE;

	CHECK(!addr_parse(family == FAMILY_V4 ? v4 : v6, &a));
	a.b[15] = (uint8_t)(a.b[15] + n);
	return a;
}

/* Six clients, the lowest of all addresses, and the address of port 1 itself. Each has a MAC
 * address of its own and one that others use, too. */
static struct speaker take_speaker(struct input *in)
{
	uint8_t x = take(in), client = x >> 2 & 7, host = x & 0x20 ? 0 : client;
	struct speaker s = {.port = x & 3, .sender.mac = {2, 0, 0, 0, 1, host}};

	s.family = x & 0x80 ? FAMILY_V6 : FAMILY_V4;
	if (x & 0x40)
		s.port = N_DOWNSTREAM + (x & 3) % N_UPSTREAM;
	if (client == 6)
		s.sender.v4 = addr_zero(FAMILY_V4);
	else
		s.sender.v4 = nth(FAMILY_V4, client == 7 ? "10.0.0.1" : "10.0.1.0", "", client % 7);
	s.sender.v6 = nth(FAMILY_V6, "", client == 7 ? "fe80::1" : "fe80::100", client % 7);
	return s;
}

/* Two of any source, one of SSM, one of link-local scope. */
struct addr nth_group(enum family family, uint8_t n)
{
	static const char *const groups[][2] = {{"239.1.1.1", "ff1e::1"},
						{"239.1.1.2", "ff1e::2"},
						{"232.1.1.1", "ff3e::1"},
						{"224.0.0.251", "ff02::fb"}};

	return nth(family, groups[n % 4][0], groups[n % 4][1], 0);
}

struct addr nth_source(enum family family, uint8_t n)
{
	return nth(family, "10.0.9.1", "2001:db8::1", n);
}

/* A bit for each of six sources, one that is a group, and one that is no address. */
static unsigned int take_sources(struct input *in, enum family family, struct addr list[static 8])
{
	uint8_t mask = take(in);
	unsigned int n = 0;

	for (uint8_t i = 0; i < 6; i++)
		if (mask >> i & 1)
			list[n++] = nth_source(family, i);
	if (mask & 0x40)
		list[n++] = nth_group(family, 0);
	if (mask & 0x80)
		list[n++] = addr_zero(family);
	return n;
}

static void deliver(struct world *w, unsigned int port, enum family family, const uint8_t *data,
		    size_t len)
{
	uint16_t proto = family == FAMILY_V4 ? ETHERTYPE_IP : ETHERTYPE_IPV6;
	struct message m;

	if (message_decode(data, len, ETH_HLEN, proto, false, &m))
		return;
	if (m.type == MESSAGE_QUERY)
		router_ask(w, port, &m);
	proxy_input(w->proxy, port, &m, w->now);
}

static void deliver_frame(struct world *w, const struct speaker *s, const struct frame *f)
{
	deliver(w, s->port, s->family, f->data, f->len);
}

static void add_record(struct input *in, const struct speaker *s, struct frame *f)
{
	enum record_type type = 1 + take(in) % 6;
	struct addr list[8], group = nth_group(s->family, take(in));
	unsigned int n = take_sources(in, s->family, list);

	CHECK(frame_report_add(f, 1500, type, &group, list, n) == (int)n);
}

static void report(struct world *w, struct input *in, unsigned int records)
{
	struct speaker s = take_speaker(in);
	struct frame f;

	frame_report_start(&f, s.family, &s.sender);
	for (unsigned int i = 0; i < records; i++)
		add_record(in, &s, &f);
	frame_report_finish(&f);
	deliver_frame(w, &s, &f);
}

void message_record(struct world *w, struct input *in)
{
	report(w, in, 1);
}

void message_records(struct world *w, struct input *in)
{
	report(w, in, 2 + take(in) % 3);
}

/* More sources than one report upstream has room for. */
void message_many_sources(struct world *w, struct input *in)
{
	struct speaker s = take_speaker(in);
	enum record_type type = 1 + take(in) % 6;
	struct addr list[MANY], group = nth_group(s.family, take(in));
	unsigned int first = take(in), n = take(in);
	struct frame f;

	for (unsigned int i = 0; i < n; i++) {
		list[i] = nth_source(s.family, 0);
		list[i].b[14] = (uint8_t)(list[i].b[14] + (first + i) / 256);
		list[i].b[15] = (uint8_t)(first + i);
	}
	frame_report_start(&f, s.family, &s.sender);
	CHECK(frame_report_add(&f, 2000, type, &group, list, n) >= 0);
	frame_report_finish(&f);
	deliver_frame(w, &s, &f);
}

void message_old_report(struct world *w, struct input *in)
{
	struct speaker s = take_speaker(in);
	uint8_t generation = 1 + take(in) % 2;
	struct addr group = nth_group(s.family, take(in));
	struct frame f;

	frame_old_report(&f, s.family, &s.sender, generation, &group);
	deliver_frame(w, &s, &f);
}

void message_old_leave(struct world *w, struct input *in)
{
	struct speaker s = take_speaker(in);
	struct addr group = nth_group(s.family, take(in));
	struct frame f;

	frame_old_leave(&f, s.family, &s.sender, &group);
	deliver_frame(w, &s, &f);
}

void message_query(struct world *w, struct input *in)
{
	struct speaker s = take_speaker(in);
	uint8_t how = take(in), response = take(in), interval = take(in), group = take(in);
	struct addr list[8];
	unsigned int n = take_sources(in, s.family, list);
	struct query q = {
		.generation = 1 + (how & 3) % 3,
		.group = how & 0x04 ? nth_group(s.family, group) : ADDR_NONE,
		.max_response = response * (how & 0x08 ? USEC_PER_SEC : USEC_PER_SEC / 10),
		.query_interval = interval * USEC_PER_SEC,
		.robustness = how >> 5,
		.suppress = how & 0x10,
		.sources = list,
		.n_sources = n,
	};
	struct frame f;

	frame_query(&f, s.family, &s.sender, &q, 1500);
	deliver_frame(w, &s, &f);
}

/* The client has another address, which may be that of others, too. */
void message_neighbour(struct world *w, struct input *in)
{
	struct speaker s = take_speaker(in);
	struct neighbour n = {.addr = nth(s.family, "10.0.1.0", "2001:db8:1::", take(in) % 20)};

	memcpy(n.mac, s.sender.mac, ETH_ALEN);
	proxy_neighbour(w->proxy, s.port, &n, w->now);
}

void message_bytes(struct world *w, struct input *in)
{
	struct speaker s = take_speaker(in);
	const struct addr *source = s.family == FAMILY_V4 ? &s.sender.v4 : &s.sender.v6;
	size_t size = take(in);
	uint8_t frame[WRAP_ROOM];

	size = MIN(size, in->len);
	if (size >= WRAP_MIN)
		deliver(w, s.port, s.family, frame, wrap(frame, s.family, source, in->data, size));
	in->data += size;
	in->len -= size;
}
