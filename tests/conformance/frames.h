/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of rows.h as raw frames; data frames of each source; and what comes out of the proxy.
 */
#ifndef MUPI_TEST_FRAMES_H
#define MUPI_TEST_FRAMES_H

#include "conformance/script.h"
#include "tools/raw.h"

#define DATA_PORT 5001

/* Whom a row is about. */
struct cast {
	int family;
	uint8_t group[16], clients[2][16];
	unsigned int response; /* of queries, ms: the last member query interval */
	unsigned int interval; /* of queries, s */
};

static inline void source_address(int family, char digit, uint8_t *ret)
{
	char text[64];

	snprintf(text, sizeof(text), "%s%c", family == AF_INET ? SOURCE_NET4 : SOURCE_NET6, digit);
	parse_address(text, ret);
}

static inline void put_sources(struct buffer *b, int family, const char *sources)
{
	uint8_t address[16];

	for (; *sources; sources++) {
		source_address(family, *sources, address);
		put(b, address, size_of(family));
	}
}

/* Type, code, checksum; MLD has the response time apart. */
static inline void put_head(struct buffer *b, const struct cast *c, unsigned int igmp,
			    unsigned int mld, unsigned int response)
{
	bool v6 = c->family == AF_INET6;

	put8(b, v6 ? mld : igmp);
	put8(b, v6 ? 0 : response / 100);
	put16(b, 0);
	if (v6) {
		put16(b, response);
		put16(b, 0);
	}
}

static inline void put_report(struct buffer *b, const struct cast *c, const struct word *w)
{
	put8(b, c->family == AF_INET ? 0x22 : 143);
	put8(b, 0);
	put16(b, 0);
	put16(b, 0);
	put16(b, 1);
	put8(b, w->kind);
	put8(b, 0);
	put16(b, (unsigned int)strlen(w->sources));
	put(b, c->group, size_of(c->family));
	put_sources(b, c->family, w->sources);
}

static inline void put_query(struct buffer *b, const struct cast *c, const struct word *w)
{
	put_head(b, c, 0x11, 130, c->response);
	put(b, c->group, size_of(c->family));
	put8(b, (w->suppress ? 8 : 0) | 2);
	put8(b, c->interval);
	put16(b, (unsigned int)strlen(w->sources));
	put_sources(b, c->family, w->sources);
}

static inline void put_old(struct buffer *b, const struct cast *c, const struct word *w)
{
	if (w->kind == WORD_LEAVE)
		put_head(b, c, 0x17, 132, 0);
	else
		put_head(b, c, w->kind == WORD_V1 ? 0x12 : 0x16, 131, 0);
	put(b, c->group, size_of(c->family));
}

/* Where a message goes: reports of today to all routers of today, leaves to all routers. */
static inline void destination(const struct cast *c, const struct word *w, uint8_t *ret)
{
	bool v6 = c->family == AF_INET6;

	memcpy(ret, c->group, 16);
	if (w->kind <= WORD_BLOCK)
		parse_address(v6 ? "ff02::16" : "224.0.0.22", ret);
	else if (w->kind == WORD_LEAVE)
		parse_address(v6 ? "ff02::2" : "224.0.0.2", ret);
}

static inline void frame_say(struct buffer *b, const struct cast *c, const struct word *w)
{
	struct envelope e = {.family = c->family, .ttl = 1, .mac = {2, 0xaa, 0, 0, 0, w->other}};

	memcpy(e.from, c->clients[w->other], 16);
	/* The lowest address asks. */
	if (w->kind == WORD_QUERY)
		parse_address(c->family == AF_INET ? "10.100.0.1" : "fe80::1", e.from);
	e.no_alert = w->kind == WORD_V1;
	destination(c, w, e.to);
	envelope_open(b, &e);
	if (w->kind == WORD_QUERY)
		put_query(b, c, w);
	else if (w->kind <= WORD_BLOCK)
		put_report(b, c, w);
	else
		put_old(b, c, w);
	envelope_close(b, &e);
}

/* One packet of multicast data, from a source, with a number. */
static inline void frame_data(struct buffer *b, int family, const uint8_t *group, char source,
			      uint32_t serial)
{
	struct envelope e = {.family = family, .ttl = 16, .mac = {2, 0xbb}, .no_alert = true};
	uint8_t udp[12] = {0, 1, DATA_PORT >> 8, DATA_PORT & 0xff, 0, sizeof(udp)};

	source_address(family, source, e.from);
	memcpy(e.to, group, 16);
	memcpy(udp + 8, &serial, 4);
	envelope_open(b, &e);
	b->data[b->ip + (family == AF_INET ? 9 : 6)] = IPPROTO_UDP;
	put(b, udp, sizeof(udp));
	/* The checksums of envelope_close() are of other protocols; UDP's is left out. */
	if (family == AF_INET) {
		store16(b->data + b->ip + 2, (unsigned int)(b->len - b->ip));
		store16(b->data + b->ip + 10, fold(sum16(b->data + b->ip, 20, 0)));
	} else {
		store16(b->data + b->ip + 4, sizeof(udp));
	}
}

/* What came out of a port: data of a source, or a specific query. */
struct heard {
	int family;
	bool data, suppress;
	uint8_t group[16];
	char sources[8];
	uint32_t serial;
};

static inline bool hear_query(const uint8_t *m, const uint8_t *end, struct heard *ret)
{
	size_t size = size_of(ret->family), head = ret->family == AF_INET ? 4 : 8, n;

	if (end - m < (long)(head + size + 4) || m[0] != (ret->family == AF_INET ? 0x11 : 130))
		return false;
	memcpy(ret->group, m + head, size);
	m += head + size;
	ret->suppress = m[0] & 8;
	n = (size_t)(m[2] << 8 | m[3]);
	if (n >= sizeof(ret->sources) || end - m < (long)(4 + n * size))
		return false;
	for (size_t i = 0; i < n; i++)
		ret->sources[i] = (char)('0' + m[4 + (i + 1) * size - 1]);
	return true;
}

static inline bool hear_data(const uint8_t *ip, const uint8_t *udp, const uint8_t *end,
			     struct heard *ret)
{
	size_t size = size_of(ret->family), from = ret->family == AF_INET ? 12 : 8;

	if (end - udp < 12 || (udp[2] << 8 | udp[3]) != DATA_PORT)
		return false;
	ret->data = true;
	ret->sources[0] = (char)('0' + ip[from + size - 1]);
	memcpy(ret->group, ip + from + size, size);
	memcpy(&ret->serial, udp + 8, 4);
	return true;
}

/* False for all that is neither. */
static inline bool frame_hear(const uint8_t *frame, size_t len, struct heard *ret)
{
	const uint8_t *ip = frame + ETH_HLEN, *end = frame + len;

	memset(ret, 0, sizeof(*ret));
	if (len < ETH_HLEN + 20)
		return false;
	if (frame[12] == 8 && frame[13] == 0)
		ret->family = AF_INET;
	else if (frame[12] == 0x86 && frame[13] == 0xdd)
		ret->family = AF_INET6;
	else
		return false;
	if (ret->family == AF_INET && ip[9] == IPPROTO_IGMP)
		return hear_query(ip + 4 * (ip[0] & 15), end, ret);
	if (ret->family == AF_INET)
		return ip[9] == IPPROTO_UDP && hear_data(ip, ip + 20, end, ret);
	if (ip[6] == 0)
		return hear_query(ip + 48, end, ret);
	return ip[6] == IPPROTO_UDP && hear_data(ip, ip + 40, end, ret);
}

#endif
