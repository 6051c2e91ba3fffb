// SPDX-License-Identifier: GPL-2.0-or-later
/* Forwarding entries as the kernel has them, read a batch at a time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "io/dp_internal.h"
#include "lib/util.h"

/* Entries of a batch: about a millisecond with their counters. */
#define BATCH 128

#define KEY_MAX sizeof(struct mupi_range6)
_Static_assert(sizeof(struct mupi_key6) <= KEY_MAX, "the longest key");

struct dataplane_walk {
	struct dataplane *dp;
	enum dp_flow_map map; /* that is being read */
	bool begun;
	uint8_t place[KEY_MAX]; /* where the kernel goes on */
	uint32_t n;		/* of the last batch */
	uint8_t keys[BATCH * KEY_MAX];
	struct mupi_fwd values[BATCH];
};

/* ---- one entry ---- */

static struct prefix range(const struct addr *source, enum family family, unsigned int len)
{
	return (struct prefix){.addr = addr_mask(source, family, len),
			       .family = (uint8_t)family,
			       .len = (uint8_t)len};
}

/* The inverse of make_key(): group and source. */
static void read_key(const struct dp_flow_key *key, struct dataplane_flow *flow)
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

static int read_output(const struct dataplane *dp, const struct mupi_fwd *fwd, struct portset *out)
{
	int port = fwd->flags & MUPI_FWD_SINGLE ? dp_find_port(dp, fwd->out) : -1;

	if (fwd->flags & MUPI_FWD_LIST)
		return dp_lists_read(dp->lists, fwd->out, out);
	if (port >= 0)
		portset_add(out, (unsigned int)port);
	return 0;
}

static struct mupi_flow_stats read_counter(const struct dataplane *dp, uint32_t counter)
{
	struct mupi_flow_stats sum = {0};

	for (uint32_t cpu = 0; cpu < dp->cpu_ids; cpu++) {
		const volatile struct mupi_flow_stats *stats = dp_flow_counter(dp, cpu, counter);

		sum.packets += stats->packets;
		sum.bytes += stats->bytes;
	}
	return sum;
}

int dataplane_flow_stats(struct dataplane *dp, unsigned int upstream, const struct addr *group,
			 const struct prefix *source, struct mupi_flow_stats *ret)
{
	struct mupi_fwd fwd;
	struct dp_flow_key key;
	int r;

	dp_flow_key(dp, upstream, group, source, &key);
	r = dp_flow_find(dp, &key, &fwd);
	if (r)
		return r;
	*ret = read_counter(dp, fwd.counter);
	return 0;
}

/* What the entry of the key says. */
static int read_flow(const struct dataplane *dp, const struct dp_flow_key *key,
		     const struct mupi_fwd *fwd, struct dataplane_flow *ret)
{
	*ret = (struct dataplane_flow){.upstream = fwd->port,
				       .below = fwd->flags &
						(MUPI_FWD_HAS_SOURCES | MUPI_FWD_HAS_PREFIXES)};
	read_key(key, ret);
	ret->stats = read_counter(dp, fwd->counter);
	return read_output(dp, fwd, &ret->out);
}

/* ---- all of them ---- */

static bool is_trie(enum dp_flow_map map)
{
	return map == DP_RANGE4 || map == DP_RANGE6;
}

static size_t key_size(enum dp_flow_map map)
{
	static const size_t sizes[] = {
		[DP_FWD4] = sizeof(struct mupi_key4),
		[DP_FWD6] = sizeof(struct mupi_key6),
		[DP_RANGE4] = sizeof(struct mupi_range4),
		[DP_RANGE6] = sizeof(struct mupi_range6),
	};

	return sizes[map];
}

/* Of the last batch. */
static struct dp_flow_key key_at(const struct dataplane_walk *w, uint32_t i)
{
	struct dp_flow_key key = {.map = w->map};
	size_t size = key_size(w->map);

	memcpy(dp_flow_raw(&key), w->keys + i * size, size);
	return key;
}

/*
 * A hash goes on with its next bucket, a trie behind the last key, but from its beginning when that
 * is gone: then behind the last that is there. False: there is none.
 */
static bool find_place(struct dataplane_walk *w)
{
	struct mupi_fwd fwd;

	for (uint32_t i = w->n; is_trie(w->map) && i > 0; i--) {
		struct dp_flow_key key = key_at(w, i - 1);

		memcpy(w->place, dp_flow_raw(&key), key_size(w->map));
		if (!dp_flow_find(w->dp, &key, &fwd))
			return true;
	}
	return !is_trie(w->map) || !w->begun;
}

/* 1: there may be more in this map; 0: that was the last; or a negative errno. */
static int read_batch(struct dataplane_walk *w)
{
	int fd = w->dp->flow_fds[w->map], r;
	bool more = find_place(w);

	w->n = more ? BATCH : 0;
	if (!more)
		return 0;
	r = bpf_map_lookup_batch(fd, w->begun ? w->place : NULL, w->place, w->keys, w->values,
				 &w->n, NULL);
	w->begun = true;
	if (!r)
		return 1;
	return errno == ENOENT ? 0 : -errno;
}

static int tell_batch(struct dataplane_walk *w, dp_each_entry *each, void *ctx)
{
	int r = 0;

	for (uint32_t i = 0; !r && i < w->n; i++) {
		struct dp_flow_key key = key_at(w, i);

		r = each(ctx, &key, &w->values[i]);
	}
	return r;
}

struct dataplane_walk *dataplane_walk_new(struct dataplane *dp)
{
	struct dataplane_walk *w = xcalloc(1, sizeof(*w));

	w->dp = dp;
	return w;
}

void dataplane_walk_free(struct dataplane_walk *w)
{
	free(w);
}

static int walk_on(struct dataplane_walk *w, dp_each_entry *each, void *ctx)
{
	int more, r;

	if (w->map == DP_FLOW_MAPS)
		return 0;
	more = read_batch(w);
	r = more < 0 ? more : tell_batch(w, each, ctx);
	if (r)
		return r;
	if (!more) {
		w->map++;
		w->begun = false;
		w->n = 0;
	}
	return w->map < DP_FLOW_MAPS;
}

int dp_walk(struct dataplane *dp, dp_each_entry *each, void *ctx)
{
	struct dataplane_walk w = {.dp = dp};
	int r;

	do
		r = walk_on(&w, each, ctx);
	while (r == 1);
	return r;
}

struct teller {
	const struct dataplane *dp;
	dataplane_each *each;
	void *ctx;
};

static int tell(void *ctx, const struct dp_flow_key *key, const struct mupi_fwd *fwd)
{
	const struct teller *t = ctx;
	struct dataplane_flow flow;
	int r = read_flow(t->dp, key, fwd, &flow);

	if (!r)
		t->each(t->ctx, &flow);
	return r;
}

int dataplane_walk_on(struct dataplane_walk *w, dataplane_each *each, void *ctx)
{
	struct teller teller = {w->dp, each, ctx};

	return walk_on(w, tell, &teller);
}

int dataplane_flows(struct dataplane *dp, dataplane_each *each, void *ctx)
{
	struct teller teller = {dp, each, ctx};

	return dp_walk(dp, tell, &teller);
}
