/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/neighbour.h"

#include <string.h>

#include "wire/wire.h"

#define ARP_LEN	     28 /* Ethernet, IPv4 */
#define IP6_LEN	     40
#define ND_LEN	     24 /* up to the target's end */
#define ND_SOLICIT   135
#define ND_ADVERT    136
#define ND_HOP_LIMIT 255
#define ND_OPTION    8 /* a link-layer address */

static const uint8_t ethernet_ip4[] = {0, 1, 0x08, 0x00, ETH_ALEN, 4};

static bool decode_arp(const uint8_t *p, size_t len, struct addr *ret)
{
	if (len < ARP_LEN || memcmp(p, ethernet_ip4, sizeof(ethernet_ip4)) != 0)
		return false;
	*ret = addr_from_v4(p + 14);
	return true;
}

/* RFC 4861 sections 7.1.1 and 7.1.2 */
static bool decode_nd(const uint8_t *ip, size_t len, struct neighbour *ret)
{
	const uint8_t *p = ip + IP6_LEN;
	struct addr source, destination;
	size_t size;

	if (len < IP6_LEN + ND_LEN || ip[0] >> 4 != 6 || ip[6] != PROTO_ICMPV6 ||
	    ip[7] != ND_HOP_LIMIT)
		return false;
	size = get16(ip + 4);
	source = addr_from_v6(ip + 8);
	destination = addr_from_v6(ip + 24);
	if (size < ND_LEN || size > len - IP6_LEN || p[1] ||
	    inet_checksum(p, size, pseudo_sum(&source, &destination, PROTO_ICMPV6, size)))
		return false;
	if (p[0] != ND_SOLICIT && p[0] != ND_ADVERT)
		return false;
	/* A solicitation from :: asks whether anybody has the address that its sender is to take
	 * (RFC 4862 section 5.4.2). */
	ret->tentative = p[0] == ND_SOLICIT && addr_is_zero(&source);
	ret->addr = p[0] == ND_ADVERT || ret->tentative ? addr_from_v6(p + 8) : source;
	return true;
}

bool neighbour_decode(const uint8_t *frame, size_t len, size_t l3, uint16_t proto,
		      struct neighbour *ret)
{
	struct neighbour n = {0};
	bool ok = false;

	if (len < l3 || l3 < sizeof(struct ether_header))
		return false;
	if (proto == ETHERTYPE_ARP)
		ok = decode_arp(frame + l3, len - l3, &n.addr);
	else if (proto == ETHERTYPE_IPV6)
		ok = decode_nd(frame + l3, len - l3, &n);
	if (!ok || addr_is_zero(&n.addr) || addr_is_multicast(&n.addr))
		return false;
	memcpy(n.mac, frame + ETH_ALEN, ETH_ALEN);
	*ret = n;
	return true;
}

/* RFC 5227 section 2.1.1: nobody learns an address of ours from it. */
static size_t put_arp_probe(uint8_t *p, const struct sender *from, const struct neighbour *to)
{
	memcpy(p, ethernet_ip4, sizeof(ethernet_ip4));
	put16(p + 6, 1); /* a request */
	memcpy(p + 8, from->mac, ETH_ALEN);
	put_addr(p + 24, FAMILY_V4, &to->addr);
	return ETHER_MIN_LEN - ETHER_CRC_LEN - ETH_HLEN;
}

/* RFC 4861 sections 4.3 and 7.2.2 */
static size_t put_solicitation(uint8_t *ip, const struct sender *from, const struct neighbour *to)
{
	uint8_t *p = ip + IP6_LEN, *option = p + ND_LEN;
	uint16_t check;

	ip[0] = 0x60;
	put16(ip + 4, ND_LEN + ND_OPTION);
	ip[6] = PROTO_ICMPV6;
	ip[7] = ND_HOP_LIMIT;
	put_addr(ip + 8, FAMILY_V6, &from->v6);
	put_addr(ip + 24, FAMILY_V6, &to->addr);
	p[0] = ND_SOLICIT;
	put_addr(p + 8, FAMILY_V6, &to->addr);
	option[0] = 1; /* of the source */
	option[1] = 1; /* times 8 bytes */
	memcpy(option + 2, from->mac, ETH_ALEN);
	check = inet_checksum(p, ND_LEN + ND_OPTION,
			      pseudo_sum(&from->v6, &to->addr, PROTO_ICMPV6, ND_LEN + ND_OPTION));
	memcpy(p + 2, &check, 2);
	return IP6_LEN + ND_LEN + ND_OPTION;
}

void frame_neighbour(struct frame *f, const struct sender *from, const struct neighbour *to)
{
	enum family family = addr_family(&to->addr);

	memset(f, 0, offsetof(struct frame, data) + 128);
	memcpy(f->data, to->mac, ETH_ALEN);
	memcpy(f->data + ETH_ALEN, from->mac, ETH_ALEN);
	put16(f->data + 12, family == FAMILY_V4 ? ETHERTYPE_ARP : ETHERTYPE_IPV6);
	f->family = family;
	f->len = ETH_HLEN + (family == FAMILY_V4 ? put_arp_probe(f->data + ETH_HLEN, from, to)
						 : put_solicitation(f->data + ETH_HLEN, from, to));
}
