/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to the kernel over netlink, one at a time, and their answers. */
#ifndef MUPI_IO_NETLINK_H
#define MUPI_IO_NETLINK_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

/* A connected socket of route netlink, for nl_socket_free(); NULL: none can be had. */
struct nl_sock *netlink_open(void);

/*
 * Send `msg` (freed, also after errors) and read one answer, for which `on_answer` is called as
 * libnl calls it; it returns NL_STOP, and says in *code whether it found what it looked for: 0, or
 * a negative errno (-EIO when it has not been called). Returns that, or the kernel's negative
 * errno.
 */
int netlink_ask(struct nl_sock *sock, struct nl_msg *msg, nl_recvmsg_msg_cb_t on_answer, void *ctx,
		int *code);

#endif
