/* SPDX-License-Identifier: GPL-2.0-or-later */
/* members: who wants what. */
#include <stdio.h>
#include <stdlib.h>

#include "commands/commands.h"
#include "commands/grouplist.h"
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

/* What else the client is known by; rows match any of them. Returns how many. */
static unsigned int other_addrs(const struct agent *agent, const struct member *m,
				struct addr ret[static IDENTITY_ADDRS])
{
	return identity_addrs(agent->proxy, m->client, addr_family(&m->group->key.group), ret);
}

static void add_addresses(const struct agent *agent, const struct member *m, json_t *object)
{
	struct addr list[IDENTITY_ADDRS];
	unsigned int n = other_addrs(agent, m, list);

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

/* ---- the rows behind it ------------------------------------------------------------------- */

static void find_rows(const struct agent *agent, const struct member *m, struct murt_rows *rows)
{
	upset usable = agent->proxy->up & ~agent->proxy->disabled;
	struct member_request asked;

	member_request(agent->proxy, m, &ADDR_NONE, &asked);
	if (m->mode == MODE_EXCLUDE) {
		if (murt_get_selection(agent->murt) != MURT_SPECIFICITY || !member_upstreams(m) ||
		    !murt_rows_of_carves(agent->murt, &asked.request, usable, rows))
			murt_rows_of(agent->murt, &asked.request, usable, m->upstreams, rows);
		return;
	}
	for (unsigned int i = 0; i < m->n_sources; i++) {
		asked.request.source = m->sources[i].addr;
		murt_rows_of(agent->murt, &asked.request, usable, m->sources[i].upstreams, rows);
	}
}

static void add_rows(const struct agent *agent, const struct member *m, json_t *object)
{
	struct murt_rows rows = {0};
	json_t *array = json_array();

	find_rows(agent, m, &rows);
	for (size_t i = 0; i < rows.n; i++)
		json_array_append_new(array, json_integer(rows.ids[i]));
	json_object_set_new(object, "rows", array);
	if (rows.more)
		json_object_set_new(object, "more_rows", json_true());
}

/* ---- members ------------------------------------------------------------------------------ */

struct member_key {
	unsigned int port; /* index */
	struct addr group, client;
};

/* What it was asked for. */
struct member_args {
	struct addr group, client;
	bool by_group, by_client;
	const struct agent_port *port; /* NULL: all */
};

/* Memberships that are there when it begins; those that end meanwhile are left out. */
struct member_list {
	struct agent *agent;
	struct member_args asked;
	struct grouplist groups;
	struct member_key *keys;
	size_t n, at;
};

static json_t *next_member(void *state)
{
	struct member_list *list = state;
	struct agent *agent = list->agent;

	while (list->at < list->n) {
		const struct member_key *key = &list->keys[list->at++];
		const struct member *m =
			member_at(agent->proxy, key->port, &key->group, &key->client);
		json_t *object;

		if (!m)
			continue;
		object = member_to_json(agent, m, agent_now());
		add_rows(agent, m, object);
		return object;
	}
	return NULL;
}

static void end_members(void *state)
{
	struct member_list *list = state;

	grouplist_close(&list->groups);
	free(list->keys);
	free(list);
}

static bool is_client(const struct agent *agent, const struct member *m, const struct addr *addr)
{
	struct addr list[IDENTITY_ADDRS];
	unsigned int n = other_addrs(agent, m, list);

	while (n)
		if (addr_eq(&list[--n], addr))
			return true;
	return addr_eq(member_addr(m), addr);
}

static void add_keys(struct member_list *list, unsigned int port, const struct addr *group)
{
	const struct group *g = group_find(list->agent->proxy, port, group);
	const struct member_args *asked = &list->asked;
	const struct member *m;

	if (!g || (asked->port && asked->port != &list->agent->ports[port]))
		return;
	DL_FOREACH (g->members, m) {
		if (asked->by_client && !is_client(list->agent, m, &asked->client))
			continue;
		list->keys = xgrow(list->keys, list->n, sizeof(*list->keys));
		list->keys[list->n++] = (struct member_key){port, *group, *member_addr(m)};
	}
}

static void add_group(struct member_list *list, const struct addr *group)
{
	for (unsigned int i = 0; i < list->agent->n_ports; i++)
		add_keys(list, i, group);
}

static bool collect(void *state)
{
	struct member_list *list = state;
	bool more = true;

	for (unsigned int n = 0; more && n < GROUPLIST_PIECE; n++) {
		const struct addr *group = grouplist_next(&list->groups, &more);

		if (group)
			add_group(list, group);
	}
	return more;
}

json_t *command_members(struct agent *agent, json_t *args, struct control_list *ret)
{
	struct member_args asked;
	struct agent_port *port;
	struct member_list *list;
	json_t *wrong;

	wrong = arg_addr(args, "group", &asked.by_group, &asked.group);
	if (!wrong)
		wrong = arg_addr(args, "client", &asked.by_client, &asked.client);
	if (!wrong)
		wrong = arg_port(agent, args, &port);
	if (wrong)
		return wrong;
	asked.port = port;
	list = xcalloc(1, sizeof(*list));
	list->agent = agent;
	list->asked = asked;
	if (asked.by_group)
		add_group(list, &asked.group);
	else
		grouplist_open(&list->groups, agent);
	*ret = (struct control_list){.prepare = asked.by_group ? NULL : collect,
				     .next = next_member,
				     .end = end_members,
				     .state = list};
	return NULL;
}
