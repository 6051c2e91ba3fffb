// SPDX-License-Identifier: GPL-2.0-or-later
/* File and command line together: ports, their numbers and roles, and what rows refer to. */
#include <errno.h>
#include <stdlib.h>

#include "config/config_private.h"
#include "mupi/dataplane.h"

/* Ports of the command line take the place of the file's; a role the file gives to an interface
 * stays. */
static void replace_ports(struct config *config, const struct config_port *ports, size_t n)
{
	struct config_port *merged;

	if (!n)
		return;
	merged = xcalloc(n, sizeof(*merged));
	for (size_t i = 0; i < n; i++) {
		merged[i] = ports[i];
		for (size_t k = 0; k < config->n_ports; k++) {
			if (strcmp(config->ports[k].name, ports[i].name) != 0)
				continue;
			merged[i].role = config->ports[k].role;
			merged[i].role_line = config->ports[k].role_line;
		}
	}
	free(config->ports);
	config->ports = merged;
	config->n_ports = n;
	config->ports_doubtful = false;
}

struct config_port *find_number(const struct config *config, uint32_t number)
{
	for (size_t i = 0; i < config->n_ports; i++) {
		if (config->ports[i].number == number)
			return &config->ports[i];
	}
	return NULL;
}

struct config_port *config_find_port(const struct config *config, const char *text)
{
	uint32_t number = port_number(text);

	if (number)
		return find_number(config, number);
	for (size_t i = 0; i < config->n_ports; i++) {
		if (!strcmp(config->ports[i].name, text))
			return &config->ports[i];
	}
	return NULL;
}

static void number_ports(struct config *config)
{
	uint32_t next = 1;

	for (size_t i = 0; i < config->n_ports; i++) {
		if (config->ports[i].number)
			continue;
		while (find_number(config, next))
			next++;
		config->ports[i].number = next;
	}
}

/* False: nothing else can be told. */
static bool check_count(struct parser *p)
{
	const struct config *config = p->config;

	if (!config->n_ports && !config->ports_doubtful)
		parser_problem(p, true, 0, "no ports: name them with -i or in [ports]");
	if (config->n_ports > MUPI_MAX_PORTS)
		parser_problem(p, true, config->ports[MUPI_MAX_PORTS].line,
			       "%zu ports, at most %d are supported", config->n_ports,
			       MUPI_MAX_PORTS);
	return config->n_ports && config->n_ports <= MUPI_MAX_PORTS;
}

static void check_twins(struct parser *p)
{
	struct config *config = p->config;
	int errors = p->errors;

	for (size_t i = 0; i < config->n_ports; i++) {
		const struct config_port *port = &config->ports[i];

		for (size_t k = 0; k < i; k++) {
			if (port->number == config->ports[k].number)
				parser_problem(p, true, port->line, "port number %u is given twice",
					       port->number);
			if (!strcmp(port->name, config->ports[k].name))
				parser_problem(p, true, port->line, "interface %s is a port twice",
					       port->name);
		}
	}
	config->roles_doubtful = p->errors > errors;
}

/* [interfaces] may list ports of a larger machine: those not configured do not matter. */
static void apply_interfaces(struct config *config)
{
	for (size_t i = 0; i < config->n_interfaces; i++) {
		struct config_port *port = config_find_port(config, config->interfaces[i].name);

		if (!port || port->role != ROLE_UNSET)
			continue;
		port->role = config->interfaces[i].role;
		port->role_line = config->interfaces[i].role_line;
	}
}

struct config_port *reference(struct parser *p, int line, const char *what, const char *text)
{
	struct config_port *port = config_find_port(p->config, text);

	if (!port && !p->config->ports_doubtful)
		parser_problem(p, true, line, "%s %s is not a configured port", what, text);
	return port;
}

static uint32_t take_upstream(struct parser *p, int line, const char *what, const char *text)
{
	struct config_port *port = reference(p, line, what, text);

	if (!port)
		return 0;
	if (port->role == ROLE_DOWNSTREAM && !p->config->roles_doubtful) {
		parser_problem(p, true, line,
			       "%s %s is declared downstream in line %d, expected an upstream port",
			       what, text, port->role_line);
	} else if (port->role == ROLE_UNSET) {
		port->role = ROLE_UPSTREAM;
		port->role_line = line;
	}
	return port->number;
}

static void settle_upstreams(struct parser *p)
{
	struct config *config = p->config;
	unsigned int upstreams = 0;
	int line = 0;

	for (size_t i = 0; i < config->n_rows; i++)
		config->rows[i].row.upstream = take_upstream(p, config->rows[i].line, "upstream",
							     config->rows[i].upstream);
	if (*config->default_upstream)
		config->default_upstream_number =
			take_upstream(p, config->default_upstream_line, "default_upstream",
				      config->default_upstream);
	for (size_t i = 0; i < config->n_ports; i++) {
		if (config->ports[i].role == ROLE_UNSET) {
			config->ports[i].role = ROLE_DOWNSTREAM;
			config->ports[i].role_line = 0;
		}
		if (config->ports[i].role == ROLE_UPSTREAM && ++upstreams == MURT_MAX_UPSTREAMS + 1)
			line = config->ports[i].role_line;
	}
	if (upstreams > MURT_MAX_UPSTREAMS)
		parser_problem(p, true, line, "%u upstream ports, at most %d are supported",
			       upstreams, MURT_MAX_UPSTREAMS);
}

uint32_t take_downstream(struct parser *p, int line, const char *what, const char *text)
{
	const struct config_port *port = reference(p, line, what, text);

	if (!port)
		return 0;
	if (port->role == ROLE_DOWNSTREAM || p->config->roles_doubtful)
		return port->number;
	parser_problem(p, true, line, "%s %s is an upstream port, expected a downstream port", what,
		       text);
	return 0;
}

static void settle_downstreams(struct parser *p)
{
	for (size_t i = 0; i < p->config->n_rows; i++) {
		struct config_row *row = &p->config->rows[i];

		if (*row->downstream)
			row->row.downstream =
				take_downstream(p, row->line, "downstream", row->downstream);
	}
}

/* A scratch table tells which rows are equal once names are numbers. */
static void drop_repeated_rows(struct parser *p)
{
	struct config *config = p->config;
	struct murt *murt = murt_new();
	size_t kept = 0;

	murt_begin(murt); /* nothing is looked up */
	for (size_t i = 0; i < config->n_rows; i++) {
		uint32_t id;

		if (murt_add(murt, &config->rows[i].row, &id) == -EEXIST) {
			parser_problem(p, false, config->rows[i].line,
				       "the row repeats line %d and is ignored",
				       config->rows[id - 1].line);
			continue;
		}
		config->rows[kept++] = config->rows[i];
	}
	config->n_rows = kept;
	murt_free(murt);
}

/* A flood on every port takes so many reports, queries, or ARP and neighbour discovery in all;
 * murt.conf(5) tells why. */
#define REPORTS_IN_ALL 20000
#define OTHERS_IN_ALL  10000
#define RATE_LEAST     100

static void share_rate(unsigned int *rate, unsigned int in_all, size_t n_ports)
{
	if (*rate == RATE_SHARED)
		*rate = (unsigned int)MAX(in_all / n_ports, RATE_LEAST);
}

/* What a port has of its own stands over what holds for all. */
static void settle_settings(struct parser *p)
{
	struct config *config = p->config;

	for (size_t i = 0; i < config->n_ports; i++)
		config->ports[i].settings = config->settings;
	for (size_t i = 0; i < config->n_sections; i++) {
		const struct config_section *section = &config->sections[i];
		struct config_port *port;

		if (!*section->port)
			continue;
		port = reference(p, section->line, "port", section->port);
		if (!port)
			continue;
		section_apply(section, &port->settings);
		if (section->response_line)
			port->response_line = section->response_line;
	}
	for (size_t i = 0; i < config->n_ports; i++) {
		struct port_settings *settings = &config->ports[i].settings;

		if (config->ports[i].response_line)
			check_response(p, config->ports[i].response_line, settings);
		share_rate(&settings->reports_per_second, REPORTS_IN_ALL, config->n_ports);
		share_rate(&settings->queries_per_second, OTHERS_IN_ALL, config->n_ports);
		share_rate(&settings->neighbours_per_second, OTHERS_IN_ALL, config->n_ports);
	}
}

int config_settle(struct config *config, const struct config_port *ports, size_t n_ports,
		  config_report *report, void *ctx)
{
	struct parser p = {
		.config = config, .report = report, .ctx = ctx, .errors = config->faulty};

	replace_ports(config, ports, n_ports);
	if (!check_count(&p))
		return -EINVAL;
	number_ports(config);
	check_twins(&p);
	apply_interfaces(config);
	settle_upstreams(&p);
	settle_downstreams(&p);
	settle_settings(&p);
	settle_statics(&p);
	settle_providers(&p);
	settle_acl(&p);
	if (p.errors)
		return -EINVAL;
	drop_repeated_rows(&p);
	return 0;
}
