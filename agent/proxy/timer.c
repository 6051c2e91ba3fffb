/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "proxy/timer.h"

static void place(struct timers *timers, struct timer_slot slot, size_t position)
{
	timers->heap[position] = slot;
	slot.timer->position = position;
}

static void sift_up(struct timers *timers, struct timer_slot slot, size_t at)
{
	while (at > 1 && timers->heap[at / 2].at > slot.at) {
		place(timers, timers->heap[at / 2], at);
		at /= 2;
	}
	place(timers, slot, at);
}

static void sift_down(struct timers *timers, struct timer_slot slot, size_t at)
{
	for (;;) {
		size_t child = 2 * at;

		if (child > timers->n)
			break;
		if (child < timers->n && timers->heap[child + 1].at < timers->heap[child].at)
			child++;
		if (timers->heap[child].at >= slot.at)
			break;
		place(timers, timers->heap[child], at);
		at = child;
	}
	place(timers, slot, at);
}

/* The first is where it belongs: what was put off goes on. */
static void settle_first(struct timers *timers)
{
	while (timers->n && timers->heap[1].at != timers->heap[1].timer->due) {
		struct timer *timer = timers->heap[1].timer;

		sift_down(timers, (struct timer_slot){timer->due, timer}, 1);
	}
}

static void take_out(struct timers *timers, struct timer *timer)
{
	size_t at = timer->position;
	struct timer_slot last = timers->heap[timers->n--];

	timer->position = 0;
	if (last.timer == timer)
		return;
	sift_down(timers, last, at);
	sift_up(timers, last, last.timer->position);
}

static void put_in(struct timers *timers, struct timer *timer)
{
	if (timers->n + 1 >= timers->capacity) {
		timers->capacity = MAX(64, 2 * timers->capacity);
		timers->heap = xreallocarray(timers->heap, timers->capacity, sizeof(*timers->heap));
	}
	sift_up(timers, (struct timer_slot){timer->due, timer}, ++timers->n);
}

void timer_cancel(struct timers *timers, struct timer *timer)
{
	if (!timer->position)
		return;
	take_out(timers, timer);
	settle_first(timers);
}

void timer_set(struct timers *timers, struct timer *timer, usec_t due)
{
	if (due == USEC_NEVER) {
		timer_cancel(timers, timer);
		timer->due = due;
		return;
	}
	timer->due = due;
	if (timer->position && timers->heap[timer->position].at > due)
		take_out(timers, timer);
	if (!timer->position)
		put_in(timers, timer);
	settle_first(timers);
}

usec_t timers_next(const struct timers *timers)
{
	return timers->n ? timers->heap[1].at : USEC_NEVER;
}

bool timers_run_one(struct timers *timers, void *ctx, usec_t now)
{
	struct timer *timer;

	if (timers_next(timers) > now)
		return false;
	timer = timers->heap[1].timer;
	timer_cancel(timers, timer);
	timer->fire(ctx, timer, now);
	return true;
}

void timers_run(struct timers *timers, void *ctx, usec_t now)
{
	while (timers_run_one(timers, ctx, now))
		;
}

void timers_free(struct timers *timers)
{
	free(timers->heap);
	*timers = (struct timers){0};
}
