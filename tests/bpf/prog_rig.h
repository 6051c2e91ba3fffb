/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both programs through BPF_PROG_TEST_RUN, with some forwarding entries, in a network namespace. */
#ifndef MUPI_TEST_PROG_RIG_H
#define MUPI_TEST_PROG_RIG_H

#include <stddef.h>
#include <stdint.h>

#include "mupi/dataplane.h"
#include "mupi.skel.h"

#define PROG_PORT 1 /* ifindex, the loopback's: it must be a live device */

extern struct mupi *prog_skel;
extern enum prog_hook { XDP, TC } prog_hook; /* which of the two runs */

void prog_up(void);
void prog_down(void);
/* The verdict, in XDP's words. */
unsigned int prog_run(const uint8_t *frame, size_t len, int repeat);
/* Of the port, which is number 0, or one of MUPI_STAT_MAX + for number 1. */
uint64_t prog_counter(unsigned int reason);
/* Flags of the port, and rates (0: none). */
void prog_set_port(unsigned int flags, unsigned int reports, unsigned int queries);

#endif
