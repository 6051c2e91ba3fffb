/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of the control protocol (mupi/control.h), by name. */
#include <string.h>

#include "commands/commands.h"
#include "io/rights.h"

/* What a command needs. */
enum kind {
	READS,
	WRITES,	 /* the right to change things */
	FOLLOWS, /* nothing more; events come after its answer */
};

static const struct {
	const char *name;
	json_t *(*run)(struct agent *agent, json_t *args);
	enum kind kind;
} commands[] = {
	/* table.c */
	{"murt add", command_murt_add, WRITES},
	{"murt set", command_murt_set, WRITES},
	{"murt del", command_murt_del, WRITES},
	{"murt enable", command_murt_enable, WRITES},
	{"murt disable", command_murt_disable, WRITES},
	{"murt flush", command_murt_flush, WRITES},
	{"murt import", command_murt_import, WRITES},
	/* acl.c */
	{"acl", command_acl, READS},
	/* ports.c */
	{"ports", command_ports, READS},
	/* upstream.c */
	{"upstream enable", command_upstream_enable, WRITES},
	{"upstream disable", command_upstream_disable, WRITES},
	/* stats.c */
	{"stats", command_stats, READS},
	{"status", command_status, READS},
	/* monitor.c */
	{"monitor", command_monitor, FOLLOWS},
	/* actions.c */
	{"reload", command_reload, WRITES},
	{"log", command_log, WRITES},
	{"exit", command_exit, WRITES},
};

/* Those that read, and may have much to say. */
static const struct {
	const char *name;
	json_t *(*run)(struct agent *agent, json_t *args, struct control_list *ret);
} lists[] = {
	{"murt list", command_murt_list},     /* murt.c */
	{"murt lookup", command_murt_lookup}, /* murt.c */
	{"murt export", command_murt_export}, /* table.c */
	{"members", command_members},	      /* members.c */
	{"groups", command_groups},	      /* groups.c */
	{"flows", command_flows},	      /* flows.c */
	{"upstreams", command_upstreams},     /* upstreams.c */
	{"providers", command_providers},     /* upstream.c */
	{"audit", command_audit},	      /* audit.c */
};

json_t *agent_command(void *ctx, struct control_request *request)
{
	struct agent *agent = ctx;
	unsigned int i = 0;

	if (!agent->proxy || !agent->dataplane || !agent->links)
		return control_error(1, "the agent is starting, try again");
	for (unsigned int k = 0; k < ARRAY_SIZE(lists); k++) {
		if (strcmp(lists[k].name, request->command) != 0)
			continue;
		if (request->no_list)
			return control_error(1,
					     "others are reading too many long answers, try again");
		return lists[k].run(agent, request->args, &request->list);
	}
	while (i < ARRAY_SIZE(commands) && strcmp(commands[i].name, request->command) != 0)
		i++;
	if (i == ARRAY_SIZE(commands))
		return control_error(1, "unknown command '%s'", request->command);
	if (commands[i].kind == WRITES && !request->may_write)
		return control_error(
			1,
			"permission denied: '%s' is for root and members of group " RIGHTS_WRITERS,
			request->command);
	request->follow = commands[i].kind == FOLLOWS;
	return commands[i].run(agent, request->args);
}
