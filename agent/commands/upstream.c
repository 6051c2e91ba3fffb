/* SPDX-License-Identifier: GPL-2.0-or-later */
/* upstream enable, upstream disable: a provider out for maintenance, its clients elsewhere.
 * providers: who they are, and what they serve. */
#include <stdlib.h>

#include "commands/commands.h"
#include "commands/grouplist.h"
#include "commands/json.h"
#include "commands/monitor.h"
#include "journal.h"
#include "lib/log.h"
#include "proxy/state.h"

static struct agent_port *port_of(struct agent *agent, const struct config_provider *provider)
{
	return &agent->ports[agent_port_index(agent, provider->number)];
}

/* The upstream that an argument names: port number, interface or provider. */
static struct agent_port *upstream_named(struct agent *agent, const char *text)
{
	struct agent_port *port = agent_port_find(agent, text);

	for (size_t i = 0; !port && i < agent->config->n_providers; i++)
		if (!strcmp(agent->config->providers[i].name, text))
			port = port_of(agent, &agent->config->providers[i]);
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

/* A client, and which upstreams have counted it. */
struct counted {
	struct hash_key key; /* address and port */
	struct counted *next;
	upset upstreams;
};

struct providers {
	struct agent *agent;
	struct counted *counted; /* all */
	struct hashtable by_client;
	struct grouplist groups;
	struct served upstreams[MURT_MAX_UPSTREAMS]; /* by slot */
	size_t told;
};

static struct counted *counted_get(struct providers *providers, const struct member *m)
{
	const struct addr *addr = member_addr(m);
	const uint64_t port = m->group->key.port;
	struct hashtable *t = &providers->by_client;
	struct hash_key *key = hashtable_find(t, addr, port);
	struct counted *c;

	if (key)
		return container_of(key, struct counted, key);
	c = xcalloc(1, sizeof(*c));
	c->key.addr = *addr;
	c->key.port = port;
	hashtable_add(t, &c->key.link);
	LL_PREPEND(providers->counted, c);
	return c;
}

/* A client counts once, however many groups it has; a port's static joins are one client. */
static void count_members(struct providers *providers, const struct group *g)
{
	const struct member *m;

	DL_FOREACH (g->members, m) {
		struct counted *c = counted_get(providers, m);
		upset new = member_upstreams(m) & ~c->upstreams;

		c->upstreams |= new;
		for (upset rest = new; rest; rest &= rest - 1)
			providers->upstreams[__builtin_ctzll(rest)].clients++;
	}
}

static void count_group(struct providers *providers, const struct addr *group)
{
	const struct agent *agent = providers->agent;

	for (unsigned int i = 0; i < agent->n_ports; i++) {
		const struct group *g = group_find(agent->proxy, i, group);

		if (g)
			count_members(providers, g);
	}
	for (unsigned int slot = 0; slot < agent->n_upstreams; slot++) {
		const struct upstream_group *g = demand_find(agent->proxy, slot, group);
		struct served *served = &providers->upstreams[slot];
		struct mupi_flow_stats stats;

		if (!g)
			continue;
		served->groups += g->any.total || g->n_sources;
		stats = upstream_group_stats(agent, g);
		served->packets += stats.packets;
		served->bytes += stats.bytes;
	}
}

static bool count_some(void *state)
{
	struct providers *providers = state;
	bool more = true;

	for (unsigned int n = 0; more && n < GROUPLIST_PIECE; n++) {
		const struct addr *group = grouplist_next(&providers->groups, &more);

		if (group)
			count_group(providers, group);
	}
	return more;
}

static json_t *provider_to_json(const struct providers *providers,
				const struct config_provider *provider)
{
	struct agent *agent = providers->agent;
	const struct agent_port *port = port_of(agent, provider);
	const struct served *served = &providers->upstreams[port->slot];
	json_t *groups = json_array();

	for (unsigned int i = 0; i < provider->n_groups; i++)
		json_array_append_new(groups, prefix_to_json(&provider->groups[i]));
	return json_pack("{ss so sI so ss sb si si sI sI}", "name", provider->name, "source",
			 prefix_to_json(&provider->source), "port", (json_int_t)port->number,
			 "groups", groups, "state", port_state(port), "enabled",
			 !(agent->proxy->disabled >> port->slot & 1), "channels",
			 (int)served->groups, "clients", (int)served->clients, "packets",
			 (json_int_t)served->packets, "bytes", (json_int_t)served->bytes);
}

static json_t *next_provider(void *state)
{
	struct providers *providers = state;
	const struct config *config = providers->agent->config;

	while (providers->told < config->n_providers) {
		const struct config_provider *provider = &config->providers[providers->told++];

		if (port_of(providers->agent, provider)->slot >= 0)
			return provider_to_json(providers, provider);
	}
	return NULL;
}

static void end_providers(void *state)
{
	struct providers *providers = state;
	struct counted *c, *next;

	LL_FOREACH_SAFE(providers->counted, c, next)
	free(c);
	free(providers->by_client.chains);
	grouplist_close(&providers->groups);
	free(providers);
}

json_t *command_providers(struct agent *agent, json_t *args, struct control_list *ret)
{
	struct providers *providers = xcalloc(1, sizeof(*providers));

	(void)args;
	providers->agent = agent;
	hashtable_init_keys(&providers->by_client, agent->proxy->clients.secret);
	grouplist_open(&providers->groups, agent);
	*ret = (struct control_list){.prepare = count_some,
				     .next = next_provider,
				     .end = end_providers,
				     .state = providers};
	return NULL;
}
