/* SPDX-License-Identifier: GPL-2.0-or-later */
/* upstreams: what the proxy asks for on the ports that are upstream. */
#include <stdlib.h>

#include "commands/commands.h"
#include "commands/grouplist.h"
#include "commands/json.h"
#include "proxy/state.h"

struct state {
	struct agent *agent;
	unsigned int port; /* the next to look at */
	unsigned int slot; /* of the last one that was told */
	struct grouplist groups;
};

static json_t *upstream_to_json(const struct agent *agent, unsigned int index)
{
	const struct agent_port *port = &agent->ports[index];
	const struct host *host = agent->proxy->ports[index].host;
	int v4 = (int)host[0].generation, v6 = (int)host[1].generation;

	return json_pack("{sI ss ss sb si s{si si}}", "port", (json_int_t)port->number, "name",
			 port->name, "state", port_state(port), "enabled",
			 !(agent->proxy->disabled >> port->slot & 1), "version", v4, "versions",
			 "v4", v4, "v6", v6 == 3 ? 2 : 1);
}

static json_t *next_upstream(void *ctx)
{
	struct state *state = ctx;
	const struct agent *agent = state->agent;

	while (state->port < agent->n_ports && agent->ports[state->port].slot < 0)
		state->port++;
	if (state->port == agent->n_ports)
		return NULL;
	state->slot = (unsigned int)agent->ports[state->port].slot;
	grouplist_close(&state->groups);
	grouplist_open(&state->groups, agent);
	return upstream_to_json(agent, state->port++);
}

static json_t *next_group(void *ctx)
{
	struct state *state = ctx;
	bool more = true;

	for (unsigned int n = 0; more && n < GROUPLIST_PIECE; n++) {
		const struct addr *group = grouplist_next(&state->groups, &more);
		const struct upstream_group *g =
			group ? demand_find(state->agent->proxy, state->slot, group) : NULL;
		struct filter f = {.mode = MODE_INCLUDE};
		json_t *json = NULL;

		if (g)
			demand_filter(g, false, &f);
		if (f.mode == MODE_EXCLUDE || f.n)
			json = json_pack("{so ss so}", "group", addr_to_json(group), "mode",
					 f.mode == MODE_INCLUDE ? "include" : "exclude", "sources",
					 addrs_to_json(f.sources, f.n));
		free(f.sources);
		if (json)
			return json;
	}
	return more ? json_null() : NULL;
}

static void end_upstreams(void *ctx)
{
	struct state *state = ctx;

	grouplist_close(&state->groups);
	free(state);
}

json_t *command_upstreams(struct agent *agent, json_t *args, struct control_list *ret)
{
	struct state *state = xcalloc(1, sizeof(*state));

	(void)args;
	state->agent = agent;
	*ret = (struct control_list){.next = next_upstream,
				     .inner = next_group,
				     .end = end_upstreams,
				     .state = state,
				     .inner_key = "groups"};
	return NULL;
}
