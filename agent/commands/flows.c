/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flows: what the kernel forwards. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/json.h"

/* As the kernel has them when the client takes them. */
struct flow_list {
	struct agent *agent;
	struct dataplane_walk *walk;
	json_t *piece;
	size_t told; /* of the piece */
	int more;    /* what dataplane_walk_on() returned */
	char error[128];
};

static void add_flow(void *ctx, const struct dataplane_flow *flow)
{
	struct flow_list *list = ctx;

	json_array_append_new(
		list->piece,
		json_pack("{sI so so so sI sI}", "upstream",
			  (json_int_t)list->agent->ports[flow->upstream].number, "group",
			  addr_to_json(&flow->group), "source", prefix_to_json(&flow->source),
			  "ports", portset_to_json(list->agent, &flow->out), "packets",
			  (json_int_t)flow->stats.packets, "bytes", (json_int_t)flow->stats.bytes));
}

static void make_piece(struct flow_list *list)
{
	json_array_clear(list->piece);
	list->told = 0;
	list->more = dataplane_walk_on(list->walk, add_flow, list);
}

static json_t *next_flow(void *state)
{
	struct flow_list *list = state;

	while (list->told == json_array_size(list->piece)) {
		if (list->more <= 0)
			return NULL;
		make_piece(list);
	}
	return json_incref(json_array_get(list->piece, list->told++));
}

static const char *broken_flows(void *state)
{
	struct flow_list *list = state;

	if (list->more >= 0)
		return NULL;
	snprintf(list->error, sizeof(list->error), "reading the kernel's maps: %s",
		 strerror(-list->more));
	return list->error;
}

static void end_flows(void *state)
{
	struct flow_list *list = state;

	dataplane_walk_free(list->walk);
	json_decref(list->piece);
	free(list);
}

json_t *command_flows(struct agent *agent, json_t *args, struct control_list *ret)
{
	struct flow_list *list = xcalloc(1, sizeof(*list));

	(void)args;
	list->agent = agent;
	list->walk = dataplane_walk_new(agent->dataplane);
	list->piece = json_array();
	list->more = 1;
	*ret = (struct control_list){
		.next = next_flow, .broken = broken_flows, .end = end_flows, .state = list};
	return NULL;
}
