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

static bool decode_arp(const uint8_t *p, size_t len, struct addr *ret)
{
	static const uint8_t ethernet_ip4[] = {0, 1, 0x08, 0x00, ETH_ALEN, 4};

	if (len < ARP_LEN || memcmp(p, ethernet_ip4, sizeof(ethernet_ip4)) != 0)
		return false;
	*ret = addr_from_v4(p + 14);
	return true;
}

/* RFC 4861 sections 7.1.1 and 7.1.2 */
static bool decode_nd(const uint8_t *ip, size_t len, struct addr *ret)
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
	*ret = p[0] == ND_ADVERT || addr_is_zero(&source) ? addr_from_v6(p + 8) : source;
	return true;
}

bool neighbour_decode(const uint8_t *frame, size_t len, size_t l3, uint16_t proto,
		      struct neighbour *ret)
{
	struct neighbour n;
	bool ok = false;

	if (len < l3 || l3 < sizeof(struct ether_header))
		return false;
	if (proto == ETHERTYPE_ARP)
		ok = decode_arp(frame + l3, len - l3, &n.addr);
	else if (proto == ETHERTYPE_IPV6)
		ok = decode_nd(frame + l3, len - l3, &n.addr);
	if (!ok || addr_is_zero(&n.addr) || addr_is_multicast(&n.addr))
		return false;
	memcpy(n.mac, frame + ETH_ALEN, ETH_ALEN);
	*ret = n;
	return true;
}
