/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timers on a clock that the caller moves: a binary heap, each timer embedded in what it belongs
 * to. */
#ifndef MUPI_TIMER_H
#define MUPI_TIMER_H

#include <stdbool.h>

#include "lib/util.h"

struct timer {
	usec_t due;
	size_t position; /* in the heap, from 1; 0: not armed */
	void (*fire)(void *ctx, struct timer *timer, usec_t now);
};

struct timers {
	struct timer **heap; /* heap[1] is due first */
	size_t n, capacity;
};

/* Arm, or move, to `due`. USEC_NEVER disarms. */
void timer_set(struct timers *timers, struct timer *timer, usec_t due);
void timer_cancel(struct timers *timers, struct timer *timer);
static inline bool timer_armed(const struct timer *timer)
{
	return timer->position != 0;
}

/* When the next timer is due, or USEC_NEVER. */
usec_t timers_next(const struct timers *timers);
/* Fire, in order, all that are due at `now`; a timer is disarmed before it fires and may be armed
 * again. */
void timers_run(struct timers *timers, void *ctx, usec_t now);
void timers_free(struct timers *timers);

#endif
