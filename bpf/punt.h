/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Control messages: rate limit, then a copy to the agent through the ring. */
#ifndef MUPI_BPF_PUNT_H
#define MUPI_BPF_PUNT_H

#include "parse.h"
#include "stats.h"

#define NSEC_PER_SEC 1000000000ULL
/* What may come at once: a port's clients all zap, or come back. */
#define BURST	     (50 * NSEC_PER_SEC)
/* The agent's work grows with the records of a message: it counts once for each so many bytes. */
#define UNIT	     96
/* The last quarter of the ring is for ports that lately sent less than so much. */
#define MODEST	     1024

static __always_inline const struct mupi_port *port_of(const struct frame *f)
{
	__u32 ifindex = f->ifindex;

	return bpf_map_lookup_elem(&ports, &ifindex);
}

/* The agent is behind with its reading. */
static __always_inline bool ring_is_crowded(void)
{
	return bpf_ringbuf_query(&punt, BPF_RB_AVAIL_DATA) >
	       bpf_ringbuf_query(&punt, BPF_RB_RING_SIZE) / 4 * 3;
}

static __always_inline bool rate_permits(__u32 index, __u32 rate, __u32 len)
{
	struct bucket *b = bpf_map_lookup_elem(&buckets, &index);
	__u64 now = bpf_ktime_get_ns(), cost, credit, least;
	bool permit;

	if (!b || !rate)
		return true;
	cost = NSEC_PER_SEC / rate * ((len + UNIT - 1) / UNIT);
	if (cost > BURST)
		cost = BURST;
	least = cost;
	if (ring_is_crowded() && NSEC_PER_SEC / rate * MODEST < BURST - cost)
		least = BURST - NSEC_PER_SEC / rate * MODEST;
	bpf_spin_lock(&b->lock);
	/* Another CPU may have read a later clock and got here first. */
	credit = b->credit_ns + (now > b->last_ns ? now - b->last_ns : 0);
	if (credit > BURST)
		credit = BURST;
	permit = credit >= least;
	b->credit_ns = permit ? credit - cost : credit;
	b->last_ns = now > b->last_ns ? now : b->last_ns;
	bpf_spin_unlock(&b->lock);
	return permit;
}

/*
 * A reservation needs a constant size, and an unread byte of the ring is lost to the next record:
 * hence three sizes. `snap` is a constant.
 */
static __always_inline bool punt_record(const struct frame *f, const struct mupi_port *port,
					enum mupi_punt_kind kind, __u32 snap)
{
	struct mupi_punt *record = bpf_ringbuf_reserve(&punt, sizeof(*record) + snap, 0);
	__u32 len = wire_len(f);

	if (!record)
		return false;
	record->wire_len = len;
	if (len > snap)
		len = snap;
	record->ifindex = f->ifindex;
	record->len = len;
	record->l3_offset = offset_of(f, f->l3) + f->hidden;
	record->l3_proto = f->l3_proto;
	record->kind = kind;
	record->port = port->index;
	if (copy_frame(f, record->frame, len, snap)) {
		bpf_ringbuf_discard(record, 0);
		return false;
	}
	bpf_ringbuf_submit(record, 0);
	return true;
}

static __always_inline enum mupi_stat
punt_frame(const struct frame *f, const struct mupi_port *port, enum mupi_punt_kind kind)
{
	__u32 len = wire_len(f);
	bool done;

	if (!rate_permits(port->index * MUPI_PUNT_KINDS + kind, port->rate[kind], len))
		return MUPI_STAT_PUNT_LIMITED;
	if (len <= MUPI_PUNT_SMALL)
		done = punt_record(f, port, kind, MUPI_PUNT_SMALL);
	else if (len <= MUPI_PUNT_LARGE)
		done = punt_record(f, port, kind, MUPI_PUNT_LARGE);
	else
		done = punt_record(f, port, kind, MUPI_PUNT_SNAP);
	return done ? MUPI_STAT_PUNTED : MUPI_STAT_PUNT_FULL;
}

/* IGMP and MLD end here: the agent alone answers them, and the switch must not flood them. */
static __always_inline int handle_control(const struct frame *f, enum frame_kind kind)
{
	const struct mupi_port *port = port_of(f);

	if (!port)
		return XDP_PASS;
	if (kind == FRAME_MALFORMED)
		count_port(port->index, MUPI_STAT_MALFORMED);
	else
		count_port(port->index,
			   punt_frame(f, port,
				      kind == FRAME_QUERY ? MUPI_PUNT_QUERY : MUPI_PUNT_REPORT));
	return XDP_DROP;
}

/* PIM is the switch's; the agent only wants to know that a router lives upstream. */
static __always_inline int handle_pim_hello(const struct frame *f)
{
	const struct mupi_port *port = port_of(f);

	if (port && port->flags & MUPI_PORT_UPSTREAM)
		count_port(port->index, punt_frame(f, port, MUPI_PUNT_QUERY));
	return XDP_PASS;
}

/*
 * The switch's, too; a copy tells the agent which addresses a client has. One over the rate is no
 * report that has to be asked for again.
 */
static __always_inline int handle_neighbour(const struct frame *f)
{
	const struct mupi_port *port = port_of(f);
	enum mupi_stat what;

	if (!port || port->flags & MUPI_PORT_UPSTREAM)
		return XDP_PASS;
	what = punt_frame(f, port, MUPI_PUNT_NEIGHBOUR);
	count_port(port->index,
		   what == MUPI_STAT_PUNT_LIMITED ? MUPI_STAT_NEIGHBOUR_LIMITED : what);
	return XDP_PASS;
}

#endif
