// SPDX-License-Identifier: GPL-2.0-or-later
/* Groups that are joined with a source only: RFC 4607 section 1. */
#include <stdlib.h>

#include "config/config_private.h"

static void append(struct config *config, const struct prefix *range)
{
	config->ssm_ranges =
		xreallocarray(config->ssm_ranges, config->n_ssm_ranges + 1, sizeof(*range));
	config->ssm_ranges[config->n_ssm_ranges++] = *range;
}

/* 232.0.0.0/8, and ff3x::/32 with any scope x. */
void ssm_defaults(struct config *config)
{
	const struct prefix v4 = {
		.addr = {.b = {[10] = 0xff, [11] = 0xff, [12] = 232}},
		.family = FAMILY_V4,
		.len = 8,
	};

	append(config, &v4);
	for (unsigned int scope = 0; scope < 16; scope++) {
		const struct prefix v6 = {
			.addr = {.b = {0xff, (uint8_t)(0x30 | scope)}},
			.family = FAMILY_V6,
			.len = 32,
		};

		append(config, &v6);
	}
}

void parse_ssm_range(struct parser *p, const struct key *key, char *value)
{
	bool none = !strcmp(value, "none");
	struct prefix range;

	if (!none && (prefix_parse(value, &range) || !addr_is_multicast(&range.addr) ||
		      range.len < (range.family == FAMILY_V4 ? 4 : 8))) {
		parser_error(p,
			     "%s: \"%s\" is not accepted, expected a multicast prefix, like "
			     "232.0.0.0/8 or ff3e::/32, or none",
			     key->name, value);
		return;
	}
	p->ssm_given = true;
	if (none)
		p->config->n_ssm_ranges = 0;
	else
		append(p->config, &range);
}

bool ssm_contains(const struct config *config, const struct addr *group)
{
	for (size_t i = 0; i < config->n_ssm_ranges; i++)
		if (prefix_match(&config->ssm_ranges[i], group))
			return true;
	return false;
}
