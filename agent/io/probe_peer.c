// SPDX-License-Identifier: GPL-2.0-or-later
/* The other end of a veth, in this network namespace or another. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "io/probe.h"
#include "lib/util.h"

static void look(unsigned int ifindex, struct peer_facts *ret)
{
	probe_link(NULL, ifindex, &ret->link);
	probe_ethtool(ret->link.name, &ret->ethtool);
	probe_xdp(ifindex, &ret->xdp);
	ret->known = ret->link.ifindex != 0;
}

/* To look for the namespace takes long, and is in vain without the right to enter it. */
static bool may_enter(void)
{
	_cleanup_close_ int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int former = own >= 0 ? netns_enter(own) : -1;

	if (former < 0)
		return false;
	netns_leave(former);
	return true;
}

void probe_peer(const struct link_facts *link, struct peer_facts *ret)
{
	_cleanup_close_ int fd = -1;
	int former;

	*ret = (struct peer_facts){0};
	ret->ethtool =
		(struct ethtool_facts){.gro = UNKNOWN, .tx_vlan = UNKNOWN, .tx_checksum = UNKNOWN};
	if (strcmp(link->kind, "veth") != 0 || !link->peer)
		return;
	if (link->peer_netns < 0) {
		look(link->peer, ret);
		return;
	}
	if (!may_enter())
		return;
	fd = netns_find(link->peer_netns, ret->prefix, sizeof(ret->prefix));
	if (fd < 0)
		return;
	former = netns_enter(fd);
	if (former < 0)
		return;
	look(link->peer, ret);
	netns_leave(former);
}
