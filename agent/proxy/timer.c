/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "proxy/timer.h"

static void place(struct timers *timers, struct timer *timer, size_t position)
{
	timers->heap[position] = timer;
	timer->position = position;
}

static void sift_up(struct timers *timers, struct timer *timer, size_t at)
{
	while (at > 1 && timers->heap[at / 2]->due > timer->due) {
		place(timers, timers->heap[at / 2], at);
		at /= 2;
	}
	place(timers, timer, at);
}

static void sift_down(struct timers *timers, struct timer *timer, size_t at)
{
	for (;;) {
		size_t child = 2 * at;

		if (child > timers->n)
			break;
		if (child < timers->n && timers->heap[child + 1]->due < timers->heap[child]->due)
			child++;
		if (timers->heap[child]->due >= timer->due)
			break;
		place(timers, timers->heap[child], at);
		at = child;
	}
	place(timers, timer, at);
}

void timer_cancel(struct timers *timers, struct timer *timer)
{
	size_t at = timer->position;
	struct timer *last;

	if (!at)
		return;
	timer->position = 0;
	last = timers->heap[timers->n--];
	if (last == timer)
		return;
	sift_down(timers, last, at);
	sift_up(timers, last, last->position);
}

void timer_set(struct timers *timers, struct timer *timer, usec_t due)
{
	timer_cancel(timers, timer);
	timer->due = due;
	if (due == USEC_NEVER)
		return;
	if (timers->n + 1 >= timers->capacity) {
		timers->capacity = MAX(64, 2 * timers->capacity);
		timers->heap = xreallocarray(timers->heap, timers->capacity, sizeof(*timers->heap));
	}
	sift_up(timers, timer, ++timers->n);
}

usec_t timers_next(const struct timers *timers)
{
	return timers->n ? timers->heap[1]->due : USEC_NEVER;
}

void timers_run(struct timers *timers, void *ctx, usec_t now)
{
	while (timers_next(timers) <= now) {
		struct timer *timer = timers->heap[1];

		timer_cancel(timers, timer);
		timer->fire(ctx, timer, now);
	}
}

void timers_free(struct timers *timers)
{
	free(timers->heap);
	*timers = (struct timers){0};
}
