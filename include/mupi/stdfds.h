/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where stdin, stdout or stderr is closed, a socket would take its number, and the other end what
 * is printed or logged.
 */
#ifndef MUPI_STDFDS_H
#define MUPI_STDFDS_H

#include <fcntl.h>
#include <unistd.h>

/* To be called first: /dev/null takes their place. `flags` of open(2): with O_RDONLY printing
 * fails. */
static inline void mupi_fill_standard_fds(int flags)
{
	int fd;

	do {
		fd = open("/dev/null", flags);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

#endif
