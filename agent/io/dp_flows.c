// SPDX-License-Identifier: GPL-2.0-or-later
/* Forwarding entries. One map write each, which a packet sees as before or as after. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "io/dp_internal.h"
#include "lib/util.h"

union fwd_key {
	struct mupi_key4 v4;
	struct mupi_key6 v6;
};

static int make_key(const struct dataplane *dp, unsigned int upstream, const struct addr *group,
		    const struct addr *source, union fwd_key *key)
{
	bool any = addr_is_none(source);

	memset(key, 0, sizeof(*key));
	if (addr_family(group) == FAMILY_V4) {
		key->v4.ifindex = dp->ports[upstream].ifindex;
		memcpy(&key->v4.group, group->b + 12, 4);
		if (!any)
			memcpy(&key->v4.source, source->b + 12, 4);
		return dp->fwd4_fd;
	}
	key->v6.ifindex = dp->ports[upstream].ifindex;
	memcpy(key->v6.group, group->b, 16);
	if (!any)
		memcpy(key->v6.source, source->b, 16);
	return dp->fwd6_fd;
}

static int take_counter(struct dataplane *dp, uint32_t *ret)
{
	_cleanup_free_ struct mupi_flow_stats *zero = xcalloc((size_t)dp->n_cpus, sizeof(*zero));

	if (!dp->n_counters)
		return -ENOSPC;
	*ret = dp->counters[--dp->n_counters];
	return bpf_map_update_elem(dp->flow_stats_fd, ret, zero, BPF_ANY) ? -errno : 0;
}

static void give_counter(struct dataplane *dp, uint32_t counter)
{
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
		       const struct addr *source, const struct portset *out, bool has_sources)
{
	struct mupi_fwd old = {0}, fwd = {.port = upstream};
	union fwd_key key;
	bool exists;
	int fd, r;

	if (upstream >= MUPI_MAX_PORTS || !dp->ports[upstream].ifindex)
		return -ENODEV;
	fd = make_key(dp, upstream, group, source, &key);
	exists = bpf_map_lookup_elem(fd, &key, &old) == 0;
	r = choose_output(dp, out, &fwd);
	if (r)
		return r;
	if (has_sources)
		fwd.flags |= MUPI_FWD_HAS_SOURCES;
	fwd.counter = old.counter;
	if (!exists && (r = take_counter(dp, &fwd.counter))) {
		put_output(dp, &fwd);
		return r;
	}
	if (bpf_map_update_elem(fd, &key, &fwd, BPF_ANY) == 0) {
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
			const struct addr *source)
{
	struct mupi_fwd old;
	union fwd_key key;
	int fd;

	if (upstream >= MUPI_MAX_PORTS || !dp->ports[upstream].ifindex)
		return;
	fd = make_key(dp, upstream, group, source, &key);
	if (bpf_map_lookup_elem(fd, &key, &old) || bpf_map_delete_elem(fd, &key))
		return;
	put_output(dp, &old);
	give_counter(dp, old.counter);
}

static void read_key(bool v4, const union fwd_key *key, struct dataplane_flow *flow)
{
	static const uint8_t zero[16];

	flow->group = v4 ? addr_from_v4(&key->v4.group) : addr_from_v6(key->v6.group);
	flow->source = ADDR_NONE;
	if (v4 && key->v4.source)
		flow->source = addr_from_v4(&key->v4.source);
	if (!v4 && memcmp(key->v6.source, zero, sizeof(zero)))
		flow->source = addr_from_v6(key->v6.source);
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
				const struct addr *group, const struct addr *source)
{
	struct dataplane_flow flow = {0};
	struct mupi_fwd fwd;
	union fwd_key key;
	int fd = make_key(dp, upstream, group, source, &key);

	if (bpf_map_lookup_elem(fd, &key, &fwd) == 0)
		read_counter(dp, fwd.counter, &flow);
	return flow.packets;
}

static int walk(struct dataplane *dp, bool v4,
		int (*each)(void *ctx, const struct dataplane_flow *flow), void *ctx)
{
	int fd = v4 ? dp->fwd4_fd : dp->fwd6_fd, r = 0;
	union fwd_key key, next;
	bool more = bpf_map_get_next_key(fd, NULL, &next) == 0;

	while (more && !r) {
		struct dataplane_flow flow = {0};
		struct mupi_fwd fwd;

		/* The next key first: `each` may delete this one. */
		key = next;
		more = bpf_map_get_next_key(fd, &key, &next) == 0;
		if (bpf_map_lookup_elem(fd, &key, &fwd))
			continue;
		flow.upstream = fwd.port;
		flow.has_sources = fwd.flags & MUPI_FWD_HAS_SOURCES;
		read_key(v4, &key, &flow);
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
	int r = walk(dp, true, each, ctx);

	return r ? r : walk(dp, false, each, ctx);
}

static void forget_in(struct dataplane *dp, int fd, unsigned int index)
{
	struct portset set = {0};
	union fwd_key key;
	void *previous = NULL;
	struct mupi_fwd fwd;

	portset_add(&set, index);
	while (bpf_map_get_next_key(fd, previous, &key) == 0) {
		previous = &key;
		if (bpf_map_lookup_elem(fd, &key, &fwd) || !(fwd.flags & MUPI_FWD_SINGLE) ||
		    fwd.out != dp->ports[index].ifindex)
			continue;
		fwd.flags &= ~(__u32)MUPI_FWD_SINGLE;
		if (dp_lists_get(dp->lists, &set, &fwd.out) == 0)
			fwd.flags |= MUPI_FWD_LIST;
		bpf_map_update_elem(fd, &key, &fwd, BPF_EXIST);
	}
}

void dp_flows_forget_port(struct dataplane *dp, unsigned int index)
{
	forget_in(dp, dp->fwd4_fd, index);
	forget_in(dp, dp->fwd6_fd, index);
}
