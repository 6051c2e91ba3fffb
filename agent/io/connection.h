/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One connection to the control socket: lines in, answers and events out, everything bounded. */
#ifndef MUPI_IO_CONNECTION_H
#define MUPI_IO_CONNECTION_H

#include <sys/types.h>

#include "io/control.h"

/* What the connections of a socket share. */
struct connections {
	struct event_base *base;
	control_handler *handler;
	void *ctx;
	struct connection *list;
	unsigned int n;		  /* in all */
	unsigned int n_followers; /* that are told events */
	unsigned int n_lists;	  /* long answers that are given to those who may only read */
	struct connection *queue; /* who has something to do, in turn */
	struct event *turn;
	/* Whose large request is being read, so that memory is bounded; NULL: nobody's. */
	struct connection *large;
	bool deaf; /* see connections_deafen() */
};

/* Serve a connected socket of a user, which is closed in the end. */
void connection_new(struct connections *all, int fd, bool may_write, uid_t user);
/* How many a user has. */
unsigned int connections_of(const struct connections *all, uid_t user);
/* Tell a line to those that follow. */
void connections_tell(struct connections *all, const char *line, size_t len);
/* From now on no request is read: one that comes is unread when its connection is closed, and its
 * sender learns that from the kernel. */
void connections_deafen(struct connections *all);
/* Send what their sockets take, and close them all. */
void connections_close(struct connections *all);

#endif
