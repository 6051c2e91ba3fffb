/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IGMP and MLD as raw frames, for the tests' senders: right unless asked to be wrong.
 *
 * Packets are built here and not with the agent's builders: a mistake there must not cancel itself
 * out.
 */
#ifndef MUPI_TESTS_RAW_H
#define MUPI_TESTS_RAW_H

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct buffer {
	uint8_t data[1514];
	size_t len;
	size_t ip, message; /* where they begin */
};

/* What is around a message. */
struct envelope {
	int family;
	uint8_t from[16], to[16], mac[6];
	unsigned int ttl, extra; /* bytes behind the message (RFC 9279) */
	bool no_alert, bad_checksum;
};

static inline void __attribute__((noreturn)) fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(2);
}

static inline int parse_address(const char *text, uint8_t *ret)
{
	if (inet_pton(AF_INET, text, ret) == 1)
		return AF_INET;
	if (inet_pton(AF_INET6, text, ret) == 1)
		return AF_INET6;
	errno = EINVAL;
	fail(text);
}

static inline size_t size_of(int family)
{
	return family == AF_INET ? 4 : 16;
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static inline void put(struct buffer *b, const void *data, size_t len)
{
	if (b->len + len > sizeof(b->data)) {
		errno = EMSGSIZE;
		fail("message");
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

static inline void put8(struct buffer *b, unsigned int value)
{
	uint8_t byte = (uint8_t)value;

	put(b, &byte, 1);
}

static inline void put16(struct buffer *b, unsigned int value)
{
	put8(b, value >> 8);
	put8(b, value);
}

static inline void store16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline uint32_t sum16(const uint8_t *data, size_t len, uint32_t sum)
{
	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? data[i] : (uint32_t)data[i] << 8;
	return sum;
}

static inline unsigned int fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* ---- headers --------------------------------------------------------------------------------- */

static inline void put_ethernet(struct buffer *b, const struct envelope *e)
{
	uint8_t to[6] = {0x01, 0, 0x5e, e->to[1] & 0x7f, e->to[2], e->to[3]};

	if (e->family == AF_INET6) {
		to[0] = to[1] = 0x33;
		memcpy(to + 2, e->to + 12, 4);
	}
	put(b, to, 6);
	put(b, e->mac, 6);
	put16(b, e->family == AF_INET ? ETH_P_IP : ETH_P_IPV6);
}

static inline void put_ip4(struct buffer *b, const struct envelope *e)
{
	uint8_t head[12] = {e->no_alert ? 0x45 : 0x46, 0xc0, [8] = (uint8_t)e->ttl, IPPROTO_IGMP};
	static const uint8_t alert[] = {0x94, 4, 0, 0};

	put(b, head, sizeof(head));
	put(b, e->from, 4);
	put(b, e->to, 4);
	if (!e->no_alert)
		put(b, alert, sizeof(alert));
}

static inline void put_ip6(struct buffer *b, const struct envelope *e)
{
	uint8_t head[8] = {0x60, [6] = e->no_alert ? IPPROTO_ICMPV6 : 0, (uint8_t)e->ttl};
	static const uint8_t alert[] = {IPPROTO_ICMPV6, 0, 5, 2, 0, 0, 1, 0};

	put(b, head, sizeof(head));
	put(b, e->from, 16);
	put(b, e->to, 16);
	if (!e->no_alert)
		put(b, alert, sizeof(alert));
}

/* Then the message is put, with a checksum of 0. */
static inline void envelope_open(struct buffer *b, const struct envelope *e)
{
	b->len = 0;
	put_ethernet(b, e);
	b->ip = b->len;
	if (e->family == AF_INET)
		put_ip4(b, e);
	else
		put_ip6(b, e);
	b->message = b->len;
}

static inline void envelope_close(struct buffer *b, const struct envelope *e)
{
	uint8_t *ip = b->data + b->ip, *message = b->data + b->message;
	uint32_t sum = 0;
	size_t len;

	for (unsigned int i = 0; i < e->extra; i++)
		put8(b, 0xa5);
	len = b->len - b->message;
	if (e->family == AF_INET) {
		store16(ip + 2, (unsigned int)(b->len - b->ip));
		store16(ip + 10, fold(sum16(ip, b->message - b->ip, 0)));
	} else {
		store16(ip + 4, (unsigned int)(b->len - b->ip - 40));
		sum = sum16(ip + 8, 32, (uint32_t)len + IPPROTO_ICMPV6);
	}
	store16(message + 2, fold(sum16(message, len, sum)) ^ (e->bad_checksum ? 0xff : 0));
}

/* ---- socket ---------------------------------------------------------------------------------- */

static inline int raw_open(const char *interface, struct sockaddr_ll *ret)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	*ret = (struct sockaddr_ll){.sll_family = AF_PACKET};
	ret->sll_ifindex = (int)if_nametoindex(interface);
	if (fd < 0 || !ret->sll_ifindex)
		fail(interface);
	return fd;
}

static inline void raw_send(int fd, const struct buffer *b, const struct sockaddr_ll *to)
{
	while (sendto(fd, b->data, b->len, 0, (const struct sockaddr *)to, sizeof(*to)) < 0)
		if (errno != ENOBUFS)
			fail("sendto");
}

#endif
