/* SPDX-License-Identifier: GPL-2.0-or-later */
/* audit: the proxy's state and the kernel's entries against what the memberships ask for. */
#include <stdio.h>

#include "commands/commands.h"
#include "proxy/state.h"

struct audit {
	struct agent *agent;
	json_t *differences;
	size_t kernel_flows;
};

static void add_difference(void *ctx, const char *text)
{
	struct audit *audit = ctx;

	json_array_append_new(audit->differences, json_string(text));
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

static int audit_flow(void *ctx, const struct dataplane_flow *flow)
{
	struct audit *audit = ctx;
	char group[ADDR_STRLEN], text[160];

	audit->kernel_flows++;
	if (flow_wanted(audit->agent, flow))
		return 0;
	snprintf(text, sizeof(text), "upstream %u group %s: the kernel forwards otherwise",
		 audit->agent->ports[flow->upstream].number, addr_format(&flow->group, group));
	add_difference(audit, text);
	return 0;
}

json_t *command_audit(struct agent *agent, json_t *args)
{
	struct audit a = {agent, json_array(), 0};
	struct upstream_group *g, *next;
	size_t wanted = 0;
	char text[128];

	(void)args;
	proxy_audit(agent->proxy, add_difference, &a);
	dataplane_flows(agent->dataplane, audit_flow, &a);
	HASH_ITER (hh, agent->proxy->upstream_groups, g, next)
		wanted += g->n_flows;
	if (wanted != a.kernel_flows) {
		snprintf(text, sizeof(text), "the kernel has %zu forwarding entries, should be %zu",
			 a.kernel_flows, wanted);
		add_difference(&a, text);
	}
	return control_result(json_pack("{so}", "differences", a.differences));
}
