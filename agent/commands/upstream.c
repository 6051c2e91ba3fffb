/* SPDX-License-Identifier: GPL-2.0-or-later */
/* upstream enable, upstream disable: a provider out for maintenance, its clients elsewhere. */
#include "commands/commands.h"
#include "commands/json.h"
#include "lib/log.h"
#include "proxy/proxy.h"

static json_t *enable(struct agent *agent, json_t *args, bool on)
{
	struct agent_port *port;
	json_t *wrong = arg_port(agent, args, &port);

	if (wrong)
		return wrong;
	if (!port)
		return control_error(1, "which port? see 'mupictl ports'");
	if (port->slot < 0)
		return control_error(1, "port %u is downstream, expected an upstream",
				     port->number);
	proxy_upstream_enable(agent->proxy, (unsigned int)port->slot, on, agent_now());
	log_info("port %u: %s by command", port->number, on ? "in service" : "out of service");
	agent_settle(agent);
	return control_result(json_object());
}

json_t *command_upstream_enable(struct agent *agent, json_t *args)
{
	return enable(agent, args, true);
}

json_t *command_upstream_disable(struct agent *agent, json_t *args)
{
	return enable(agent, args, false);
}
