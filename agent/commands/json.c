/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and ports as JSON, arguments of requests from JSON. */
#include <stdlib.h>

#include "commands/json.h"

json_t *addr_to_json(const struct addr *a)
{
	char text[ADDR_STRLEN];

	return addr_is_none(a) ? json_null() : json_string(addr_format(a, text));
}

json_t *prefix_to_json(const struct prefix *p)
{
	char text[PREFIX_STRLEN];

	return p->family ? json_string(prefix_format(p, text)) : json_null();
}

json_t *addrs_to_json(const struct addr *list, unsigned int n)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < n; i++)
		json_array_append_new(array, addr_to_json(&list[i]));
	return array;
}

static int cmp_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

json_t *portset_to_json(const struct agent *agent, const struct portset *set)
{
	json_t *array = json_array();
	uint32_t numbers[MUPI_MAX_PORTS];
	size_t n = 0;

	portset_for_each (port, set)
		numbers[n++] = agent->ports[port].number;
	qsort(numbers, n, sizeof(*numbers), cmp_numbers);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, json_integer(numbers[i]));
	return array;
}

json_t *upset_to_json(const struct agent *agent, upset set)
{
	struct portset ports = {0};

	for (upset rest = set; rest; rest &= rest - 1)
		portset_add(&ports, agent->proxy->upstreams[__builtin_ctzll(rest)]->index);
	return portset_to_json(agent, &ports);
}

json_t *member_sources_to_json(const struct member *m)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < m->n_sources; i++)
		if (source_listed(m, &m->sources[i]))
			json_array_append_new(array, addr_to_json(&m->sources[i].addr));
	return array;
}

json_t *querier_to_json(const struct querier *q)
{
	if (q->elected)
		return json_string("self");
	return addr_is_none(&q->other) ? json_string("none") : addr_to_json(&q->other);
}

json_t *arg_addr(json_t *args, const char *key, bool *given, struct addr *ret)
{
	const char *text = json_string_value(json_object_get(args, key));

	*given = text != NULL;
	if (!text || !addr_parse(text, ret))
		return NULL;
	return control_error(1, "%s '%s' is no IPv4 or IPv6 address", key, text);
}

json_t *arg_port(struct agent *agent, json_t *args, struct agent_port **ret)
{
	const char *text = json_string_value(json_object_get(args, "port"));

	*ret = NULL;
	if (!text)
		return NULL;
	*ret = agent_port_find(agent, text);
	return *ret ? NULL
		    : control_error(1, "port '%s' is not configured, see 'mupictl ports'", text);
}
