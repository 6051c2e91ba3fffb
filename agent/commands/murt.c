/* SPDX-License-Identifier: GPL-2.0-or-later */
/* murt list, murt lookup: the table, and what it says of one request. */
#include <stdio.h>
#include <stdlib.h>

#include "commands/commands.h"
#include "commands/json.h"
#include "proxy/state.h"

static json_t *row_to_json(const struct murt_row *row)
{
	json_t *downstream = row->downstream ? json_integer(row->downstream) : json_null();
	const char *balance = config_balance_name(row->balance);
	json_t *object = json_pack(
		"{sI so so so so sI sI sb ss sI}", "id", (json_int_t)row->id, "client",
		prefix_to_json(&row->client), "downstream_if", downstream, "group",
		prefix_to_json(&row->group), "source", prefix_to_json(&row->source), "upstream_if",
		(json_int_t)row->upstream, "priority", (json_int_t)row->priority, "enabled",
		row->enabled, "origin", row->origin == MURT_FROM_FILE ? "file" : "ctl", "hits",
		(json_int_t)row->hits);

	if (balance)
		json_object_set_new(object, "balance", json_string(balance));
	return object;
}

/* By id, so that it goes on whatever happens to the row that was the last. */
struct row_list {
	struct agent *agent;
	row_function *to_json;
	uint32_t id;
};

static json_t *next_row(void *state)
{
	struct row_list *list = state;
	const struct murt_row *row = murt_next(list->agent->murt, list->id);

	if (!row)
		return NULL;
	list->id = row->id;
	return list->to_json(row);
}

struct control_list list_rows(struct agent *agent, row_function *to_json)
{
	struct row_list *list = xcalloc(1, sizeof(*list));

	list->agent = agent;
	list->to_json = to_json;
	return (struct control_list){.next = next_row, .end = free, .state = list};
}

json_t *command_murt_list(struct agent *agent, json_t *args, struct control_list *ret)
{
	(void)args;
	*ret = list_rows(agent, row_to_json);
	return NULL;
}

/* ---- murt lookup -------------------------------------------------------------------------- */

struct lookup {
	struct agent *agent;
	struct addr client_addr; /* as it was asked for */
	const struct agent_port *port;
	struct member_request asked;
	const struct client *client; /* as the proxy knows it, or NULL */
	char refused[64];	     /* why the table is not asked; empty: it is */
	struct murt_explanation explanation;
	uint64_t changes;	 /* of the table, when it began */
	unsigned int beginnings; /* one after the other, since the table had changed meanwhile */
};

/* With a table that changes all the time, the rows are looked at without a pause. */
#define BEGINNINGS 8

/* The client that reports from the address, on a port or on any (NULL); NULL when there is none, or
 * more than one. */
static const struct client *find_client(const struct agent *agent, const struct agent_port *port,
					const struct addr *addr)
{
	const struct client *found = NULL, *c;

	for (unsigned int i = 0; i < agent->n_ports; i++) {
		if (port && port != &agent->ports[i])
			continue;
		c = client_find(agent->proxy, i, addr);
		if (c && found)
			return NULL;
		found = c ? c : found;
	}
	return found;
}

/* Ask as the client itself does, if it is known: with all its addresses, from its port. */
static void as_known(struct lookup *l)
{
	struct murt_request *request = &l->asked.request;
	enum family family = addr_family(&request->group);
	const struct agent_port *port = l->port;
	const struct agent *agent = l->agent;

	*request = (struct murt_request){.client = l->client_addr,
					 .group = request->group,
					 .source = request->source,
					 .downstream = port ? port->number : 0};
	l->client = find_client(agent, port, &request->client);
	if (!l->client)
		l->client = identity_client(agent->proxy, port ? (int)(port - agent->ports) : -1,
					    &request->client);
	if (!l->client)
		return;
	request->client = l->client->key.addr;
	request->downstream = agent->ports[l->client->key.port].number;
	request->others = l->asked.others;
	request->n_others = identity_addrs(agent->proxy, l->client, family, l->asked.others);
}

/* The membership that is asked for, or NULL. */
static const struct member *find_member(struct proxy *p, const struct lookup *l)
{
	if (!l->client)
		return NULL;
	return member_at(p, (unsigned int)l->client->key.port, &l->asked.request.group,
			 &l->client->key.addr);
}

/* Who serves the client what it asks for already. */
static upset serving_now(const struct member_request *asked)
{
	const struct member *m = asked->member;

	if (!m)
		return 0;
	if (m->mode == MODE_EXCLUDE)
		return addr_is_none(&asked->request.source) ? m->upstreams : 0;
	for (unsigned int i = 0; i < m->n_sources; i++)
		if (addr_eq(&m->sources[i].addr, &asked->request.source))
			return m->sources[i].upstreams;
	return 0;
}

static json_t *lookup_of(struct agent *agent, json_t *args, struct lookup *ret)
{
	struct murt_request *request = &ret->asked.request;
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
	if (addr_is_multicast(&request->client) || addr_is_multicast(&request->source))
		return control_error(1, "client and source are no multicast addresses");
	if (port && port->slot >= 0)
		return control_error(1,
				     "port %u is an upstream, clients are behind downstream ports",
				     port->number);
	if (addr_family(&request->client) != addr_family(&request->group) ||
	    (source && addr_family(&request->source) != addr_family(&request->group)))
		return control_error(1, "client, group and source are not of one address family");
	ret->agent = agent;
	ret->port = port;
	ret->client_addr = request->client;
	return NULL;
}

/* What keeps the request from the table. False: nothing does. */
static bool is_refused(const struct agent *agent, const struct murt_request *request,
		       char why[static 64])
{
	const struct acl_rule *denied = acl_denies(agent->config->acl, request, false);

	if (addr_is_link_local_group(&request->group))
		snprintf(why, 64, "link-local groups are not proxied");
	else if (addr_is_none(&request->source) && ssm_needs_source(agent->proxy, &request->group))
		snprintf(why, 64, "the group is in ssm_range and needs a source");
	else if (denied)
		snprintf(why, 64, "denied by acl rule %u", denied->id);
	else
		return false;
	return true;
}

/* What the proxy would answer this client now. */
static void begin(struct lookup *l)
{
	struct murt_request *request = &l->asked.request;
	const struct prefix host = prefix_host(&request->source);
	bool any = addr_is_none(&request->source);
	struct agent *agent = l->agent;
	struct proxy *p = agent->proxy;

	if (l->beginnings++)
		murt_explanation_free(&l->explanation);
	l->changes = murt_changes(agent->murt);
	as_known(l);
	member_request_flows(p, find_member(p, l), &l->asked);
	if (!any || murt_get_selection(agent->murt) != MURT_SPECIFICITY ||
	    !murt_explain_carves(agent->murt, request, p->up, p->disabled, &l->explanation)) {
		request->current = serving_now(&l->asked);
		if (murt_balances(agent->murt))
			request->flowing = channel_upstreams(p, &request->group, &host);
		murt_explain(agent->murt, request, p->up, p->disabled, &l->explanation);
	}
	if (!is_refused(agent, request, l->refused))
		*l->refused = 0;
}

/* Some of the rows. */
static bool look_on(void *state)
{
	struct lookup *l = state;
	bool more;

	if (!l->beginnings || l->changes != murt_changes(l->agent->murt))
		begin(l);
	do
		more = murt_explain_rows(l->agent->murt, &l->explanation);
	while (more && l->beginnings > BEGINNINGS);
	return more;
}

static json_t *match_to_json(const struct murt_match *m)
{
	return json_pack("{sI sI sI sb ss}", "id", (json_int_t)m->row->id, "priority",
			 (json_int_t)m->row->priority, "upstream_if", (json_int_t)m->row->upstream,
			 "selected", m->selected, "why", m->why);
}

static json_t *carves_to_json(const struct agent *agent, const struct murt_explanation *e)
{
	json_t *carves = json_array();

	for (size_t i = 0; i < e->n_carves; i++) {
		json_t *source = prefix_to_json(&e->carves[i].source);
		json_t *upstreams = upset_to_json(agent, e->carves[i].upstreams);

		json_array_append_new(
			carves, json_pack("{so so}", "source", source, "upstreams", upstreams));
	}
	return carves;
}

static json_t *answer_head(void *state)
{
	const struct lookup *l = state;
	const struct murt_explanation *e = &l->explanation;
	const char *reason = *l->refused ? l->refused : e->reason;
	json_t *object = json_pack("{so ss}", "upstreams",
				   upset_to_json(l->agent, *l->refused ? 0 : e->upstreams),
				   "reason", reason);

	if (e->n_carves && !*l->refused)
		json_object_set_new(object, "carves", carves_to_json(l->agent, e));
	return object;
}

static json_t *next_match(void *state)
{
	struct lookup *l = state;
	struct murt_match m;

	if (!murt_explain_next(l->agent->murt, &l->explanation, &m))
		return NULL;
	if (m.selected && *l->refused)
		snprintf(m.why, sizeof(m.why), "%s", l->refused);
	m.selected = m.selected && !*l->refused;
	return match_to_json(&m);
}

static void end_lookup(void *state)
{
	struct lookup *l = state;

	if (l->beginnings)
		murt_explanation_free(&l->explanation);
	free(l);
}

json_t *command_murt_lookup(struct agent *agent, json_t *args, struct control_list *ret)
{
	struct lookup *l = xcalloc(1, sizeof(*l));
	json_t *wrong = lookup_of(agent, args, l);

	if (wrong) {
		free(l);
		return wrong;
	}
	*ret = (struct control_list){.prepare = look_on,
				     .next = next_match,
				     .end = end_lookup,
				     .state = l,
				     .key = "rows",
				     .head = answer_head};
	return NULL;
}
