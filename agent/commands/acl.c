/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acl: the access list and what each rule decided. */
#include "commands/commands.h"
#include "commands/json.h"

json_t *command_acl(struct agent *agent, json_t *args)
{
	const struct acl *acl = agent->config->acl;
	json_t *rules = json_array();

	(void)args;
	for (size_t i = 0; i < acl_count(acl); i++) {
		const struct acl_rule *rule = acl_at(acl, i);
		json_t *port = rule->downstream ? json_integer(rule->downstream) : json_null();

		json_array_append_new(rules, json_pack("{sI ss so so so so sI}", "id",
						       (json_int_t)rule->id, "action",
						       rule->deny ? "deny" : "permit", "client",
						       prefix_to_json(&rule->client), "port", port,
						       "group", prefix_to_json(&rule->group),
						       "source", prefix_to_json(&rule->source),
						       "hits", (json_int_t)rule->hits));
	}
	return control_result(rules);
}
