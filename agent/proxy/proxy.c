/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The proxy as a whole: its ports and its input. */
#include "proxy/internal.h"

struct proxy *proxy_new(const struct proxy_params *params, const struct proxy_ops *ops,
			struct murt *murt)
{
	struct proxy *p = xcalloc(1, sizeof(*p));

	p->params = *params;
	p->ops = *ops;
	p->murt = murt;
	membership_init(p);
	return p;
}

void proxy_free(struct proxy *p)
{
	struct upstream_group *g, *next;
	struct member *m;

	if (!p)
		return;
	p->ops.event = NULL;
	while ((m = member_first(p)))
		member_end(p, m, PROXY_PORT);
	for (unsigned int i = 0; i < MUPI_MAX_PORTS; i++)
		identity_drop_port(p, i);
	for (unsigned int slot = 0; slot < MURT_MAX_UPSTREAMS; slot++)
		if (p->upstreams[slot])
			host_stop(p, p->upstreams[slot]);
	DL_FOREACH_SAFE (p->upstream_groups, g, next)
		demand_free(p, g);
	timers_free(&p->handover_ends);
	timers_free(&p->timers);
	free(p->statics);
	free(p);
}

void proxy_set_params(struct proxy *p, const struct proxy_params *params)
{
	bool switched = params->relay != p->params.relay;
	struct upstream_group *g;

	p->params = *params;
	p->told_together = false;
	if (!switched)
		return;
	if (p->params.relay)
		relay_begin(p);
	/* Upstreams are to be told something else. */
	DL_FOREACH (p->upstream_groups, g)
		demand_mark(p, g);
}

void proxy_set_murt(struct proxy *p, struct murt *murt, usec_t now)
{
	p->murt = murt;
	resolve_all(p, now);
}

usec_t proxy_random_delay(struct proxy *p, usec_t now, usec_t range)
{
	return now + 1 + (range * p->ops.random(p->ops.ctx) >> 32);
}

void proxy_upstream_enable(struct proxy *p, unsigned int slot, bool enable, usec_t now)
{
	upset bit = 1ULL << slot;

	p->disabled = enable ? p->disabled & ~bit : p->disabled | bit;
	resolve_all(p, now);
}

/* ---- ports ---- */

void proxy_port_add(struct proxy *p, unsigned int index, uint32_t number, int slot,
		    const struct port_settings *settings)
{
	struct proxy_port *port = &p->ports[index];

	*port = (struct proxy_port){
		.known = true,
		.index = index,
		.number = number,
		.slot = slot,
		.settings = *settings,
	};
	querier_init(port);
	host_init(port);
	if (slot >= 0)
		p->upstreams[slot] = port;
}

static void choose_sender(struct proxy_port *port)
{
	port->sender = port->own;
	if (!addr_is_none(&port->settings.igmp_source))
		port->sender.v4 = port->settings.igmp_source;
	if (!addr_is_none(&port->settings.mld_source))
		port->sender.v6 = port->settings.mld_source;
}

void proxy_port_set(struct proxy *p, unsigned int index, const struct port_settings *settings,
		    usec_t now)
{
	struct proxy_port *port = &p->ports[index];

	port->settings = *settings;
	choose_sender(port);
	if (port->slot < 0)
		querier_settings(p, port, now);
}

void proxy_port_up(struct proxy *p, unsigned int index, const struct sender *sender, size_t mtu,
		   usec_t now)
{
	struct proxy_port *port = &p->ports[index];
	bool was_up = port->up;

	port->own = *sender;
	/* RFC 9777 sections 5.1.14 and 5.2.14: MLD needs a link-local source. */
	if (addr_is_none(&port->own.v6))
		port->own.v6 = addr_link_local(port->own.mac);
	choose_sender(port);
	port->mtu = MIN(MAX(mtu, 576), 2000);
	port->up = true;
	if (was_up)
		return;
	static_port(p, index, true, now);
	if (port->slot < 0) {
		querier_start(p, port, now);
		return;
	}
	p->up |= 1ULL << port->slot;
	resolve_all(p, now);
	host_up(p, port);
}

void proxy_port_down(struct proxy *p, unsigned int index, bool gone, usec_t now)
{
	struct proxy_port *port = &p->ports[index];
	bool was_up = port->up;

	port->up = false;
	if (was_up && port->slot < 0)
		querier_stop(p, port);
	if (was_up && port->slot >= 0) {
		p->up &= ~(1ULL << port->slot);
		host_stop(p, port);
		resolve_all(p, now);
	}
	if (gone || port->slot >= 0)
		static_port(p, index, false, now);
	if (!gone)
		return;
	membership_drop_port(p, index);
	identity_drop_port(p, index);
}

void proxy_port_make_upstream(struct proxy *p, unsigned int index, int slot)
{
	struct proxy_port *port = &p->ports[index];

	querier_stop(p, port);
	identity_drop_port(p, index);
	port->slot = slot;
	p->upstreams[slot] = port;
	if (!port->up)
		return;
	p->up |= 1ULL << slot;
	host_up(p, port);
}

/* We are told every 5 s as long as it lasts. */
#define LOSING_FOR (10 * USEC_PER_SEC)

void proxy_port_heal(struct proxy *p, unsigned int index, usec_t now)
{
	struct proxy_port *port = &p->ports[index];

	port->losing_until = now + LOSING_FOR;
	if (!port->up)
		return;
	port_count(port, PORT_HEALS);
	if (port->slot >= 0)
		host_up(p, port);
	else
		querier_ask(p, port, now);
}

/* ---- input ---- */

static void input_upstream(struct proxy *p, struct proxy_port *port, const struct message *m,
			   usec_t now)
{
	/* RFC 4605 section 4: only the host side is upstream; nobody becomes a member here. */
	if (m->type == MESSAGE_REPORT || m->type == MESSAGE_LEAVE) {
		port_count(port, PORT_WRONG_SIDE);
		host_report_heard(p, port, m);
	} else if (m->type == MESSAGE_QUERY) {
		port_count(port, PORT_QUERIES_IN);
		host_query(p, port, m, now);
		if (p->params.relay)
			relay_query(p, m, now);
	}
}

static void input_downstream(struct proxy *p, struct proxy_port *port, const struct message *m,
			     usec_t now)
{
	switch (m->type) {
	case MESSAGE_QUERY:
		querier_heard(p, port, m, now);
		break;
	case MESSAGE_REPORT:
	case MESSAGE_LEAVE:
		clients_heard(p, port, m, now);
		break;
	case MESSAGE_PIM_HELLO:
		port_count(port, PORT_WRONG_SIDE);
		break;
	}
}

void proxy_input(struct proxy *p, unsigned int index, const struct message *m, usec_t now)
{
	struct proxy_port *port = &p->ports[index];

	if (!port->known)
		return;
	if (port->slot >= 0)
		input_upstream(p, port, m, now);
	else
		input_downstream(p, port, m, now);
}

usec_t proxy_next_timer(const struct proxy *p)
{
	return timers_next(&p->timers);
}

void proxy_run_timers(struct proxy *p, usec_t now)
{
	timers_run(&p->timers, p, now);
}
