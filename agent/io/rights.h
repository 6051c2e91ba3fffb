/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may use the control socket: root everything; members of group mupi may connect and read;
 * those who are in group mupi-admin as well may change things. A group that does not exist has no
 * members.
 */
#ifndef MUPI_IO_RIGHTS_H
#define MUPI_IO_RIGHTS_H

#include <sys/types.h>

#define RIGHTS_READERS "mupi"
#define RIGHTS_WRITERS "mupi-admin"

enum right { RIGHT_NONE, RIGHT_READ, RIGHT_WRITE };

struct rights {
	gid_t readers, writers; /* (gid_t)-1: there is no such group */
};

void rights_find(struct rights *ret);
/* Give the socket file to those who may connect. 0, or a negative errno. */
int rights_grant(const struct rights *rights, const char *path);
/* What the process at the other end of a connected socket may do, and whose it is. */
enum right rights_of_peer(const struct rights *rights, int fd, uid_t *user);

#endif
