// SPDX-License-Identifier: GPL-2.0-or-later
/* Effects of the core on the world, and time. */
#include "fuzz/world.h"

#include <netinet/in.h>

#define N_ROWS	 8
#define MAX_STEP 32 /* timers that are run one by one; those beyond are run late */

/* ---- effects -------------------------------------------------------------------------------- */

static void check_sender(const struct world *w, const struct proxy_port *port,
			 const struct message *m)
{
	const struct addr *own = m->family == FAMILY_V4 ? &port->sender.v4 : &port->sender.v6;

	/* Else clients speak for themselves. */
	if (!w->params.relay)
		CHECK(addr_eq(&m->source, own));
}

/* Hosts are asked for addresses. */
static bool is_neighbour(const struct frame *frame, uint16_t proto)
{
	return proto == ETHERTYPE_ARP ||
	       (proto == ETHERTYPE_IPV6 && frame->data[ETH_HLEN + 6] == IPPROTO_ICMPV6);
}

static void on_send(void *ctx, unsigned int index, const struct frame *frame)
{
	struct world *w = ctx;
	const struct proxy_port *port = &w->proxy->ports[index];
	uint16_t proto = (uint16_t)(frame->data[12] << 8 | frame->data[13]);
	struct message m;
	enum decode_error error;

	CHECK(index < N_PORTS && port->up);
	if (is_neighbour(frame, proto)) {
		CHECK(port->slot < 0);
		return;
	}
	error = message_decode(frame->data, frame->len, ETH_HLEN, proto, true, &m);
	if (error)
		FAIL("a frame that is sent is refused: %s", decode_error_name(error));
	CHECK(frame->len <= ETH_HLEN + port->mtu);
	check_sender(w, port, &m);
	if (port->slot < 0) {
		CHECK(m.type == MESSAGE_QUERY);
		return;
	}
	CHECK(m.type == MESSAGE_REPORT || m.type == MESSAGE_LEAVE);
	router_hear(w, index, &m);
}

void entry_key(struct entry *e, unsigned int upstream, const struct addr *group,
	       const struct prefix *source)
{
	memset(e, 0, sizeof(*e));
	e->key.group = *group;
	e->key.source.addr = source->addr;
	e->key.source.family = source->family;
	e->key.source.len = source->len;
	e->key.upstream = upstream;
}

static struct entry *find_entry(struct world *w, unsigned int upstream, const struct addr *group,
				const struct prefix *source)
{
	struct entry *e, key;

	entry_key(&key, upstream, group, source);

	HASH_FIND(hh, w->entries, &key.key, sizeof(key.key), e);
	return e;
}

static int on_flow_set(void *ctx, unsigned int upstream, const struct addr *group,
		       const struct prefix *source, const struct portset *out, uint32_t below)
{
	struct world *w = ctx;
	struct entry *e = find_entry(w, upstream, group, source);

	CHECK(upstream >= N_DOWNSTREAM && upstream < N_PORTS);
	if (!e) {
		e = xcalloc(1, sizeof(*e));
		entry_key(e, upstream, group, source);
		HASH_ADD(hh, w->entries, key, sizeof(e->key), e);
	}
	e->out = *out;
	e->below = below;
	return 0;
}

static void on_flow_del(void *ctx, unsigned int upstream, const struct addr *group,
			const struct prefix *source)
{
	struct world *w = ctx;
	struct entry *e = find_entry(w, upstream, group, source);

	if (!e)
		FAIL("an entry is deleted that was never made");
	HASH_DELETE(hh, w->entries, e);
	free(e);
}

static void on_warning(void *ctx, const char *text)
{
	(void)ctx;
	CHECK(strlen(text) > 10 && !strchr(text, '\n'));
}

/* Data comes from an upstream now and then. */
static uint64_t on_flow_packets(void *ctx, unsigned int upstream, const struct addr *group,
				const struct prefix *source)
{
	const struct world *w = ctx;

	(void)group;
	(void)source;
	return w->now >> 20 & upstream;
}

/* Who watches can tell who is a member. */
static void on_event(void *ctx, const struct proxy_event *event)
{
	struct world *w = ctx;

	CHECK(event->port < N_PORTS);
	CHECK((event->type <= PROXY_LEAVE || event->type == PROXY_SETTLED) ==
	      (event->member != NULL));
	if (event->type == PROXY_JOIN)
		w->joined++;
	if (event->type == PROXY_LEAVE)
		CHECK(w->joined-- > 0);
}

static uint32_t on_random(void *ctx)
{
	struct world *w = ctx;

	w->random = w->random * 1664525 + 1013904223;
	return w->random;
}

/* ---- time --- */

void world_run_timers(struct world *w, usec_t now)
{
	w->now = now;
	proxy_run_timers(w->proxy, now);
	CHECK(proxy_next_timer(w->proxy) > now);
}

void world_advance(struct world *w, usec_t by)
{
	usec_t end = w->now + by;

	for (int i = 0; i < MAX_STEP && proxy_next_timer(w->proxy) <= end; i++) {
		world_run_timers(w, MAX(w->now, proxy_next_timer(w->proxy)));
		world_settle(w);
	}
	world_run_timers(w, end);
}

static void on_difference(void *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, "audit: %s\n", text);
}

void world_settle(struct world *w)
{
	proxy_flush(w->proxy, w->now);
	CHECK(!proxy_audit(w->proxy, on_difference, NULL));
	CHECK(w->joined == w->proxy->members.n);
	state_check(w);
	router_check(w);
}

void world_start(struct world *w)
{
	const struct proxy_ops ops = {
		.ctx = w,
		.send = on_send,
		.flow_set = on_flow_set,
		.flow_del = on_flow_del,
		.flow_packets = on_flow_packets,
		.random = on_random,
		.warn = on_warning,
		.event = on_event,
	};

	*w = (struct world){.now = 1000 * USEC_PER_SEC};
	set_table(w, 0x01, 0);
	set_params(w, 0);
	w->proxy = proxy_new(&w->params, &ops, w->murt);
	for (uint8_t i = 0; i < N_PORTS; i++) {
		bool upstream = i >= N_DOWNSTREAM;

		set_port(w, i, 0, 0);
		proxy_port_add(w->proxy, i, upstream ? 7u + i - N_DOWNSTREAM : 1u + i,
			       upstream ? i - N_DOWNSTREAM : -1, &w->settings[i]);
		set_link(w, i, 1);
	}
}

void world_end(struct world *w)
{
	while (w->proxy->n_statics) {
		const struct static_join *s = w->proxy->statics;

		proxy_static_leave(w->proxy, s->port, &s->group, &s->source, w->now);
	}
	for (uint8_t i = 0; i < N_PORTS; i++)
		set_link(w, i, 1);
	world_run_timers(w, w->now + LONGEST);
	for (int i = 0; i < MAX_ROBUSTNESS; i++) {
		proxy_flush(w->proxy, w->now);
		world_run_timers(w, w->now + USEC_PER_SEC);
	}
	world_settle(w);
	CHECK(!w->proxy->members.n && !w->proxy->groups && !w->proxy->clients.n);
	CHECK(!w->proxy->upstream_table.n && !w->proxy->upstream_groups && !w->entries);
	proxy_free(w->proxy);
	murt_free(w->murt);
	for (unsigned int i = 0; i < N_PORTS; i++)
		router_forget(w, i);
}
