// SPDX-License-Identifier: GPL-2.0-or-later
/* What a reload leaves as it is must not be touched. */
#include "config/config.h"

static bool same_prefix(const struct prefix *a, const struct prefix *b)
{
	return addr_eq(&a->addr, &b->addr) && a->family == b->family && a->len == b->len;
}

static bool same_rule(const struct acl_rule *a, const struct acl_rule *b)
{
	return a->deny == b->deny && a->downstream == b->downstream &&
	       same_prefix(&a->client, &b->client) && same_prefix(&a->group, &b->group) &&
	       same_prefix(&a->source, &b->source);
}

bool config_same_acl(const struct config *a, const struct config *b)
{
	if (a->n_rules != b->n_rules)
		return false;
	for (size_t i = 0; i < a->n_rules; i++)
		if (!same_rule(&a->rules[i].rule, &b->rules[i].rule))
			return false;
	return true;
}

bool config_same_ssm(const struct config *a, const struct config *b)
{
	if (a->ssm_any_source != b->ssm_any_source || a->n_ssm_ranges != b->n_ssm_ranges)
		return false;
	for (size_t i = 0; i < a->n_ssm_ranges; i++)
		if (!same_prefix(&a->ssm_ranges[i], &b->ssm_ranges[i]))
			return false;
	return true;
}
