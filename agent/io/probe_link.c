// SPDX-License-Identifier: GPL-2.0-or-later
/* One interface, as route netlink tells. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "io/netlink.h"
#include "io/probe.h"

struct answer {
	struct link_facts *link;
	int code;
};

static void take_kind(struct nlattr *info, struct link_facts *link)
{
	struct nlattr *attrs[IFLA_INFO_MAX + 1], *data[IFLA_BR_MAX + 1];

	if (nla_parse_nested(attrs, IFLA_INFO_MAX, info, NULL) < 0 || !attrs[IFLA_INFO_KIND])
		return;
	nla_strlcpy(link->kind, attrs[IFLA_INFO_KIND], sizeof(link->kind));
	if (strcmp(link->kind, "bridge") != 0 || !attrs[IFLA_INFO_DATA] ||
	    nla_parse_nested(data, IFLA_BR_MAX, attrs[IFLA_INFO_DATA], NULL) < 0 ||
	    !data[IFLA_BR_MCAST_SNOOPING])
		return;
	link->snooping = nla_get_u8(data[IFLA_BR_MCAST_SNOOPING]) ? ON : OFF;
}

static void take_xdp(struct nlattr *xdp, struct link_facts *link)
{
	struct nlattr *attrs[IFLA_XDP_MAX + 1];

	if (nla_parse_nested(attrs, IFLA_XDP_MAX, xdp, NULL) < 0)
		return;
	if (attrs[IFLA_XDP_DRV_PROG_ID])
		link->xdp_driver = nla_get_u32(attrs[IFLA_XDP_DRV_PROG_ID]);
	if (attrs[IFLA_XDP_SKB_PROG_ID])
		link->xdp_generic = nla_get_u32(attrs[IFLA_XDP_SKB_PROG_ID]);
	if (attrs[IFLA_XDP_HW_PROG_ID])
		link->xdp_hardware = nla_get_u32(attrs[IFLA_XDP_HW_PROG_ID]);
}

static int on_link(struct nl_msg *msg, void *ctx)
{
	const struct ifinfomsg *info = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *attrs[IFLA_MAX + 1];
	struct answer *answer = ctx;
	struct link_facts *link = answer->link;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(*info), attrs, IFLA_MAX, NULL) < 0 ||
	    !attrs[IFLA_IFNAME])
		return NL_STOP;
	answer->code = 0;
	link->ifindex = (unsigned int)info->ifi_index;
	link->flags = info->ifi_flags;
	nla_strlcpy(link->name, attrs[IFLA_IFNAME], sizeof(link->name));
	if (attrs[IFLA_MTU])
		link->mtu = nla_get_u32(attrs[IFLA_MTU]);
	if (attrs[IFLA_MASTER])
		link->master = nla_get_u32(attrs[IFLA_MASTER]);
	if (attrs[IFLA_LINKINFO])
		take_kind(attrs[IFLA_LINKINFO], link);
	if (attrs[IFLA_XDP])
		take_xdp(attrs[IFLA_XDP], link);
	if (attrs[IFLA_LINK])
		link->peer = nla_get_u32(attrs[IFLA_LINK]);
	if (attrs[IFLA_LINK_NETNSID])
		link->peer_netns = (int)nla_get_u32(attrs[IFLA_LINK_NETNSID]);
	return NL_STOP;
}

void probe_link(const char *name, unsigned int ifindex, struct link_facts *ret)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = (int)ifindex};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETLINK, 0);
	struct nl_sock *sock = netlink_open();
	struct answer answer = {.link = ret};

	*ret = (struct link_facts){.peer_netns = -1, .snooping = UNKNOWN};
	if (!sock || !msg) {
		nlmsg_free(msg);
	} else {
		nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
		if (name)
			nla_put_string(msg, IFLA_IFNAME, name);
		netlink_ask(sock, msg, on_link, &answer, &answer.code);
	}
	nl_socket_free(sock);
}

uint32_t probe_xdp_id(unsigned int ifindex)
{
	struct link_facts link;

	probe_link(NULL, ifindex, &link);
	return link_xdp_id(&link);
}

uint32_t link_xdp_id(const struct link_facts *link)
{
	if (link->xdp_driver)
		return link->xdp_driver;
	return link->xdp_generic ? link->xdp_generic : link->xdp_hardware;
}
