// SPDX-License-Identifier: GPL-2.0-or-later
/* Forwarding entries. One map write each, which a packet sees as before or as after. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "io/dp_internal.h"
#include "lib/util.h"

struct flow_key {
	enum dp_flow_map map;
	union {
		struct mupi_key4 fwd4;
		struct mupi_key6 fwd6;
		struct mupi_range4 range4;
		struct mupi_range6 range6;
	};
};

/* The key as the map wants it. */
static void *raw(struct flow_key *key)
{
	return &key->fwd4;
}

static void make_key4(uint32_t ifindex, const struct addr *group, const struct prefix *source,
		      struct flow_key *key)
{
	if (key->map == DP_FWD4) {
		key->fwd4.ifindex = ifindex;
		memcpy(&key->fwd4.group, group->b + 12, 4);
		memcpy(&key->fwd4.source, source->addr.b + 12, 4);
		return;
	}
	key->range4.prefixlen = MUPI_RANGE4_BITS + source->len;
	key->range4.ifindex = ifindex;
	memcpy(&key->range4.group, group->b + 12, 4);
	memcpy(&key->range4.source, source->addr.b + 12, 4);
}

static void make_key6(uint32_t ifindex, const struct addr *group, const struct prefix *source,
		      struct flow_key *key)
{
	if (key->map == DP_FWD6) {
		key->fwd6.ifindex = ifindex;
		memcpy(key->fwd6.group, group->b, 16);
		memcpy(key->fwd6.source, source->addr.b, 16);
		return;
	}
	key->range6.prefixlen = MUPI_RANGE6_BITS + source->len;
	key->range6.ifindex = ifindex;
	memcpy(key->range6.group, group->b, 16);
	memcpy(key->range6.source, source->addr.b, 16);
}

/* Returns the map's descriptor. */
static int make_key(const struct dataplane *dp, unsigned int upstream, const struct addr *group,
		    const struct prefix *source, struct flow_key *key)
{
	bool single = !source->family || prefix_is_host(source);
	uint32_t ifindex = dp->ports[upstream].ifindex;

	memset(key, 0, sizeof(*key));
	if (addr_family(group) == FAMILY_V4) {
		key->map = single ? DP_FWD4 : DP_RANGE4;
		make_key4(ifindex, group, source, key);
	} else {
		key->map = single ? DP_FWD6 : DP_RANGE6;
		make_key6(ifindex, group, source, key);
	}
	return dp->flow_fds[key->map];
}

static struct prefix range(const struct addr *source, enum family family, unsigned int len)
{
	return (struct prefix){.addr = addr_mask(source, family, len),
			       .family = (uint8_t)family,
			       .len = (uint8_t)len};
}

/* The inverse of make_key(): group and source. */
static void read_key(const struct flow_key *key, struct dataplane_flow *flow)
{
	static const uint8_t zero[16];
	struct addr source;

	switch (key->map) {
	case DP_FWD4:
		flow->group = addr_from_v4(&key->fwd4.group);
		source = key->fwd4.source ? addr_from_v4(&key->fwd4.source) : ADDR_NONE;
		flow->source = prefix_host(&source);
		return;
	case DP_FWD6:
		flow->group = addr_from_v6(key->fwd6.group);
		source = memcmp(key->fwd6.source, zero, sizeof(zero))
				 ? addr_from_v6(key->fwd6.source)
				 : ADDR_NONE;
		flow->source = prefix_host(&source);
		return;
	case DP_RANGE4:
		flow->group = addr_from_v4(&key->range4.group);
		source = addr_from_v4(&key->range4.source);
		flow->source = range(&source, FAMILY_V4, key->range4.prefixlen - MUPI_RANGE4_BITS);
		return;
	default:
		flow->group = addr_from_v6(key->range6.group);
		source = addr_from_v6(key->range6.source);
		flow->source = range(&source, FAMILY_V6, key->range6.prefixlen - MUPI_RANGE6_BITS);
	}
}

static int take_counter(struct dataplane *dp, uint32_t *ret)
{
	if (!dp->n_counters)
		return -ENOSPC;
	*ret = dp->counters[--dp->n_counters];
	return 0;
}

unsigned int dataplane_room(const struct dataplane *dp)
{
	return dp->n_counters;
}

/* Cleared here and not when it is taken: a join waits for that, a leave does not. */
static void give_counter(struct dataplane *dp, uint32_t counter)
{
	_cleanup_free_ struct mupi_flow_stats *zero = xcalloc((size_t)dp->n_cpus, sizeof(*zero));

	bpf_map_update_elem(dp->flow_stats_fd, &counter, zero, BPF_ANY);
	dp->counters[dp->n_counters++] = counter;
}

/*
 * One receiver needs no list, unless its port is away: then only a list remembers it, and gets the
 * interface when it comes.
 */
static int choose_output(struct dataplane *dp, const struct portset *out, struct mupi_fwd *fwd)
{
	unsigned int first = portset_next(out, 0);
	int r;

	fwd->out = 0;
	fwd->flags = MUPI_FWD_DROP;
	if (first == MUPI_MAX_PORTS)
		return 0;
	if (portset_count(out) == 1 && dp->ports[first].ifindex) {
		fwd->out = dp->ports[first].ifindex;
		fwd->flags = MUPI_FWD_SINGLE;
		return 0;
	}
	r = dp_lists_get(dp->lists, out, &fwd->out);
	if (!r)
		fwd->flags = MUPI_FWD_LIST;
	return r;
}

static void put_output(struct dataplane *dp, const struct mupi_fwd *fwd)
{
	if (fwd->flags & MUPI_FWD_LIST)
		dp_lists_put(dp->lists, fwd->out);
}

int dataplane_flow_set(struct dataplane *dp, unsigned int upstream, const struct addr *group,
		       const struct prefix *source, const struct portset *out, uint32_t below)
{
	struct mupi_fwd old = {0}, fwd = {.port = upstream};
	struct flow_key key;
	bool exists;
	int fd, r;

	if (upstream >= MUPI_MAX_PORTS || !dp->ports[upstream].ifindex)
		return -ENODEV;
	fd = make_key(dp, upstream, group, source, &key);
	exists = bpf_map_lookup_elem(fd, raw(&key), &old) == 0;
	r = choose_output(dp, out, &fwd);
	if (r)
		return r;
	fwd.flags |= below;
	fwd.counter = old.counter;
	if (!exists && (r = take_counter(dp, &fwd.counter))) {
		put_output(dp, &fwd);
		return r;
	}
	if (bpf_map_update_elem(fd, raw(&key), &fwd, BPF_ANY) == 0) {
		put_output(dp, &old);
		return 0;
	}
	r = errno == E2BIG ? -ENOSPC : -errno;
	put_output(dp, &fwd);
	if (!exists)
		give_counter(dp, fwd.counter);
	return r;
}

void dataplane_flow_del(struct dataplane *dp, unsigned int upstream, const struct addr *group,
			const struct prefix *source)
{
	struct mupi_fwd old;
	struct flow_key key;
	int fd;

	if (upstream >= MUPI_MAX_PORTS || !dp->ports[upstream].ifindex)
		return;
	fd = make_key(dp, upstream, group, source, &key);
	if (bpf_map_lookup_elem(fd, raw(&key), &old) || bpf_map_delete_elem(fd, raw(&key)))
		return;
	put_output(dp, &old);
	give_counter(dp, old.counter);
}

static int read_output(const struct dataplane *dp, const struct mupi_fwd *fwd, struct portset *out)
{
	if (fwd->flags & MUPI_FWD_LIST)
		return dp_lists_read(dp->lists, fwd->out, out);
	for (unsigned int i = 0; fwd->flags & MUPI_FWD_SINGLE && i < MUPI_MAX_PORTS; i++)
		if (dp->ports[i].ifindex == fwd->out)
			portset_add(out, i);
	return 0;
}

static int read_counter(const struct dataplane *dp, uint32_t counter, struct dataplane_flow *flow)
{
	_cleanup_free_ struct mupi_flow_stats *cpus = xcalloc((size_t)dp->n_cpus, sizeof(*cpus));

	if (bpf_map_lookup_elem(dp->flow_stats_fd, &counter, cpus))
		return -errno;
	for (int i = 0; i < dp->n_cpus; i++) {
		flow->packets += cpus[i].packets;
		flow->bytes += cpus[i].bytes;
	}
	return 0;
}

uint64_t dataplane_flow_packets(struct dataplane *dp, unsigned int upstream,
				const struct addr *group, const struct prefix *source)
{
	struct dataplane_flow flow = {0};
	struct mupi_fwd fwd;
	struct flow_key key;
	int fd = make_key(dp, upstream, group, source, &key);

	if (bpf_map_lookup_elem(fd, raw(&key), &fwd) == 0)
		read_counter(dp, fwd.counter, &flow);
	return flow.packets;
}

static int walk(struct dataplane *dp, enum dp_flow_map map,
		int (*each)(void *ctx, const struct dataplane_flow *flow), void *ctx)
{
	int fd = dp->flow_fds[map], r = 0;
	struct flow_key key = {.map = map}, next = key;
	bool more = bpf_map_get_next_key(fd, NULL, raw(&next)) == 0;

	while (more && !r) {
		struct dataplane_flow flow = {0};
		struct mupi_fwd fwd;

		/* The next key first: `each` may delete this one. */
		key = next;
		more = bpf_map_get_next_key(fd, raw(&key), raw(&next)) == 0;
		if (bpf_map_lookup_elem(fd, raw(&key), &fwd))
			continue;
		flow.upstream = fwd.port;
		flow.below = fwd.flags & (MUPI_FWD_HAS_SOURCES | MUPI_FWD_HAS_PREFIXES);
		read_key(&key, &flow);
		r = read_output(dp, &fwd, &flow.out);
		if (!r)
			r = read_counter(dp, fwd.counter, &flow);
		if (!r)
			r = each(ctx, &flow);
	}
	return r;
}

int dataplane_flows(struct dataplane *dp, int (*each)(void *ctx, const struct dataplane_flow *flow),
		    void *ctx)
{
	int r = 0;

	for (enum dp_flow_map map = 0; !r && map < DP_FLOW_MAPS; map++)
		r = walk(dp, map, each, ctx);
	return r;
}

static void forget_in(struct dataplane *dp, enum dp_flow_map map, unsigned int index)
{
	struct portset set = {0};
	struct flow_key key = {.map = map};
	int fd = dp->flow_fds[map];
	void *previous = NULL;
	struct mupi_fwd fwd;

	portset_add(&set, index);
	while (bpf_map_get_next_key(fd, previous, raw(&key)) == 0) {
		previous = raw(&key);
		if (bpf_map_lookup_elem(fd, raw(&key), &fwd) || !(fwd.flags & MUPI_FWD_SINGLE) ||
		    fwd.out != dp->ports[index].ifindex)
			continue;
		fwd.flags &= ~(__u32)MUPI_FWD_SINGLE;
		if (dp_lists_get(dp->lists, &set, &fwd.out) == 0)
			fwd.flags |= MUPI_FWD_LIST;
		bpf_map_update_elem(fd, raw(&key), &fwd, BPF_EXIST);
	}
}

void dp_flows_forget_port(struct dataplane *dp, unsigned int index)
{
	for (enum dp_flow_map map = 0; map < DP_FLOW_MAPS; map++)
		forget_in(dp, map, index);
}
