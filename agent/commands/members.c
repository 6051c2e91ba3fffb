/* SPDX-License-Identifier: GPL-2.0-or-later */
/* members, groups: who wants what. */
#include <stdio.h>
#include <stdlib.h>

#include "commands/commands.h"
#include "commands/json.h"
#include "proxy/state.h"

/* IGMP version, or MLD version: generation 3 is MLDv2. */
static unsigned int generation_version(const struct member *m)
{
	return addr_family(&m->group->key.group) == FAMILY_V6 ? m->generation - 1 : m->generation;
}

/* Seconds until the membership ends unless it is reported again; null: a static join. */
static json_t *member_expires(const struct agent *agent, const struct member *m, usec_t now)
{
	usec_t last = m->mode == MODE_EXCLUDE ? member_group_timer(agent->proxy, m) : 0;

	if (!m->client)
		return json_null();
	for (unsigned int i = 0; i < m->n_sources; i++)
		last = MAX(last, m->sources[i].expires);
	last = last > now ? last - now : 0;
	return json_real((double)(last / 100000) / 10);
}

/* What else the client is known by; rows match any of them. */
static void add_addresses(const struct agent *agent, const struct member *m, json_t *object)
{
	struct addr list[IDENTITY_ADDRS];
	enum family family = addr_family(&m->group->key.group);
	unsigned int n = identity_addrs(agent->proxy, m->client, family, list);

	if (n)
		json_object_set_new(object, "addresses", addrs_to_json(list, n));
}

static json_t *member_to_json(const struct agent *agent, const struct member *m, usec_t now)
{
	char group[ADDR_STRLEN], client[ADDR_STRLEN];
	json_t *object;

	addr_format(&m->group->key.group, group);
	if (!m->client)
		snprintf(client, sizeof(client), "::");
	else
		addr_format(&m->client->key.addr, client);
	object =
		json_pack("{sI ss ss ss so si so so}", "port",
			  (json_int_t)agent->ports[m->group->key.port].number, "group", group,
			  "client", client, "mode", m->mode == MODE_INCLUDE ? "include" : "exclude",
			  "sources", member_sources_to_json(m), "version",
			  (int)generation_version(m), "expires", member_expires(agent, m, now),
			  "upstreams", upset_to_json(agent, member_upstreams(m)));
	add_addresses(agent, m, object);
	if (member_denied(agent->proxy, m))
		json_object_set_new(object, "denied", json_true());
	if (m->client)
		return object;
	json_object_set_new(object, "client", json_null());
	json_object_set_new(object, "version", json_null());
	return object;
}

/* ---- the rows behind it ------------------------------------------------------------------------
 */

static void trace_member(const struct agent *agent, const struct member *m,
			 struct murt_trace *trace)
{
	struct member_request asked;

	member_request(agent->proxy, m, &ADDR_NONE, &asked);
	murt_trace_next(trace);
	if (m->mode == MODE_EXCLUDE) {
		if (!m->n_carves || !murt_trace_carves(trace, &asked.request))
			murt_trace_request(trace, &asked.request, m->upstreams);
		return;
	}
	for (unsigned int i = 0; i < m->n_sources; i++) {
		asked.request.source = m->sources[i].addr;
		murt_trace_request(trace, &asked.request, m->sources[i].upstreams);
	}
}

/* Members were traced in the order in which they are in the array. */
static void add_rows(struct murt_trace *trace, json_t *array)
{
	uint32_t ids[MURT_TRACE_ROWS];
	json_t *object;
	size_t i;
	bool more;

	murt_trace_end(trace);
	json_array_foreach (array, i, object) {
		size_t n = murt_trace_rows(trace, i, ids, &more);
		json_t *rows = json_array();

		for (size_t k = 0; k < n; k++)
			json_array_append_new(rows, json_integer(ids[k]));
		json_object_set_new(object, "rows", rows);
		if (more)
			json_object_set_new(object, "more_rows", json_true());
	}
}

/* ---- members -----------------------------------------------------------------------------------
 */

/* So many are made ready together: one pass over the table tells the rows of all of them. */
#define BATCH 512

struct member_key {
	unsigned int port; /* index */
	struct addr group, client;
};

/* Memberships that were there when it was asked; those that end meanwhile are left out. */
struct member_list {
	struct agent *agent;
	struct member_key *keys;
	size_t n, at;
	json_t *batch;
	size_t told; /* of the batch */
};

static void make_batch(struct member_list *list)
{
	struct agent *agent = list->agent;
	size_t end = MIN(list->at + BATCH, list->n);
	usec_t now = agent_now();
	struct murt_trace *trace =
		murt_trace_new(agent->murt, agent->proxy->up & ~agent->proxy->disabled);

	json_array_clear(list->batch);
	list->told = 0;
	for (; list->at < end; list->at++) {
		const struct member_key *key = &list->keys[list->at];
		const struct member *m =
			member_at(agent->proxy, key->port, &key->group, &key->client);

		if (!m)
			continue;
		json_array_append_new(list->batch, member_to_json(agent, m, now));
		trace_member(agent, m, trace);
	}
	add_rows(trace, list->batch);
	murt_trace_free(trace);
}

static json_t *next_member(void *state)
{
	struct member_list *list = state;

	while (list->told == json_array_size(list->batch)) {
		if (list->at == list->n)
			return NULL;
		make_batch(list);
	}
	return json_incref(json_array_get(list->batch, list->told++));
}

static void end_members(void *state)
{
	struct member_list *list = state;

	json_decref(list->batch);
	free(list->keys);
	free(list);
}

static void add_key(struct member_list *list, const struct member *m)
{
	list->keys = xgrow(list->keys, list->n, sizeof(*list->keys));
	list->keys[list->n++] = (struct member_key){(unsigned int)m->group->key.port,
						    m->group->key.group, *member_addr(m)};
}

json_t *command_members(struct agent *agent, json_t *args, struct control_list *ret)
{
	struct addr group, client;
	bool by_group, by_client;
	struct agent_port *port;
	const struct member *m;
	struct member_list *list;
	json_t *wrong;

	wrong = arg_addr(args, "group", &by_group, &group);
	if (!wrong)
		wrong = arg_addr(args, "client", &by_client, &client);
	if (!wrong)
		wrong = arg_port(agent, args, &port);
	if (wrong)
		return wrong;
	list = xcalloc(1, sizeof(*list));
	list->agent = agent;
	list->batch = json_array();
	for (m = member_first(agent->proxy); m; m = member_following(m))
		if ((!by_group || addr_eq(&group, &m->group->key.group)) &&
		    (!by_client || addr_eq(&client, member_addr(m))) &&
		    (!port || port == &agent->ports[m->group->key.port]))
			add_key(list, m);
	*ret = (struct control_list){.next = next_member, .end = end_members, .state = list};
	return NULL;
}

/* ---- groups ------------------------------------------------------------------------------------
 */

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

struct group_list {
	struct agent *agent;
	struct group_sum *sums;
};

static json_t *next_group(void *state)
{
	struct group_list *list = state;
	struct group_sum *s = list->sums;
	json_t *object;

	if (!s)
		return NULL;
	object = json_pack("{so si so so sI sI}", "group", addr_to_json(&s->group), "clients",
			   (int)s->clients, "ports", portset_to_json(list->agent, &s->ports),
			   "upstreams", upset_to_json(list->agent, s->upstreams), "packets",
			   (json_int_t)s->packets, "bytes", (json_int_t)s->bytes);
	HASH_DELETE(hh, list->sums, s);
	free(s);
	return object;
}

static void end_groups(void *state)
{
	struct group_list *list = state;
	struct group_sum *s, *next;

	HASH_ITER (hh, list->sums, s, next) {
		HASH_DELETE(hh, list->sums, s);
		free(s);
	}
	free(list);
}

json_t *command_groups(struct agent *agent, json_t *args, struct control_list *ret)
{
	struct group_list *list = xcalloc(1, sizeof(*list));

	(void)args;
	list->agent = agent;
	sum_members(agent, &list->sums);
	dataplane_flows(agent->dataplane, sum_flow, &list->sums);
	*ret = (struct control_list){.next = next_group, .end = end_groups, .state = list};
	return NULL;
}
