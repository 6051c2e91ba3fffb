/* SPDX-License-Identifier: GPL-2.0-or-later */
/* upstream enable, upstream disable: a provider out for maintenance, its clients elsewhere.
 * providers: who they are, and what they serve. */
#include "commands/commands.h"
#include "commands/json.h"
#include "commands/monitor.h"
#include "journal.h"
#include "lib/log.h"
#include "proxy/state.h"

/* The upstream that an argument names: port number, interface or provider. */
static struct agent_port *upstream_named(struct agent *agent, const char *text)
{
	struct agent_port *port = agent_port_find(agent, text);

	for (size_t i = 0; !port && i < agent->config->n_providers; i++)
		if (!strcmp(agent->config->providers[i].name, text))
			port = &agent->ports[agent_port_index(agent,
							      agent->config->providers[i].number)];
	return port;
}

static json_t *enable(struct agent *agent, json_t *args, bool on)
{
	const char *text = json_string_value(json_object_get(args, "port"));
	struct agent_port *port = text ? upstream_named(agent, text) : NULL;

	if (!port)
		return control_error(1,
				     "'%s' is no port and no provider, see 'mupictl ports' and "
				     "'mupictl providers'",
				     text ? text : "");
	if (port->slot < 0)
		return control_error(1, "port %u is downstream, expected an upstream",
				     port->number);
	proxy_upstream_enable(agent->proxy, (unsigned int)port->slot, on, agent_now());
	log_info("port %u: %s by command", port->number, on ? "in service" : "out of service");
	journal_upstream(agent, port);
	monitor_port(agent, port);
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

/* ---- providers ---- */

/* What the upstream of a provider serves. */
struct served {
	unsigned int groups, clients;
	uint64_t packets, bytes;
};

struct count {
	struct agent *agent;
	struct served *ports; /* by port index */
};

static int count_flow(void *ctx, const struct dataplane_flow *flow)
{
	struct count *count = ctx;

	count->ports[flow->upstream].packets += flow->packets;
	count->ports[flow->upstream].bytes += flow->bytes;
	return 0;
}

static void count_served(struct agent *agent, struct served *ports)
{
	struct count count = {agent, ports};
	struct upstream_group *g, *next_group;
	const struct member *m;

	HASH_ITER (hh, agent->proxy->upstream_groups, g, next_group)
		if (g->any.total || g->n_sources)
			ports[agent->proxy->upstreams[g->key.slot]->index].groups++;
	for (m = member_first(agent->proxy); m; m = member_following(m))
		for (upset rest = member_upstreams(m); rest; rest &= rest - 1)
			ports[agent->proxy->upstreams[__builtin_ctzll(rest)]->index].clients++;
	dataplane_flows(agent->dataplane, count_flow, &count);
}

static json_t *provider_to_json(struct agent *agent, const struct config_provider *provider,
				const struct served *ports)
{
	unsigned int index = agent_port_index(agent, provider->number);
	const struct agent_port *port = &agent->ports[index];
	json_t *groups = json_array();

	for (unsigned int i = 0; i < provider->n_groups; i++)
		json_array_append_new(groups, prefix_to_json(&provider->groups[i]));
	return json_pack("{ss so sI so ss sb si si sI sI}", "name", provider->name, "source",
			 prefix_to_json(&provider->source), "port", (json_int_t)port->number,
			 "groups", groups, "state", port_state(port), "enabled",
			 !(agent->proxy->disabled >> port->slot & 1), "channels",
			 (int)ports[index].groups, "clients", (int)ports[index].clients, "packets",
			 (json_int_t)ports[index].packets, "bytes", (json_int_t)ports[index].bytes);
}

json_t *command_providers(struct agent *agent, json_t *args)
{
	_cleanup_free_ struct served *ports = xcalloc(MUPI_MAX_PORTS, sizeof(*ports));
	json_t *array = json_array();

	(void)args;
	count_served(agent, ports);
	for (size_t i = 0; i < agent->config->n_providers; i++)
		json_array_append_new(array,
				      provider_to_json(agent, &agent->config->providers[i], ports));
	return control_result(array);
}
