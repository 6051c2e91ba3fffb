// SPDX-License-Identifier: GPL-2.0-or-later
/* Live frames become messages, each another one, and leave. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "flood_shared.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FLOOD_FRAMES);
	__type(key, __u32);
	__type(value, struct flood_frame);
} frames SEC(".maps");

/* Set before loading: the interface. */
const volatile __u32 ifindex;

__u32 at;

SEC("xdp")
int flood(struct xdp_md *ctx)
{
	__u32 key = at++ % FLOOD_FRAMES;
	struct flood_frame *frame = bpf_map_lookup_elem(&frames, &key);
	__u32 len;

	if (!frame)
		return XDP_ABORTED;
	len = frame->len;
	if (!len || len > FLOOD_SIZE || bpf_xdp_adjust_tail(ctx, (int)len - FLOOD_LIVE) ||
	    bpf_xdp_store_bytes(ctx, 0, frame->data, len))
		return XDP_ABORTED;
	return (int)bpf_redirect(ifindex, 0);
}

char _license[] SEC("license") = "GPL";
