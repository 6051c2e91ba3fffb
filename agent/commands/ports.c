/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ports, upstreams: the ports, and what the proxy asks for on those that are upstream. */
#include <stdlib.h>

#include "commands/commands.h"
#include "commands/json.h"
#include "proxy/state.h"

const char *port_state(const struct agent_port *port)
{
	if (!port->attached)
		return "pending";
	return port->up ? "up" : "down";
}

static json_t *upstream_groups(const struct agent *agent, int slot)
{
	json_t *array = json_array();
	struct upstream_group *g, *next;
	struct filter f;

	HASH_ITER (hh, agent->proxy->upstream_groups, g, next) {
		if (g->key.slot != (unsigned int)slot)
			continue;
		demand_filter(g, false, &f);
		if (f.mode == MODE_EXCLUDE || f.n)
			json_array_append_new(
				array,
				json_pack("{so ss so}", "group", addr_to_json(&g->key.group),
					  "mode", f.mode == MODE_INCLUDE ? "include" : "exclude",
					  "sources", addrs_to_json(f.sources, f.n)));
		free(f.sources);
	}
	return array;
}

json_t *command_upstreams(struct agent *agent, json_t *args)
{
	json_t *array = json_array();

	(void)args;
	for (unsigned int i = 0; i < agent->n_ports; i++) {
		const struct agent_port *port = &agent->ports[i];
		const struct host *host = agent->proxy->ports[i].host;
		int v4 = (int)host[0].generation, v6 = (int)host[1].generation;

		if (port->slot < 0)
			continue;
		json_array_append_new(array, json_pack("{sI ss ss sb si s{si si} so}", "port",
						       (json_int_t)port->number, "name", port->name,
						       "state", port_state(port), "enabled",
						       !(agent->proxy->disabled >> port->slot & 1),
						       "version", v4, "versions", "v4", v4, "v6",
						       v6 == 3 ? 2 : 1, "groups",
						       upstream_groups(agent, port->slot)));
	}
	return control_result(array);
}

json_t *command_ports(struct agent *agent, json_t *args)
{
	json_t *array = json_array();

	(void)args;
	for (unsigned int i = 0; i < agent->n_ports; i++) {
		const struct agent_port *port = &agent->ports[i];
		const struct proxy_port *state = &agent->proxy->ports[i];

		json_array_append_new(
			array,
			json_pack("{sI ss ss ss ss* ss ss s{so so} so}", "port",
				  (json_int_t)port->number, "name", port->name, "role",
				  port->slot < 0 ? "downstream" : "upstream", "state",
				  port_state(port), "error", *port->error ? port->error : NULL,
				  "mode", dataplane_mode_name(agent->dataplane, i), "mode_reason",
				  dataplane_mode_reason(agent->dataplane), "querier", "v4",
				  querier_to_json(&state->querier[0]), "v6",
				  querier_to_json(&state->querier[1]), "settings",
				  settings_to_json(&state->settings)));
	}
	return control_result(array);
}
