// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every event only says "look again": the state of an interface is always read as a whole from a
 * cache that libnl keeps, compared with what was last reported, and reported when it differs.
 * Events may thus be lost, doubled or reordered without harm. Only that an interface was gone for a
 * while does not show in its state: the event counts, and when some were lost there is doubt.
 */
#include "io/links.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <stdlib.h>

#include <netlink/cache.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>

#include "lib/util.h"

/* In linux/if.h, which cannot be included together with net/if.h. */
#ifndef IFF_LOWER_UP
#define IFF_LOWER_UP 0x10000
#endif

/* Room for a burst of events, so that a dump is needed only rarely. */
#define LINKS_RCVBUF	 (1 << 20)
/* Overruns in a row before the rest waits for the next round. */
#define LINKS_MAX_ERRORS 16

struct watch {
	struct watch *next;
	struct link_info info;
	bool was_gone; /* whatever is there now */
	bool in_doubt; /* events were lost */
};

struct links {
	struct nl_sock *query;	/* dumps */
	struct nl_sock *events; /* of the manager */
	struct nl_cache_mngr *mngr;
	struct nl_cache *links;
	struct nl_cache *addrs;
	struct watch *watches;
	bool lost; /* events, and no dump since */
	links_event *cb;
	void *ctx;
};

/* An address that cannot be used (yet) as a source: duplicate, or still being checked for
 * duplicates. */
static bool addr_unusable(struct rtnl_addr *addr)
{
	return rtnl_addr_get_flags(addr) & (IFA_F_DADFAILED | IFA_F_TENTATIVE);
}

static void take_address(struct link_info *info, struct rtnl_addr *addr)
{
	struct nl_addr *local = rtnl_addr_get_local(addr);
	struct addr a;

	if (!local)
		return;
	if (nl_addr_get_family(local) == AF_INET && nl_addr_get_len(local) == 4) {
		if (addr_is_zero(&info->v4))
			info->v4 = addr_from_v4(nl_addr_get_binary_addr(local));
		return;
	}
	if (nl_addr_get_family(local) != AF_INET6 || nl_addr_get_len(local) != 16)
		return;
	a = addr_from_v6(nl_addr_get_binary_addr(local));
	if (addr_is_link_local(&a) && addr_is_zero(&info->v6) && !addr_unusable(addr))
		info->v6 = a;
}

static void take_addresses(const struct links *links, struct link_info *info)
{
	struct nl_object *o;

	info->v4 = addr_zero(FAMILY_V4);
	info->v6 = addr_zero(FAMILY_V6);
	for (o = nl_cache_get_first(links->addrs); o; o = nl_cache_get_next(o)) {
		struct rtnl_addr *addr = (struct rtnl_addr *)o;

		if ((unsigned int)rtnl_addr_get_ifindex(addr) == info->ifindex)
			take_address(info, addr);
	}
}

/*
 * Bridges and IPv6 announce their side of a link as objects of their own (AF_BRIDGE, AF_INET6),
 * which know half of the attributes and are not deleted with the link: they would answer for it.
 * Out with them.
 */
static void drop_foreign(struct links *links)
{
	struct nl_object *o = nl_cache_get_first(links->links);

	while (o) {
		struct nl_object *next = nl_cache_get_next(o);

		if (rtnl_link_get_family((struct rtnl_link *)o) != AF_UNSPEC)
			nl_cache_remove(o);
		o = next;
	}
}

static struct rtnl_link *find_link(const struct links *links, const char *name)
{
	struct nl_object *o;

	for (o = nl_cache_get_first(links->links); o; o = nl_cache_get_next(o)) {
		struct rtnl_link *link = (struct rtnl_link *)o;
		const char *other = rtnl_link_get_name(link);

		if (other && !strcmp(other, name))
			return link;
	}
	return NULL;
}

static void set_gone(struct link_info *info, const char *name)
{
	*info = (struct link_info){.v4 = addr_zero(FAMILY_V4), .v6 = addr_zero(FAMILY_V6)};
	snprintf(info->name, sizeof(info->name), "%s", name);
}

/* What the caches say of a name. */
static void look_up(const struct links *links, const char *name, struct link_info *info)
{
	struct rtnl_link *link = find_link(links, name);
	struct nl_addr *mac;
	unsigned int flags;

	set_gone(info, name);
	if (!link)
		return;
	flags = rtnl_link_get_flags(link);
	mac = rtnl_link_get_addr(link);
	info->exists = true;
	info->ifindex = (unsigned int)rtnl_link_get_ifindex(link);
	info->up = (flags & IFF_UP) && (flags & IFF_LOWER_UP);
	info->allmulti = flags & IFF_ALLMULTI;
	info->mtu = rtnl_link_get_mtu(link);
	if (mac && nl_addr_get_len(mac) == ETH_ALEN)
		memcpy(info->mac, nl_addr_get_binary_addr(mac), ETH_ALEN);
	take_addresses(links, info);
}

static bool same(const struct link_info *a, const struct link_info *b)
{
	return a->ifindex == b->ifindex && a->exists == b->exists && a->up == b->up &&
	       a->allmulti == b->allmulti && a->mtu == b->mtu &&
	       !memcmp(a->mac, b->mac, ETH_ALEN) && addr_eq(&a->v4, &b->v4) &&
	       addr_eq(&a->v6, &b->v6);
}

static void report(struct links *links, struct watch *w, const struct link_info *info)
{
	w->info = *info;
	w->was_gone = w->in_doubt = false;
	/* A copy: the callback may end the watch. */
	links->cb(links->ctx, info);
}

static void report_gone(struct links *links, struct watch *w)
{
	struct link_info gone;

	set_gone(&gone, w->info.name);
	report(links, w, &gone);
}

static struct watch *find(const struct links *links, const char *name)
{
	struct watch *w = links->watches;

	while (w && strcmp(w->info.name, name))
		w = w->next;
	return w;
}

/* The first watch whose interface is gone, or another. Callbacks may change the list: start over
 * after each. */
static struct watch *find_gone(const struct links *links)
{
	struct link_info now;

	for (struct watch *w = links->watches; w; w = w->next) {
		look_up(links, w->info.name, &now);
		if (w->info.exists && (w->was_gone || w->info.ifindex != now.ifindex))
			return w;
	}
	return NULL;
}

/* The first watch whose state has changed. */
static struct watch *find_changed(struct links *links, struct link_info *now)
{
	for (struct watch *w = links->watches; w; w = w->next) {
		look_up(links, w->info.name, now);
		now->in_doubt = w->in_doubt;
		if (w->in_doubt || !same(&w->info, now))
			return w;
	}
	return NULL;
}

/* First all that is gone: an interface may have the name of another watch by now. */
static void refresh(struct links *links)
{
	struct link_info now;
	struct watch *w;

	while ((w = find_gone(links)))
		report_gone(links, w);
	while ((w = find_changed(links, &now)))
		report(links, w, &now);
}

int links_watch(struct links *links, const char *name)
{
	struct link_info now;
	struct watch *w;

	if (!*name || strlen(name) >= IFNAMSIZ)
		return -EINVAL;
	if (find(links, name))
		return 0;
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	look_up(links, name, &now);
	w->next = links->watches;
	links->watches = w;
	report(links, w, &now);
	return 0;
}

void links_unwatch(struct links *links, const char *name)
{
	struct watch **p = &links->watches;

	while (*p && strcmp((*p)->info.name, name))
		p = &(*p)->next;
	if (*p) {
		struct watch *w = *p;

		*p = w->next;
		free(w);
	}
}

const struct link_info *links_get(const struct links *links, const char *name)
{
	struct watch *w = find(links, name);

	return w ? &w->info : NULL;
}

int links_fd(const struct links *links)
{
	return nl_cache_mngr_get_fd(links->mngr);
}

static int nl_errno(int err)
{
	switch (-err) {
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
		return -EPERM;
	default:
		return -EIO;
	}
}

/* Bring the caches to what the kernel says now. */
static int dump(struct links *links)
{
	int err = nl_cache_refill(links->query, links->links);

	if (!err)
		err = nl_cache_refill(links->query, links->addrs);
	return err < 0 ? nl_errno(err) : 0;
}

static void doubt(struct links *links)
{
	for (struct watch *w = links->watches; w; w = w->next)
		w->in_doubt = w->info.exists;
}

int links_read(struct links *links)
{
	int err;

	/*
	 * An error, above all an overrun (ENOBUFS, which libnl reports as NLE_NOMEM), means that
	 * events were lost. What is still queued is older than the loss: drain it first, or it
	 * would undo the dump.
	 */
	for (int i = 0; i < LINKS_MAX_ERRORS && nl_cache_mngr_data_ready(links->mngr) < 0; i++)
		links->lost = true;
	if (links->lost) {
		/* A dump that failed leaves caches in which no interface exists. */
		err = dump(links);
		if (err)
			return err;
		links->lost = false;
		doubt(links);
	}
	drop_foreign(links);
	refresh(links);
	return 0;
}

bool links_retry(struct links *links)
{
	return links->lost && links_read(links) == 0;
}

static void on_change(struct nl_cache *cache, struct nl_object *o, int action, void *ctx)
{
	struct rtnl_link *link = (struct rtnl_link *)o;
	struct links *links = ctx;

	(void)cache;
	if (action != NL_ACT_DEL || rtnl_link_get_family(link) != AF_UNSPEC)
		return;
	for (struct watch *w = links->watches; w; w = w->next)
		if (w->info.ifindex == (unsigned int)rtnl_link_get_ifindex(link))
			w->was_gone = true;
}

static int open_sockets(struct links *links)
{
	int err;

	links->query = nl_socket_alloc();
	links->events = nl_socket_alloc();
	if (!links->query || !links->events)
		return -NLE_NOMEM;
	err = nl_connect(links->query, NETLINK_ROUTE);
	if (err < 0)
		return err;
	err = nl_cache_mngr_alloc(links->events, NETLINK_ROUTE, 0, &links->mngr);
	if (err < 0)
		return err;
	/* Best effort: a small buffer costs only dumps. */
	nl_socket_set_buffer_size(links->events, LINKS_RCVBUF, 0);
	err = nl_cache_mngr_add(links->mngr, "route/link", on_change, links, &links->links);
	return err < 0 ? err
		       : nl_cache_mngr_add(links->mngr, "route/addr", NULL, NULL, &links->addrs);
}

int links_open(struct links **ret, links_event *cb, void *ctx, char error[static 256])
{
	struct links *links = calloc(1, sizeof(*links));
	int err;

	if (!links) {
		snprintf(error, 256, "out of memory");
		return -ENOMEM;
	}
	links->cb = cb;
	links->ctx = ctx;
	err = open_sockets(links);
	if (err < 0) {
		snprintf(error, 256, "cannot watch interfaces: %s", nl_geterror(err));
		links_close(links);
		return nl_errno(err);
	}
	*ret = links;
	return 0;
}

void links_close(struct links *links)
{
	if (!links)
		return;
	while (links->watches)
		links_unwatch(links, links->watches->info.name);
	nl_cache_mngr_free(links->mngr); /* and its caches */
	nl_socket_free(links->events);
	nl_socket_free(links->query);
	free(links);
}
