/* SPDX-License-Identifier: GPL-2.0-or-later */
/* To one receiver, or to those of a replication list. */
#ifndef MUPI_BPF_SEND_H
#define MUPI_BPF_SEND_H

#include "hook.h"
#include "maps.h"

#define BITS  32
#define WORDS (MUPI_MAX_PORTS / BITS)

/* Frames that TC redirects meet the guard of the port they leave by. */
static __always_inline int send_to(const struct frame *f, __u32 ifindex)
{
	if (!f->is_skb)
		return bpf_redirect(ifindex, 0);
	((struct __sk_buff *)f->ctx)->mark = MUPI_MARK;
	bpf_redirect(ifindex, 0);
	return XDP_REDIRECT;
}

struct replication {
	struct __sk_buff *skb;
	void *list;
	__u32 bits;  /* a word of the set of ports */
	__u32 first; /* the port of its lowest bit */
	__u32 ingress;
	__u32 previous; /* receiver that has not been sent to yet; 0: none */
};

/* For bpf_loop(), each bit. A clone each, and for the last receiver the frame itself. */
static long visit_bit(__u32 bit, struct replication *r)
{
	__u32 bits = r->bits >> bit, port = r->first + bit;
	const __u32 *ifindex;

	if (bits & 1) {
		/* A port that went away is no longer in the list. */
		ifindex = bpf_map_lookup_elem(r->list, &port);
		if (ifindex && *ifindex != r->ingress) {
			if (r->previous)
				bpf_clone_redirect(r->skb, r->previous, 0);
			r->previous = *ifindex;
		}
	}
	return bits <= 1;
}

/* TC cannot walk a devmap: the set of ports says which keys of the list to look up. */
static __always_inline int replicate_skb(const struct frame *f, void *list, __u32 number)
{
	struct replication r = {.skb = f->ctx, .list = list, .ingress = f->ifindex};
	const struct mupi_members *set = bpf_map_lookup_elem(&members, &number);

	if (!set)
		return XDP_DROP;
	r.skb->mark = MUPI_MARK;
	for (int i = 0; i < WORDS; i++) {
		r.bits = set->w[i];
		r.first = i * BITS;
		if (r.bits)
			bpf_loop(BITS, visit_bit, &r, 0);
	}
	if (!r.previous)
		return XDP_DROP;
	bpf_redirect(r.previous, 0);
	return XDP_REDIRECT;
}

static __always_inline int send_to_list(const struct frame *f, void *list, __u32 number)
{
	return f->is_skb ? replicate_skb(f, list, number)
			 : bpf_redirect_map(list, 0, BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS);
}

#endif
