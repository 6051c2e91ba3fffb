// SPDX-License-Identifier: GPL-2.0-or-later
/* A well-formed frame around any message, so that checksums don't hide the rest. */
#include "fuzz/fuzz.h"

#define PIM_HELLO 0x20 /* as the first byte; IGMP and MLD have no such type */

/* The last byte of the destination that lets the most through: of PIM, leaves, reports, queries. */
static uint8_t last_byte(uint8_t type)
{
	switch (type) {
	case PIM_HELLO:
		return 13;
	case 0x17: /* IGMPv2 leave */
	case 132:  /* MLDv1 done */
		return 2;
	case 0x22: /* IGMPv3 report */
	case 143:  /* MLDv2 report */
		return 22;
	default:
		return 1;
	}
}

static size_t put_ip4(uint8_t *ip, const struct addr *source, uint8_t type, size_t size)
{
	static const uint8_t head[] = {0x46, 0xc0, 0, 0, 0, 0, 0, 0, 1};
	static const uint8_t router_alert[] = {0x94, 4, 0, 0};
	uint8_t to[] = {224, 0, 0, last_byte(type)};

	memcpy(ip, head, sizeof(head));
	ip[2] = (uint8_t)((24 + size) >> 8);
	ip[3] = (uint8_t)(24 + size);
	ip[9] = type == PIM_HELLO ? 103 : 2;
	memcpy(ip + 12, source->b + 12, 4);
	memcpy(ip + 16, to, sizeof(to));
	memcpy(ip + 20, router_alert, sizeof(router_alert));
	return 24;
}

static size_t put_ip6(uint8_t *ip, const struct addr *source, uint8_t type, size_t size)
{
	static const uint8_t hop_by_hop[] = {58, 0, 5, 2, 0, 0, 1, 0};
	uint8_t to[16] = {0xff, 0x02, [15] = last_byte(type)};

	ip[0] = 0x60;
	ip[4] = (uint8_t)((8 + size) >> 8);
	ip[5] = (uint8_t)(8 + size);
	ip[7] = 1;
	memcpy(ip + 8, source->b, 16);
	memcpy(ip + 24, to, sizeof(to));
	memcpy(ip + 40, hop_by_hop, sizeof(hop_by_hop));
	if (type == PIM_HELLO)
		ip[40] = 103;
	return 48;
}

/* RFC 8200 section 8.1: the pseudo-header of what follows the hop-by-hop header. */
static uint32_t pseudo(const uint8_t *ip, size_t size)
{
	uint8_t tail[8] = {[2] = (uint8_t)(size >> 8), [3] = (uint8_t)size, [7] = ip[40]};
	uint32_t sum = (uint16_t)~inet_checksum(tail, sizeof(tail), 0);

	return sum + (uint16_t)~inet_checksum(ip + 8, 32, 0);
}

size_t wrap(uint8_t frame[static WRAP_ROOM], enum family family, const struct addr *source,
	    const uint8_t *body, size_t size)
{
	uint8_t *ip = frame + ETH_HLEN, *p;
	uint16_t check;

	memset(frame, 0, WRAP_ROOM);
	p = ip + (family == FAMILY_V4 ? put_ip4(ip, source, body[0], size)
				      : put_ip6(ip, source, body[0], size));
	memcpy(p, body, size);
	memset(p + 2, 0, 2);
	check = inet_checksum(p, size, family == FAMILY_V4 ? 0 : pseudo(ip, size));
	memcpy(p + 2, &check, 2);
	return (size_t)(p - frame) + size;
}
