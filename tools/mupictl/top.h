/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of `mupictl top` share. */
#ifndef MUPICTL_TOP_H
#define MUPICTL_TOP_H

#include "mupictl.h"

struct top {
	double delay;	    /* seconds between two samples */
	long count;	    /* of samples to show; 0: no end */
	json_t *last;	    /* the last sample; NULL: none, or the agent went away since */
	double pause;	    /* seconds until the next, at least `delay` */
	double members_due; /* from when on the members are asked for again */
	json_t *rates;
};

enum top_sort { SORT_BITS, SORT_PACKETS, SORT_VIEWERS, SORT_GROUP, N_SORTS };

/*
 * top_sample.c: what the agent counts now, to be freed; members may be those of the last sample.
 * NULL: no answer; *code has an exit code, the reason is in session->agent.error.
 */
json_t *top_sample(struct session *session, struct top *top, int *code);

/*
 * top_rates.c: what happened between two samples, to be freed:
 *   {"seconds", "totals": {...},
 *    "channels": [{"group", "source", "upstreams", "ports", "viewers", "packets_per_s",
 * "bits_per_s"}], "ports": [{"port", "name", "role", "state", "packets_per_s", "unwanted_per_s",
 * "lost_per_s"}]}
 */
json_t *top_rates(const json_t *before, const json_t *now);
void top_sort_channels(json_t *rates, enum top_sort sort);

/* top.c: take a sample, and the rates since the last. Returns an exit code. */
int top_update(struct session *session, struct top *top);
/* The tables; `lines`: how many there is room for, 0: no limit. */
void top_print(const struct output *out, const json_t *rates, size_t lines);

/* top_screen.c: on the terminal, until the user ends it. */
int top_screen(struct session *session, struct top *top);

#endif
