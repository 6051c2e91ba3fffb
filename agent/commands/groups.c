/* SPDX-License-Identifier: GPL-2.0-or-later */
/* groups: what is wanted, summed over ports and upstreams. */
#include <stdlib.h>

#include "commands/commands.h"
#include "commands/grouplist.h"
#include "commands/json.h"
#include "proxy/state.h"

/* Groups that were there when it was asked, as they are when it is their turn. */
struct state {
	struct agent *agent;
	struct grouplist groups;
};

struct sum {
	unsigned int clients;
	struct portset ports;
	upset upstreams;
	struct mupi_flow_stats stats;
};

static void sum_members(const struct agent *agent, const struct addr *group, struct sum *sum)
{
	const struct member *m;

	for (unsigned int i = 0; i < agent->n_ports; i++) {
		const struct group *g = group_find(agent->proxy, i, group);

		if (!g)
			continue;
		sum->clients += g->n_members;
		portset_add(&sum->ports, i);
		DL_FOREACH (g->members, m)
			sum->upstreams |= member_upstreams(m);
	}
}

struct mupi_flow_stats upstream_group_stats(const struct agent *agent,
					    const struct upstream_group *g)
{
	unsigned int port = agent->proxy->upstreams[g->key.slot]->index;
	struct mupi_flow_stats sum = {0};

	for (unsigned int i = 0; i < g->n_flows; i++) {
		struct mupi_flow_stats stats;

		if (dataplane_flow_stats(agent->dataplane, port, &g->key.group, &g->flows[i].source,
					 &stats))
			continue;
		sum.packets += stats.packets;
		sum.bytes += stats.bytes;
	}
	return sum;
}

static void sum_flows(const struct agent *agent, const struct addr *group, struct sum *sum)
{
	for (unsigned int slot = 0; slot < agent->n_upstreams; slot++) {
		const struct upstream_group *g = demand_find(agent->proxy, slot, group);
		struct mupi_flow_stats stats;

		if (!g)
			continue;
		stats = upstream_group_stats(agent, g);
		sum->stats.packets += stats.packets;
		sum->stats.bytes += stats.bytes;
	}
}

static json_t *next_group(void *ctx)
{
	struct state *state = ctx;
	const struct agent *agent = state->agent;
	bool more = true;

	for (unsigned int n = 0; more && n < GROUPLIST_PIECE; n++) {
		const struct addr *group = grouplist_next(&state->groups, &more);
		struct sum sum = {0};

		if (group)
			sum_members(agent, group, &sum);
		if (!sum.clients)
			continue;
		sum_flows(agent, group, &sum);
		return json_pack("{so si so so sI sI}", "group", addr_to_json(group), "clients",
				 (int)sum.clients, "ports", portset_to_json(agent, &sum.ports),
				 "upstreams", upset_to_json(agent, sum.upstreams), "packets",
				 (json_int_t)sum.stats.packets, "bytes",
				 (json_int_t)sum.stats.bytes);
	}
	return more ? json_null() : NULL;
}

static void end_groups(void *ctx)
{
	struct state *state = ctx;

	grouplist_close(&state->groups);
	free(state);
}

json_t *command_groups(struct agent *agent, json_t *args, struct control_list *ret)
{
	struct state *state = xcalloc(1, sizeof(*state));

	(void)args;
	state->agent = agent;
	grouplist_open(&state->groups, agent);
	*ret = (struct control_list){.next = next_group, .end = end_groups, .state = state};
	return NULL;
}
