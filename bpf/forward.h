/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multicast data: one lookup, more where a group has entries for some sources or prefixes of them,
 * and out.
 */
#ifndef MUPI_BPF_FORWARD_H
#define MUPI_BPF_FORWARD_H

#include "parse.h"
#include "punt.h"
#include "send.h"
#include "stats.h"

#define UDP_HEADER 8

/* No entry. The slow path: only here the port itself is looked up. */
static __always_inline int handle_miss(const struct frame *f)
{
	const struct mupi_port *port = port_of(f);

	if (!port)
		return XDP_PASS;
	if (!(port->flags & MUPI_PORT_UPSTREAM) && port->flags & MUPI_PORT_PASS_CLIENT_DATA) {
		count_frame(f, port->index, MUPI_STAT_PASSED);
		return XDP_PASS;
	}
	count_frame(f, port->index,
		    port->flags & MUPI_PORT_UPSTREAM ? MUPI_STAT_NO_MEMBER : MUPI_STAT_CLIENT_DATA);
	return XDP_DROP;
}

/* Of datagrams in one skb only the first has headers; each gets its own when they are cut. */
static __always_inline __u64 bytes_of(const struct frame *f, __u32 packets)
{
	__u32 ip = f->l3_proto == ETH_P_IP ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	__u64 bytes = wire_len(f);

	if (packets > 1)
		bytes += (packets - 1) * (offset_of(f, f->l3) + f->hidden + ip + UDP_HEADER);
	return bytes;
}

static __always_inline void count_forwarded(const struct frame *f, const struct mupi_fwd *fwd)
{
	__u32 packets = packets_of(f);

	count_flow(fwd->counter, packets, bytes_of(f, packets));
	add_port(fwd->port, MUPI_STAT_FORWARDED, packets);
}

/*
 * A receiver that is down, has a smaller MTU or cannot transmit XDP frames is skipped by the kernel
 * without an error or a counter, and a list of none is a successful redirect. `forwarded` hence
 * counts what was handed over, not what left.
 */
static __always_inline int forward(const struct frame *f, const struct mupi_fwd *fwd)
{
	void *list;

	if (fwd->flags & MUPI_FWD_SINGLE) {
		count_forwarded(f, fwd);
		return send_to(f, fwd->out);
	}
	if (fwd->flags & MUPI_FWD_LIST) {
		list = bpf_map_lookup_elem(&lists, &fwd->out);
		if (list) {
			count_forwarded(f, fwd);
			return send_to_list(f, list, fwd->out);
		}
	}
	count_frame(f, fwd->port, MUPI_STAT_NO_MEMBER);
	return XDP_DROP;
}

/* Entries that change while they are read are looked up again: so often, at most. */
#define TRIES 3

/* A copy of an entry; false when it has become another's since it was found. */
static __always_inline bool read_entry(const struct mupi_fwd *entry, __u32 tag,
				       struct mupi_fwd *ret)
{
	*ret = *entry;
	asm volatile("" ::: "memory");
	return *(const volatile __u32 *)&entry->tag == tag;
}

static __always_inline bool find4(const struct mupi_key4 *key, struct mupi_fwd *ret)
{
	__u32 tag = mupi_tag4(key);

#pragma clang loop unroll(disable)
	for (int i = 0; i < TRIES; i++) {
		const struct mupi_fwd *entry = bpf_map_lookup_elem(&fwd4, key);

		if (!entry)
			return false;
		if (read_entry(entry, tag, ret))
			return true;
	}
	return false;
}

static __always_inline const struct mupi_fwd *find_range4(const struct mupi_key4 *key)
{
	struct mupi_range4 range = {.prefixlen = MUPI_RANGE4_BITS + 32,
				    .ifindex = key->ifindex,
				    .group = key->group,
				    .source = key->source};

	return bpf_map_lookup_elem(&range4, &range);
}

/*
 * In the source-specific ranges (RFC 4607) a source most likely has an entry, elsewhere it most
 * likely has none: what is likely is looked up first.
 */
static __always_inline bool source_first4(__be32 group)
{
	return (group & bpf_htonl(0xff000000)) == bpf_htonl(0xe8000000);
}

static __always_inline bool lookup4(__u32 ifindex, const struct iphdr *ip, struct mupi_fwd *ret)
{
	struct mupi_key4 key = {.ifindex = ifindex, .group = ip->daddr, .source = ip->saddr};
	bool first = source_first4(ip->daddr);
	const struct mupi_fwd *range;
	struct mupi_fwd own;

	if (first && find4(&key, ret))
		return true;
	key.source = 0;
	if (!find4(&key, ret))
		return false;
	if (!(ret->flags & (MUPI_FWD_HAS_SOURCES | MUPI_FWD_HAS_PREFIXES)))
		return true;
	key.source = ip->saddr;
	if (!first && ret->flags & MUPI_FWD_HAS_SOURCES && find4(&key, &own)) {
		*ret = own;
		return true;
	}
	if (ret->flags & MUPI_FWD_HAS_PREFIXES) {
		range = find_range4(&key);
		if (range)
			*ret = *range;
	}
	return true;
}

static __always_inline bool find6(const struct mupi_key6 *key, struct mupi_fwd *ret)
{
	__u32 tag = mupi_tag6(key);

#pragma clang loop unroll(disable)
	for (int i = 0; i < TRIES; i++) {
		const struct mupi_fwd *entry = bpf_map_lookup_elem(&fwd6, key);

		if (!entry)
			return false;
		if (read_entry(entry, tag, ret))
			return true;
	}
	return false;
}

static __always_inline const struct mupi_fwd *find_range6(const struct mupi_key6 *key)
{
	struct mupi_range6 range = {.prefixlen = MUPI_RANGE6_BITS + 128, .ifindex = key->ifindex};

	__builtin_memcpy(range.group, key->group, sizeof(range.group));
	__builtin_memcpy(range.source, key->source, sizeof(range.source));
	return bpf_map_lookup_elem(&range6, &range);
}

static __always_inline bool source_first6(const struct in6_addr *group)
{
	return (group->s6_addr16[0] & bpf_htons(0xfff0)) == bpf_htons(0xff30);
}

static __always_inline bool lookup6(__u32 ifindex, const struct ipv6hdr *ip, struct mupi_fwd *ret)
{
	struct mupi_key6 key = {.ifindex = ifindex};
	bool first = source_first6(&ip->daddr);
	const struct mupi_fwd *range;
	struct mupi_fwd own;

	__builtin_memcpy(key.group, &ip->daddr, sizeof(key.group));
	__builtin_memcpy(key.source, &ip->saddr, sizeof(key.source));
	if (first && find6(&key, ret))
		return true;
	__builtin_memset(key.source, 0, sizeof(key.source));
	if (!find6(&key, ret))
		return false;
	if (!(ret->flags & (MUPI_FWD_HAS_SOURCES | MUPI_FWD_HAS_PREFIXES)))
		return true;
	__builtin_memcpy(key.source, &ip->saddr, sizeof(key.source));
	if (!first && ret->flags & MUPI_FWD_HAS_SOURCES && find6(&key, &own)) {
		*ret = own;
		return true;
	}
	if (ret->flags & MUPI_FWD_HAS_PREFIXES) {
		range = find_range6(&key);
		if (range)
			*ret = *range;
	}
	return true;
}

static __always_inline int handle_data(const struct frame *f)
{
	struct mupi_fwd fwd;
	bool found = false;

	if (f->l3_proto == ETH_P_IP) {
		if (f->l3 + sizeof(struct iphdr) <= f->end)
			found = lookup4(f->ifindex, f->l3, &fwd);
	} else if (f->l3 + sizeof(struct ipv6hdr) <= f->end) {
		found = lookup6(f->ifindex, f->l3, &fwd);
	}
	return found ? forward(f, &fwd) : handle_miss(f);
}

#endif
