/* SPDX-License-Identifier: GPL-2.0-or-later */
/* murt list, murt lookup: the table, and what it says of one request. */
#include <stdio.h>
#include <stdlib.h>

#include "commands/commands.h"
#include "commands/json.h"
#include "proxy/state.h"

static json_t *row_to_json(const struct murt_row *row)
{
	json_t *downstream = row->downstream ? json_integer(row->downstream) : json_null();
	const char *balance = config_balance_name(row->balance);
	json_t *object = json_pack(
		"{sI so so so so sI sI sb ss sI}", "id", (json_int_t)row->id, "client",
		prefix_to_json(&row->client), "downstream_if", downstream, "group",
		prefix_to_json(&row->group), "source", prefix_to_json(&row->source), "upstream_if",
		(json_int_t)row->upstream, "priority", (json_int_t)row->priority, "enabled",
		row->enabled, "origin", row->origin == MURT_FROM_FILE ? "file" : "ctl", "hits",
		(json_int_t)row->hits);

	if (balance)
		json_object_set_new(object, "balance", json_string(balance));
	return object;
}

json_t *command_murt_list(struct agent *agent, json_t *args)
{
	json_t *rows = json_array();
	const struct murt_row *row;

	(void)args;
	for (row = murt_next(agent->murt, 0); row; row = murt_next(agent->murt, row->id))
		json_array_append_new(rows, row_to_json(row));
	return control_result(rows);
}

static json_t *lookup_request(struct agent *agent, json_t *args, struct murt_request *request)
{
	bool client = false, group = false, source = false;
	struct agent_port *port;
	json_t *wrong;

	wrong = arg_addr(args, "client", &client, &request->client);
	if (!wrong)
		wrong = arg_addr(args, "group", &group, &request->group);
	if (!wrong)
		wrong = arg_addr(args, "source", &source, &request->source);
	if (!wrong)
		wrong = arg_port(agent, args, &port);
	if (wrong)
		return wrong;
	if (!client || !group)
		return control_error(1, "a lookup needs a client and a group");
	if (!addr_is_multicast(&request->group))
		return control_error(1, "the group is no multicast address");
	if (addr_family(&request->client) != addr_family(&request->group) ||
	    (source && addr_family(&request->source) != addr_family(&request->group)))
		return control_error(1, "client, group and source are not of one address family");
	request->downstream = port ? port->number : 0;
	return NULL;
}

json_t *command_murt_lookup(struct agent *agent, json_t *args)
{
	struct murt_request request = {0};
	const struct acl_rule *denied;
	struct murt_match *matches = NULL;
	json_t *rows = json_array(), *wrong;
	upset selected;
	char reason[128];
	size_t n;

	wrong = lookup_request(agent, args, &request);
	if (wrong) {
		json_decref(rows);
		return wrong;
	}
	n = murt_explain(agent->murt, &request, agent->proxy->up & ~agent->proxy->disabled,
			 &matches, &selected, reason);
	denied = acl_denies(agent->config->acl, &request, false);
	if (denied) {
		selected = 0;
		snprintf(reason, sizeof(reason), "denied by acl rule %u", denied->id);
	}
	for (size_t i = 0; i < n; i++) {
		const struct murt_row *row = matches[i].row;

		json_array_append_new(rows, json_pack("{sI sI sI sb}", "id", (json_int_t)row->id,
						      "priority", (json_int_t)row->priority,
						      "upstream_if", (json_int_t)row->upstream,
						      "selected", matches[i].selected && !denied));
	}
	free(matches);
	return control_result(json_pack("{so ss so}", "upstreams", upset_to_json(agent, selected),
					"reason", reason, "rows", rows));
}
