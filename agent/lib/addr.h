/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 and IPv6 addresses and prefixes in one shape. IPv4 is held as ::ffff:a.b.c.d. */
#ifndef MUPI_ADDR_H
#define MUPI_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum family { FAMILY_V4 = 4, FAMILY_V6 = 6 };

/* Network byte order. Comparable with memcmp, hashable as 16 bytes: no padding, one form each. */
struct addr {
	union {
		uint8_t b[16];
		uint32_t w[4];
		uint64_t q[2];
	};
};

/* "Any source", "no address": all bytes 0. The addresses 0.0.0.0 and :: are addr_zero(family). */
#define ADDR_NONE ((struct addr){.q = {0, 0}})

/* `len` counts from the top of the family's own address: 0…32 or 0…128. */
struct prefix {
	struct addr addr; /* host bits zero */
	uint8_t family;	  /* enum family, or 0: matches any address of any family */
	uint8_t len;
};

/* Room for the longest address or prefix in text, with its end. */
#define ADDR_STRLEN   46
#define PREFIX_STRLEN 50

static inline bool addr_eq(const struct addr *a, const struct addr *b)
{
	return a->q[0] == b->q[0] && a->q[1] == b->q[1];
}

static inline bool addr_is_none(const struct addr *a)
{
	return !(a->q[0] | a->q[1]);
}

static inline int addr_cmp(const struct addr *a, const struct addr *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

enum family addr_family(const struct addr *a); /* ADDR_NONE and :: are FAMILY_V6 */
struct addr addr_from_v4(const void *be32);
struct addr addr_from_v6(const void *bytes16);
struct addr addr_zero(enum family family);
bool addr_is_zero(const struct addr *a); /* 0.0.0.0 or :: */
bool addr_is_multicast(const struct addr *a);
/* 224.0.0.0/24, ff00::/16 … ff02::/16, with any flag bits: never proxied (RFC 4541 2.1.2, RFC 9777
 * 6). */
bool addr_is_link_local_group(const struct addr *a);
bool addr_is_link_local(const struct addr *a); /* fe80::/10 */
/* The address that an interface makes for itself of its MAC address (RFC 4291 appendix A). */
struct addr addr_link_local(const uint8_t mac[static 6]);

/* Parse text. Returns 0, or -EINVAL with *ret untouched. */
int addr_parse(const char *text, struct addr *ret);
/* Address, or address/len; host bits are cleared (ff02::103/126 is ff02::100/126). 0 or -EINVAL. */
int prefix_parse(const char *text, struct prefix *ret);

/* Write text into buf and return buf. "" for ADDR_NONE and for a prefix of no family. */
const char *addr_format(const struct addr *a, char buf[static ADDR_STRLEN]);
const char *prefix_format(const struct prefix *p,
			  char buf[static PREFIX_STRLEN]); /* no /len on hosts */

bool prefix_match(const struct prefix *p, const struct addr *a);
/* Is all of `inner` in `outer`? A prefix of no family holds everything. */
bool prefix_covers(const struct prefix *outer, const struct prefix *inner);
/* An address as a prefix of full length; ADDR_NONE as one of no family. */
struct prefix prefix_host(const struct addr *a);
bool prefix_is_host(const struct prefix *p);
/* The prefix of `len` bits, no longer than *p, that covers it. */
struct prefix prefix_cut(const struct prefix *p, unsigned int len);
/* The longest prefix that covers both, which are of one family. */
struct prefix prefix_common(const struct prefix *a, const struct prefix *b);
/* An order in which each prefix comes behind those that cover it, first of all that of no family.
 */
int prefix_cmp(const struct prefix *a, const struct prefix *b);
/* *a with all but the first `len` bits of its family cleared. */
struct addr addr_mask(const struct addr *a, enum family family, unsigned int len);

#endif
