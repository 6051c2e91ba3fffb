// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a stream of events for the core: messages, time, ports, tables, parameters. Each
 * event is a byte that names it and a few that say more; bit 7 of the first leaves its consequences
 * pending, so that the next event finds them so.
 */
#include "fuzz/world.h"

#define LONGEST_INPUT 1024
#define PENDING	      0x80

uint8_t take(struct input *in)
{
	if (!in->len)
		return 0;
	in->len--;
	return *in->data++;
}

static void advance(struct world *w, struct input *in)
{
	static const usec_t units[] = {USEC_PER_MSEC, 100 * USEC_PER_MSEC, USEC_PER_SEC,
				       30 * USEC_PER_SEC};
	uint8_t how = take(in);

	world_advance(w, (how & 0x3f) * units[how >> 6]);
}

/* To the moment of the next timer, not beyond it. */
static void advance_to_timer(struct world *w)
{
	usec_t next = proxy_next_timer(w->proxy);

	if (next != USEC_NEVER)
		world_run_timers(w, MAX(w->now, next));
}

/* Timers that are run late. */
static void oversleep(struct world *w, struct input *in)
{
	world_run_timers(w, w->now + take(in) * USEC_PER_SEC);
}

static void setting(struct world *w, struct input *in, uint8_t event)
{
	uint8_t a = take(in), b = take(in);

	switch (event) {
	case 11:
		set_link(w, a, b);
		break;
	case 12:
		set_table(w, a, b);
		break;
	case 13:
		set_row(w, a, b);
		break;
	case 14:
		set_params(w, a);
		break;
	case 15:
		set_port(w, a, b, take(in));
		break;
	case 0:
		set_static(w, a, b);
		break;
	default:
		break;
	}
}

static void run_event(struct world *w, struct input *in, uint8_t event)
{
	switch (event) {
	case 1:
		message_record(w, in);
		break;
	case 2:
		message_records(w, in);
		break;
	case 3:
		message_many_sources(w, in);
		break;
	case 4:
		message_old_report(w, in);
		break;
	case 5:
		message_old_leave(w, in);
		break;
	case 6:
		message_query(w, in);
		break;
	case 7:
		message_bytes(w, in);
		break;
	case 8:
		advance(w, in);
		break;
	case 9:
		advance_to_timer(w);
		break;
	case 10:
		oversleep(w, in);
		break;
	case 16:
		message_neighbour(w, in);
		break;
	default:
		setting(w, in, event);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, MIN(size, LONGEST_INPUT)};
	struct world w;

	world_start(&w);
	while (in.len) {
		uint8_t event = take(&in);

		run_event(&w, &in, (event & 0x1f) % 17);
		if (!(event & PENDING))
			world_settle(&w);
	}
	world_end(&w);
	return 0;
}
