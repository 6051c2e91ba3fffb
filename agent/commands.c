/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of the control protocol (mupi/control.h): state as JSON, in the shapes of the
 * contract. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/resource.h>

#include "agent.h"
#include "lib/log.h"
#include "proxy/state.h"

static json_t *json_addr(const struct addr *a)
{
	char text[ADDR_STRLEN];

	return addr_is_none(a) ? json_null() : json_string(addr_format(a, text));
}

static json_t *json_prefix(const struct prefix *p)
{
	char text[PREFIX_STRLEN];

	return p->family ? json_string(prefix_format(p, text)) : json_null();
}

static json_t *json_addrs(const struct addr *list, unsigned int n)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < n; i++)
		json_array_append_new(array, json_addr(&list[i]));
	return array;
}

static int cmp_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static json_t *json_numbers(uint32_t *list, size_t n)
{
	json_t *array = json_array();

	qsort(list, n, sizeof(*list), cmp_numbers);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, json_integer(list[i]));
	return array;
}

static json_t *json_ports(const struct agent *agent, const struct portset *set)
{
	uint32_t numbers[MUPI_MAX_PORTS];
	size_t n = 0;

	portset_for_each (port, set)
		numbers[n++] = agent->ports[port].number;
	return json_numbers(numbers, n);
}

static json_t *json_upstreams(const struct agent *agent, upset set)
{
	struct portset ports = {0};

	for (upset rest = set; rest; rest &= rest - 1)
		portset_add(&ports, agent->proxy->upstreams[__builtin_ctzll(rest)]->index);
	return json_ports(agent, &ports);
}

/* ---- murt ---- */

static json_t *murt_list(struct agent *agent, json_t *args)
{
	json_t *rows = json_array();
	const struct murt_row *row;

	(void)args;
	for (row = murt_next(agent->murt, 0); row; row = murt_next(agent->murt, row->id)) {
		json_t *downstream = row->downstream ? json_integer(row->downstream) : json_null();

		json_array_append_new(
			rows,
			json_pack("{sI so so so so sI sI sb ss sI}", "id", (json_int_t)row->id,
				  "client", json_prefix(&row->client), "downstream_if", downstream,
				  "group", json_prefix(&row->group), "source",
				  json_prefix(&row->source), "upstream_if",
				  (json_int_t)row->upstream, "priority", (json_int_t)row->priority,
				  "enabled", row->enabled, "origin",
				  row->origin == MURT_FROM_FILE ? "file" : "ctl", "hits",
				  (json_int_t)row->hits));
	}
	return control_result(rows);
}

/* Optional address argument. NULL, or the answer that says what is wrong with it. */
static json_t *arg_addr(json_t *args, const char *key, bool *given, struct addr *ret)
{
	const char *text = json_string_value(json_object_get(args, key));

	*given = text != NULL;
	if (!text || !addr_parse(text, ret))
		return NULL;
	return control_error(1, "%s '%s' is no IPv4 or IPv6 address", key, text);
}

static json_t *arg_port(struct agent *agent, json_t *args, struct agent_port **ret)
{
	const char *text = json_string_value(json_object_get(args, "port"));

	*ret = NULL;
	if (!text)
		return NULL;
	*ret = agent_port_find(agent, text);
	return *ret ? NULL
		    : control_error(1, "port '%s' is not configured, see 'mupictl ports'", text);
}

static json_t *lookup_request(struct agent *agent, json_t *args, struct murt_request *request)
{
	bool client = false, group = false, source = false;
	struct agent_port *port;
	json_t *wrong;

	wrong = arg_addr(args, "client", &client, &request->client);
	if (!wrong)
		wrong = arg_addr(args, "group", &group, &request->group);
	if (!wrong)
		wrong = arg_addr(args, "source", &source, &request->source);
	if (!wrong)
		wrong = arg_port(agent, args, &port);
	if (wrong)
		return wrong;
	if (!client || !group)
		return control_error(1, "a lookup needs a client and a group");
	if (!addr_is_multicast(&request->group))
		return control_error(1, "the group is no multicast address");
	if (addr_family(&request->client) != addr_family(&request->group) ||
	    (source && addr_family(&request->source) != addr_family(&request->group)))
		return control_error(1, "client, group and source are not of one address family");
	request->downstream = port ? port->number : 0;
	return NULL;
}

static json_t *murt_lookup(struct agent *agent, json_t *args)
{
	struct murt_request request = {0};
	struct murt_match *matches = NULL;
	json_t *rows = json_array(), *wrong;
	upset selected;
	char reason[128];
	size_t n;

	wrong = lookup_request(agent, args, &request);
	if (wrong) {
		json_decref(rows);
		return wrong;
	}
	n = murt_explain(agent->murt, &request, agent->proxy->usable, &matches, &selected, reason);
	for (size_t i = 0; i < n; i++) {
		const struct murt_row *row = matches[i].row;

		json_array_append_new(rows, json_pack("{sI sI sI sb}", "id", (json_int_t)row->id,
						      "priority", (json_int_t)row->priority,
						      "upstream_if", (json_int_t)row->upstream,
						      "selected", matches[i].selected));
	}
	free(matches);
	return control_result(json_pack("{so ss so}", "upstreams", json_upstreams(agent, selected),
					"reason", reason, "rows", rows));
}

/* ---- members, groups ---- */

/* Sources that the membership lists: wanted ones in INCLUDE mode, unwanted ones in EXCLUDE mode. */
static json_t *member_sources(const struct member *m)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < m->n_sources; i++)
		if (m->mode == MODE_INCLUDE || !m->sources[i].expires)
			json_array_append_new(array, json_addr(&m->sources[i].addr));
	return array;
}

static upset member_upstreams(const struct member *m)
{
	upset set = m->upstreams;

	if (m->mode == MODE_EXCLUDE)
		return set;
	set = 0;
	for (unsigned int i = 0; i < m->n_sources; i++)
		set |= m->sources[i].upstreams;
	return set;
}

/* IGMP version, or MLD version: generation 3 is MLDv2. */
static unsigned int generation_version(const struct member *m)
{
	return addr_family(&m->key.client) == FAMILY_V6 ? m->generation - 1 : m->generation;
}

static json_t *json_member(const struct agent *agent, const struct member *m, usec_t now)
{
	usec_t due = m->timer.due > now ? m->timer.due - now : 0;
	char group[ADDR_STRLEN], client[ADDR_STRLEN];
	struct addr none = m->key.client;

	addr_format(&m->key.group->key.group, group);
	if (addr_is_none(&none))
		snprintf(client, sizeof(client), "::");
	else
		addr_format(&none, client);
	return json_pack("{sI ss ss ss so si sf so}", "port",
			 (json_int_t)agent->ports[m->key.group->key.port].number, "group", group,
			 "client", client, "mode", m->mode == MODE_INCLUDE ? "include" : "exclude",
			 "sources", member_sources(m), "version", (int)generation_version(m),
			 "expires", (double)(due / 100000) / 10, "upstreams",
			 json_upstreams(agent, member_upstreams(m)));
}

static json_t *members(struct agent *agent, json_t *args)
{
	struct addr group, client;
	bool by_group, by_client;
	struct agent_port *port;
	struct member *m, *next;
	usec_t now = agent_now();
	json_t *array, *wrong;

	wrong = arg_addr(args, "group", &by_group, &group);
	if (!wrong)
		wrong = arg_addr(args, "client", &by_client, &client);
	if (!wrong)
		wrong = arg_port(agent, args, &port);
	if (wrong)
		return wrong;
	array = json_array();
	HASH_ITER (hh, agent->proxy->members, m, next) {
		if ((by_group && !addr_eq(&group, &m->key.group->key.group)) ||
		    (by_client && !addr_eq(&client, &m->key.client)) ||
		    (port && port != &agent->ports[m->key.group->key.port]))
			continue;
		json_array_append_new(array, json_member(agent, m, now));
	}
	return control_result(array);
}

/* One line of `groups`, summed over ports and upstreams. */
struct group_sum {
	struct addr group;
	unsigned int clients;
	struct portset ports;
	upset upstreams;
	uint64_t packets, bytes;
	UT_hash_handle hh;
};

static void sum_members(struct agent *agent, struct group_sum **sums)
{
	struct group *g, *next;
	struct group_sum *s;
	struct member *m;

	HASH_ITER (hh, agent->proxy->groups, g, next) {
		HASH_FIND(hh, *sums, &g->key.group, sizeof(struct addr), s);
		if (!s) {
			s = xcalloc(1, sizeof(*s));
			s->group = g->key.group;
			HASH_ADD(hh, *sums, group, sizeof(struct addr), s);
		}
		s->clients += g->n_members;
		portset_add(&s->ports, (unsigned int)g->key.port);
		DL_FOREACH (g->members, m)
			s->upstreams |= member_upstreams(m);
	}
}

static int sum_flow(void *ctx, const struct dataplane_flow *flow)
{
	struct group_sum **sums = ctx, *s;

	HASH_FIND(hh, *sums, &flow->group, sizeof(struct addr), s);
	if (s) {
		s->packets += flow->packets;
		s->bytes += flow->bytes;
	}
	return 0;
}

static json_t *groups(struct agent *agent, json_t *args)
{
	struct group_sum *sums = NULL, *s, *next;
	json_t *array = json_array();

	(void)args;
	sum_members(agent, &sums);
	dataplane_flows(agent->dataplane, sum_flow, &sums);
	HASH_ITER (hh, sums, s, next) {
		json_array_append_new(
			array,
			json_pack("{so si so so sI sI}", "group", json_addr(&s->group), "clients",
				  (int)s->clients, "ports", json_ports(agent, &s->ports),
				  "upstreams", json_upstreams(agent, s->upstreams), "packets",
				  (json_int_t)s->packets, "bytes", (json_int_t)s->bytes));
		HASH_DELETE(hh, sums, s);
		free(s);
	}
	return control_result(array);
}

/* ---- upstreams, flows, ports ---- */

static const char *port_state(const struct agent_port *port)
{
	if (!port->attached)
		return "pending";
	return port->up ? "up" : "down";
}

static json_t *upstream_groups(const struct agent *agent, int slot)
{
	json_t *array = json_array();
	struct upstream_group *g, *next;

	HASH_ITER (hh, agent->proxy->upstream_groups, g, next) {
		if (g->key.slot != (unsigned int)slot ||
		    (g->filter.mode == MODE_INCLUDE && !g->filter.n))
			continue;
		json_array_append_new(
			array, json_pack("{so ss so}", "group", json_addr(&g->key.group), "mode",
					 g->filter.mode == MODE_INCLUDE ? "include" : "exclude",
					 "sources", json_addrs(g->filter.sources, g->filter.n)));
	}
	return array;
}

static json_t *upstreams(struct agent *agent, json_t *args)
{
	json_t *array = json_array();

	(void)args;
	for (unsigned int i = 0; i < agent->n_ports; i++) {
		const struct agent_port *port = &agent->ports[i];

		if (port->slot < 0)
			continue;
		json_array_append_new(
			array, json_pack("{sI ss ss si so}", "port", (json_int_t)port->number,
					 "name", port->name, "state", port_state(port), "version",
					 3, "groups", upstream_groups(agent, port->slot)));
	}
	return control_result(array);
}

struct flow_list {
	struct agent *agent;
	json_t *array;
};

static int add_flow(void *ctx, const struct dataplane_flow *flow)
{
	struct flow_list *list = ctx;

	json_array_append_new(
		list->array,
		json_pack("{sI so so so sI sI}", "upstream",
			  (json_int_t)list->agent->ports[flow->upstream].number, "group",
			  json_addr(&flow->group), "source", json_addr(&flow->source), "ports",
			  json_ports(list->agent, &flow->out), "packets", (json_int_t)flow->packets,
			  "bytes", (json_int_t)flow->bytes));
	return 0;
}

static json_t *flows(struct agent *agent, json_t *args)
{
	struct flow_list list = {agent, json_array()};
	int err = dataplane_flows(agent->dataplane, add_flow, &list);

	(void)args;
	if (!err)
		return control_result(list.array);
	json_decref(list.array);
	return control_error(1, "reading the kernel's maps: %s", strerror(-err));
}

static json_t *ports(struct agent *agent, json_t *args)
{
	json_t *array = json_array();

	(void)args;
	for (unsigned int i = 0; i < agent->n_ports; i++) {
		const struct agent_port *port = &agent->ports[i];
		const char *querier = port->slot < 0 && port->up ? "self" : "none";

		json_array_append_new(array,
				      json_pack("{sI ss ss ss ss s{ss ss}}", "port",
						(json_int_t)port->number, "name", port->name,
						"role", port->slot < 0 ? "downstream" : "upstream",
						"state", port_state(port), "mode",
						dataplane_mode_name(agent->dataplane, i), "querier",
						"v4", querier, "v6", querier));
	}
	return control_result(array);
}

/* ---- stats, audit, status ---- */

static json_t *port_counters(struct agent *agent, unsigned int index)
{
	static const char *const names[] = MUPI_STAT_NAMES;
	uint64_t values[MUPI_STAT_MAX] = {0};
	json_t *counters = json_object();
	char name[64];

	dataplane_port_stats(agent->dataplane, index, values);
	for (unsigned int i = 0; i < MUPI_STAT_MAX; i++)
		json_object_set_new(counters, names[i], json_integer((json_int_t)values[i]));
	for (unsigned int i = DECODE_OK + 1; i < DECODE_ERRORS; i++) {
		snprintf(name, sizeof(name), "refused_%s", decode_error_name((enum decode_error)i));
		json_object_set_new(counters, name,
				    json_integer((json_int_t)agent->ports[index].refused[i]));
	}
	return counters;
}

static json_t *agent_counters(const struct agent *agent)
{
	const struct proxy_stats *s = &agent->proxy->stats;

	return json_pack("{sI sI sI sI sI sI sI sI sI sI sI}", "joins", (json_int_t)s->joins,
			 "leaves", (json_int_t)s->leaves, "refused", (json_int_t)s->refused,
			 "over_limit", (json_int_t)s->over_limit, "ignored", (json_int_t)s->ignored,
			 "reports_in", (json_int_t)s->reports_in, "queries_in",
			 (json_int_t)s->queries_in, "reports_out", (json_int_t)s->reports_out,
			 "queries_out", (json_int_t)s->queries_out, "send_errors",
			 (json_int_t)agent->send_errors, "flow_errors",
			 (json_int_t)agent->flow_errors);
}

static json_t *stats(struct agent *agent, json_t *args)
{
	json_t *array = json_array();

	(void)args;
	for (unsigned int i = 0; i < agent->n_ports; i++)
		json_array_append_new(array, json_pack("{sI so}", "port",
						       (json_int_t)agent->ports[i].number,
						       "counters", port_counters(agent, i)));
	return control_result(json_pack("{so so}", "ports", array, "agent", agent_counters(agent)));
}

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
		if (addr_eq(&g->flows[i].source, &flow->source))
			return portset_eq(&g->flows[i].out, &flow->out) &&
			       g->flows[i].has_sources == flow->has_sources;
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

static json_t *audit(struct agent *agent, json_t *args)
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

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / USEC_PER_SEC;
}

static json_t *status(struct agent *agent, json_t *args)
{
	(void)args;
	return control_result(json_pack(
		"{ss si sI ss sI sI sI sI sf}", "version", MUPI_VERSION, "pid", (int)getpid(),
		"uptime", (json_int_t)((agent_now() - agent->started) / USEC_PER_SEC), "config",
		agent->config->path, "ports", (json_int_t)agent->n_ports, "rows",
		(json_int_t)murt_count(agent->murt), "groups",
		(json_int_t)HASH_COUNT(agent->proxy->groups), "members",
		(json_int_t)HASH_COUNT(agent->proxy->members), "cpu_seconds", cpu_seconds()));
}

/* ---- actions ---- */

static json_t *reload(struct agent *agent, json_t *args)
{
	char error[512];

	(void)args;
	if (agent_reload(agent, error))
		return control_error(1, "%s", error);
	return control_result(json_object());
}

static json_t *set_log(struct agent *agent, json_t *args)
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

static json_t *end(struct agent *agent, json_t *args)
{
	agent->cleanup = json_is_true(json_object_get(args, "cleanup"));
	event_base_loopexit(agent->base, NULL);
	return control_result(json_object());
}

static const struct {
	const char *name;
	json_t *(*run)(struct agent *agent, json_t *args);
} commands[] = {
	{"murt list", murt_list},
	{"murt lookup", murt_lookup},
	{"members", members},
	{"groups", groups},
	{"upstreams", upstreams},
	{"flows", flows},
	{"ports", ports},
	{"stats", stats},
	{"audit", audit},
	{"status", status},
	{"reload", reload},
	{"log", set_log},
	{"exit", end},
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
