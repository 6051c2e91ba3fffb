/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between the two hooks, XDP and TC: here, where a frame lies and how it is copied
 * out; in send.h, how it is sent on. All else is common. Verdicts are XDP's, mupi_tc translates
 * them.
 */
#ifndef MUPI_BPF_HOOK_H
#define MUPI_BPF_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* Longest Ethernet, two tags, IPv6 and usual hop-by-hop options: what must be linear of an skb. */
#define HEADERS	   256
#define ADDRESSES  (2 * ETH_ALEN)
#define HIDDEN_TAG 4

struct frame {
	void *ctx;	/* struct xdp_md or struct __sk_buff */
	bool is_skb;	/* a constant in each program, so that one side of each branch remains */
	__u32 ifindex;	/* ingress; at the guard, egress */
	void *data;	/* the Ethernet header */
	void *end;	/* of what can be read directly, all of the headers */
	__u32 len;	/* from `data` on; fragments of an skb lie behind `end` */
	__u32 hidden;	/* length of the VLAN tag that an skb has beside its data */
	void *l3;	/* set by classify() */
	__u16 l3_proto; /* ETH_P_IP, ETH_P_IPV6 or ETH_P_ARP; undefined for FRAME_OTHER */
};

static __always_inline void frame_of_xdp(struct frame *f, struct xdp_md *ctx)
{
	f->ctx = ctx;
	f->is_skb = false;
	f->ifindex = ctx->ingress_ifindex;
	f->data = (void *)(long)ctx->data;
	f->end = (void *)(long)ctx->data_end;
	f->len = f->end - f->data;
	f->hidden = 0;
}

static __always_inline void frame_of_skb(struct frame *f, struct __sk_buff *skb)
{
	__u32 linear = skb->data_end - skb->data, len = skb->len;

	/* A packet socket's frame, or a driver's, may keep its headers in fragments. */
	if (linear < HEADERS && linear < len)
		bpf_skb_pull_data(skb, len < HEADERS ? len : HEADERS);
	f->ctx = skb;
	f->is_skb = true;
	f->ifindex = skb->ifindex;
	f->data = (void *)(long)skb->data;
	f->end = (void *)(long)skb->data_end;
	f->len = len;
	f->hidden = skb->vlan_present ? HIDDEN_TAG : 0;
}

/* From `data` on. The compiler would subtract pointers as 32-bit numbers, which the verifier
 * refuses. */
static __always_inline __u32 offset_of(const struct frame *f, const void *pos)
{
	__u64 offset = pos - f->data;

	asm volatile("" : "+r"(offset));
	return offset;
}

/* As on the wire. */
static __always_inline __u32 wire_len(const struct frame *f)
{
	return f->len + f->hidden;
}

/* An skb may stand for several packets that were merged, or are still to be cut. */
static __always_inline __u32 packets_of(const struct frame *f)
{
	__u32 segments = f->is_skb ? ((struct __sk_buff *)f->ctx)->gso_segs : 0;

	return segments ? segments : 1;
}

/* The compiler would compare one register and pass another, which the verifier refuses. */
#define FROM_1_TO(len, max)                                                                        \
	({                                                                                         \
		asm volatile("" : "+r"(len));                                                      \
		bool fits = (len) <= (max);                                                        \
		asm volatile("" : "+r"(len));                                                      \
		fits && (len) > 0;                                                                 \
	})

/* The first `len` bytes with the VLAN tag back in its place. */
static __always_inline long copy_tagged(struct __sk_buff *skb, void *to, __u64 len, __u32 max)
{
	__be16 tag[2] = {skb->vlan_proto, bpf_htons(skb->vlan_tci)};
	__u64 rest = len - ADDRESSES - HIDDEN_TAG;

	if (!FROM_1_TO(rest, max - ADDRESSES - HIDDEN_TAG))
		return -1;
	__builtin_memcpy(to + ADDRESSES, tag, sizeof(tag));
	return bpf_skb_load_bytes(skb, 0, to, ADDRESSES) |
	       bpf_skb_load_bytes(skb, ADDRESSES, to + ADDRESSES + HIDDEN_TAG, rest);
}

/* The first `len` bytes as on the wire, `max` at most, a constant. 0, or not 0. */
static __always_inline long copy_frame(const struct frame *f, void *to, __u64 len, __u32 max)
{
	if (f->is_skb && f->hidden)
		return copy_tagged(f->ctx, to, len, max);
	if (!FROM_1_TO(len, max))
		return -1;
	return f->is_skb ? bpf_skb_load_bytes(f->ctx, 0, to, len)
			 : bpf_xdp_load_bytes(f->ctx, 0, to, len);
}

#endif
