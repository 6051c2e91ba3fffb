/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a client is: MLD reports come from a link-local address (RFC 9777 section 5.2.14), so a row
 * for the client's other addresses would never match. They are learned by MAC address, from what
 * hosts say to their neighbours, and rows match any of them. Nobody says that an address is his no
 * longer: clients are asked, when they were silent, and when somebody speaks of another address.
 */
#include "proxy/internal.h"

/* MAC addresses remembered for a port; beyond, the one that was silent for longest goes, a client's
 * only if there are no others: strangers are not to change who serves a client. */
#define IDENTITIES_A_PORT 4096

/* An address that was not heard for that long, up to twice, is asked for. */
#define CONFIRM_INTERVAL (5 * 60 * USEC_PER_SEC)
/* By then a host may use the address that it asked for, or has been told that another has it. */
#define TENTATIVE_TIME	 (2 * USEC_PER_SEC)
/* MAX_UNICAST_SOLICIT and RETRANS_TIMER of RFC 4861 section 10 */
#define ASK_COUNT	 3
#define ASK_INTERVAL	 USEC_PER_SEC

/*
 * What a host says of itself resolves all its memberships again. For each of them it is given that
 * much time, in which it is not listened to once there is more than a burst of it: it says again
 * what is so, and who babbles delays nobody.
 */
#define RESOLVE_TIME  100 /* µs, many times what it takes */
#define RESOLVE_BURST (100 * USEC_PER_MSEC)

static bool is_busy(usec_t busy, usec_t now)
{
	return busy > now + RESOLVE_BURST;
}

static void make_busy(usec_t *busy, unsigned int n_members, usec_t now)
{
	*busy = MAX(*busy, now) + n_members * RESOLVE_TIME;
}

/* The client may be the first with its MAC address, or have been the last. */
static void identity_watch(struct proxy *p, const struct client *c);

/* ---- clients by MAC address: the table has one of each, with the others in a ring ---- */

static uint64_t mac_hash(const struct hashtable *t, uint64_t port, const uint8_t mac[ETH_ALEN])
{
	struct addr key = {.q = {port, 0}};

	memcpy(key.b + sizeof(key.q[0]), mac, ETH_ALEN);
	return hash_addr(t, &key);
}

uint64_t client_mac_hash(const struct hashtable *t, const struct hash_link *link)
{
	const struct client *c = container_of(link, struct client, mac_link);

	return mac_hash(t, c->key.port, c->mac);
}

static struct client *client_with_mac(const struct proxy *p, uint64_t port,
				      const uint8_t mac[ETH_ALEN])
{
	const struct hashtable *t = &p->client_macs;
	struct hash_link *link = hashtable_chain(t, mac_hash(t, port, mac));

	for (; link; link = link->next) {
		struct client *c = container_of(link, struct client, mac_link);

		if (c->key.port == port && !memcmp(c->mac, mac, ETH_ALEN))
			return c;
	}
	return NULL;
}

void client_enter_mac(struct proxy *p, struct client *c)
{
	struct client *first = client_with_mac(p, c->key.port, c->mac);

	if (!first)
		hashtable_add(&p->client_macs, &c->mac_link);
	CDL_PREPEND2(first, c, mac_prev, mac_next);
}

void client_leave_mac(struct proxy *p, struct client *c)
{
	struct client *first = client_with_mac(p, c->key.port, c->mac), *rest = c;

	CDL_DELETE2(rest, c, mac_prev, mac_next);
	if (first != c)
		return;
	hashtable_del(&p->client_macs, &c->mac_link);
	if (rest)
		hashtable_add(&p->client_macs, &rest->mac_link);
	else
		identity_watch(p, c);
}

/* ---- addresses by MAC address ---- */

static struct identity *find(const struct proxy *p, unsigned int port, const uint8_t mac[ETH_ALEN])
{
	const struct hashtable *t = &p->identities;
	struct hash_link *link = hashtable_chain(t, mac_hash(t, port, mac));

	for (; link; link = link->next) {
		struct identity *i = container_of(link, struct identity, link);

		if (i->key.port == port && !memcmp(i->key.mac, mac, ETH_ALEN))
			return i;
	}
	return NULL;
}

uint64_t identity_hash(const struct hashtable *t, const struct hash_link *link)
{
	const struct identity *i = container_of(link, struct identity, link);

	return mac_hash(t, i->key.port, i->key.mac);
}

uint64_t host_addr_hash(const struct hashtable *t, const struct hash_link *link)
{
	return hash_addr(t, &container_of(link, struct host_addr, link)->addr);
}

static void forget_addr(struct proxy *p, struct host_addr *a)
{
	struct identity *i = a->host;

	event_identity(p, PROXY_IDENTITY_GONE, a);
	hashtable_del(&p->host_addrs, &a->link);
	DL_DELETE(i->addrs, a);
	i->n--;
	free(a);
}

static void forget(struct proxy *p, struct identity *i)
{
	struct proxy_port *port = &p->ports[i->key.port];

	while (i->addrs)
		forget_addr(p, i->addrs);
	timer_cancel(&p->timers, &i->timer);
	port->n_identities--;
	DL_DELETE(port->identities[i->of_client], i);
	hashtable_del(&p->identities, &i->link);
	free(i);
}

static void resolve_client(struct proxy *p, struct client *c, usec_t now)
{
	struct member *m;

	handover_look(p);
	DL_FOREACH2(c->members, m, client_next)
	if (m->joined)
		resolve_again(p, m, now);
}

/* Returns how many memberships. */
static unsigned int resolve_clients(struct proxy *p, unsigned int port, const uint8_t mac[ETH_ALEN],
				    usec_t now)
{
	struct client *first = client_with_mac(p, port, mac), *c;
	unsigned int n = 0;

	CDL_FOREACH2(first, c, mac_next)
	{
		resolve_client(p, c, now);
		n += c->n_members;
	}
	return n;
}

void client_set_mac(struct proxy *p, struct client *c, const uint8_t mac[ETH_ALEN], usec_t now)
{
	unsigned int port = (unsigned int)c->key.port;
	bool known;

	if (!memcmp(c->mac, mac, ETH_ALEN) || is_busy(c->busy, now))
		return;
	known = find(p, port, c->mac) || find(p, port, mac);
	client_leave_mac(p, c);
	memcpy(c->mac, mac, ETH_ALEN);
	client_enter_mac(p, c);
	identity_watch(p, c);
	if (!known || addr_is_zero(&c->key.addr))
		return;
	resolve_client(p, c, now);
	make_busy(&c->busy, c->n_members, now);
}

static void forget_oldest(struct proxy *p, struct proxy_port *port, usec_t now)
{
	struct identity *i = port->identities[!port->identities[0]];
	uint8_t mac[ETH_ALEN];

	memcpy(mac, i->key.mac, ETH_ALEN);
	forget(p, i);
	resolve_clients(p, port->index, mac, now);
}

static void identity_timer(void *ctx, struct timer *timer, usec_t now);

/* As the last of those that it is among. */
static void place(struct proxy *p, struct identity *i)
{
	i->of_client = client_with_mac(p, i->key.port, i->key.mac);
	DL_APPEND(p->ports[i->key.port].identities[i->of_client], i);
}

static struct identity *get(struct proxy *p, unsigned int index, const uint8_t mac[ETH_ALEN],
			    usec_t now)
{
	struct identity *i = find(p, index, mac);
	struct proxy_port *port = &p->ports[index];

	if (i) {
		DL_DELETE(port->identities[i->of_client], i);
	} else {
		if (port->n_identities == IDENTITIES_A_PORT)
			forget_oldest(p, port, now);
		i = xcalloc(1, sizeof(*i));
		memcpy(i->key.mac, mac, ETH_ALEN);
		i->key.port = (uint16_t)index;
		i->timer.fire = identity_timer;
		port->n_identities++;
		hashtable_add(&p->identities, &i->link);
	}
	place(p, i);
	return i;
}

/* ---- do hosts still have their addresses? ---- */

/* Only clients are asked. */
static void watch(struct proxy *p, struct identity *i)
{
	usec_t due = USEC_NEVER;
	const struct host_addr *a;

	if (i->of_client)
		DL_FOREACH (i->addrs, a)
			due = MIN(due, a->due);
	timer_set(&p->timers, &i->timer, due);
}

static void identity_watch(struct proxy *p, const struct client *c)
{
	struct identity *i = find(p, (unsigned int)c->key.port, c->mac);

	if (!i)
		return;
	DL_DELETE(p->ports[c->key.port].identities[i->of_client], i);
	place(p, i);
	watch(p, i);
}

/* False: it was asked for often enough. Where answers are lost, silence says nothing. */
static bool ask(struct proxy *p, struct host_addr *a, usec_t now)
{
	const struct proxy_port *port = &p->ports[a->host->key.port];
	struct neighbour n = {.addr = a->addr};
	struct frame frame;

	if (!port->up || now < port->losing_until) {
		a->asked = 0;
		a->due = now + CONFIRM_INTERVAL;
		return true;
	}
	if (a->asked++ == ASK_COUNT)
		return false;
	a->due = now + ASK_INTERVAL;
	memcpy(n.mac, a->host->key.mac, ETH_ALEN);
	frame_neighbour(&frame, &port->own, &n);
	p->ops.send(p->ops.ctx, port->index, &frame);
	return true;
}

static void identity_timer(void *ctx, struct timer *timer, usec_t now)
{
	struct proxy *p = ctx;
	struct identity *i = container_of(timer, struct identity, timer);
	struct host_addr *a, *next;
	bool fewer = false;

	DL_FOREACH_SAFE (i->addrs, a, next) {
		if (a->due > now || ask(p, a, now))
			continue;
		forget_addr(p, a);
		fewer = true;
	}
	watch(p, i);
	if (fewer)
		resolve_clients(p, i->key.port, i->key.mac, now);
}

static void doubt(struct proxy *p, struct host_addr *a, usec_t now)
{
	if (a->asked || a->due <= now)
		return;
	a->due = now;
	watch(p, a->host);
}

/* It may have taken the place of others of the host, or be another host's no longer. */
static void doubt_others(struct proxy *p, const struct identity *i, const struct addr *addr,
			 usec_t now)
{
	struct hash_link *link = hashtable_chain(&p->host_addrs, hash_addr(&p->host_addrs, addr));
	struct host_addr *a;

	for (; link; link = link->next) {
		a = container_of(link, struct host_addr, link);
		if (addr_eq(&a->addr, addr))
			doubt(p, a, now);
	}
	DL_FOREACH (i->addrs, a)
		if (addr_family(&a->addr) == addr_family(addr))
			doubt(p, a, now);
}

static struct host_addr *find_addr(const struct identity *i, const struct addr *addr)
{
	struct host_addr *a;

	DL_FOREACH (i->addrs, a)
		if (addr_eq(&a->addr, addr))
			return a;
	return NULL;
}

static struct host_addr *new_addr(struct proxy *p, struct identity *i, const struct addr *addr)
{
	struct host_addr *a = xcalloc(1, sizeof(*a));

	if (i->n == IDENTITY_ADDRS)
		forget_addr(p, i->addrs->prev);
	a->addr = *addr;
	a->host = i;
	i->n++;
	hashtable_add(&p->host_addrs, &a->link);
	event_identity(p, PROXY_IDENTITY, a);
	return a;
}

void proxy_neighbour(struct proxy *p, unsigned int port, const struct neighbour *n, usec_t now)
{
	struct identity *i;
	struct host_addr *a;
	bool new;

	if (!p->ports[port].known || p->ports[port].slot >= 0 || addr_is_link_local(&n->addr))
		return;
	i = get(p, port, n->mac, now);
	a = find_addr(i, &n->addr);
	if (!a && is_busy(i->busy, now))
		return;
	new = !a;
	if (new) {
		doubt_others(p, i, &n->addr, now);
		a = new_addr(p, i, &n->addr);
	} else {
		DL_DELETE(i->addrs, a);
	}
	DL_PREPEND(i->addrs, a);
	a->asked = 0;
	a->due = n->tentative ? now + TENTATIVE_TIME
			      : proxy_random_delay(p, now + CONFIRM_INTERVAL, CONFIRM_INTERVAL);
	watch(p, i);
	if (new)
		make_busy(&i->busy, resolve_clients(p, port, i->key.mac, now), now);
}

unsigned int identity_addrs(const struct proxy *p, const struct client *c, enum family family,
			    struct addr ret[static IDENTITY_ADDRS])
{
	const struct identity *i = NULL;
	const struct host_addr *a;
	unsigned int n = 0;

	/* A report from 0.0.0.0 or :: is nobody's: a switch sends it for all of its hosts. */
	if (c && !addr_is_zero(&c->key.addr))
		i = find(p, (unsigned int)c->key.port, c->mac);
	if (!i)
		return 0;
	DL_FOREACH (i->addrs, a)
		if (addr_family(&a->addr) == family && !addr_eq(&a->addr, &c->key.addr))
			ret[n++] = a->addr;
	return n;
}

const struct client *identity_client(const struct proxy *p, int port, const struct addr *addr)
{
	const struct hashtable *t = &p->host_addrs;
	const struct hash_link *link = hashtable_chain(t, hash_addr(t, addr));
	const struct client *found = NULL;

	for (; link; link = link->next) {
		const struct host_addr *a = container_of(link, struct host_addr, link);
		struct client *first, *c;

		if (!addr_eq(&a->addr, addr) || (port >= 0 && a->host->key.port != port))
			continue;
		first = client_with_mac(p, a->host->key.port, a->host->key.mac);
		CDL_FOREACH2(first, c, mac_next)
		{
			if (addr_is_zero(&c->key.addr) || addr_eq(&c->key.addr, addr))
				continue;
			if (found)
				return NULL;
			found = c;
		}
	}
	return found;
}

void identity_drop_port(struct proxy *p, unsigned int port)
{
	for (unsigned int i = 0; i < 2; i++)
		while (p->ports[port].identities[i])
			forget(p, p->ports[port].identities[i]);
}
