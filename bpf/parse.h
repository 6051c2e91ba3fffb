/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a frame is. Every length is checked against the frame before a byte is read; nothing is
 * written.
 */
#ifndef MUPI_BPF_PARSE_H
#define MUPI_BPF_PARSE_H

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "hook.h"

#define MAX_VLAN_TAGS	2
#define IGMP_MIN_LEN	8
#define IGMP_QUERY	0x11
#define MLD_QUERY	130
#define MLD_REPORT	131
#define MLD_DONE	132
#define MLD2_REPORT	143
#define ND_SOLICIT	135
#define ND_ADVERT	136
#define PIM2_HELLO	0x20 /* version 2, type 0 */
#define NEXT_HOP_BY_HOP 0
#define NEXT_ROUTING	43
#define NEXT_FRAGMENT	44
#define NEXT_ICMPV6	58
#define NEXT_OPTIONS	60 /* for the destination */
/* RFC 8200 section 4.1: hop-by-hop, options, routing, fragment, options */
#define MAX_IP6_HEADERS 5
#define IP_FRAGMENT	0x3fff /* offset or more-fragments */
#define IP6_OFFSET	0xfff8

enum frame_kind {
	FRAME_OTHER,	 /* the switch's business */
	FRAME_DATA,	 /* to a routable multicast group */
	FRAME_REPORT,	 /* IGMP or MLD, not a query */
	FRAME_QUERY,	 /* IGMP or MLD query */
	FRAME_PIM_HELLO, /* a router is on this link */
	FRAME_NEIGHBOUR, /* ARP or neighbour discovery: which addresses a host has */
	FRAME_MALFORMED, /* IGMP or MLD that nobody could decode, multicast with a broken header */
};

struct vlan_tag {
	__be16 tci;
	__be16 proto;
};

struct ip6_ext {
	__u8 next;
	__u8 len;      /* in 8 bytes, without the first 8 */
	__be16 offset; /* of fragment headers */
	__u32 rest;
};

static __always_inline bool routable_group4(__be32 group)
{
	return (group & bpf_htonl(0xf0000000)) == bpf_htonl(0xe0000000) &&
	       (group & bpf_htonl(0xffffff00)) != bpf_htonl(0xe0000000);
}

/* Any flag nibble; scopes 0 to 2 never leave a link. */
static __always_inline bool routable_group6(const struct in6_addr *group)
{
	return group->s6_addr[0] == 0xff && (group->s6_addr[1] & 0x0f) > 2;
}

/* Whether `bytes` from `pos` on are more than the frame has, beyond what can be read, too. */
static __always_inline bool is_cut(const struct frame *f, const void *pos, __u32 bytes)
{
	return offset_of(f, pos) + bytes > f->len;
}

static __always_inline bool is_pim_hello(const struct frame *f, const __u8 *pim)
{
	return (void *)(pim + 1) <= f->end && *pim == PIM2_HELLO;
}

static __always_inline enum frame_kind classify_igmp(const struct frame *f, const struct iphdr *ip)
{
	__u32 header = ip->ihl * 4, total = bpf_ntohs(ip->tot_len);
	const __u8 *igmp = (const void *)ip + header;

	if (ip->frag_off & bpf_htons(IP_FRAGMENT))
		return FRAME_MALFORMED;
	if (total < header + IGMP_MIN_LEN || is_cut(f, ip, total))
		return FRAME_MALFORMED;
	if ((void *)(igmp + IGMP_MIN_LEN) > f->end)
		return FRAME_MALFORMED;
	return *igmp == IGMP_QUERY ? FRAME_QUERY : FRAME_REPORT;
}

static __always_inline enum frame_kind classify_ip4(const struct frame *f)
{
	const struct iphdr *ip = f->l3;

	if ((void *)(ip + 1) > f->end || ip->version != 4)
		return FRAME_OTHER;
	if (ip->ihl < 5)
		return ip->protocol == IPPROTO_IGMP || routable_group4(ip->daddr) ? FRAME_MALFORMED
										  : FRAME_OTHER;
	if (ip->protocol == IPPROTO_IGMP)
		return classify_igmp(f, ip);
	if (ip->protocol == IPPROTO_PIM && !(ip->frag_off & bpf_htons(IP_FRAGMENT)) &&
	    is_pim_hello(f, (const void *)ip + ip->ihl * 4))
		return FRAME_PIM_HELLO;
	return routable_group4(ip->daddr) ? FRAME_DATA : FRAME_OTHER;
}

static __always_inline bool is_mld(__u8 type)
{
	return type == MLD_QUERY || type == MLD_REPORT || type == MLD_DONE || type == MLD2_REPORT;
}

static __always_inline bool is_ip6_header(__u8 next)
{
	return next == NEXT_HOP_BY_HOP || next == NEXT_OPTIONS || next == NEXT_ROUTING ||
	       next == NEXT_FRAGMENT;
}

/* What is behind the IPv6 header and its extensions, as far as it is not for the switch, or data.
 */
static __always_inline enum frame_kind classify_ip6_payload(const struct frame *f)
{
	const struct ipv6hdr *ip = f->l3;
	/* Cut short: only a multicast one can be MLD that a host would act on. */
	enum frame_kind cut = ip->daddr.s6_addr[0] == 0xff ? FRAME_MALFORMED : FRAME_OTHER;
	const void *pos = ip + 1;
	const __u8 *type;
	__u8 next = ip->nexthdr;
	bool fragment = false;

	for (int i = 0; i < MAX_IP6_HEADERS && is_ip6_header(next); i++) {
		const struct ip6_ext *ext = pos;

		if ((void *)(ext + 1) > f->end)
			return cut;
		if (next == NEXT_FRAGMENT) {
			if (ext->offset & bpf_htons(IP6_OFFSET))
				return FRAME_OTHER;
			fragment = true;
			pos = ext + 1;
		} else {
			pos += (ext->len + 1) * 8;
		}
		next = ext->next;
	}
	type = pos;
	if (next == IPPROTO_PIM && is_pim_hello(f, type))
		return FRAME_PIM_HELLO;
	if (next != NEXT_ICMPV6)
		return FRAME_OTHER;
	if ((void *)(type + 1) > f->end)
		return cut;
	if ((*type == ND_SOLICIT || *type == ND_ADVERT) && !fragment)
		return FRAME_NEIGHBOUR;
	if (!is_mld(*type))
		return FRAME_OTHER;
	if (fragment || is_cut(f, ip + 1, bpf_ntohs(ip->payload_len)))
		return FRAME_MALFORMED;
	return *type == MLD_QUERY ? FRAME_QUERY : FRAME_REPORT;
}

static __always_inline enum frame_kind classify_ip6(const struct frame *f)
{
	const struct ipv6hdr *ip = f->l3;
	enum frame_kind kind;

	if ((void *)(ip + 1) > f->end || ip->version != 6)
		return FRAME_OTHER;
	kind = classify_ip6_payload(f);
	return kind == FRAME_OTHER && routable_group6(&ip->daddr) ? FRAME_DATA : kind;
}

/* To the MAC address of one host, a group's data is for nobody else: the switch's business. */
static __always_inline enum frame_kind data_to_many(const struct ethhdr *eth, enum frame_kind kind)
{
	return kind == FRAME_DATA && !(eth->h_dest[0] & 1) ? FRAME_OTHER : kind;
}

/* Say what the frame is, and where its IP header starts. */
static __always_inline enum frame_kind classify(struct frame *f)
{
	const struct ethhdr *eth = f->data;
	const struct vlan_tag *tag = (const void *)(eth + 1);
	__be16 proto;

	if ((void *)(eth + 1) > f->end)
		return FRAME_OTHER;
	proto = eth->h_proto;
#pragma unroll
	for (int i = 0; i < MAX_VLAN_TAGS; i++) {
		if (proto != bpf_htons(ETH_P_8021Q) && proto != bpf_htons(ETH_P_8021AD))
			break;
		if ((void *)(tag + 1) > f->end || (i == MAX_VLAN_TAGS - 1 && f->hidden))
			return FRAME_OTHER;
		proto = tag->proto;
		tag++;
	}
	f->l3 = (void *)tag;
	f->l3_proto = bpf_ntohs(proto);
	if (proto == bpf_htons(ETH_P_IP))
		return data_to_many(eth, classify_ip4(f));
	if (proto == bpf_htons(ETH_P_IPV6))
		return data_to_many(eth, classify_ip6(f));
	if (proto == bpf_htons(ETH_P_ARP))
		return FRAME_NEIGHBOUR;
	return FRAME_OTHER;
}

#endif
