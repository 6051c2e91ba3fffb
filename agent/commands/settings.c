/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of a port as JSON, with what stands in for those that nobody set. */
#include "commands/json.h"

static double seconds(usec_t duration)
{
	return (double)duration / USEC_PER_SEC;
}

static unsigned int or_else(unsigned int value, unsigned int otherwise)
{
	return value ? value : otherwise;
}

static json_t *source_to_json(const struct addr *source)
{
	char text[ADDR_STRLEN];

	return json_string(addr_is_none(source) ? "own" : addr_format(source, text));
}

static json_t *limits_to_json(const struct port_settings *s)
{
	return json_pack("{si si si si si si si}", "groups_per_port", s->groups_per_port,
			 "sources_per_group", s->sources_per_group, "memberships_per_client",
			 s->memberships_per_client, "memberships_per_port", s->memberships_per_port,
			 "reports_per_second", s->reports_per_second, "queries_per_second",
			 s->queries_per_second, "neighbours_per_second", s->neighbours_per_second);
}

json_t *settings_to_json(const struct port_settings *s)
{
	static const char *const fast_leave[] = {"off", "on", "auto"};
	usec_t startup =
		s->startup_query_interval ? s->startup_query_interval : s->query_interval / 4;
	json_t *settings = json_pack(
		"{si sf sf sf si sf si sf ss ss ss so so}", "robustness", s->robustness,
		"query_interval", seconds(s->query_interval), "query_response_interval",
		seconds(s->query_response_interval), "last_member_query_interval",
		seconds(s->last_member_query_interval), "last_member_query_count",
		or_else(s->last_member_query_count, s->robustness), "startup_query_interval",
		seconds(startup), "startup_query_count",
		or_else(s->startup_query_count, s->robustness), "unsolicited_report_interval",
		seconds(s->unsolicited_report_interval), "fast_leave", fast_leave[s->fast_leave],
		"querier", s->querier ? "on" : "off", "query_guard", s->query_guard ? "on" : "off",
		"igmp_source", source_to_json(&s->igmp_source), "mld_source",
		source_to_json(&s->mld_source));

	json_object_update_new(settings, limits_to_json(s));
	return settings;
}
