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

/* No entry. The slow path: only here the port itself is looked up. */
static __always_inline int handle_miss(const struct frame *f)
{
	const struct mupi_port *port = port_of(f);

	if (!port)
		return XDP_PASS;
	if (!agent_alive() ||
	    (!(port->flags & MUPI_PORT_UPSTREAM) && port->flags & MUPI_PORT_PASS_CLIENT_DATA)) {
		count_port(port->index, MUPI_STAT_PASSED);
		return XDP_PASS;
	}
	count_port(port->index,
		   port->flags & MUPI_PORT_UPSTREAM ? MUPI_STAT_NO_MEMBER : MUPI_STAT_CLIENT_DATA);
	return XDP_DROP;
}

static __always_inline void count_forwarded(const struct frame *f, const struct mupi_fwd *fwd)
{
	__u32 packets = packets_of(f);

	count_flow(fwd->counter, packets, wire_len(f));
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
	count_port(fwd->port, MUPI_STAT_NO_MEMBER);
	return XDP_DROP;
}

static __always_inline const struct mupi_fwd *lookup_range4(const struct mupi_key4 *key)
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

static __always_inline const struct mupi_fwd *lookup4(__u32 ifindex, const struct iphdr *ip)
{
	struct mupi_key4 key = {.ifindex = ifindex, .group = ip->daddr, .source = ip->saddr};
	bool first = source_first4(ip->daddr);
	const struct mupi_fwd *any, *own = first ? bpf_map_lookup_elem(&fwd4, &key) : NULL;

	if (own)
		return own;
	key.source = 0;
	any = bpf_map_lookup_elem(&fwd4, &key);
	if (!any || !(any->flags & (MUPI_FWD_HAS_SOURCES | MUPI_FWD_HAS_PREFIXES)))
		return any;
	key.source = ip->saddr;
	if (!first && any->flags & MUPI_FWD_HAS_SOURCES)
		own = bpf_map_lookup_elem(&fwd4, &key);
	if (!own && any->flags & MUPI_FWD_HAS_PREFIXES)
		own = lookup_range4(&key);
	return own ? own : any;
}

static __always_inline const struct mupi_fwd *lookup_range6(const struct mupi_key6 *key)
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

static __always_inline const struct mupi_fwd *lookup6(__u32 ifindex, const struct ipv6hdr *ip)
{
	struct mupi_key6 key = {.ifindex = ifindex};
	bool first = source_first6(&ip->daddr);
	const struct mupi_fwd *any, *own = NULL;

	__builtin_memcpy(key.group, &ip->daddr, sizeof(key.group));
	__builtin_memcpy(key.source, &ip->saddr, sizeof(key.source));
	if (first)
		own = bpf_map_lookup_elem(&fwd6, &key);
	if (own)
		return own;
	__builtin_memset(key.source, 0, sizeof(key.source));
	any = bpf_map_lookup_elem(&fwd6, &key);
	if (!any || !(any->flags & (MUPI_FWD_HAS_SOURCES | MUPI_FWD_HAS_PREFIXES)))
		return any;
	__builtin_memcpy(key.source, &ip->saddr, sizeof(key.source));
	if (!first && any->flags & MUPI_FWD_HAS_SOURCES)
		own = bpf_map_lookup_elem(&fwd6, &key);
	if (!own && any->flags & MUPI_FWD_HAS_PREFIXES)
		own = lookup_range6(&key);
	return own ? own : any;
}

static __always_inline int handle_data(const struct frame *f)
{
	const struct mupi_fwd *fwd = NULL;

	if (f->l3_proto == ETH_P_IP) {
		if (f->l3 + sizeof(struct iphdr) <= f->end)
			fwd = lookup4(f->ifindex, f->l3);
	} else if (f->l3 + sizeof(struct ipv6hdr) <= f->end) {
		fwd = lookup6(f->ifindex, f->l3);
	}
	return fwd ? forward(f, fwd) : handle_miss(f);
}

#endif
