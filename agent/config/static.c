// SPDX-License-Identifier: GPL-2.0-or-later
/* [static]: joins that nobody reports. */
#include <stdlib.h>

#include "config/config_private.h"

static bool field_group(struct parser *p, const char *text, struct addr *ret)
{
	if (!addr_parse(text, ret) && addr_is_multicast(ret) && !addr_is_link_local_group(ret))
		return true;
	parser_error(p,
		     "join: group \"%s\" is not accepted, expected a multicast address outside "
		     "224.0.0.0/24 and ff00::/16 to ff02::/16",
		     text);
	return false;
}

/* Nothing is any source. */
static bool field_source(struct parser *p, const char *text, enum family family, struct addr *ret)
{
	if (!*text)
		return true;
	if (!addr_parse(text, ret) && addr_family(ret) == family && !addr_is_zero(ret) &&
	    !addr_is_multicast(ret))
		return true;
	parser_error(p, "join: source \"%s\" is not accepted, expected a unicast IPv%d address",
		     text, family);
	return false;
}

void parse_join(struct parser *p, char *value)
{
	struct config_static join = {.line = p->line};
	struct config *config = p->config;
	char *f[3];
	unsigned int n = split_fields(value, f, ARRAY_SIZE(f));

	if (n < 2 || n > 3 || !port_reference_ok(f[0])) {
		parser_error(p, "join: expected PORT, GROUP[, SOURCE], with the number or "
				"interface of a port");
		return;
	}
	snprintf(join.port, sizeof(join.port), "%s", f[0]);
	if (!field_group(p, f[1], &join.group) ||
	    (n == 3 && !field_source(p, f[2], addr_family(&join.group), &join.source)))
		return;
	config->statics = xgrow(config->statics, config->n_statics, sizeof(join));
	config->statics[config->n_statics++] = join;
}

void check_statics(struct parser *p)
{
	const struct config *config = p->config;
	char text[ADDR_STRLEN];

	if (p->ssm_doubtful || config->ssm_any_source)
		return;
	for (size_t i = 0; i < config->n_statics; i++) {
		const struct config_static *join = &config->statics[i];

		if (addr_is_none(&join->source) && ssm_contains(config, &join->group))
			parser_problem(p, true, join->line,
				       "join: group %s is source-specific (ssm_range), expected "
				       "a source, or ssm_any_source = accept",
				       addr_format(&join->group, text));
	}
}

static int compare_joins(const void *x, const void *y)
{
	const struct config_static *a = x, *b = y;
	int order = addr_cmp(&a->group, &b->group);

	if (!order)
		order = addr_cmp(&a->source, &b->source);
	return order ? order : (a->number > b->number) - (a->number < b->number);
}

static int compare_lines(const void *x, const void *y)
{
	const struct config_static *a = x, *b = y;
	int order = compare_joins(a, b);

	return order ? order : a->line - b->line;
}

bool config_has_static(const struct config *config, const struct config_static *join)
{
	return config->n_statics && bsearch(join, config->statics, config->n_statics,
					    sizeof(*config->statics), compare_joins);
}

/* Of those that are equal the first stays. */
static void drop_repeated_joins(struct parser *p)
{
	struct config *config = p->config;
	size_t kept = 0;

	for (size_t i = 0; i < config->n_statics; i++) {
		const struct config_static *join = &config->statics[i];

		if (kept && !compare_joins(join, &config->statics[kept - 1]))
			parser_problem(p, false, join->line,
				       "the join repeats line %d and is ignored",
				       config->statics[kept - 1].line);
		else
			config->statics[kept++] = *join;
	}
	config->n_statics = kept;
}

/* In order, to be found again. */
void settle_statics(struct parser *p)
{
	struct config *config = p->config;
	size_t kept = 0;

	for (size_t i = 0; i < config->n_statics; i++) {
		struct config_static *join = &config->statics[i];
		const struct config_port *port = reference(p, join->line, "join: port", join->port);

		if (!port)
			continue;
		join->number = port->number;
		config->statics[kept++] = *join;
	}
	config->n_statics = kept;
	if (kept)
		qsort(config->statics, kept, sizeof(*config->statics), compare_lines);
	drop_repeated_joins(p);
}
