/* SPDX-License-Identifier: GPL-2.0-or-later */
/* General queries downstream, and the election of who sends them (RFC 9776 section 6.6.2, RFC 9777
 * section 7.6.2). */
#include <stdio.h>

#include "proxy/internal.h"

unsigned int querier_send(struct proxy *p, struct proxy_port *port, enum family family,
			  struct query *q)
{
	const struct querier *querier = &port->querier[family_index(family)];
	struct frame frame;
	unsigned int sent;

	if (!port->up)
		return 0;
	q->generation = 3;
	q->robustness = querier->robustness;
	q->query_interval = querier->query_interval;
	sent = frame_query(&frame, family, &port->sender, q, port->mtu);
	p->ops.send(p->ops.ctx, port->index, &frame);
	port_count(port, PORT_QUERIES_OUT);
	return sent;
}

/* ---- our own queries ---- */

static void use_own_values(struct querier *q)
{
	const struct port_settings *s = &q->port->settings;

	q->robustness = s->robustness;
	q->query_interval = s->query_interval;
	q->query_response_interval = s->query_response_interval;
}

/* RFC 9776 sections 8.6 and 8.7: start-up queries come faster. */
static usec_t general_interval(struct querier *q)
{
	const struct port_settings *s = &q->port->settings;

	if (!q->startup_left || !--q->startup_left)
		return q->query_interval;
	return s->startup_query_interval ? s->startup_query_interval : q->query_interval / 4;
}

static void general_query(struct proxy *p, struct querier *q, usec_t now)
{
	struct query query = {.max_response = q->query_response_interval};

	querier_send(p, q->port, q->family, &query);
	timer_set(&p->timers, &q->timer, now + general_interval(q));
}

/* Time for our next query; or the other querier has been silent for too long. */
static void querier_timer(void *ctx, struct timer *timer, usec_t now)
{
	struct proxy *p = ctx;
	struct querier *q = container_of(timer, struct querier, timer);

	q->other = ADDR_NONE;
	use_own_values(q);
	q->elected = q->port->settings.querier;
	event_querier(p, q);
	if (q->elected)
		general_query(p, q, now);
}

void querier_ask(struct proxy *p, struct proxy_port *port, usec_t now)
{
	for (int i = 0; i < 2; i++)
		if (port->querier[i].elected)
			general_query(p, &port->querier[i], now);
}

void querier_init(struct proxy_port *port)
{
	for (int i = 0; i < 2; i++) {
		struct querier *q = &port->querier[i];

		*q = (struct querier){.timer.fire = querier_timer, .port = port};
		q->family = i ? FAMILY_V6 : FAMILY_V4;
		use_own_values(q);
	}
}

void querier_start(struct proxy *p, struct proxy_port *port, usec_t now)
{
	for (int i = 0; i < 2; i++) {
		const struct port_settings *s = &port->settings;
		struct querier *q = &port->querier[i];

		q->startup_left = s->startup_query_count ? s->startup_query_count : s->robustness;
		if (s->querier)
			timer_set(&p->timers, &q->timer, now);
	}
}

void querier_stop(struct proxy *p, struct proxy_port *port)
{
	for (int i = 0; i < 2; i++) {
		struct querier *q = &port->querier[i];

		timer_cancel(&p->timers, &q->timer);
		q->elected = false;
		q->other = ADDR_NONE;
		use_own_values(q);
		event_querier(p, q);
	}
}

void querier_settings(struct proxy *p, struct proxy_port *port, usec_t now)
{
	for (int i = 0; i < 2; i++) {
		struct querier *q = &port->querier[i];

		if (!addr_is_none(&q->other))
			continue;
		use_own_values(q);
		if (!port->settings.querier) {
			q->elected = false;
			event_querier(p, q);
			timer_cancel(&p->timers, &q->timer);
		} else if (port->up &&
			   (!timer_armed(&q->timer) || q->timer.due > now + q->query_interval)) {
			timer_set(&p->timers, &q->timer, now);
		}
	}
}

/* ---- other queriers ---- */

static void warn_once(struct proxy *p, struct proxy_port *port, enum port_stat stat,
		      const struct addr *from, const char *what)
{
	char text[200], address[ADDR_STRLEN];

	port_count(port, stat);
	if (port->warned & 1u << stat)
		return;
	port->warned |= 1u << stat;
	snprintf(text, sizeof(text), "port %u: the querier %s %s", port->number,
		 addr_format(from, address), what);
	p->ops.warn(p->ops.ctx, text);
}

/* RFC 9776 section 6.6.2, RFC 9777 section 7.6.2: the lower address, or interface identifier, wins.
 */
static bool precedes(const struct addr *a, const struct addr *b)
{
	return memcmp(a->b + 8, b->b + 8, 8) < 0;
}

/* Does the sender of the query take precedence over whoever asks now? */
static bool takes_over(const struct querier *q, const struct addr *from)
{
	const struct sender *sender = &q->port->sender;
	const struct addr *own = q->family == FAMILY_V4 ? &sender->v4 : &sender->v6;

	if (!addr_is_none(&q->other))
		return !precedes(&q->other, from);
	return !q->port->settings.querier || addr_is_zero(own) || precedes(from, own);
}

/* RFC 9776 sections 4.1.6, 4.1.7 and 8.5: its values are ours as long as it asks. */
static void follow(struct proxy *p, struct querier *q, const struct message *m, usec_t now)
{
	const struct port_settings *s = &q->port->settings;
	bool starting = q->startup_left > 0;

	q->elected = false;
	q->other = m->source;
	event_querier(p, q);
	q->startup_left = 0;
	q->robustness = m->robustness ? m->robustness : s->robustness;
	if (m->query_interval)
		q->query_interval = m->query_interval;
	if (addr_is_none(&m->group))
		q->query_response_interval = MAX(m->max_response, s->query_response_interval);
	timer_set(&p->timers, &q->timer,
		  now + q->robustness * q->query_interval + q->query_response_interval / 2);
	if (starting)
		restore_follow(p, q, now);
}

void querier_accept(struct proxy *p, struct proxy_port *port, const struct message *m, usec_t now)
{
	struct querier *q = &port->querier[family_index(m->family)];
	struct group *g;

	/* RFC 4541 section 2.1.1: switches without an address ask from 0.0.0.0 and are no router.
	 * RFC 2236 section 3: nobody takes over while last-member queries run. */
	if (addr_is_zero(&m->source) || !takes_over(q, &m->source) || (q->elected && q->checks))
		return;
	follow(p, q, m, now);
	g = addr_is_none(&m->group) || m->suppress ? NULL : group_find(p, port->index, &m->group);
	/* Its last member query time, unless ours is longer: clients need time to answer. */
	if (g)
		clients_asked(
			p, g, m,
			now + MAX(last_member_query_time(port), q->robustness * m->max_response));
}

void querier_heard(struct proxy *p, struct proxy_port *port, const struct message *m, usec_t now)
{
	if (port->settings.query_guard) {
		warn_once(p, port, PORT_GUARDED, &m->source, "is not believed here (query_guard)");
		return;
	}
	port_count(port, PORT_QUERIES_IN);
	/* RFC 9776 section 7.3.1: the versions of routers on one link are the administrator's care.
	 */
	if (m->generation < 3)
		warn_once(p, port, PORT_OLDER_QUERIES, &m->source, "speaks an older version");
	querier_accept(p, port, m, now);
}
