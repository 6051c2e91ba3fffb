/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flows: what the kernel forwards. */
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/json.h"

struct flow_list {
	struct agent *agent;
	struct dataplane_flow *flows;
	size_t n, at;
};

static int add_flow(void *ctx, const struct dataplane_flow *flow)
{
	struct flow_list *list = ctx;

	list->flows = xgrow(list->flows, list->n, sizeof(*list->flows));
	list->flows[list->n++] = *flow;
	return 0;
}

static json_t *next_flow(void *state)
{
	struct flow_list *list = state;
	const struct dataplane_flow *flow = &list->flows[list->at];

	if (list->at == list->n)
		return NULL;
	list->at++;
	return json_pack("{sI so so so sI sI}", "upstream",
			 (json_int_t)list->agent->ports[flow->upstream].number, "group",
			 addr_to_json(&flow->group), "source", prefix_to_json(&flow->source),
			 "ports", portset_to_json(list->agent, &flow->out), "packets",
			 (json_int_t)flow->packets, "bytes", (json_int_t)flow->bytes);
}

static void end_flows(void *state)
{
	struct flow_list *list = state;

	free(list->flows);
	free(list);
}

json_t *command_flows(struct agent *agent, json_t *args, struct control_list *ret)
{
	struct flow_list *list = xcalloc(1, sizeof(*list));
	int err;

	(void)args;
	list->agent = agent;
	err = dataplane_flows(agent->dataplane, add_flow, list);
	if (!err) {
		*ret = (struct control_list){.next = next_flow, .end = end_flows, .state = list};
		return NULL;
	}
	end_flows(list);
	return control_error(1, "reading the kernel's maps: %s", strerror(-err));
}
