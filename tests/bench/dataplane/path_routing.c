// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kernel multicast routing, which smcroute, mcproxy and igmpproxy set up: the same socket options,
 * from here, as smcroute takes 10 s for 10,000 routes and the square of that for more.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/mroute.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

/* The ingress is the first of the kernel's virtual interfaces. */
static int add_vif(int fd, vifi_t number, unsigned int ifindex)
{
	struct vifctl vif = {.vifc_vifi = number,
			     .vifc_flags = VIFF_USE_IFINDEX,
			     .vifc_threshold = 1,
			     .vifc_lcl_ifindex = (int)ifindex};

	return setsockopt(fd, IPPROTO_IP, MRT_ADD_VIF, &vif, sizeof(vif));
}

static int open_routing(struct path *path)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_IGMP), one = 1, r;

	r = fd < 0 ? -1 : setsockopt(fd, IPPROTO_IP, MRT_INIT, &one, sizeof(one));
	if (!r)
		r = add_vif(fd, 0, path->ingress[0].port);
	for (vifi_t i = 1; !r && i < MAXVIFS; i++)
		r = add_vif(fd, i, path->receivers[i - 1].port);
	if (r)
		return path_fail(path, "multicast routing: %s", strerror(errno));
	path->own = (void *)(intptr_t)fd;
	return 0;
}

static int add_route(const struct path *path, const struct work *work, unsigned int entry,
		     unsigned int receivers)
{
	struct addr group = entry_group(work, entry), source = entry_source(work);
	struct mfcctl route = {.mfcc_parent = 0};

	memcpy(&route.mfcc_mcastgrp, group.b + 12, 4);
	memcpy(&route.mfcc_origin, source.b + 12, 4);
	memset(route.mfcc_ttls + 1, 1, receivers);
	return setsockopt((int)(intptr_t)path->own, IPPROTO_IP, MRT_ADD_MFC, &route, sizeof(route));
}

static int configure(struct path *path, const struct work *work)
{
	int r = 0;

	if (work->receivers >= MAXVIFS)
		return path_fail(path, "the kernel routes between %d interfaces at most", MAXVIFS);
	for (unsigned int i = path->installed; !r && i < work->entries; i++)
		r = add_route(path, work, i, 1);
	path->installed = MAX(path->installed, work->entries);
	if (!r)
		r = add_route(path, work, 0, work->receivers);
	return r ? path_fail(path, "multicast route: %s", strerror(errno)) : 0;
}

static void close_routing(struct path *path)
{
	close((int)(intptr_t)path->own);
}

const struct path_ops routing_ops = {open_routing, configure, close_routing};
