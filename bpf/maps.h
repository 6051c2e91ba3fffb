/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps. User space sets max_entries of fwd4, fwd6, range4, range6 and flow_stats before it
 * loads. */
#ifndef MUPI_BPF_MAPS_H
#define MUPI_BPF_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "mupi/dataplane.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MUPI_MAX_PORTS);
	__type(key, __u32);
	__type(value, struct mupi_port);
} ports SEC(".maps");

/* Not preallocated, as most need far less than there may be. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct mupi_key4);
	__type(value, struct mupi_fwd);
} fwd4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct mupi_key6);
	__type(value, struct mupi_fwd);
} fwd6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct mupi_range4);
	__type(value, struct mupi_fwd);
} range4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct mupi_range6);
	__type(value, struct mupi_fwd);
} range6 SEC(".maps");

/* Replication lists: port index to ifindex. User space sizes each to the number of ports. */
struct replication_list {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, MUPI_MAX_LISTS);
	__type(key, __u32);
	__array(values, struct replication_list);
} lists SEC(".maps");

/* What is in each list. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MUPI_MAX_LISTS);
	__type(key, __u32);
	__type(value, struct mupi_members);
} members SEC(".maps");

/*
 * Counters of flows, all those of a CPU after all those of the one before. Not a per-CPU array:
 * that goes by a table of pointers and by memory of its own, both cold with many flows, and user
 * space could not map it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct mupi_flow_stats);
} flow_stats SEC(".maps");

const volatile __u32 flow_counters = 65536; /* of each CPU */

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MUPI_MAX_PORTS *MUPI_STAT_MAX);
	__type(key, __u32);
	__type(value, __u64);
} port_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 22);
} punt SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct mupi_alive);
} alive SEC(".maps");

/* Token bucket, counted in nanoseconds: a short message costs a second divided by the rate. */
struct bucket {
	struct bpf_spin_lock lock;
	__u32 pad;
	__u64 last_ns;
	__u64 credit_ns;
};

/* Index: port index * MUPI_PUNT_KINDS + enum mupi_punt_kind. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MUPI_MAX_PORTS *MUPI_PUNT_KINDS);
	__type(key, __u32);
	__type(value, struct bucket);
} buckets SEC(".maps");

#endif
