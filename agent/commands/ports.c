/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ports: their roles, states, queriers and settings. */
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
