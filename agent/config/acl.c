// SPDX-License-Identifier: GPL-2.0-or-later
/* [acl]: the access list. */
#include "config/config_private.h"

static void no_effect(struct parser *p, const struct prefix *group)
{
	char text[PREFIX_STRLEN];

	if (group->len >= (group->family == FAMILY_V4 ? 24 : 16) &&
	    addr_is_link_local_group(&group->addr))
		parser_warning(p,
			       "%s: group %s is link-local and never proxied: the rule has no "
			       "effect",
			       p->key, prefix_format(group, text));
}

void parse_acl(struct parser *p, const struct key *key, char *value)
{
	struct config_rule rule = {.line = p->line, .rule.deny = !strcmp(key->name, "deny")};
	char *f[4], *client = "", *port = "", *source = "";
	unsigned int n = split_fields(value, f, ARRAY_SIZE(f));
	struct config *config = p->config;

	p->key = key->name;
	if (n > ARRAY_SIZE(f)) {
		parser_error(p,
			     "%s has %u fields, expected GROUP or GROUP, SOURCE or CLIENT, GROUP, "
			     "SOURCE or CLIENT, PORT, GROUP, SOURCE",
			     p->key, n);
		return;
	}
	if (n > 1)
		source = f[n - 1];
	if (n > 2)
		client = f[0];
	if (n > 3)
		port = f[1];
	if (!field_prefix(p, "client", client, false, &rule.rule.client) ||
	    !field_port(p, "port", port, false, rule.port) ||
	    !field_prefix(p, "group", f[n > 1 ? n - 2 : 0], true, &rule.rule.group) ||
	    !field_prefix(p, "source", source, false, &rule.rule.source) ||
	    !one_family(p, "the rule", &rule.rule.client, &rule.rule.group, &rule.rule.source))
		return;
	no_effect(p, &rule.rule.group);
	config->rules = xgrow(config->rules, config->n_rules, sizeof(rule));
	config->rules[config->n_rules++] = rule;
}

void settle_acl(struct parser *p)
{
	struct config *config = p->config;

	config->acl = acl_new();
	for (size_t i = 0; i < config->n_rules; i++) {
		struct config_rule *r = &config->rules[i];

		if (*r->port)
			r->rule.downstream = take_downstream(
				p, r->line, r->rule.deny ? "deny: port" : "permit: port", r->port);
		acl_add(config->acl, &r->rule);
	}
}
