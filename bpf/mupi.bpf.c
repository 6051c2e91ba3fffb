// SPDX-License-Identifier: GPL-2.0-or-later
/* The data plane: an XDP program on every port, and a guard on every port's way out. */
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "maps.h"
#include "parse.h"
#include "stats.h"
#include "punt.h"
#include "forward.h"

/* Longest Ethernet, two tags, IPv6, the first part of hop-by-hop: what the guard needs linear. */
#define GUARD_PULL 128

SEC("xdp")
int mupi_xdp(struct xdp_md *ctx)
{
	struct frame f;
	enum frame_kind kind;

	kind = classify((void *)(long)ctx->data, (void *)(long)ctx->data_end, &f);
	switch (kind) {
	case FRAME_DATA:
		return handle_data(ctx->ingress_ifindex, &f);
	case FRAME_REPORT:
	case FRAME_QUERY:
	case FRAME_MALFORMED:
		return handle_control(ctx, &f, kind);
	case FRAME_PIM_HELLO:
		return handle_pim_hello(ctx, &f);
	case FRAME_NEIGHBOUR:
		return handle_neighbour(ctx, &f);
	default:
		return XDP_PASS;
	}
}

/*
 * What the switch sends out of a port. Frames that XDP redirected never come by here; the agent's
 * own carry the mark. Link-local groups and unicast pass.
 */
SEC("tc")
int mupi_guard(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex;
	const struct mupi_port *port;
	enum frame_kind kind;
	struct frame f;

	if (skb->mark == MUPI_MARK)
		return TC_ACT_UNSPEC;
	/* A packet socket's frame may keep its headers in fragments, out of direct reach. */
	if ((void *)(long)skb->data + GUARD_PULL > (void *)(long)skb->data_end)
		bpf_skb_pull_data(skb, skb->len < GUARD_PULL ? skb->len : GUARD_PULL);
	kind = classify((void *)(long)skb->data, (void *)(long)skb->data_end, &f);
	if (kind == FRAME_OTHER || kind == FRAME_PIM_HELLO || kind == FRAME_NEIGHBOUR)
		return TC_ACT_UNSPEC;
	port = bpf_map_lookup_elem(&ports, &ifindex);
	if (!port || !agent_alive())
		return TC_ACT_UNSPEC;
	if (kind == FRAME_DATA && port->flags & MUPI_PORT_PASS_CLIENT_DATA)
		return TC_ACT_UNSPEC;
	count_port(port->index, MUPI_STAT_GUARDED);
	return TC_ACT_SHOT;
}

char LICENSE[] SEC("license") = "GPL";
