// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The data plane: one of two programs on every port, XDP or TC, and a guard on every port's way
 * out.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "hook.h"
#include "parse.h"
#include "stats.h"
#include "punt.h"
#include "forward.h"

/*
 * False when an agent set a hold time and none has been heard of for that long. Asked for every
 * frame, and a clock takes 15 ns or more: it is read once a jiffy, which the verifier makes a plain
 * load of.
 */
static __always_inline bool agent_alive(void)
{
	__u64 now = bpf_jiffies64();
	__u32 zero = 0;
	struct mupi_alive *a = bpf_map_lookup_elem(&alive, &zero);

	if (!a || !a->hold_ns)
		return true;
	if (a->jiffy != now) {
		a->gone = bpf_ktime_get_ns() > a->last_ns + a->hold_ns;
		a->jiffy = now;
	}
	return !a->gone;
}

/* What a dead agent decided holds no more: all is the switch's. */
static __always_inline int pass(const struct frame *f, enum frame_kind kind)
{
	const struct mupi_port *port = kind == FRAME_DATA ? port_of(f) : NULL;

	if (port)
		count_frame(f, port->index, MUPI_STAT_PASSED);
	return XDP_PASS;
}

static __always_inline int handle(struct frame *f)
{
	enum frame_kind kind = classify(f);

	if (kind != FRAME_OTHER && !agent_alive())
		return pass(f, kind);
	switch (kind) {
	case FRAME_DATA:
		return handle_data(f);
	case FRAME_REPORT:
	case FRAME_QUERY:
	case FRAME_MALFORMED:
		return handle_control(f, kind);
	case FRAME_PIM_HELLO:
		return handle_pim_hello(f);
	case FRAME_NEIGHBOUR:
		return handle_neighbour(f);
	default:
		return XDP_PASS;
	}
}

SEC("xdp")
int mupi_xdp(struct xdp_md *ctx)
{
	struct frame f;

	frame_of_xdp(&f, ctx);
	return handle(&f);
}

/* TC_ACT_UNSPEC, here and below: the next program decides. */
SEC("tc")
int mupi_tc(struct __sk_buff *skb)
{
	struct frame f;

	frame_of_skb(&f, skb);
	switch (handle(&f)) {
	case XDP_PASS:
		return TC_ACT_UNSPEC;
	case XDP_REDIRECT:
		return TC_ACT_REDIRECT;
	default:
		return TC_ACT_SHOT;
	}
}

/*
 * What the switch sends out of a port. Frames that XDP redirected never come by here; those of the
 * TC program and of the agent itself carry the mark, which ends here. Link-local groups and unicast
 * pass.
 */
SEC("tc")
int mupi_guard(struct __sk_buff *skb)
{
	const struct mupi_port *port;
	enum frame_kind kind;
	struct frame f;

	if (skb->mark == MUPI_MARK) {
		skb->mark = 0;
		return TC_ACT_UNSPEC;
	}
	frame_of_skb(&f, skb);
	kind = classify(&f);
	if (kind == FRAME_OTHER || kind == FRAME_PIM_HELLO || kind == FRAME_NEIGHBOUR)
		return TC_ACT_UNSPEC;
	port = port_of(&f);
	if (!port || !agent_alive())
		return TC_ACT_UNSPEC;
	if (kind == FRAME_DATA && port->flags & MUPI_PORT_PASS_CLIENT_DATA)
		return TC_ACT_UNSPEC;
	count_frame(&f, port->index, MUPI_STAT_GUARDED);
	return TC_ACT_SHOT;
}

char LICENSE[] SEC("license") = "GPL";
