/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a client is: MLD reports come from a link-local address (RFC 9777 section 5.2.14), so a row
 * for the client's other addresses would never match. They are learned by MAC address, from what
 * hosts say to their neighbours, and rows match any of them.
 */
#include "proxy/internal.h"

/* MAC addresses remembered for a port; beyond, the one that was silent for longest goes. */
#define IDENTITIES_A_PORT 4096

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
}

void client_set_mac(struct proxy *p, struct client *c, const uint8_t mac[ETH_ALEN])
{
	if (!memcmp(c->mac, mac, ETH_ALEN))
		return;
	client_leave_mac(p, c);
	memcpy(c->mac, mac, ETH_ALEN);
	client_enter_mac(p, c);
}

/* ---- addresses by MAC address ---- */

static struct identity *find(const struct proxy *p, unsigned int port, const uint8_t mac[ETH_ALEN])
{
	struct identity *i, key = {.key = {.port = (uint16_t)port}};

	memcpy(key.key.mac, mac, ETH_ALEN);
	HASH_FIND(hh, p->identities, &key.key, sizeof(key.key), i);
	return i;
}

static void forget(struct proxy *p, struct identity *i)
{
	struct proxy_port *port = &p->ports[i->key.port];

	port->n_identities--;
	DL_DELETE(port->identities, i);
	HASH_DELETE(hh, p->identities, i);
	free(i);
}

static struct identity *get(struct proxy *p, unsigned int index, const uint8_t mac[ETH_ALEN])
{
	struct identity *i = find(p, index, mac);
	struct proxy_port *port = &p->ports[index];

	if (i) {
		DL_DELETE(port->identities, i);
	} else {
		if (port->n_identities == IDENTITIES_A_PORT)
			forget(p, port->identities);
		i = xcalloc(1, sizeof(*i));
		memcpy(i->key.mac, mac, ETH_ALEN);
		i->key.port = (uint16_t)index;
		port->n_identities++;
		HASH_ADD(hh, p->identities, key, sizeof(i->key), i);
	}
	DL_APPEND(port->identities, i);
	return i;
}

/* The newest comes first, the last falls out. True: it was not there. */
static bool note(struct identity *i, const struct addr *addr)
{
	unsigned int at = 0;
	bool new;

	while (at < i->n && !addr_eq(&i->addrs[at], addr))
		at++;
	new = at == i->n;
	if (new && i->n < IDENTITY_ADDRS)
		i->n++;
	memmove(i->addrs + 1, i->addrs, MIN(at, i->n - 1) * sizeof(*i->addrs));
	i->addrs[0] = *addr;
	return new;
}

void proxy_neighbour(struct proxy *p, unsigned int port, const struct neighbour *n, usec_t now)
{
	struct client *first, *c;
	struct member *m;

	if (!p->ports[port].known || p->ports[port].slot >= 0 ||
	    !note(get(p, port, n->mac), &n->addr))
		return;
	event_identity(p, port, n);
	handover_look(p);
	first = client_with_mac(p, port, n->mac);
	CDL_FOREACH2(first, c, mac_next)
	{
		DL_FOREACH2(c->members, m, client_next)
		resolve_again(p, m, now);
	}
}

unsigned int identity_addrs(const struct proxy *p, const struct client *c, enum family family,
			    struct addr ret[static IDENTITY_ADDRS])
{
	const struct identity *i = c ? find(p, (unsigned int)c->key.port, c->mac) : NULL;
	unsigned int n = 0;

	for (unsigned int k = 0; i && k < i->n; k++)
		if (addr_family(&i->addrs[k]) == family && !addr_eq(&i->addrs[k], &c->key.addr))
			ret[n++] = i->addrs[k];
	return n;
}

void identity_drop_port(struct proxy *p, unsigned int port)
{
	while (p->ports[port].identities)
		forget(p, p->ports[port].identities);
}
