/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Timers on a clock that the caller moves: a binary heap, each timer embedded in what it belongs
 * to. Most timers are put off, again and again, long before they are due: that leaves them where
 * they are in the heap until their old time has come.
 */
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
	struct timer_slot {
		usec_t at; /* when the timer is looked at: `due`, or before if it was put off */
		struct timer *timer;
	} * heap; /* heap[1] comes first, and its `at` is its timer's `due` */
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
/* Only the first of them; false: none is due. */
bool timers_run_one(struct timers *timers, void *ctx, usec_t now);
/* The heap: timers belong to what embeds them. */
void timers_free(struct timers *timers);

#endif
