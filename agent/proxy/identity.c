/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a client is: MLD reports come from a link-local address (RFC 9777 section 5.2.14), so a row
 * for the client's other addresses would never match. They are learned by MAC address, from what
 * hosts say to their neighbours, and rows match any of them.
 */
#include "proxy/internal.h"

/* MAC addresses remembered for a port; beyond, the one that was silent for longest goes. */
#define IDENTITIES_A_PORT 4096

static struct identity *find(const struct proxy *p, unsigned int port, const uint8_t mac[ETH_ALEN])
{
	struct identity *i, key = {.key = {.port = (uint16_t)port}};

	memcpy(key.key.mac, mac, ETH_ALEN);
	HASH_FIND(hh, p->identities, &key.key, sizeof(key.key), i);
	return i;
}

static void forget(struct proxy *p, struct identity *i)
{
	p->ports[i->key.port].n_identities--;
	HASH_DELETE(hh, p->identities, i);
	free(i);
}

/* The hash keeps the order in which its elements were added: the first is the oldest. */
static void make_room(struct proxy *p, unsigned int port)
{
	struct identity *i, *next;

	if (p->ports[port].n_identities < IDENTITIES_A_PORT)
		return;
	HASH_ITER (hh, p->identities, i, next)
		if (i->key.port == port) {
			forget(p, i);
			return;
		}
}

static struct identity *get(struct proxy *p, unsigned int port, const uint8_t mac[ETH_ALEN])
{
	struct identity *i = find(p, port, mac);

	if (i) {
		/* to the end of the order */
		HASH_DELETE(hh, p->identities, i);
	} else {
		make_room(p, port);
		i = xcalloc(1, sizeof(*i));
		memcpy(i->key.mac, mac, ETH_ALEN);
		i->key.port = (uint16_t)port;
		p->ports[port].n_identities++;
	}
	HASH_ADD(hh, p->identities, key, sizeof(i->key), i);
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
	struct client *c, *next;
	struct member *m;

	if (!p->ports[port].known || p->ports[port].slot >= 0 ||
	    !note(get(p, port, n->mac), &n->addr))
		return;
	event_identity(p, port, n);
	handover_look(p);
	HASH_ITER (hh, p->clients, c, next) {
		if (c->key.port != port || memcmp(c->mac, n->mac, ETH_ALEN) != 0)
			continue;
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
	struct identity *i, *next;

	HASH_ITER (hh, p->identities, i, next)
		if (i->key.port == port)
			forget(p, i);
}
