// SPDX-License-Identifier: GPL-2.0-or-later
/* The bare programs that the data plane is compared with, and the sinks that count at every path's
 * end. */
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bench_shared.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BENCH_MAX_IFINDEX);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

/* Exactly as many slots as receivers: the kernel walks all of them for each packet. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} out SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} next SEC(".maps");

/* Set before loading. */
const volatile __u32 only_receiver;

/* Written while running: how many groups `vary` chooses from. */
__u32 groups = 1;

/* The IPv4 header's checksum as it was made. */
__u16 header_check = 0;

static __always_inline void count(__u32 ifindex)
{
	__u64 *n = bpf_map_lookup_elem(&seen, &ifindex);

	if (n)
		++*n;
}

SEC("xdp")
int sink_xdp(struct xdp_md *ctx)
{
	count(ctx->ingress_ifindex);
	return XDP_DROP;
}

SEC("tc")
int sink_tc(struct __sk_buff *skb)
{
	count(skb->ifindex);
	return TC_ACT_SHOT;
}

/* Live frames that pass are built into skbs and received on their port. */
SEC("xdp")
int pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

/*
 * The same for a path that routes: with one receiver the frame itself leaves with a smaller TTL,
 * and live frames come back as they left.
 */
SEC("xdp")
int pass_fresh(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);

	if ((void *)(ip + 1) > end)
		return XDP_ABORTED;
	ip->ttl = BENCH_TTL;
	ip->check = header_check;
	return XDP_PASS;
}

SEC("xdp")
int broadcast(struct xdp_md *ctx)
{
	(void)ctx;
	return bpf_redirect_map(&out, 0, BPF_F_BROADCAST);
}

SEC("xdp")
int redirect(struct xdp_md *ctx)
{
	(void)ctx;
	return bpf_redirect(only_receiver, 0);
}

/* One of `groups` at random, then the program under test. The same work for one group as for many.
 */
SEC("xdp")
int vary(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);

	if ((void *)(ip + 1) > end)
		return XDP_ABORTED;
	ip->daddr =
		bpf_htonl(BENCH_GROUP4 + (__u32)(((__u64)bpf_get_prandom_u32() * groups) >> 32));
	bpf_tail_call(ctx, &next, 0);
	return XDP_ABORTED;
}

char LICENSE[] SEC("license") = "GPL";
