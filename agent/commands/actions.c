/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reload, log, exit: what changes the agent. */
#include "commands/commands.h"
#include "lib/log.h"

json_t *command_reload(struct agent *agent, json_t *args)
{
	char error[512];

	(void)args;
	if (agent_reload(agent, error))
		return control_error(1, "%s", error);
	return control_result(json_object());
}

json_t *command_log(struct agent *agent, json_t *args)
{
	const char *text = json_string_value(json_object_get(args, "level"));
	enum log_level level;

	(void)agent;
	if (!text || log_parse_level(text, &level))
		return control_error(1,
				     "log level '%s': accepted are error, warning, info and debug",
				     text ? text : "");
	log_set_level(level);
	return control_result(json_object());
}

json_t *command_exit(struct agent *agent, json_t *args)
{
	agent->cleanup = json_is_true(json_object_get(args, "cleanup"));
	event_base_loopexit(agent->base, NULL);
	return control_result(json_object());
}
