// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/features.h"

#include <errno.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "io/netlink.h"

/* Of linux/netdev.h. */
#define NETDEV_FAMILY	    "netdev"
#define NETDEV_VERSION	    1
#define NETDEV_CMD_DEV_GET  1
#define NETDEV_IFINDEX	    1
#define NETDEV_XDP_FEATURES 3
#define NETDEV_ATTR_MAX	    3

struct answer {
	uint64_t features;
	int code; /* 0: there are features */
};

static int on_device(struct nl_msg *msg, void *ctx)
{
	struct nlattr *attrs[NETDEV_ATTR_MAX + 1];
	struct answer *answer = ctx;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, attrs, NETDEV_ATTR_MAX, NULL) < 0 ||
	    !attrs[NETDEV_XDP_FEATURES])
		return NL_STOP;
	answer->features = nla_get_u64(attrs[NETDEV_XDP_FEATURES]);
	answer->code = 0;
	return NL_STOP;
}

static int ask(struct nl_sock *sock, int family, unsigned int ifindex, struct answer *answer)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg)
		return -ENOMEM;
	genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, 0, NETDEV_CMD_DEV_GET,
		    NETDEV_VERSION);
	nla_put_u32(msg, NETDEV_IFINDEX, ifindex);
	return netlink_ask(sock, msg, on_device, answer, &answer->code);
}

int xdp_features(unsigned int ifindex, uint64_t *ret)
{
	struct nl_sock *sock = nl_socket_alloc();
	struct answer answer;
	int family, r = -EIO;

	if (!sock)
		return -ENOMEM;
	if (genl_connect(sock) == 0) {
		family = genl_ctrl_resolve(sock, NETDEV_FAMILY);
		r = family < 0 ? -EOPNOTSUPP : ask(sock, family, ifindex, &answer);
	}
	nl_socket_free(sock);
	if (!r)
		*ret = answer.features;
	return r;
}
