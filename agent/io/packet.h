/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The only file with a packet socket: sends the agent's own frames. */
#ifndef MUPI_IO_PACKET_H
#define MUPI_IO_PACKET_H

#include <stddef.h>

/*
 * One non-blocking socket for all ports; it receives nothing, and what it sends carries MUPI_MARK,
 * so that the egress guard lets it go. Returns a file descriptor, or a negative errno (-EPERM:
 * CAP_NET_RAW or CAP_NET_ADMIN is missing).
 */
int packet_open(void);

/*
 * Send a frame, from its Ethernet header on, out of an interface. Returns 0, or a negative errno
 * (-ENXIO, -ENODEV: no such interface; -ENETDOWN: it is down; -EAGAIN, -ENOBUFS: its queue is
 * full).
 */
int packet_send(int fd, unsigned int ifindex, const void *frame, size_t len);

#endif
