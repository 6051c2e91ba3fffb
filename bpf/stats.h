/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters. Per CPU, and the programs run in softirq: a plain increment is safe. */
#ifndef MUPI_BPF_STATS_H
#define MUPI_BPF_STATS_H

#include "hook.h"
#include "maps.h"

static __always_inline void add_port(__u32 port, enum mupi_stat reason, __u64 n)
{
	__u32 index = port * MUPI_STAT_MAX + reason;
	__u64 *packets = bpf_map_lookup_elem(&port_stats, &index);

	if (packets)
		*packets += n;
}

static __always_inline void count_port(__u32 port, enum mupi_stat reason)
{
	add_port(port, reason, 1);
}

/* As the packets that it stands for. */
static __always_inline void count_frame(const struct frame *f, __u32 port, enum mupi_stat reason)
{
	add_port(port, reason, packets_of(f));
}

static __always_inline void count_flow(__u32 counter, __u64 packets, __u64 bytes)
{
	__u32 index = bpf_get_smp_processor_id() * flow_counters + counter;
	struct mupi_flow_stats *stats = bpf_map_lookup_elem(&flow_stats, &index);

	if (!stats)
		return;
	stats->packets += packets;
	stats->bytes += bytes;
}

#endif
