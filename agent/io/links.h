/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only file that talks to route netlink: says what becomes of the interfaces that serve as
 * ports. Interfaces are watched by name; they may come late, vanish, and change name, carrier and
 * addresses.
 */
#ifndef MUPI_IO_LINKS_H
#define MUPI_IO_LINKS_H

#include <net/ethernet.h>
#include <net/if.h>

#include "lib/addr.h"

/* What is known of one watched interface. */
struct link_info {
	char name[IFNAMSIZ];
	unsigned int ifindex; /* 0 when it does not exist */
	bool exists;
	bool up;       /* IFF_UP and carrier */
	bool in_doubt; /* events were lost: it may have been gone since the last one */
	bool allmulti; /* receives all multicast, as a port has to */
	unsigned int mtu;
	uint8_t mac[ETH_ALEN];
	struct addr v4; /* first address of the interface, or 0.0.0.0 */
	struct addr v6; /* first link-local address, or :: */
};

struct links; /* opaque */

/*
 * Called for each change of a watched interface, with the whole new state; `link` is valid during
 * the call only. A name that moves to another interface is reported as gone (exists false) first,
 * before any that has come; so is an interface that was, and is back. When events were lost, each
 * is told again, in doubt. Must not call links_close().
 */
typedef void links_event(void *ctx, const struct link_info *link);

/*
 * Open the netlink sockets and take the first dump. Returns 0, or a negative errno with one line in
 * `error` and *ret untouched.
 */
int links_open(struct links **ret, links_event *cb, void *ctx, char error[static 256]);
void links_close(struct links *links); /* accepts NULL */

/*
 * Watch an interface by name. Calls back at once, also when the interface does not exist (yet).
 * Returns 0 (also when it was watched already), -EINVAL for an impossible name, or -ENOMEM.
 */
int links_watch(struct links *links, const char *name);
void links_unwatch(struct links *links, const char *name);
/* State of a watched interface, valid until the next call of links_read(); NULL when it is not
 * watched. */
const struct link_info *links_get(const struct links *links, const char *name);

/* Readable when events are waiting; links_read() then processes them, without blocking. */
int links_fd(const struct links *links);
/* Returns 0 or a negative errno. Lost events (ENOBUFS) are made good by a new dump; when that
 * fails, nothing is told. */
int links_read(struct links *links);
/* To be called now and then: tries again after a dump that failed. True: it worked, and told. */
bool links_retry(struct links *links);

#endif
