// SPDX-License-Identifier: GPL-2.0-or-later
/* top: rates, from two samples. */
#include <stdlib.h>
#include <string.h>

#include "top.h"

/* Control messages and broken frames that the data plane did not take. */
static const char *const lost[] = {"punt_limited", "punt_full", "malformed"};

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static json_int_t count_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* A counter that went back began anew. */
static double rate(json_int_t before, json_int_t now, double seconds)
{
	return (double)(now >= before ? now - before : now) / seconds;
}

/* ---- channels ---- */

static void flow_key(const json_t *flow, char *buf, size_t size)
{
	snprintf(buf, size, "%lld %s %s", (long long)count_of(flow, "upstream"),
		 text_of(flow, "group"), text_of(flow, "source"));
}

static json_t *flows_by_key(const json_t *flows)
{
	json_t *map = json_object(), *flow;
	char key[128];
	size_t i;

	json_array_foreach (flows, i, flow) {
		flow_key(flow, key, sizeof(key));
		json_object_set(map, key, flow);
	}
	return map;
}

static void add_once(json_t *array, json_t *value)
{
	json_t *v;
	size_t i;

	json_array_foreach (array, i, v) {
		if (json_integer_value(v) == json_integer_value(value))
			return;
		if (json_integer_value(v) > json_integer_value(value))
			break;
	}
	json_array_insert(array, i, value);
}

static void add_number(json_t *object, const char *key, double value)
{
	double sum = json_real_value(json_object_get(object, key)) + value;

	json_object_set_new(object, key, json_real(sum));
}

/* An entry that only keeps the other sources of a group from who named theirs. */
static bool is_stop(const json_t *flow)
{
	return !json_array_size(json_object_get(flow, "ports")) && !count_of(flow, "packets");
}

/* The channel of a flow: several upstreams may carry it. */
static json_t *channel_of(json_t *channels, const json_t *flow)
{
	json_t *channel;
	char key[128];

	snprintf(key, sizeof(key), "%s %s", text_of(flow, "group"), text_of(flow, "source"));
	channel = json_object_get(channels, key);
	if (channel)
		return channel;
	channel = json_pack("{sO sO s[] s[] si sf sf}", "group", json_object_get(flow, "group"),
			    "source", json_object_get(flow, "source"), "upstreams", "ports",
			    "viewers", 0, "packets_per_s", 0.0, "bits_per_s", 0.0);
	json_object_set_new(channels, key, channel);
	return channel;
}

static void add_flow(json_t *channels, const json_t *flow, const json_t *before, double seconds)
{
	json_t *channel = channel_of(channels, flow), *port;
	size_t i;

	add_once(json_object_get(channel, "upstreams"), json_object_get(flow, "upstream"));
	json_array_foreach (json_object_get(flow, "ports"), i, port)
		add_once(json_object_get(channel, "ports"), port);
	add_number(channel, "packets_per_s",
		   rate(count_of(before, "packets"), count_of(flow, "packets"), seconds));
	add_number(channel, "bits_per_s",
		   8 * rate(count_of(before, "bytes"), count_of(flow, "bytes"), seconds));
}

/* ---- viewers ---- */

static json_t *members_by_group(const json_t *members)
{
	json_t *map = json_object(), *member, *list;
	size_t i;

	json_array_foreach (members, i, member) {
		const char *group = text_of(member, "group");

		if (json_is_null(json_object_get(member, "client")))
			continue; /* a static join, nobody's */
		list = json_object_get(map, group);
		if (!list) {
			list = json_array();
			json_object_set_new(map, group, list);
		}
		json_array_append(list, member);
	}
	return map;
}

/* Does the member get packets of this source? `source` null: of those that nobody names. */
static bool wants(const json_t *member, const json_t *source)
{
	bool include = !strcmp(text_of(member, "mode"), "include"), listed = false;
	json_t *v;
	size_t i;

	json_array_foreach (json_object_get(member, "sources"), i, v)
		listed |= json_equal(v, source);
	return include == listed;
}

static void count_viewers(json_t *channel, const json_t *groups)
{
	const json_t *source = json_object_get(channel, "source");
	json_t *member;
	int viewers = 0;
	size_t i;

	json_array_foreach (json_object_get(groups, text_of(channel, "group")), i, member)
		viewers += json_array_size(json_object_get(member, "upstreams")) &&
			   wants(member, source);
	json_object_set_new(channel, "viewers", json_integer(viewers));
}

/* An array. */
static json_t *channel_rates(const json_t *before, const json_t *now, double seconds)
{
	json_t *old = flows_by_key(json_object_get(before, "flows")), *channels = json_object();
	json_t *groups = members_by_group(json_object_get(now, "members"));
	json_t *array = json_array(), *flow, *channel;
	const char *name;
	char key[128];
	size_t i;

	json_array_foreach (json_object_get(now, "flows"), i, flow) {
		if (is_stop(flow))
			continue;
		flow_key(flow, key, sizeof(key));
		add_flow(channels, flow, json_object_get(old, key), seconds);
	}
	json_object_foreach (channels, name, channel) {
		count_viewers(channel, groups);
		json_array_append(array, channel);
	}
	json_decref(old);
	json_decref(groups);
	json_decref(channels);
	return array;
}

/* ---- ports ---- */

static const json_t *counters_of(const json_t *sample, json_int_t number)
{
	json_t *port;
	size_t i;

	json_array_foreach (json_object_get(json_object_get(sample, "stats"), "ports"), i, port)
		if (count_of(port, "port") == number)
			return json_object_get(port, "counters");
	return NULL;
}

static json_t *port_rate(const json_t *port, const json_t *old, const json_t *new, double seconds)
{
	double loss = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lost); i++)
		loss += rate(count_of(old, lost[i]), count_of(new, lost[i]), seconds);
	return json_pack("{sO sO sO sO sf sf sf}", "port", json_object_get(port, "port"), "name",
			 json_object_get(port, "name"), "role", json_object_get(port, "role"),
			 "state", json_object_get(port, "state"), "packets_per_s",
			 rate(count_of(old, "forwarded"), count_of(new, "forwarded"), seconds),
			 "unwanted_per_s",
			 rate(count_of(old, "no_member"), count_of(new, "no_member"), seconds),
			 "lost_per_s", loss);
}

static json_t *port_rates(const json_t *before, const json_t *now, double seconds)
{
	json_t *array = json_array(), *port;
	size_t i;

	json_array_foreach (json_object_get(now, "ports"), i, port) {
		json_int_t number = count_of(port, "port");

		json_array_append_new(array, port_rate(port, counters_of(before, number),
						       counters_of(now, number), seconds));
	}
	return array;
}

/* ---- all ---- */

static double sum(const json_t *array, const char *key)
{
	double total = 0;
	json_t *v;
	size_t i;

	json_array_foreach (array, i, v)
		total += json_number_value(json_object_get(v, key));
	return total;
}

/* Memberships that have an upstream, or have none. */
static int count_members(const json_t *members, bool served)
{
	json_t *member;
	int n = 0;
	size_t i;

	json_array_foreach (members, i, member)
		n += !json_is_null(json_object_get(member, "client")) &&
		     served == (json_array_size(json_object_get(member, "upstreams")) > 0);
	return n;
}

json_t *top_rates(const json_t *before, const json_t *now)
{
	double seconds = json_real_value(json_object_get(now, "time")) -
			 json_real_value(json_object_get(before, "time"));
	const json_t *members = json_object_get(now, "members");
	json_t *channels = channel_rates(before, now, seconds);
	json_t *ports = port_rates(before, now, seconds);

	return json_pack("{sf s{si si si sf sf sf} so so}", "seconds", seconds, "totals",
			 "channels", (int)json_array_size(channels), "viewers",
			 count_members(members, true), "unserved", count_members(members, false),
			 "packets_per_s", sum(channels, "packets_per_s"), "bits_per_s",
			 sum(channels, "bits_per_s"), "lost_per_s", sum(ports, "lost_per_s"),
			 "channels", channels, "ports", ports);
}
