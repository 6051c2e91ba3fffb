/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stats, status: counters, and the agent in one line. */
#include <stdio.h>
#include <unistd.h>
#include <sys/resource.h>

#include "commands/commands.h"
#include "proxy/state.h"

static json_t *port_counters(struct agent *agent, unsigned int index)
{
	static const char *const names[] = MUPI_STAT_NAMES;
	static const char *const proxy_names[] = PORT_STAT_NAMES;
	uint64_t values[MUPI_STAT_MAX];
	json_t *counters = json_object();
	char name[64];

	agent_port_packets(agent, index, values);
	for (unsigned int i = 0; i < MUPI_STAT_MAX; i++)
		json_object_set_new(counters, names[i], json_integer((json_int_t)values[i]));
	for (unsigned int i = 0; i < PORT_STAT_MAX; i++)
		json_object_set_new(counters, proxy_names[i],
				    json_integer((json_int_t)agent->proxy->ports[index].stats[i]));
	for (unsigned int i = DECODE_OK + 1; i < DECODE_ERRORS; i++) {
		snprintf(name, sizeof(name), "refused_%s", decode_error_name((enum decode_error)i));
		json_object_set_new(counters, name,
				    json_integer((json_int_t)agent->ports[index].refused[i]));
	}
	return counters;
}

/* The sums over all ports, and what belongs to none. */
static json_t *agent_counters(const struct agent *agent)
{
	static const char *const names[] = PORT_STAT_NAMES;
	json_t *counters = json_object();

	for (unsigned int i = 0; i < PORT_STAT_MAX; i++) {
		uint64_t sum = 0;

		for (unsigned int port = 0; port < agent->n_ports; port++)
			sum += agent->proxy->ports[port].stats[i];
		json_object_set_new(counters, names[i], json_integer((json_int_t)sum));
	}
	json_object_set_new(counters, "send_errors", json_integer((json_int_t)agent->send_errors));
	json_object_set_new(counters, "flow_errors", json_integer((json_int_t)agent->flow_errors));
	return counters;
}

json_t *command_stats(struct agent *agent, json_t *args)
{
	json_t *array = json_array();

	(void)args;
	for (unsigned int i = 0; i < agent->n_ports; i++)
		json_array_append_new(array, json_pack("{sI so}", "port",
						       (json_int_t)agent->ports[i].number,
						       "counters", port_counters(agent, i)));
	return control_result(json_pack("{so so}", "ports", array, "agent", agent_counters(agent)));
}

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / USEC_PER_SEC;
}

json_t *command_status(struct agent *agent, json_t *args)
{
	(void)args;
	return control_result(json_pack(
		"{ss si sI ss sI sI sI sI sf}", "version", MUPI_VERSION, "pid", (int)getpid(),
		"uptime", (json_int_t)((agent_now() - agent->started) / USEC_PER_SEC), "config",
		agent->config->path, "ports", (json_int_t)agent->n_ports, "rows",
		(json_int_t)murt_count(agent->murt), "groups",
		(json_int_t)agent->proxy->group_table.n, "members",
		(json_int_t)agent->proxy->members.n, "cpu_seconds", cpu_seconds()));
}
