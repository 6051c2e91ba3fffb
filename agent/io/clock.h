/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clock that the core is told the time of. */
#ifndef MUPI_IO_CLOCK_H
#define MUPI_IO_CLOCK_H

#include <time.h>

#include "lib/util.h"

/* Monotonic. */
static inline usec_t clock_usec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (usec_t)ts.tv_sec * USEC_PER_SEC + (usec_t)ts.tv_nsec / 1000;
}

#endif
