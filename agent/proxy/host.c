/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the proxy tells its upstreams as a host would, without being asked: state changes, sent
 * `robustness` times (RFC 9776 section 5.1, RFC 9777 section 6.1). What is wanted (`filter`) and
 * what the router was told (`told`) are kept apart: the difference is worked out when it is sent,
 * so that what was taken back in between is never said.
 */
#include "proxy/internal.h"

/* While changes keep coming, they are gathered this long. */
#define HOLD_OFF (10 * USEC_PER_MSEC)

/* ---- queues ---- */

struct host *host_of(struct proxy *p, const struct upstream_group *g)
{
	return &p->upstreams[g->key.slot]->host[family_index(addr_family(&g->key.group))];
}

static bool to_repeat(const struct upstream_group *g)
{
	return g->mode_left || g->n_changes;
}

/* Wait in `queue` and in no other; NULL: in none. */
static void queue_move(struct upstream_group *g, struct upstream_group **queue)
{
	if (g->queue == queue)
		return;
	if (g->queue)
		DL_DELETE2(*g->queue, g, queue_prev, queue_next);
	g->queue = queue;
	if (queue)
		DL_APPEND2(*queue, g, queue_prev, queue_next);
}

void host_changed(struct proxy *p, struct upstream_group *g, struct filter *filter)
{
	struct host *host = host_of(p, g);

	free(g->filter.sources);
	g->filter = *filter;
	*filter = (struct filter){0};
	if (!host->port->up)
		return;
	if (g->retell || !filter_eq(&g->filter, &g->told))
		queue_move(g, &host->fresh);
	else
		queue_move(g, to_repeat(g) ? &host->again : NULL);
}

/* ---- what a change takes ---- */

static void note_source(struct upstream_group *g, const struct addr *addr, unsigned int times)
{
	unsigned int at = addr_lower_bound(g->changes, g->n_changes, sizeof(*g->changes), addr);

	if (at == g->n_changes || !addr_eq(&g->changes[at].addr, addr)) {
		g->changes = xreallocarray(g->changes, g->n_changes + 1, sizeof(*g->changes));
		memmove(g->changes + at + 1, g->changes + at,
			(g->n_changes - at) * sizeof(*g->changes));
		g->n_changes++;
	}
	g->changes[at] = (struct source_change){*addr, times};
}

static void note_missing(struct upstream_group *g, const struct filter *of, const struct filter *in,
			 unsigned int times)
{
	for (unsigned int i = 0; i < of->n; i++)
		if (!filter_has(in, &of->sources[i]))
			note_source(g, &of->sources[i], times);
}

/*
 * RFC 9776 section 5.1, Table 3. A change of filter mode carries the whole list and so stands for
 * all that was pending; changes of the list that follow are kept until it has been repeated.
 */
static void note_change(struct upstream_group *g, unsigned int times)
{
	const struct filter nothing = {0};

	if (g->filter.mode != g->told.mode || (g->retell && g->filter.mode == MODE_EXCLUDE)) {
		g->mode_left = times;
		g->n_changes = 0;
		return;
	}
	note_missing(g, &g->filter, g->retell ? &nothing : &g->told, times);
	note_missing(g, &g->told, &g->filter, times);
}

/* ---- sending ---- */

/* The sources of pending changes that are wanted now (ALLOW), or not any more (BLOCK). */
static void add_changes(struct report *r, const struct upstream_group *g, bool wanted)
{
	struct addr *list = xcalloc(g->n_changes + 1, sizeof(*list));
	unsigned int n = 0;

	for (unsigned int i = 0; i < g->n_changes; i++)
		if (filter_wants(&g->filter, &g->changes[i].addr) == wanted)
			list[n++] = g->changes[i].addr;
	if (n)
		report_add(r, wanted ? RECORD_ALLOW : RECORD_BLOCK, &g->key.group, list, n);
	free(list);
}

/* Add what is pending for a group: in a first pass what asks for more, in a second what gives up.
 */
static void add_pending(struct report *r, const struct upstream_group *g, bool joins)
{
	const struct filter *f = &g->filter;

	if (!g->mode_left)
		add_changes(r, g, joins);
	else if (joins == !filter_empty(f))
		report_add(r, f->mode == MODE_EXCLUDE ? RECORD_TO_EX : RECORD_TO_IN, &g->key.group,
			   f->sources, f->n);
}

static void send_records(struct proxy *p, struct host *host, struct upstream_group *queue)
{
	struct report r = {
		.p = p, .port = host->port, .from = &host->port->sender, .family = host->family};
	struct upstream_group *g;

	for (int joins = 1; joins >= 0; joins--)
		for (g = queue; g; g = g->queue_next)
			add_pending(&r, g, joins);
	report_flush(&r);
}

/* One transmission less to go. */
static void count_down(struct upstream_group *g)
{
	unsigned int kept = 0;

	if (g->mode_left)
		g->mode_left--;
	for (unsigned int i = 0; i < g->n_changes; i++)
		if (--g->changes[i].left)
			g->changes[kept++] = g->changes[i];
	g->n_changes = kept;
}

static void arm_retransmit(struct proxy *p, struct host *host, usec_t now)
{
	usec_t range = host->port->settings.unsolicited_report_interval;

	if (host->again && !timer_armed(&host->retransmit))
		timer_set(&p->timers, &host->retransmit, proxy_random_delay(p, now, range));
}

/* Send what is pending for a queue; what has to be sent again goes to `again`. */
static void send_queue(struct proxy *p, struct host *host, struct upstream_group *queue, usec_t now)
{
	struct upstream_group *g, *next;

	if (host->generation < 3)
		older_send(p, host, queue);
	else
		send_records(p, host, queue);
	for (g = queue; g; g = next) {
		next = g->queue_next;
		g->queue = NULL;
		count_down(g);
		if (to_repeat(g))
			queue_move(g, &host->again);
		else if (demand_idle(g))
			demand_free(p, g);
	}
	arm_retransmit(p, host, now);
}

static void retransmit_timer(void *ctx, struct timer *timer, usec_t now)
{
	struct host *host = container_of(timer, struct host, retransmit);

	send_queue(ctx, host, TAKE_PTR(host->again), now);
}

static void send_fresh(struct proxy *p, struct host *host, usec_t now)
{
	/* RFC 9776 section 4.1.6: the querier's own, if it says. */
	unsigned int times = host->robustness ? host->robustness : host->port->settings.robustness;
	struct upstream_group *queue = TAKE_PTR(host->fresh), *g;

	if (!queue)
		return;
	for (g = queue; g; g = g->queue_next) {
		if (host->generation < 3)
			older_note_change(g, times);
		else
			note_change(g, times);
		g->retell = false;
		filter_copy(&g->told, &g->filter);
	}
	send_queue(p, host, queue, now);
	timer_set(&p->timers, &host->hold, now + HOLD_OFF);
}

static void hold_timer(void *ctx, struct timer *timer, usec_t now)
{
	send_fresh(ctx, container_of(timer, struct host, hold), now);
}

void host_send_fresh(struct proxy *p, usec_t now)
{
	for (unsigned int slot = 0; slot < MURT_MAX_UPSTREAMS; slot++) {
		struct proxy_port *port = p->upstreams[slot];

		for (int i = 0; port && port->up && i < 2; i++) {
			if (!timer_armed(&port->host[i].hold))
				send_fresh(p, &port->host[i], now);
			arm_retransmit(p, &port->host[i], now);
		}
	}
}

/* ---- ports ---- */

void host_init(struct proxy_port *port)
{
	for (int i = 0; i < 2; i++) {
		struct host *host = &port->host[i];

		*host = (struct host){.port = port, .family = i ? FAMILY_V6 : FAMILY_V4};
		host->retransmit.fire = retransmit_timer;
		host->hold.fire = hold_timer;
		answer_init(host);
		older_init(host);
	}
}

static void retell(struct upstream_group *g, struct host *host)
{
	g->retell = true;
	queue_move(g, &host->fresh);
}

/* The router behind the port may have forgotten what it was told, or remember it all. */
void host_up(struct proxy *p, struct proxy_port *port)
{
	struct upstream_group *g;

	DL_FOREACH (p->upstream_groups, g)
		if (p->upstreams[g->key.slot] == port &&
		    (!filter_empty(&g->filter) || !filter_empty(&g->told)))
			retell(g, host_of(p, g));
}

void host_cancel(struct proxy *p, struct host *host, bool again)
{
	struct upstream_group *g, *next;

	answer_general_cancel(p, host);
	timer_cancel(&p->timers, &host->retransmit);
	DL_FOREACH_SAFE (p->upstream_groups, g, next) {
		if (host_of(p, g) != host)
			continue;
		answer_cancel(p, g);
		if (again && to_repeat(g))
			retell(g, host);
		else if (g->queue == &host->again)
			queue_move(g, NULL);
		g->mode_left = 0;
		g->n_changes = 0;
		if (demand_idle(g))
			demand_free(p, g);
	}
}

void host_stop(struct proxy *p, struct proxy_port *port)
{
	for (int i = 0; i < 2; i++) {
		struct host *host = &port->host[i];

		while (host->fresh)
			queue_move(host->fresh, NULL);
		timer_cancel(&p->timers, &host->hold);
		older_stop(p, host);
		host_cancel(p, host, false);
		host->robustness = 0;
	}
}
