/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host side towards a router of an older version: the host compatibility mode of an upstream
 * (RFC 9776 section 7.2.1, RFC 9777 section 8.2.1), and what is said in IGMPv1 (RFC 1112), IGMPv2
 * (RFC 2236) and MLDv1 (RFC 2710): a group is wanted or not, sources cannot be told.
 */
#include "proxy/internal.h"

/* ---- compatibility mode ---- */

/* RFC 9776 section 8.12, RFC 9777 section 9.12; an older query does not say its interval. */
static usec_t older_querier_present(const struct host *host, const struct message *m)
{
	const struct port_settings *s = &host->port->settings;

	return s->robustness * s->query_interval +
	       (host->family == FAMILY_V4 ? 10 : 1) * m->max_response;
}

static void set_mode(struct proxy *p, struct host *host)
{
	unsigned int before = host->generation;

	host->generation = 3;
	for (unsigned int i = ARRAY_SIZE(host->older); i > 0; i--)
		if (timer_armed(&host->older[i - 1]))
			host->generation = i;
	/* On the way back no query may come soon: tell in the newer version what was not yet told
	 * often enough. */
	if (host->generation != before)
		host_cancel(p, host, host->generation > before);
}

void older_heard(struct proxy *p, struct host *host, const struct message *m, usec_t now)
{
	if (m->generation == 3 || !addr_is_none(&m->group))
		return;
	timer_set(&p->timers, &host->older[m->generation - 1],
		  now + older_querier_present(host, m));
	set_mode(p, host);
}

static void v1_timer(void *ctx, struct timer *timer, usec_t now)
{
	(void)now;
	set_mode(ctx, container_of(timer, struct host, older[0]));
}

static void v2_timer(void *ctx, struct timer *timer, usec_t now)
{
	(void)now;
	set_mode(ctx, container_of(timer, struct host, older[1]));
}

void older_init(struct host *host)
{
	host->generation = 3;
	host->older[0].fire = v1_timer;
	host->older[1].fire = v2_timer;
}

void older_stop(struct proxy *p, struct host *host)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(host->older); i++)
		timer_cancel(&p->timers, &host->older[i]);
	host->generation = 3;
}

/* ---- reports and leaves ---- */

static void send_frame(struct proxy *p, struct host *host, const struct frame *frame)
{
	p->ops.send(p->ops.ctx, host->port->index, frame);
	port_count(host->port, PORT_REPORTS_OUT);
}

static void send_report(struct proxy *p, struct host *host, const struct upstream_group *g)
{
	struct frame frame;

	frame_old_report(&frame, host->family, &host->port->sender, host->generation,
			 &g->key.group);
	send_frame(p, host, &frame);
}

static void send_leave(struct proxy *p, struct host *host, const struct upstream_group *g)
{
	struct frame frame;

	if (host->generation == 1)
		return; /* IGMPv1 has none */
	frame_old_leave(&frame, host->family, &host->port->sender, &g->key.group);
	send_frame(p, host, &frame);
}

void older_note_change(struct upstream_group *g, unsigned int times)
{
	bool wanted = !filter_empty(&g->filter), told = !filter_empty(&g->told);

	if (g->retell || wanted != told)
		g->mode_left = wanted ? times : 1;
}

void older_send(struct proxy *p, struct host *host, const struct upstream_group *queue)
{
	const struct upstream_group *g;

	for (g = queue; g; g = g->queue_next)
		if (g->mode_left && !filter_empty(&g->filter))
			send_report(p, host, g);
	for (g = queue; g; g = g->queue_next)
		if (g->mode_left && filter_empty(&g->filter))
			send_leave(p, host, g);
}

void older_answer(struct proxy *p, struct host *host, const struct upstream_group *g)
{
	if (!filter_empty(&g->told))
		send_report(p, host, g);
}

/* RFC 2236 section 3, RFC 2710 section 4: somebody else has answered. */
void host_report_heard(struct proxy *p, struct proxy_port *port, const struct message *m)
{
	struct host *host = &port->host[family_index(m->family)];
	struct upstream_group *g = demand_find(p, (unsigned int)port->slot, &m->group);

	if (g && m->type == MESSAGE_REPORT && m->generation < 3 && host->generation < 3)
		answer_cancel(p, g);
}
