// SPDX-License-Identifier: GPL-2.0-or-later
/* --check: probe, judge, print. */
#include "selfcheck.h"

#include <jansson.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check/check.h"
#include "io/features.h"
#include "io/probe.h"

static void probe_port(const struct config_port *config, struct port_facts *port)
{
	*port = (struct port_facts){.number = config->number,
				    .upstream = config->role == ROLE_UPSTREAM};
	snprintf(port->name, sizeof(port->name), "%s", config->name);
	probe_link(config->name, 0, &port->link);
	if (!port->link.ifindex)
		return;
	probe_ethtool(config->name, &port->ethtool);
	port->features_code = xdp_features(port->link.ifindex, &port->features);
	probe_peer(&port->link, &port->peer);
	probe_xdp(port->link.ifindex, &port->xdp);
	if (port->link.master)
		probe_link(NULL, port->link.master, &port->master);
	probe_switch(config->name, &port->ovs);
}

/* Whoever names an interface may name it in no encoding that JSON knows. */
static json_t *text_or_null(const char *text)
{
	json_t *string = *text ? json_string(text) : NULL;

	return string ? string : json_null();
}

static json_t *finding_json(const struct finding *f)
{
	const struct port_facts *port = f->port;

	return json_pack("{ss so so ss so so}", "check", f->check, "port",
			 port ? json_integer(port->number) : json_null(), "name",
			 text_or_null(port ? port->name : ""), "status",
			 check_status_name(f->status), "text", text_or_null(f->text), "cure",
			 text_or_null(f->cure));
}

static void print_json(const struct finding *findings, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, finding_json(&findings[i]));
	json_dumpf(array, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(array);
}

/* 0 where there is no terminal. */
static size_t terminal_width(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) ? 0 : size.ws_col;
}

/* What reaches the downstreams may be as long as the longest frame of an upstream. */
static unsigned int largest_upstream_mtu(const struct port_facts *ports, size_t n)
{
	unsigned int largest = 0;

	for (size_t i = 0; i < n; i++)
		if (ports[i].upstream)
			largest = MAX(largest, ports[i].link.mtu);
	return largest;
}

int selfcheck(const struct selfcheck_params *params)
{
	size_t n, n_ports = params->config ? params->config->n_ports : 0;
	_cleanup_free_ struct port_facts *ports = xcalloc(n_ports, sizeof(*ports));
	_cleanup_free_ struct finding *findings = NULL;
	struct system_facts system = {
		.mode = params->mode,
		.roles_known = params->roles_known,
		.n_ports = (unsigned int)n_ports,
	};

	probe_system(params->pin_dir, &system);
	probe_programs(&system);
	for (size_t i = 0; i < n_ports; i++)
		probe_port(&params->config->ports[i], &ports[i]);
	probe_other_agents(params->pin_dir, ports, n_ports);
	system.upstream_mtu = largest_upstream_mtu(ports, n_ports);
	n = check_judge(&system, ports, &findings);
	if (params->json)
		print_json(findings, n);
	else
		check_print(stdout, findings, n, terminal_width());
	return check_worst(findings, n) == CHECK_FAIL ? EXIT_FAILURE : EXIT_SUCCESS;
}
