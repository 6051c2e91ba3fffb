/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flows: what the kernel forwards. */
#include <string.h>

#include "commands/commands.h"
#include "commands/json.h"

struct flow_list {
	struct agent *agent;
	json_t *array;
};

static int add_flow(void *ctx, const struct dataplane_flow *flow)
{
	struct flow_list *list = ctx;

	json_array_append_new(
		list->array,
		json_pack("{sI so so so sI sI}", "upstream",
			  (json_int_t)list->agent->ports[flow->upstream].number, "group",
			  addr_to_json(&flow->group), "source", prefix_to_json(&flow->source),
			  "ports", portset_to_json(list->agent, &flow->out), "packets",
			  (json_int_t)flow->packets, "bytes", (json_int_t)flow->bytes));
	return 0;
}

json_t *command_flows(struct agent *agent, json_t *args)
{
	struct flow_list list = {agent, json_array()};
	int err = dataplane_flows(agent->dataplane, add_flow, &list);

	(void)args;
	if (!err)
		return control_result(list.array);
	json_decref(list.array);
	return control_error(1, "reading the kernel's maps: %s", strerror(-err));
}
