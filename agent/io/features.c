// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/features.h"

#include <errno.h>
#include <stdlib.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "io/netlink.h"
#include "lib/util.h"

/* Of linux/netdev.h. */
#define NETDEV_FAMILY	    "netdev"
#define NETDEV_VERSION	    1
#define NETDEV_GROUP	    "mgmt"
#define NETDEV_CMD_DEV_GET  1
#define NETDEV_CMD_CHANGED  4 /* NETDEV_CMD_DEV_CHANGE_NTF */
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

/* ---- changes ---- */

struct features_watch {
	struct nl_sock *sock;
	features_event *cb;
	void *ctx;
};

static int on_event(struct nl_msg *msg, void *ctx)
{
	struct nlattr *attrs[NETDEV_ATTR_MAX + 1];
	struct features_watch *watch = ctx;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, attrs, NETDEV_ATTR_MAX, NULL) == 0 &&
	    genlmsg_hdr(nlmsg_hdr(msg))->cmd == NETDEV_CMD_CHANGED && attrs[NETDEV_IFINDEX])
		watch->cb(watch->ctx, nla_get_u32(attrs[NETDEV_IFINDEX]));
	return NL_OK;
}

static int listen_to(struct nl_sock *sock)
{
	int group = genl_connect(sock);

	if (group < 0)
		return -EIO;
	group = genl_ctrl_resolve_grp(sock, NETDEV_FAMILY, NETDEV_GROUP);
	if (group < 0)
		return -EOPNOTSUPP;
	nl_socket_disable_seq_check(sock);
	return nl_socket_add_membership(sock, group) < 0 || nl_socket_set_nonblocking(sock) < 0
		       ? -EIO
		       : 0;
}

int features_watch_open(struct features_watch **ret, features_event *cb, void *ctx)
{
	struct features_watch *watch = xcalloc(1, sizeof(*watch));
	int r;

	*watch = (struct features_watch){.sock = nl_socket_alloc(), .cb = cb, .ctx = ctx};
	r = watch->sock ? listen_to(watch->sock) : -ENOMEM;
	if (r) {
		features_watch_close(watch);
		return r;
	}
	nl_socket_modify_cb(watch->sock, NL_CB_VALID, NL_CB_CUSTOM, on_event, watch);
	*ret = watch;
	return 0;
}

void features_watch_close(struct features_watch *watch)
{
	if (!watch)
		return;
	nl_socket_free(watch->sock);
	free(watch);
}

int features_watch_fd(const struct features_watch *watch)
{
	return nl_socket_get_fd(watch->sock);
}

void features_watch_read(struct features_watch *watch)
{
	int r;

	while ((r = nl_recvmsgs_default(watch->sock)) >= 0)
		;
	/* Above all an overrun (ENOBUFS), which libnl reports as NLE_NOMEM. */
	if (r != -NLE_AGAIN)
		watch->cb(watch->ctx, 0);
}
