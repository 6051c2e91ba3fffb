/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of the control protocol (mupi/control.h), by name. */
#include <string.h>

#include "commands/commands.h"

static const struct {
	const char *name;
	json_t *(*run)(struct agent *agent, json_t *args);
} commands[] = {
	/* murt.c */
	{"murt list", command_murt_list},
	{"murt lookup", command_murt_lookup},
	/* table.c */
	{"murt add", command_murt_add},
	{"murt set", command_murt_set},
	{"murt del", command_murt_del},
	{"murt enable", command_murt_enable},
	{"murt disable", command_murt_disable},
	{"murt flush", command_murt_flush},
	{"murt import", command_murt_import},
	{"murt export", command_murt_export},
	/* acl.c */
	{"acl", command_acl},
	/* members.c */
	{"members", command_members},
	{"groups", command_groups},
	/* ports.c */
	{"upstreams", command_upstreams},
	{"ports", command_ports},
	/* upstream.c */
	{"upstream enable", command_upstream_enable},
	{"upstream disable", command_upstream_disable},
	{"providers", command_providers},
	/* flows.c */
	{"flows", command_flows},
	/* stats.c */
	{"stats", command_stats},
	{"status", command_status},
	/* audit.c */
	{"audit", command_audit},
	/* actions.c */
	{"reload", command_reload},
	{"log", command_log},
	{"exit", command_exit},
};

json_t *agent_command(void *ctx, const char *command, json_t *args)
{
	struct agent *agent = ctx;

	if (!agent->proxy || !agent->dataplane || !agent->links)
		return control_error(1, "the agent is starting, try again");
	for (unsigned int i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, command))
			return commands[i].run(agent, args);
	return control_error(1, "unknown command '%s'", command);
}
