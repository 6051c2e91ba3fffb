// SPDX-License-Identifier: GPL-2.0-or-later
/* The frames: UDP to the first entry's group. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <string.h>

#include "bench.h"

static uint16_t checksum(const void *data, size_t len)
{
	const uint16_t *word = data;
	uint32_t sum = 0;

	for (size_t i = 0; i < len / 2; i++)
		sum += word[i];
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t) ~(sum + (sum >> 16));
}

static void put_ip4(uint8_t *frame, unsigned int size, const struct addr *group,
		    const struct addr *source)
{
	struct iphdr ip = {.version = 4, .ihl = 5, .ttl = BENCH_TTL, .protocol = IPPROTO_UDP};

	ip.tot_len = htons((uint16_t)(size - ETH_HLEN));
	memcpy(&ip.saddr, source->b + 12, 4);
	memcpy(&ip.daddr, group->b + 12, 4);
	ip.check = checksum(&ip, sizeof(ip));
	memcpy(frame + ETH_HLEN, &ip, sizeof(ip));
	memcpy(frame, (uint8_t[]){1, 0, 0x5e, group->b[13] & 0x7f, group->b[14], group->b[15]}, 6);
}

static void put_ip6(uint8_t *frame, unsigned int size, const struct addr *group,
		    const struct addr *source)
{
	struct ip6_hdr ip = {
		.ip6_flow = htonl(6u << 28), .ip6_nxt = IPPROTO_UDP, .ip6_hlim = BENCH_TTL};

	ip.ip6_plen = htons((uint16_t)(size - ETH_HLEN - sizeof(ip)));
	memcpy(&ip.ip6_src, source->b, 16);
	memcpy(&ip.ip6_dst, group->b, 16);
	memcpy(frame + ETH_HLEN, &ip, sizeof(ip));
	memcpy(frame, (uint8_t[]){0x33, 0x33}, 2);
	memcpy(frame + 2, group->b + 12, 4);
}

void make_frame(uint8_t frame[static MAX_FRAME], unsigned int size, const struct work *work)
{
	bool v6 = work->v6;
	unsigned int l4 = ETH_HLEN + (v6 ? sizeof(struct ip6_hdr) : sizeof(struct iphdr));
	struct addr group = entry_group(work, 0), source = entry_source(work);
	struct udphdr udp = {.source = htons(5000), .dest = htons(5001)};

	memset(frame, 0, size);
	memcpy(frame + 6, (uint8_t[]){2, 0, 0, 0, 0, 1}, 6);
	udp.len = htons((uint16_t)(size - l4));
	memcpy(frame + l4, &udp, sizeof(udp));
	if (v6)
		put_ip6(frame, size, &group, &source);
	else
		put_ip4(frame, size, &group, &source);
	memcpy(frame + 12, v6 ? (uint8_t[]){0x86, 0xdd} : (uint8_t[]){8, 0}, 2);
}
