/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract between the BPF programs and user space: map keys, map values, punt records and
 * drop reasons. Both sides include this file and nothing else of each other.
 *
 * Every address is in network byte order; every other integer in host byte order.
 */
#ifndef MUPI_DATAPLANE_H
#define MUPI_DATAPLANE_H

#include <linux/types.h>

/* Changes whenever a layout below changes; part of the pin path. */
#ifndef MUPI_DP_VERSION
#define MUPI_DP_VERSION 7
#endif

/* Ports an agent can have. Port indices are 0 … MUPI_MAX_PORTS - 1. */
#define MUPI_MAX_PORTS 256

/* Slots of map `lists`: replication lists, shared by the flows with the same receivers. */
#define MUPI_MAX_LISTS 65536

/* Packets of ours that leave through a port's socket carry this mark; the egress guard lets them
 * go. */
#define MUPI_MARK 0x6d757069u

enum mupi_port_flags {
	MUPI_PORT_UPSTREAM = 1u << 0,
	/* Multicast data from clients goes to the switch instead of being dropped. */
	MUPI_PORT_PASS_CLIENT_DATA = 1u << 1,
	/* For user space: we set the interface's IFF_ALLMULTI, and clear it in the end. */
	MUPI_PORT_ALLMULTI = 1u << 2,
	/* For user space: the interface's clsact qdisc is ours, and goes with our last filter. */
	MUPI_PORT_CLSACT = 1u << 3,
	/* For user space: XDP could send on it when its peer could still be looked at. */
	MUPI_PORT_TARGET = 1u << 4,
};

/* What is given to the agent, each kind with a token bucket of its own. */
enum mupi_punt_kind {
	MUPI_PUNT_REPORT,
	MUPI_PUNT_QUERY,     /* and PIM Hello */
	MUPI_PUNT_NEIGHBOUR, /* ARP, neighbour discovery */
	MUPI_PUNT_KINDS,
};

/* Map `ports`: hash, key __u32 ifindex. */
struct mupi_port {
	/* These two, and flags for user space, are the same in every version. */
	__u32 index;		     /* port index */
	__u32 flags;		     /* enum mupi_port_flags */
	__u32 rate[MUPI_PUNT_KINDS]; /* messages a second, 0: no limit */
};

/* Map `fwd4`: hash. `source` 0 is the entry for any source. */
struct mupi_key4 {
	__u32 ifindex; /* ingress */
	__be32 group;
	__be32 source;
};

/* Map `fwd6`: hash. `source` :: is the entry for any source. */
struct mupi_key6 {
	__u32 ifindex; /* ingress */
	__u32 pad;     /* 0 */
	__u8 group[16];
	__u8 source[16];
};

/*
 * Maps `range4`, `range6`: LPM tries, the sources of a prefix. `prefixlen` counts ifindex and
 * group, too. A packet follows its source's entry in `fwd`, else the longest prefix here, else the
 * entry for any source.
 */
struct mupi_range4 {
	__u32 prefixlen; /* MUPI_RANGE4_BITS + that of the source */
	__u32 ifindex;
	__be32 group;
	__be32 source;
};
#define MUPI_RANGE4_BITS 64

struct mupi_range6 {
	__u32 prefixlen; /* MUPI_RANGE6_BITS + that of the source */
	__u32 ifindex;
	__u8 group[16];
	__u8 source[16];
};
#define MUPI_RANGE6_BITS 160

enum mupi_fwd_flags {
	/* No receiver: drop. */
	MUPI_FWD_DROP = 0,
	/* `out` is the ifindex of the only receiver: plain redirect. */
	MUPI_FWD_SINGLE = 1u << 0,
	/* `out` is the number of a replication list. */
	MUPI_FWD_LIST = 1u << 1,
	/*
	 * On an any-source entry: the group also has entries of its own for some sources, so look
	 * there first. An any-source entry exists whenever a source entry of the group does.
	 */
	MUPI_FWD_HAS_SOURCES = 1u << 2,
	/* The same for prefixes of sources. */
	MUPI_FWD_HAS_PREFIXES = 1u << 3,
};

struct mupi_fwd {
	/*
	 * What mupi_tag4() or mupi_tag6() makes of the key. In `range4` and `range6` its prefixlen,
	 * for user space: whoever looks a prefix up there also finds a shorter one around it.
	 * The kernel (from 6.1 on) takes the memory of an entry that was changed or deleted for the
	 * next new one at once, while a packet may still be reading it: then this is another.
	 * First, as it is written before the others, and read behind them.
	 */
	__u32 tag;
	__u32 out;
	__u32 flags;   /* enum mupi_fwd_flags */
	__u32 counter; /* index into `flow_stats` */
	__u32 port;    /* port index of the ingress, saves a lookup for its counters */
};

#define MUPI_TAG(i) (0x9e3779b1u + 2 * (i)) /* odd: no two values of a word make the same */

static inline __u32 mupi_tag4(const struct mupi_key4 *key)
{
	return key->ifindex * MUPI_TAG(0) + key->group * MUPI_TAG(1) + key->source * MUPI_TAG(2);
}

static inline __u32 mupi_tag6(const struct mupi_key6 *key)
{
	const __u32 *group = (const void *)key->group, *source = (const void *)key->source;
	__u32 tag = key->ifindex * MUPI_TAG(0);

	for (int i = 0; i < 4; i++)
		tag += group[i] * MUPI_TAG(1 + i) + source[i] * MUPI_TAG(5 + i);
	return tag;
}

/* Map `members`: array, index replication list. The ports of the list, a bit each by port index. */
struct mupi_members {
	__u32 w[MUPI_MAX_PORTS / 32];
};

/*
 * Map `flow_stats`: array that can be mapped, index CPU * counters of each CPU + struct
 * mupi_fwd.counter.
 */
struct mupi_flow_stats {
	__u64 packets;
	__u64 bytes;
};

/*
 * Map `port_stats`: per-CPU array of __u64 packets, index port * MUPI_STAT_MAX + reason.
 * Names for people are in mupi_stat_names, in the same order.
 */
enum mupi_stat {
	MUPI_STAT_FORWARDED,	     /* multicast data redirected to at least one port */
	MUPI_STAT_NO_MEMBER,	     /* multicast data that nobody asked for */
	MUPI_STAT_CLIENT_DATA,	     /* multicast data sent by a client and dropped */
	MUPI_STAT_PASSED,	     /* handed to the switch */
	MUPI_STAT_PUNTED,	     /* given to the agent */
	MUPI_STAT_PUNT_LIMITED,	     /* over the port's rate */
	MUPI_STAT_PUNT_FULL,	     /* the ring had no room */
	MUPI_STAT_MALFORMED,	     /* too short, wrong lengths, IGMP fragment */
	MUPI_STAT_GUARDED,	     /* flooded by the switch towards this port and stopped */
	MUPI_STAT_NEIGHBOUR_LIMITED, /* ARP, neighbour discovery over the rate: passed all the same
				      */
	MUPI_STAT_MAX,
};

#define MUPI_STAT_NAMES                                                                            \
	{                                                                                          \
		"forwarded", "no_member", "client_data", "passed", "punted", "punt_limited",       \
			"punt_full", "malformed", "guarded", "neighbour_limited"                   \
	}

/* Ring `punt`: one record a packet, the frame as received, cut at MUPI_PUNT_SNAP. */
#define MUPI_PUNT_SMALL 240
#define MUPI_PUNT_LARGE 2032
#define MUPI_PUNT_SNAP	10224 /* a report over jumbo frames */

struct mupi_punt {
	__u32 ifindex;
	__u16 len;	 /* bytes in `frame` */
	__u16 wire_len;	 /* bytes received; more than `len` when cut */
	__u16 l3_offset; /* where the IP header starts, behind any VLAN tags */
	__u16 l3_proto;	 /* ETH_P_IP, ETH_P_IPV6 or ETH_P_ARP, host order */
	__u16 kind;	 /* enum mupi_punt_kind */
	__u16 port;	 /* port index */
	__u8 frame[];
};

/*
 * Map `alive`: one element. When no agent has written `last_ns` (CLOCK_MONOTONIC) for `hold_ns`,
 * everything passes to the switch. hold_ns 0: for ever alive.
 */
struct mupi_alive {
	__u64 last_ns;
	__u64 hold_ns;
	/* For the programs, and 0 from user space: the outcome, and when they last looked. */
	__u64 gone;
	__u64 jiffy;
};

#endif
