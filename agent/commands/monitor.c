/* SPDX-License-Identifier: GPL-2.0-or-later */
/* monitor: each join, leave, refusal, resolution, change of a port or of the table as it happens.
 */
#include "commands/monitor.h"

#include <time.h>

#include "commands/commands.h"
#include "commands/json.h"

json_t *command_monitor(struct agent *agent, json_t *args)
{
	(void)agent;
	(void)args;
	return control_result(json_object());
}

/* Takes `fields`. */
static void publish(struct agent *agent, const char *name, json_t *fields)
{
	struct timespec now;
	json_t *event;

	clock_gettime(CLOCK_REALTIME, &now);
	event = json_pack("{sf ss}", "time",
			  (double)now.tv_sec + (double)(now.tv_nsec / 1000) / 1e6, "event", name);
	json_object_update(event, fields);
	json_decref(fields);
	control_publish(agent->control, event);
}

static json_t *port_number(const struct agent *agent, unsigned int index)
{
	return json_integer(agent->ports[index].number);
}

/* In INCLUDE mode the sources that nobody serves. */
static json_t *refused_sources(const struct member *m)
{
	json_t *array = json_array();

	for (unsigned int i = 0; m->mode == MODE_INCLUDE && i < m->n_sources; i++)
		if (!m->sources[i].upstreams)
			json_array_append_new(array, addr_to_json(&m->sources[i].addr));
	return array;
}

static void add_served(const struct agent *agent, const struct proxy_event *event, json_t *fields)
{
	const struct member *m = event->member;

	json_object_set_new(fields, "mode",
			    json_string(m->mode == MODE_INCLUDE ? "include" : "exclude"));
	json_object_set_new(fields, "sources", member_sources_to_json(m));
	json_object_set_new(fields, "upstreams", upset_to_json(agent, member_upstreams(m)));
	if (event->type != PROXY_JOIN)
		json_object_set_new(fields, "was", upset_to_json(agent, event->was));
}

static json_t *member_fields(const struct agent *agent, const struct proxy_event *event)
{
	static const char *const reasons[] = {"left", "expired", "port", "ssm"};
	const struct member *m = event->member;
	json_t *fields = json_pack("{so so so}", "port", port_number(agent, event->port), "client",
				   addr_to_json(member_addr(m)), "group",
				   addr_to_json(&m->group->key.group));

	switch (event->type) {
	case PROXY_LEAVE:
		json_object_set_new(fields, "why", json_string(reasons[event->why]));
		break;
	case PROXY_REFUSED:
	case PROXY_DENIED:
		json_object_set_new(fields, "sources", refused_sources(m));
		break;
	default:
		add_served(agent, event, fields);
	}
	return fields;
}

static json_t *querier_fields(const struct agent *agent, const struct querier *q)
{
	return json_pack("{so ss so}", "port", port_number(agent, q->port->index), "family",
			 q->family == FAMILY_V4 ? "v4" : "v6", "querier", querier_to_json(q));
}

void monitor_proxy(void *ctx, const struct proxy_event *event)
{
	static const char *const names[] = {"join",   "change", "resolved", "refused",
					    "denied", "leave",	"limit",    "querier"};
	struct agent *agent = ctx;
	json_t *fields;

	if (!control_followed(agent->control) || event->type >= PROXY_IDENTITY)
		return;
	if (event->type == PROXY_LIMIT)
		fields = json_pack("{so ss}", "port", port_number(agent, event->port), "limit",
				   event->limit);
	else if (event->type == PROXY_QUERIER)
		fields = querier_fields(agent, event->querier);
	else
		fields = member_fields(agent, event);
	publish(agent, names[event->type], fields);
}

void monitor_port(struct agent *agent, const struct agent_port *port)
{
	bool upstream = port->slot >= 0;
	json_t *fields;

	if (!control_followed(agent->control))
		return;
	fields = json_pack("{sI ss ss ss}", "port", (json_int_t)port->number, "name", port->name,
			   "role", upstream ? "upstream" : "downstream", "state", port_state(port));
	if (upstream)
		json_object_set_new(fields, "enabled",
				    json_boolean(!(agent->proxy->disabled >> port->slot & 1)));
	publish(agent, "port", fields);
}

void monitor_table(struct agent *agent, const char *change, uint32_t id)
{
	json_t *fields;

	if (!control_followed(agent->control))
		return;
	fields = json_pack("{ss}", "change", change);
	if (id)
		json_object_set_new(fields, "id", json_integer(id));
	publish(agent, "table", fields);
}
