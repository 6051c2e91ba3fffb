/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers to the queries of the upstreams' routers (RFC 9776 section 5.2, RFC 9777 section 6.2).
 * They repeat what the router was told; a change that is held off follows within the hold-off.
 */
#include "proxy/internal.h"

/* Sources of queries that are remembered for a group; beyond, the whole group is answered for. A
 * query of full size has 366. */
#define ASKED_MAX 512

/* Whose records surely fit a packet, if they name few sources. */
#define GROUPS_A_PACKET 64

static void add_current_state(struct report *r, const struct upstream_group *g)
{
	const struct filter *f = &g->told;

	if (!filter_empty(f))
		report_add(r, f->mode == MODE_EXCLUDE ? RECORD_IS_EX : RECORD_IS_IN, &g->key.group,
			   f->sources, f->n);
}

/* ---- to general queries ---- */

/* The groups of the host that something is wanted of. Returns how many; `ret` may be NULL. */
static unsigned int wanted_groups(struct proxy *p, const struct host *host, struct addr *ret)
{
	struct upstream_group *g;
	unsigned int n = 0;

	DL_FOREACH (p->upstream_groups, g) {
		if (host_of(p, g) != host || filter_empty(&g->told))
			continue;
		if (ret)
			ret[n] = g->key.group;
		n++;
	}
	return n;
}

static void begin(struct proxy *p, struct host *host)
{
	struct general_answer *a = &host->answer;

	a->n = a->left = wanted_groups(p, host, NULL);
	a->groups = xcalloc(a->n + 1, sizeof(*a->groups));
	a->next = 0;
	wanted_groups(p, host, a->groups);
}

/* Fill a packet. Returns how many groups had their turn. */
static unsigned int say_some(struct proxy *p, struct host *host)
{
	struct general_answer *a = &host->answer;
	struct report r = {
		.p = p, .port = host->port, .from = &host->port->sender, .family = host->family};
	unsigned int before = a->left;

	for (; a->left; a->left--) {
		struct upstream_group *g =
			demand_find(p, (unsigned int)host->port->slot, &a->groups[a->next]);

		if (g && !report_fits(&r, g->told.n))
			break;
		if (g)
			add_current_state(&r, g);
		a->next = (a->next + 1) % a->n;
	}
	report_flush(&r);
	return before - a->left;
}

/* RFC 9776 section 5.2 recommends to spread the packets over the response time. */
static void general_timer(void *ctx, struct timer *timer, usec_t now)
{
	struct host *host = container_of(timer, struct host, answer.timer);
	struct general_answer *a = &host->answer;
	struct proxy *p = ctx;
	unsigned int said;

	if (!a->groups)
		begin(p, host);
	said = say_some(p, host);
	if (a->left)
		timer_set(&p->timers, timer,
			  proxy_random_delay(p, now,
					     (MAX(a->end, now) - now) * said / (said + a->left)));
	else
		answer_general_cancel(p, host);
}

void answer_general_cancel(struct proxy *p, struct host *host)
{
	timer_cancel(&p->timers, &host->answer.timer);
	free(host->answer.groups);
	host->answer.groups = NULL;
}

/* Within the time, also when the packets wait for their turn on the way out. */
static usec_t answer_time(const struct message *m)
{
	return m->max_response - m->max_response / 16;
}

static void general_query(struct proxy *p, struct host *host, const struct message *m, usec_t now)
{
	struct general_answer *a = &host->answer;
	unsigned int packets = 1 + wanted_groups(p, host, NULL) / GROUPS_A_PACKET;
	usec_t due = proxy_random_delay(p, now, answer_time(m) / packets);
	usec_t end = packets == 1 ? due : now + answer_time(m);

	if (!timer_armed(&a->timer))
		a->end = USEC_NEVER;
	a->end = MIN(a->end, end);
	/* RFC 9776 section 5.2, rules 1 and 2; an answer under way begins anew. */
	free(a->groups);
	a->groups = NULL;
	if (!timer_armed(&a->timer) || due < a->timer.due)
		timer_set(&p->timers, &a->timer, due);
}

/* ---- to queries about a group ---- */

/* Of the sources asked about, those that are wanted. */
static void add_asked(struct report *r, const struct upstream_group *g)
{
	struct addr *list = xcalloc(g->n_asked, sizeof(*list));
	unsigned int n = 0;

	for (unsigned int i = 0; i < g->n_asked; i++)
		if (filter_wants(&g->told, &g->asked[i]))
			list[n++] = g->asked[i];
	if (n)
		report_add(r, RECORD_IS_IN, &g->key.group, list, n);
	free(list);
}

static void forget_asked(struct upstream_group *g)
{
	free(g->asked);
	g->asked = NULL;
	g->n_asked = 0;
}

static void group_timer(void *ctx, struct timer *timer, usec_t now)
{
	struct proxy *p = ctx;
	struct upstream_group *g = container_of(timer, struct upstream_group, answer);
	struct host *host = host_of(p, g);
	struct report r = {
		.p = p, .port = host->port, .from = &host->port->sender, .family = host->family};

	(void)now;
	if (host->generation < 3)
		older_answer(p, host, g);
	else if (g->n_asked)
		add_asked(&r, g);
	else
		add_current_state(&r, g);
	report_flush(&r);
	forget_asked(g);
}

void answer_cancel(struct proxy *p, struct upstream_group *g)
{
	timer_cancel(&p->timers, &g->answer);
	forget_asked(g);
}

/* At the earliest of what is pending and `due`. */
static void schedule(struct proxy *p, struct upstream_group *g, usec_t due)
{
	g->answer.fire = group_timer;
	if (!timer_armed(&g->answer) || due < g->answer.due)
		timer_set(&p->timers, &g->answer, due);
}

static void ask(struct upstream_group *g, const struct addr *source)
{
	unsigned int at = addr_lower_bound(g->asked, g->n_asked, sizeof(*g->asked), source);

	if (at < g->n_asked && addr_eq(&g->asked[at], source))
		return;
	g->asked = xreallocarray(g->asked, g->n_asked + 1, sizeof(*g->asked));
	memmove(g->asked + at + 1, g->asked + at, (g->n_asked - at) * sizeof(*g->asked));
	g->asked[at] = *source;
	g->n_asked++;
}

/* RFC 9776 section 5.2, rules 3 to 5: no list of sources asks for the whole group. */
static void group_query(struct proxy *p, struct upstream_group *g, const struct message *m,
			usec_t due)
{
	bool merge = m->n && (!timer_armed(&g->answer) || g->n_asked);

	for (unsigned int i = 0; merge && i < m->n; i++) {
		struct addr source = message_query_source(m, i);

		ask(g, &source);
	}
	if (!merge || g->n_asked > ASKED_MAX)
		forget_asked(g);
	schedule(p, g, due);
}

/* RFC 2236 section 3, RFC 2710 section 4: each group answers for itself. */
static void older_general_query(struct proxy *p, struct host *host, const struct message *m,
				usec_t now)
{
	struct upstream_group *g;

	DL_FOREACH (p->upstream_groups, g)
		if (host_of(p, g) == host && !filter_empty(&g->told))
			schedule(p, g, proxy_random_delay(p, now, answer_time(m)));
}

void host_query(struct proxy *p, struct proxy_port *port, const struct message *m, usec_t now)
{
	struct host *host = &port->host[family_index(m->family)];
	usec_t due = proxy_random_delay(p, now, answer_time(m));
	struct upstream_group *g;

	if (!port->up)
		return;
	if (m->generation == 3)
		host->robustness = m->robustness;
	older_heard(p, host, m, now);
	if (addr_is_none(&m->group)) {
		if (host->generation < 3)
			older_general_query(p, host, m, now);
		else
			general_query(p, host, m, now);
		return;
	}
	/* RFC 9776 section 5.2, rule 1 */
	if (timer_armed(&host->answer.timer) && !host->answer.groups && host->answer.end <= due)
		return;
	g = demand_find(p, (unsigned int)port->slot, &m->group);
	if (g && !filter_empty(&g->told))
		group_query(p, g, m, due);
}

void answer_init(struct host *host)
{
	host->answer.timer.fire = general_timer;
}
