/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the proxy tells its upstreams, as a host would: state changes sent `robustness` times (RFC
 * 9776 section 5.1, RFC 9777 section 6.1), and answers to queries after a random delay
 * (sections 5.2 and 6.2).
 */
#include "proxy/internal.h"

/* ---- state changes ---- */

static bool filter_has(const struct filter *f, const struct addr *addr)
{
	unsigned int at = addr_lower_bound(f->sources, f->n, sizeof(*f->sources), addr);

	return at < f->n && addr_eq(&f->sources[at], addr);
}

static bool filter_wants(const struct filter *f, const struct addr *addr)
{
	return filter_has(f, addr) == (f->mode == MODE_INCLUDE);
}

static void note_source(struct upstream_group *g, const struct addr *addr, unsigned int times)
{
	unsigned int i = 0;

	while (i < g->n_changes && !addr_eq(&g->changes[i].addr, addr))
		i++;
	if (i == g->n_changes) {
		g->changes = xreallocarray(g->changes, g->n_changes + 1, sizeof(*g->changes));
		g->changes[g->n_changes++].addr = *addr;
	}
	g->changes[i].left = times;
}

static void note_missing(struct upstream_group *g, const struct filter *of, const struct filter *in,
			 unsigned int times)
{
	for (unsigned int i = 0; i < of->n; i++)
		if (!filter_has(in, &of->sources[i]))
			note_source(g, &of->sources[i], times);
}

/* Wait in `queue` and in no other; NULL: in none. */
static void queue_move(struct upstream_group *g, struct upstream_group **queue)
{
	if (g->queue)
		DL_DELETE2(*g->queue, g, queue_prev, queue_next);
	g->queue = queue;
	if (queue)
		DL_APPEND2(*queue, g, queue_prev, queue_next);
}

void host_changed(struct proxy *p, struct upstream_group *g, struct filter *filter)
{
	unsigned int times = p->upstreams[g->key.slot]->settings.robustness;

	if (filter->mode != g->filter.mode) {
		g->mode_left = times;
		g->n_changes = 0;
	} else {
		note_missing(g, filter, &g->filter, times);
		note_missing(g, &g->filter, filter, times);
	}
	free(g->filter.sources);
	g->filter = *filter;
	*filter = (struct filter){0};
	if (g->mode_left || g->n_changes)
		queue_move(g, &p->upstreams[g->key.slot]
				       ->host[family_index(addr_family(&g->key.group))]
				       .fresh);
}

/* The sources of pending changes that are wanted now (ALLOW), or not any more (BLOCK). */
static void add_changes(struct report *k, struct upstream_group *g, bool wanted)
{
	struct addr *list = xcalloc(g->n_changes + 1, sizeof(*list));
	unsigned int n = 0;

	for (unsigned int i = 0; i < g->n_changes; i++)
		if (filter_wants(&g->filter, &g->changes[i].addr) == wanted)
			list[n++] = g->changes[i].addr;
	if (n)
		report_add(k, wanted ? RECORD_ALLOW : RECORD_BLOCK, &g->key.group, list, n);
	free(list);
}

/* Add what is pending for a group: in a first pass what asks for more, in a second what gives up.
 */
static void add_pending(struct report *k, struct upstream_group *g, bool joins)
{
	const struct filter *f = &g->filter;

	if (!g->mode_left) {
		add_changes(k, g, joins);
		return;
	}
	/* RFC 9776 section 5.1: the filter mode change carries the whole list. */
	if (joins == (f->mode == MODE_EXCLUDE || f->n))
		report_add(k, f->mode == MODE_EXCLUDE ? RECORD_TO_EX : RECORD_TO_IN, &g->key.group,
			   f->sources, f->n);
}

/* One transmission less to go. False: that was the last. */
static bool count_down(struct upstream_group *g)
{
	unsigned int kept = 0;

	if (g->mode_left)
		g->mode_left--;
	for (unsigned int i = 0; i < g->n_changes; i++)
		if (--g->changes[i].left)
			g->changes[kept++] = g->changes[i];
	g->n_changes = kept;
	return g->mode_left || g->n_changes;
}

/* Send the changes of one queue; joins go ahead of leaves. What is to be sent again moves to
 * `again`. */
static void send_queue(struct proxy *p, struct host *host, struct upstream_group *queue, usec_t now)
{
	struct report k = {
		.p = p, .port = host->port, .from = &host->port->sender, .family = host->family};
	struct upstream_group *g, *next;

	for (int joins = 1; joins >= 0; joins--)
		DL_FOREACH2(queue, g, queue_next)
	add_pending(&k, g, joins);
	report_flush(&k);
	for (g = queue; g; g = next) {
		next = g->queue_next;
		g->queue = NULL;
		if (count_down(g))
			queue_move(g, &host->again);
		else if (demand_idle(g))
			demand_free(p, g);
	}
	if (host->again && !timer_armed(&host->retransmit))
		timer_set(&p->timers, &host->retransmit,
			  proxy_random_delay(p, now,
					     host->port->settings.unsolicited_report_interval));
}

static void retransmit_timer(void *ctx, struct timer *timer, usec_t now)
{
	struct host *host = container_of(timer, struct host, retransmit);

	send_queue(ctx, host, TAKE_PTR(host->again), now);
}

void host_send_fresh(struct proxy *p, usec_t now)
{
	for (unsigned int slot = 0; slot < MURT_MAX_UPSTREAMS; slot++) {
		struct proxy_port *port = p->upstreams[slot];

		for (int i = 0; port && port->up && i < 2; i++) {
			struct upstream_group *queue = TAKE_PTR(port->host[i].fresh);

			if (queue)
				send_queue(p, &port->host[i], queue, now);
		}
	}
}

/* ---- answers to queries ---- */

static void add_current_state(struct report *k, const struct upstream_group *g)
{
	const struct filter *f = &g->filter;

	if (f->mode == MODE_EXCLUDE || f->n)
		report_add(k, f->mode == MODE_EXCLUDE ? RECORD_IS_EX : RECORD_IS_IN, &g->key.group,
			   f->sources, f->n);
}

static void answer_general(struct proxy *p, struct proxy_port *port, enum family family)
{
	struct report k = {.p = p, .port = port, .from = &port->sender, .family = family};
	struct upstream_group *g, *next;

	HASH_ITER (hh, p->upstream_groups, g, next)
		if (p->upstreams[g->key.slot] == port && addr_family(&g->key.group) == family)
			add_current_state(&k, g);
	report_flush(&k);
}

static void answer_timer(void *ctx, struct timer *timer, usec_t now)
{
	struct host *host = container_of(timer, struct host, answer);

	(void)now;
	answer_general(ctx, host->port, host->family);
}

/* RFC 9776 section 5.2: to a group-and-source-specific query, the listed sources that are wanted.
 */
static void group_answer_timer(void *ctx, struct timer *timer, usec_t now)
{
	struct proxy *p = ctx;
	struct upstream_group *g = container_of(timer, struct upstream_group, answer);
	struct report k = {.p = p, .family = addr_family(&g->key.group)};
	unsigned int n = 0;

	(void)now;
	k.port = p->upstreams[g->key.slot];
	if (!k.port || !k.port->up)
		return;
	k.from = &k.port->sender;
	if (!g->n_asked) {
		add_current_state(&k, g);
	} else {
		for (unsigned int i = 0; i < g->n_asked; i++)
			if (filter_wants(&g->filter, &g->asked[i]))
				g->asked[n++] = g->asked[i];
		if (n)
			report_add(&k, RECORD_IS_IN, &g->key.group, g->asked, n);
	}
	report_flush(&k);
	g->n_asked = 0;
}

/* RFC 9776 section 5.2, rules 3 to 5. */
static void group_query(struct proxy *p, struct upstream_group *g, const struct message *m,
			usec_t due)
{
	bool merge = m->n && (!timer_armed(&g->answer) || g->n_asked);

	g->answer.fire = group_answer_timer;
	if (!merge)
		g->n_asked = 0;
	for (unsigned int i = 0; merge && i < m->n; i++) {
		g->asked = xreallocarray(g->asked, g->n_asked + 1, sizeof(*g->asked));
		g->asked[g->n_asked++] = message_query_source(m, i);
	}
	if (!timer_armed(&g->answer) || due < g->answer.due)
		timer_set(&p->timers, &g->answer, due);
}

void host_query(struct proxy *p, struct proxy_port *port, const struct message *m, usec_t now)
{
	struct timer *general = &port->host[family_index(m->family)].answer;
	usec_t due = proxy_random_delay(p, now, m->max_response);
	struct upstream_group *g;

	/* RFC 9776 section 5.2, rule 1 */
	if (!port->up || (timer_armed(general) && general->due <= due))
		return;
	if (addr_is_none(&m->group)) {
		timer_set(&p->timers, general, due);
		return;
	}
	g = demand_find(p, (unsigned int)port->slot, &m->group);
	if (g && (g->filter.mode == MODE_EXCLUDE || g->filter.n))
		group_query(p, g, m, due);
}

/* ---- ports ---- */

void host_init(struct proxy_port *port)
{
	for (int i = 0; i < 2; i++)
		port->host[i] = (struct host){
			.port = port,
			.family = i ? FAMILY_V6 : FAMILY_V4,
			.answer.fire = answer_timer,
			.retransmit.fire = retransmit_timer,
		};
}

/* The router behind the port may have forgotten: tell it everything as if it were new. */
void host_up(struct proxy *p, struct proxy_port *port, usec_t now)
{
	struct upstream_group *g, *next;

	HASH_ITER (hh, p->upstream_groups, g, next) {
		if (p->upstreams[g->key.slot] != port)
			continue;
		g->mode_left = port->settings.robustness;
		g->n_changes = 0;
		queue_move(g, &port->host[family_index(addr_family(&g->key.group))].fresh);
	}
	host_send_fresh(p, now);
}

void host_stop(struct proxy *p, struct proxy_port *port)
{
	for (int i = 0; i < 2; i++) {
		timer_cancel(&p->timers, &port->host[i].answer);
		timer_cancel(&p->timers, &port->host[i].retransmit);
	}
}
