/* SPDX-License-Identifier: GPL-2.0-or-later */
/* audit: the proxy's state and the kernel's entries against what the memberships ask for. */
#include <stdio.h>
#include <stdlib.h>

#include "commands/commands.h"
#include "commands/grouplist.h"
#include "proxy/state.h"

struct audit {
	struct agent *agent;
	struct grouplist groups;
	struct dataplane_walk *walk;
	json_t *differences;
	size_t told;
};

static void add_difference(void *ctx, const char *text)
{
	struct audit *audit = ctx;

	json_array_append_new(audit->differences, json_string(text));
}

static void add_kernel_difference(struct audit *audit, unsigned int port, const struct addr *addr,
				  const char *what)
{
	char group[ADDR_STRLEN], text[160];

	snprintf(text, sizeof(text), "upstream %u group %s: the kernel forwards %s",
		 audit->agent->ports[port].number, addr_format(addr, group), what);
	add_difference(audit, text);
}

/* Is this entry of the kernel's one that the proxy wants? */
static bool flow_wanted(struct agent *agent, const struct dataplane_flow *flow)
{
	int slot = agent->ports[flow->upstream].slot;
	const struct upstream_group *g;

	g = slot < 0 ? NULL : demand_find(agent->proxy, (unsigned int)slot, &flow->group);
	for (unsigned int i = 0; g && i < g->n_flows; i++)
		if (!prefix_cmp(&g->flows[i].source, &flow->source))
			return portset_eq(&g->flows[i].out, &flow->out) &&
			       g->flows[i].below == flow->below;
	return false;
}

static void audit_flow(void *ctx, const struct dataplane_flow *flow)
{
	struct audit *audit = ctx;

	if (!flow_wanted(audit->agent, flow))
		add_kernel_difference(audit, flow->upstream, &flow->group, "otherwise");
}

/* Has the kernel all entries of the group? */
static void audit_entries(struct audit *audit, const struct addr *group)
{
	struct proxy *p = audit->agent->proxy;
	struct mupi_flow_stats stats;

	for (unsigned int slot = 0; slot < audit->agent->n_upstreams; slot++) {
		const struct upstream_group *g = demand_find(p, slot, group);

		for (unsigned int i = 0; g && i < g->n_flows; i++)
			if (dataplane_flow_stats(audit->agent->dataplane, p->upstreams[slot]->index,
						 group, &g->flows[i].source, &stats))
				add_kernel_difference(audit, p->upstreams[slot]->index, group,
						      "nothing");
	}
}

/* False: there are no more groups. */
static bool audit_groups(struct audit *audit)
{
	struct addr groups[GROUPLIST_PIECE];
	bool more = true;
	size_t n = 0;

	for (unsigned int steps = 0; more && steps < GROUPLIST_PIECE; steps++) {
		const struct addr *group = grouplist_next(&audit->groups, &more);

		if (!group)
			continue;
		audit_entries(audit, group);
		groups[n++] = *group;
	}
	if (n)
		proxy_audit_groups(audit->agent->proxy, groups, n, add_difference, audit);
	return more;
}

/* Proxy and kernel agree whenever others had their turn, so each piece holds for itself. */
static bool audit_some(void *state)
{
	struct audit *audit = state;
	int r;

	if (audit_groups(audit))
		return true;
	r = dataplane_walk_on(audit->walk, audit_flow, audit);
	if (r < 0)
		add_difference(audit, "the kernel's maps cannot be read");
	return r == 1;
}

static json_t *next_difference(void *state)
{
	struct audit *audit = state;

	return json_incref(json_array_get(audit->differences, audit->told++));
}

static void end_audit(void *state)
{
	struct audit *audit = state;

	grouplist_close(&audit->groups);
	dataplane_walk_free(audit->walk);
	json_decref(audit->differences);
	free(audit);
}

json_t *command_audit(struct agent *agent, json_t *args, struct control_list *ret)
{
	struct audit *audit = xcalloc(1, sizeof(*audit));

	(void)args;
	audit->agent = agent;
	audit->walk = dataplane_walk_new(agent->dataplane);
	audit->differences = json_array();
	grouplist_open(&audit->groups, agent);
	*ret = (struct control_list){.prepare = audit_some,
				     .next = next_difference,
				     .end = end_audit,
				     .state = audit,
				     .key = "differences"};
	return NULL;
}
