// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/netlink.h"

#include <errno.h>

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *ctx)
{
	int *code = ctx;

	(void)from;
	*code = error->error;
	return NL_STOP;
}

struct nl_sock *netlink_open(void)
{
	struct nl_sock *sock = nl_socket_alloc();

	if (sock && !nl_connect(sock, NETLINK_ROUTE))
		return sock;
	nl_socket_free(sock);
	return NULL;
}

int netlink_ask(struct nl_sock *sock, struct nl_msg *msg, nl_recvmsg_msg_cb_t on_answer, void *ctx,
		int *code)
{
	*code = -EIO;
	nl_socket_disable_auto_ack(sock);
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_answer, ctx);
	nl_socket_modify_err_cb(sock, NL_CB_CUSTOM, on_error, code);
	if (nl_send_auto(sock, msg) >= 0)
		nl_recvmsgs_default(sock);
	nlmsg_free(msg);
	return *code;
}
