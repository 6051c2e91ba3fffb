// SPDX-License-Identifier: GPL-2.0-or-later
/* [providers]: who is behind an upstream, by name. */
#include <stdlib.h>

#include "config/config_private.h"

static bool field_source(struct parser *p, const char *text, struct prefix *ret)
{
	if (!*text || (!prefix_parse(text, ret) && !addr_is_multicast(&ret->addr)))
		return true;
	parser_error(p,
		     "provider: source \"%s\" is not accepted, expected a unicast address, "
		     "ADDRESS/LENGTH or nothing",
		     text);
	return false;
}

static bool field_group(struct parser *p, char *text, struct config_provider *provider)
{
	struct prefix group;

	text += *text == '[';
	text[strcspn(text, "]")] = 0;
	if (!*text)
		return true;
	if (prefix_parse(text, &group) || !addr_is_multicast(&group.addr)) {
		parser_error(p,
			     "provider: group \"%s\" is not accepted, expected a multicast "
			     "address or ADDRESS/LENGTH",
			     text);
		return false;
	}
	provider->groups = xreallocarray(provider->groups, provider->n_groups + 1, sizeof(group));
	provider->groups[provider->n_groups++] = group;
	return true;
}

static bool fields(struct parser *p, char *f[], unsigned int n, struct config_provider *provider)
{
	if (n < 3 || !*f[0] || strlen(f[0]) >= sizeof(provider->name) || !port_reference_ok(f[2])) {
		parser_error(p,
			     "provider: expected NAME, SOURCE, UPSTREAM[, GROUP…], with a name of "
			     "at most %zu characters and the number or interface of a port",
			     sizeof(provider->name) - 1);
		return false;
	}
	if (!f[0][strspn(f[0], "0123456789")]) {
		parser_error(p,
			     "provider: name \"%s\" is not accepted, expected more than a number",
			     f[0]);
		return false;
	}
	snprintf(provider->name, sizeof(provider->name), "%s", f[0]);
	snprintf(provider->port, sizeof(provider->port), "%s", f[2]);
	if (!field_source(p, f[1], &provider->source))
		return false;
	for (unsigned int i = 3; i < n; i++)
		if (!field_group(p, f[i], provider))
			return false;
	return true;
}

void parse_provider(struct parser *p, char *value)
{
	struct config_provider provider = {.line = p->line};
	struct config *config = p->config;
	char *f[3 + PROVIDER_GROUPS];
	unsigned int n = split_fields(value, f, ARRAY_SIZE(f));

	if (n > ARRAY_SIZE(f)) {
		parser_error(p, "provider: %u groups, at most %d are accepted", n - 3,
			     PROVIDER_GROUPS);
		return;
	}
	if (!fields(p, f, n, &provider)) {
		free(provider.groups);
		return;
	}
	config->providers = xreallocarray(config->providers, config->n_providers + 1,
					  sizeof(*config->providers));
	config->providers[config->n_providers++] = provider;
}

/* In commands a name stands for one upstream; the `n` providers before this one are known. */
static void check_name(struct parser *p, const struct config_provider *provider, size_t n)
{
	const struct config_port *port = config_find_port(p->config, provider->name);

	if (port && port->number != provider->number)
		parser_problem(p, true, provider->line,
			       "provider %s: port %u has this name, expected another one",
			       provider->name, port->number);
	for (size_t i = 0; i < n; i++) {
		const struct config_provider *other = &p->config->providers[i];

		if (other->number == provider->number || strcmp(other->name, provider->name) != 0)
			continue;
		parser_problem(p, true, provider->line,
			       "provider %s is on port %u, and on port %u in line %d, expected one "
			       "port for each name",
			       provider->name, provider->number, other->number, other->line);
		return;
	}
}

/* Is the provider behind a port that is an upstream, or that a row of a command may make one? */
static bool may_serve(struct parser *p, const struct config_provider *provider,
		      const struct config_port *port)
{
	/* A row that did not load might have made it an upstream. */
	bool told = !p->errors;

	if (port && port->role == ROLE_UPSTREAM)
		return true;
	if (!port && told)
		parser_problem(p, false, provider->line,
			       "provider %s: port %s is not configured, the provider is left out",
			       provider->name, provider->port);
	else if (port && config_declares_downstream(port) && told)
		parser_problem(p, false, provider->line,
			       "provider %s: port %s is declared downstream in line %d, the "
			       "provider is left out",
			       provider->name, provider->port, port->role_line);
	else if (told)
		parser_problem(p, false, provider->line,
			       "provider %s: port %s is no upstream, the provider waits for a row "
			       "that makes it one, or [ports] port = %u, %s, upstream",
			       provider->name, provider->port, port->number, port->name);
	return port && !config_declares_downstream(port);
}

/* A file may list the providers of a larger machine: those behind no port of ours are left out. */
void settle_providers(struct parser *p)
{
	struct config *config = p->config;
	size_t kept = 0;

	for (size_t i = 0; i < config->n_providers; i++) {
		struct config_provider *provider = &config->providers[i];
		const struct config_port *port = config_find_port(config, provider->port);

		if (!may_serve(p, provider, port)) {
			free(provider->groups);
			continue;
		}
		provider->number = port->number;
		check_name(p, provider, kept);
		config->providers[kept++] = *provider;
	}
	config->n_providers = kept;
}

void free_providers(struct config *config)
{
	for (size_t i = 0; i < config->n_providers; i++)
		free(config->providers[i].groups);
	free(config->providers);
}
