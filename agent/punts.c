/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages that the data plane hands over. They wait in a queue for each port, and the ports are
 * served in turn, so that a flood on one delays no other; what it costs is bounded in memory, and
 * in time before timers and commands have theirs.
 */
#include <stdlib.h>

#include "agent.h"
#include "lib/log.h"

/* Of all queues, in bytes. A queue may grow as long as it is smaller than what is still free. */
#define PUNTS_MAX (32 << 20)
/* How long ports are served at a time. */
#define TURN	  (2 * USEC_PER_MSEC)

struct letter {
	struct letter *next;
	size_t size;
	struct mupi_punt punt;
};

struct queue {
	struct letter *first, *last;
	size_t bytes;
};

struct punts {
	struct queue queues[MUPI_MAX_PORTS];
	size_t bytes;
	unsigned int turn; /* the port that was served last */
};

void punts_open(struct agent *agent)
{
	agent->punts = xcalloc(1, sizeof(*agent->punts));
}

/* ---- in ---- */

static void append(struct punts *punts, struct queue *queue, const struct mupi_punt *punt)
{
	size_t size = sizeof(struct letter) + punt->len;
	struct letter *letter = xcalloc(1, size);

	letter->size = size;
	memcpy(&letter->punt, punt, sizeof(*punt) + punt->len);
	if (queue->last)
		queue->last->next = letter;
	else
		queue->first = letter;
	queue->last = letter;
	queue->bytes += size;
	punts->bytes += size;
}

void punts_put(void *ctx, unsigned int index, const struct mupi_punt *punt)
{
	struct agent *agent = ctx;
	struct punts *punts = agent->punts;
	struct queue *queue = &punts->queues[index];

	if (punts->bytes + queue->bytes < PUNTS_MAX)
		append(punts, queue, punt);
	else
		agent->ports[index].unread++;
}

/* ---- out ---- */

/* Of the next port in turn that has one; NULL: none has. */
static struct letter *take(struct agent *agent, unsigned int *ret_index)
{
	struct punts *punts = agent->punts;

	for (unsigned int i = 0; punts->bytes && i < agent->n_ports; i++) {
		struct queue *queue;
		struct letter *letter;

		punts->turn = (punts->turn + 1) % agent->n_ports;
		queue = &punts->queues[punts->turn];
		letter = queue->first;
		if (!letter)
			continue;
		queue->first = letter->next;
		if (!letter->next)
			queue->last = NULL;
		queue->bytes -= letter->size;
		punts->bytes -= letter->size;
		*ret_index = punts->turn;
		return letter;
	}
	return NULL;
}

static void read_neighbour(struct agent *agent, unsigned int index, const struct mupi_punt *punt)
{
	struct neighbour neighbour;

	if (neighbour_decode(punt->frame, punt->len, punt->l3_offset, punt->l3_proto, &neighbour))
		proxy_neighbour(agent->proxy, index, &neighbour, agent_now());
}

static void read_message(struct agent *agent, unsigned int index, const struct mupi_punt *punt)
{
	struct message message;
	enum decode_error error =
		message_decode(punt->frame, punt->len, punt->l3_offset, punt->l3_proto,
			       agent->config->strict_router_alert, &message);

	if (!error) {
		proxy_input(agent->proxy, index, &message, agent_now());
		return;
	}
	agent->ports[index].refused[error]++;
	log_debug("port %u: message refused: %s", agent->ports[index].number,
		  decode_error_name(error));
}

bool punts_serve(struct agent *agent)
{
	usec_t end = agent_now() + TURN;
	struct letter *letter;
	unsigned int index;

	do {
		letter = take(agent, &index);
		if (!letter)
			return false;
		/* Else the interface has gone since. */
		if (letter->punt.ifindex == agent->ports[index].ifindex) {
			if (letter->punt.kind == MUPI_PUNT_NEIGHBOUR)
				read_neighbour(agent, index, &letter->punt);
			else
				read_message(agent, index, &letter->punt);
		}
		free(letter);
	} while (agent_now() < end);
	return agent->punts->bytes;
}

void punts_close(struct agent *agent)
{
	struct letter *letter;
	unsigned int index;

	while ((letter = take(agent, &index)))
		free(letter);
	free(agent->punts);
}
