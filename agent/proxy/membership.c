/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memberships by port, group and client: found, made within the limits, kept up to date, ended. */
#include <stdio.h>

#include "proxy/internal.h"

/* ---- limits ---- */

/* A limit is near from four fifths on. */
static void warn_near(struct proxy *p, struct proxy_port *port, enum port_stat which,
		      unsigned int limit)
{
	static const char *const names[] = PORT_STAT_NAMES;
	char text[160];

	if (port->warned & 1u << which)
		return;
	port->warned |= 1u << which;
	snprintf(text, sizeof(text), "port %u: near its limit %s = %u, more will be refused",
		 port->number, names[which] + strlen("over_"), limit);
	p->ops.warn(p->ops.ctx, text);
}

bool limit_permits(struct proxy *p, struct proxy_port *port, enum port_stat which,
		   unsigned int value, unsigned int limit)
{
	if (!limit)
		return true;
	if (value >= limit) {
		port_count(port, which);
		event_limit(p, port, which);
	}
	if (value + 1 >= limit - limit / 5)
		warn_near(p, port, which, limit);
	return value < limit;
}

/* No port takes so much of the forwarding table that others find it full. */
bool room_permits(struct proxy *p, struct proxy_port *port)
{
	unsigned int room = p->ops.room ? p->ops.room(p->ops.ctx) : UINT_MAX;

	if (port->n_groups + port->n_sources < room)
		return true;
	port_count(port, PORT_OVER_ENTRIES);
	event_limit(p, port, PORT_OVER_ENTRIES);
	return false;
}

void group_count_sources(struct proxy *p, struct group *g, int by)
{
	g->n_sources += (unsigned int)by;
	p->ports[g->key.port].n_sources += (unsigned int)by;
}

/* ---- groups ---- */

struct group *group_find(struct proxy *p, unsigned int port, const struct addr *addr)
{
	struct hash_key *key = hashtable_find(&p->group_table, addr, port);

	return key ? container_of(key, struct group, key) : NULL;
}

/* NULL: clients may have no more. */
static struct group *group_get(struct proxy *p, unsigned int index, const struct addr *addr,
			       bool client)
{
	struct group *g = group_find(p, index, addr);
	struct proxy_port *port = &p->ports[index];

	if (g)
		return g;
	if (client && (!limit_permits(p, port, PORT_OVER_GROUPS, port->n_groups,
				      port->settings.groups_per_port) ||
		       !room_permits(p, port)))
		return NULL;
	g = xcalloc(1, sizeof(*g));
	g->key.group = *addr;
	g->key.port = index;
	hashtable_add(&p->group_table, &g->key.link);
	DL_APPEND(p->groups, g);
	port->n_groups++;
	return g;
}

static void group_put(struct proxy *p, struct group *g)
{
	if (g->n_members)
		return;
	querier_forget(p, g);
	p->ports[g->key.port].n_groups--;
	hashtable_del(&p->group_table, &g->key.link);
	DL_DELETE(p->groups, g);
	free(g);
}

/* ---- clients ---- */

struct client *client_find(const struct proxy *p, unsigned int port, const struct addr *addr)
{
	struct hash_key *key = hashtable_find(&p->clients, addr, port);

	return key ? container_of(key, struct client, key) : NULL;
}

static struct client *client_get(struct proxy *p, unsigned int port, const struct addr *addr)
{
	struct client *c = client_find(p, port, addr);

	if (c)
		return c;
	c = xcalloc(1, sizeof(*c));
	c->key.addr = *addr;
	c->key.port = port;
	hashtable_add(&p->clients, &c->key.link);
	client_enter_mac(p, c);
	return c;
}

static void client_join(struct client *c, struct member *m)
{
	c->n_members++;
	DL_APPEND2(c->members, m, client_prev, client_next);
}

static void client_leave(struct proxy *p, struct member *m)
{
	struct client *c = m->client;

	if (!c)
		return;
	DL_DELETE2(c->members, m, client_prev, client_next);
	if (--c->n_members)
		return;
	hashtable_del(&p->clients, &c->key.link);
	client_leave_mac(p, c);
	free(c);
}

/* ---- members ---- */

static uint64_t member_hash(const struct group *g, const struct client *c)
{
	return hash_words((uintptr_t)g, (uintptr_t)c);
}

static uint64_t member_link_hash(const struct hashtable *t, const struct hash_link *link)
{
	const struct member *m = container_of(link, struct member, link);

	(void)t;
	return member_hash(m->group, m->client);
}

void membership_init(struct proxy *p)
{
	uint64_t secret[2];

	for (unsigned int i = 0; i < ARRAY_SIZE(secret); i++) {
		uint64_t high = p->ops.random(p->ops.ctx);

		secret[i] = high << 32 | p->ops.random(p->ops.ctx);
	}
	hashtable_init(&p->members, member_link_hash, NULL);
	hashtable_init_keys(&p->group_table, secret);
	hashtable_init_keys(&p->clients, secret);
	hashtable_init(&p->client_macs, client_mac_hash, secret);
	hashtable_init(&p->identities, identity_hash, secret);
	hashtable_init(&p->host_addrs, host_addr_hash, secret);
	hashtable_init_keys(&p->upstream_table, secret);
}

struct member *member_find(const struct proxy *p, const struct group *g, const struct client *c)
{
	struct hash_link *link = hashtable_chain(&p->members, member_hash(g, c));

	for (; link; link = link->next) {
		struct member *m = container_of(link, struct member, link);

		if (m->group == g && m->client == c)
			return m;
	}
	return NULL;
}

struct member *member_of(struct proxy *p, const struct group *g, const struct addr *client)
{
	const struct client *c = client_find(p, (unsigned int)g->key.port, client);

	return c ? member_find(p, g, c) : NULL;
}

struct member *member_at(struct proxy *p, unsigned int port, const struct addr *group,
			 const struct addr *client)
{
	const struct group *g = group_find(p, port, group);

	if (!g)
		return NULL;
	return addr_is_none(client) ? member_find(p, g, NULL) : member_of(p, g, client);
}

struct member *member_first(const struct proxy *p)
{
	return p->groups ? p->groups->members : NULL;
}

struct member *member_following(const struct member *m)
{
	const struct group *g = m->group->next;

	return m->next ? m->next : g ? g->members : NULL;
}

/* RFC 9776 section 7.3.2: the oldest version whose timer runs. */
static void settle_generation(struct proxy *p, struct member *m, usec_t now)
{
	unsigned int generation = 3;

	for (unsigned int i = 2; i-- > 0;) {
		if (m->older_until[i] > now)
			generation = i + 1;
		else
			m->older_until[i] = 0;
	}
	member_set_generation(p, m, generation);
}

void member_end(struct proxy *p, struct member *m, enum proxy_leave why)
{
	struct group *g = m->group;

	event_leave(p, m, why);
	timer_cancel(&p->timers, &m->timer);
	demand_remove(p, m);
	handover_stop(p, m);
	hashtable_del(&p->members, &m->link);
	DL_DELETE(g->members, m);
	g->n_members--;
	p->ports[g->key.port].n_members--;
	group_count_sources(p, g, -(int)m->n_sources);
	member_set_generation(p, m, 3);
	client_leave(p, m);
	carve_clear(m);
	free(m->extra);
	free(m->sources);
	free(m);
	port_count(&p->ports[g->key.port], PORT_LEAVES);
	group_put(p, g);
}

static usec_t next_timer(const struct member *m)
{
	usec_t next = member_next_expiry(m);

	for (unsigned int i = 0; i < 2; i++)
		if (m->older_until[i])
			next = MIN(next, m->older_until[i]);
	return next;
}

void member_rearm(struct proxy *p, struct member *m)
{
	timer_set(&p->timers, &m->timer, next_timer(m));
}

bool member_update(struct proxy *p, struct member *m, const struct told *before, bool joined,
		   usec_t now)
{
	struct group *g = m->group;
	unsigned int n_sources = m->n_sources;
	bool left;

	settle_generation(p, m, now);
	left = !member_settle(m, now);
	group_count_sources(p, g, (int)(m->n_sources - n_sources));
	if (left) {
		member_end(p, m, m->left || m->leaving ? PROXY_LEFT : PROXY_EXPIRED);
		return false;
	}
	member_resolve(p, m, joined);
	handover_settle(p, m, now);
	demand_add(p, m);
	event_member(p, m, before);
	member_rearm(p, m);
	return true;
}

static void member_timer(void *ctx, struct timer *timer, usec_t now)
{
	struct proxy *p = ctx;
	struct member *m = container_of(timer, struct member, timer);
	struct told before;

	member_catch_up(p, m);
	if (next_timer(m) > now) {
		member_rearm(p, m);
		return;
	}
	before = event_before(m);
	demand_remove(p, m);
	member_update(p, m, &before, false, now);
}

static struct member *member_add(struct proxy *p, struct group *g, struct client *c)
{
	struct member *m = xcalloc(1, sizeof(*m));

	m->group = g;
	m->client = c;
	m->mode = MODE_INCLUDE;
	m->generation = 3;
	m->timer.fire = member_timer;
	hashtable_add(&p->members, &m->link);
	DL_APPEND(g->members, m);
	g->n_members++;
	p->ports[g->key.port].n_members++;
	port_count(&p->ports[g->key.port], PORT_JOINS);
	return m;
}

struct member *member_new(struct proxy *p, unsigned int index, const struct addr *group,
			  const struct addr *client)
{
	struct proxy_port *port = &p->ports[index];
	struct client *c = client_find(p, index, client);
	struct member *m;
	struct group *g;

	if (!limit_permits(p, port, PORT_OVER_CLIENT, c ? c->n_members : 0,
			   port->settings.memberships_per_client) ||
	    !limit_permits(p, port, PORT_OVER_PORT, port->n_members + port->n_sources,
			   port->settings.memberships_per_port) ||
	    !limit_permits(p, port, PORT_OVER_TOTAL, p->members.n, p->params.memberships))
		return NULL;
	g = group_get(p, index, group, true);
	if (!g)
		return NULL;
	c = client_get(p, index, client);
	m = member_add(p, g, c);
	client_join(c, m);
	return m;
}

struct member *member_new_static(struct proxy *p, unsigned int index, const struct addr *group)
{
	return member_add(p, group_get(p, index, group, false), NULL);
}

void membership_drop_port(struct proxy *p, unsigned int port)
{
	struct member *m, *next;

	for (m = member_first(p); m; m = next) {
		next = member_following(m);
		if (m->group->key.port == port)
			member_end(p, m, PROXY_PORT);
	}
}
