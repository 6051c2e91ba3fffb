// SPDX-License-Identifier: GPL-2.0-or-later
/* Forwarding entries. One map write each, which a packet sees as before or as after. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "io/dp_internal.h"
#include "lib/util.h"

static void make_key4(uint32_t ifindex, const struct addr *group, const struct prefix *source,
		      struct dp_flow_key *key)
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
		      struct dp_flow_key *key)
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

int dp_flow_key(const struct dataplane *dp, unsigned int upstream, const struct addr *group,
		const struct prefix *source, struct dp_flow_key *key)
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

static uint32_t tag_of(const struct dp_flow_key *key)
{
	switch (key->map) {
	case DP_FWD4:
		return mupi_tag4(&key->fwd4);
	case DP_FWD6:
		return mupi_tag6(&key->fwd6);
	case DP_RANGE4:
		return key->range4.prefixlen;
	default:
		return key->range6.prefixlen;
	}
}

int dp_flow_find(const struct dataplane *dp, struct dp_flow_key *key, struct mupi_fwd *ret)
{
	struct mupi_fwd fwd;

	if (bpf_map_lookup_elem(dp->flow_fds[key->map], dp_flow_raw(key), &fwd))
		return -errno;
	if (fwd.tag != tag_of(key))
		return -ENOENT;
	*ret = fwd;
	return 0;
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
	for (uint32_t cpu = 0; cpu < dp->cpu_ids; cpu++) {
		volatile struct mupi_flow_stats *stats = dp_flow_counter(dp, cpu, counter);

		stats->packets = 0;
		stats->bytes = 0;
	}
	dp->counters[dp->n_counters++] = counter;
}

/*
 * One receiver needs no list, unless its port is away: then only a list remembers it, and gets the
 * interface when it comes. The upstream itself is none, and a plain redirect would not see that.
 */
static int choose_output(struct dataplane *dp, struct portset out, struct mupi_fwd *fwd)
{
	unsigned int first;
	int r;

	portset_del(&out, fwd->port);
	first = portset_next(&out, 0);
	fwd->out = 0;
	fwd->flags = MUPI_FWD_DROP;
	if (first == MUPI_MAX_PORTS)
		return 0;
	if (portset_count(&out) == 1 && dp->ports[first].ifindex) {
		fwd->out = dp->ports[first].ifindex;
		fwd->flags = MUPI_FWD_SINGLE;
		return 0;
	}
	r = dp_lists_get(dp->lists, &out, &fwd->out);
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
	struct dp_flow_key key;
	bool exists;
	int fd, r;

	if (upstream >= MUPI_MAX_PORTS || !dp->ports[upstream].ifindex)
		return -ENODEV;
	fd = dp_flow_key(dp, upstream, group, source, &key);
	exists = dp_flow_find(dp, &key, &old) == 0;
	r = choose_output(dp, *out, &fwd);
	if (r)
		return r;
	fwd.tag = tag_of(&key);
	fwd.flags |= below;
	fwd.counter = old.counter;
	if (!exists && (r = take_counter(dp, &fwd.counter))) {
		put_output(dp, &fwd);
		return r;
	}
	if (bpf_map_update_elem(fd, dp_flow_raw(&key), &fwd, BPF_ANY) == 0) {
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
	struct dp_flow_key key;
	int fd;

	if (upstream >= MUPI_MAX_PORTS || !dp->ports[upstream].ifindex)
		return;
	fd = dp_flow_key(dp, upstream, group, source, &key);
	if (dp_flow_find(dp, &key, &old) || bpf_map_delete_elem(fd, dp_flow_raw(&key)))
		return;
	put_output(dp, &old);
	give_counter(dp, old.counter);
}

struct leaving {
	struct dataplane *dp;
	unsigned int ifindex;
	struct portset set;
};

static int forget(void *ctx, const struct dp_flow_key *key, const struct mupi_fwd *entry)
{
	struct leaving *port = ctx;
	struct mupi_fwd fwd = *entry;

	if (!(fwd.flags & MUPI_FWD_SINGLE) || fwd.out != port->ifindex)
		return 0;
	fwd.flags &= ~(__u32)MUPI_FWD_SINGLE;
	if (dp_lists_get(port->dp->lists, &port->set, &fwd.out) == 0)
		fwd.flags |= MUPI_FWD_LIST;
	bpf_map_update_elem(port->dp->flow_fds[key->map], &key->fwd4, &fwd, BPF_EXIST);
	return 0;
}

void dp_flows_forget_port(struct dataplane *dp, unsigned int index)
{
	struct leaving port = {.dp = dp, .ifindex = dp->ports[index].ifindex};

	portset_add(&port.set, index);
	dp_walk(dp, forget, &port);
}
