// SPDX-License-Identifier: GPL-2.0-or-later
/* IPv4 and IPv6 addresses and prefixes in one shape. */
#include "lib/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "lib/util.h"

#define V4_OFFSET 12 /* bytes of ::ffff:0:0/96 in front of an IPv4 address */

static const uint8_t v4_mapped[V4_OFFSET] = {[10] = 0xff, [11] = 0xff};

static unsigned int family_bits(enum family family)
{
	return family == FAMILY_V4 ? 32 : 128;
}

enum family addr_family(const struct addr *a)
{
	return memcmp(a->b, v4_mapped, sizeof(v4_mapped)) ? FAMILY_V6 : FAMILY_V4;
}

struct addr addr_from_v4(const void *be32)
{
	struct addr a = ADDR_NONE;

	memcpy(a.b, v4_mapped, sizeof(v4_mapped));
	memcpy(a.b + V4_OFFSET, be32, 4);
	return a;
}

struct addr addr_from_v6(const void *bytes16)
{
	struct addr a;

	memcpy(a.b, bytes16, sizeof(a.b));
	return a;
}

struct addr addr_zero(enum family family)
{
	static const uint8_t zero[4];

	return family == FAMILY_V4 ? addr_from_v4(zero) : ADDR_NONE;
}

bool addr_is_zero(const struct addr *a)
{
	struct addr v4 = addr_zero(FAMILY_V4);

	return addr_is_none(a) || addr_eq(a, &v4);
}

bool addr_is_multicast(const struct addr *a)
{
	if (addr_family(a) == FAMILY_V4)
		return a->b[V4_OFFSET] >> 4 == 0xe;
	return a->b[0] == 0xff;
}

bool addr_is_link_local_group(const struct addr *a)
{
	static const uint8_t local[3] = {224, 0, 0};

	if (addr_family(a) == FAMILY_V4)
		return !memcmp(a->b + V4_OFFSET, local, sizeof(local));
	return a->b[0] == 0xff && (a->b[1] & 0x0f) <= 2;
}

bool addr_is_link_local(const struct addr *a)
{
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

struct addr addr_link_local(const uint8_t mac[static 6])
{
	return (struct addr){
		.b = {0xfe, 0x80, [8] = mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4],
		      mac[5]},
	};
}

int addr_parse(const char *text, struct addr *ret)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		*ret = addr_from_v4(bytes);
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		*ret = addr_from_v6(bytes);
	else
		return -EINVAL;
	return 0;
}

int prefix_parse(const char *text, struct prefix *ret)
{
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	char head[ADDR_STRLEN];
	enum family family;
	struct addr a;
	long len;

	if (n >= sizeof(head))
		return -EINVAL;
	memcpy(head, text, n);
	head[n] = '\0';
	if (addr_parse(head, &a))
		return -EINVAL;
	family = addr_family(&a);
	len = family_bits(family);
	if (slash && parse_long(slash + 1, 0, len, &len))
		return -EINVAL;
	*ret = (struct prefix){
		.addr = addr_mask(&a, family, (unsigned int)len),
		.family = (uint8_t)family,
		.len = (uint8_t)len,
	};
	return 0;
}

static void format_any(const struct addr *a, char buf[static ADDR_STRLEN])
{
	if (addr_family(a) == FAMILY_V4)
		inet_ntop(AF_INET, a->b + V4_OFFSET, buf, ADDR_STRLEN);
	else
		inet_ntop(AF_INET6, a->b, buf, ADDR_STRLEN);
}

const char *addr_format(const struct addr *a, char buf[static ADDR_STRLEN])
{
	buf[0] = '\0';
	if (!addr_is_none(a))
		format_any(a, buf);
	return buf;
}

const char *prefix_format(const struct prefix *p, char buf[static PREFIX_STRLEN])
{
	size_t n;

	buf[0] = '\0';
	if (!p->family)
		return buf;
	format_any(&p->addr, buf);
	n = strlen(buf);
	if (p->len < family_bits(p->family))
		snprintf(buf + n, PREFIX_STRLEN - n, "/%u", p->len);
	return buf;
}

bool prefix_match(const struct prefix *p, const struct addr *a)
{
	struct addr masked;

	if (!p->family)
		return true;
	if (addr_family(a) != p->family)
		return false;
	masked = addr_mask(a, p->family, p->len);
	return addr_eq(&masked, &p->addr);
}

struct addr addr_mask(const struct addr *a, enum family family, unsigned int len)
{
	unsigned int keep = 128 - family_bits(family) + MIN(len, family_bits(family));
	struct addr masked = ADDR_NONE;

	memcpy(masked.b, a->b, keep / 8);
	if (keep % 8)
		masked.b[keep / 8] = a->b[keep / 8] & (uint8_t)(0xff00 >> (keep % 8));
	return masked;
}

bool prefix_covers(const struct prefix *outer, const struct prefix *inner)
{
	return !outer->family || (outer->len <= inner->len && prefix_match(outer, &inner->addr));
}

struct prefix prefix_host(const struct addr *a)
{
	enum family family = addr_family(a);

	if (addr_is_none(a))
		return (struct prefix){0};
	return (struct prefix){
		.addr = *a, .family = (uint8_t)family, .len = (uint8_t)family_bits(family)};
}

bool prefix_is_host(const struct prefix *p)
{
	return p->family && p->len == family_bits(p->family);
}

struct prefix prefix_cut(const struct prefix *p, unsigned int len)
{
	return (struct prefix){.addr = addr_mask(&p->addr, p->family, len),
			       .family = p->family,
			       .len = (uint8_t)len};
}

struct prefix prefix_common(const struct prefix *a, const struct prefix *b)
{
	uint64_t high = be64toh(a->addr.q[0] ^ b->addr.q[0]);
	uint64_t low = be64toh(a->addr.q[1] ^ b->addr.q[1]);
	int alike = high ? __builtin_clzll(high) : low ? 64 + __builtin_clzll(low) : 128;
	unsigned int len = (unsigned int)alike - (128 - family_bits(a->family));

	return prefix_cut(a, MIN(len, MIN(a->len, b->len)));
}

int prefix_cmp(const struct prefix *a, const struct prefix *b)
{
	int order = addr_cmp(&a->addr, &b->addr);

	return order ? order : (int)a->len - (int)b->len;
}
