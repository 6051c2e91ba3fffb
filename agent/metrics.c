// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "commands/commands.h"
#include "io/http.h"
#include "proxy/state.h"

/* Of more groups than these the members are left out: each is a series for Prometheus to keep. */
#define GROUPS_MAX 1000

static void family(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void single(FILE *f, const char *name, const char *type, const char *help, double value)
{
	family(f, name, type, help);
	fprintf(f, "%s %.17g\n", name, value);
}

/* ---- the process: names that every exporter has ---- */

static double resident_bytes(void)
{
	long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (file && fscanf(file, "%*s %ld", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void add_process(FILE *f, const struct agent *agent)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	single(f, "process_cpu_seconds_total", "counter", "CPU time of the agent.",
	       (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / USEC_PER_SEC);
	single(f, "process_resident_memory_bytes", "gauge", "Memory of the agent.",
	       resident_bytes());
	single(f, "process_start_time_seconds", "gauge", "When the agent started, since 1970.",
	       (double)agent->start_time);
}

/* ---- ports ---- */

static void port_labels(FILE *f, const struct agent_port *port)
{
	fprintf(f, "port=\"%u\",name=\"", port->number);
	for (const char *c = port->name; *c; c++)
		fprintf(f, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
	fputc('"', f);
}

static void add_up(FILE *f, const struct agent *agent)
{
	family(f, "mupi_port_up", "gauge", "1: the interface is there and has a carrier.");
	for (unsigned int i = 0; i < agent->n_ports; i++) {
		const struct agent_port *port = &agent->ports[i];

		fputs("mupi_port_up{", f);
		port_labels(f, port);
		fprintf(f, ",role=\"%s\"} %d\n", port->slot < 0 ? "downstream" : "upstream",
			port->attached && port->up);
	}
}

/* One family of counters with a label for each of `names`. */
struct counters {
	const char *metric, *label, *help;
	unsigned int n;
	const char *(*name)(unsigned int i); /* NULL: left out */
	void (*read)(struct agent *agent, unsigned int port, uint64_t *values);
};

static const char *packet_name(unsigned int i)
{
	static const char *const names[] = MUPI_STAT_NAMES;

	return names[i];
}

static void read_packets(struct agent *agent, unsigned int port, uint64_t *values)
{
	agent_port_packets(agent, port, values);
}

static const char *event_name(unsigned int i)
{
	static const char *const names[] = PORT_STAT_NAMES;

	return names[i];
}

static void read_events(struct agent *agent, unsigned int port, uint64_t *values)
{
	memcpy(values, agent->proxy->ports[port].stats, PORT_STAT_MAX * sizeof(*values));
}

static const char *refusal_name(unsigned int i)
{
	return i == DECODE_OK ? NULL : decode_error_name((enum decode_error)i);
}

static void read_refusals(struct agent *agent, unsigned int port, uint64_t *values)
{
	memcpy(values, agent->ports[port].refused, DECODE_ERRORS * sizeof(*values));
}

#define COUNTERS_MAX 64

static const struct counters port_counters[] = {
	{"mupi_port_packets_total", "result",
	 "Packets that came to a port, by what became of them; guarded: that were to leave by it.",
	 MUPI_STAT_MAX, packet_name, read_packets},
	{"mupi_port_events_total", "event", "What happened on a port.", PORT_STAT_MAX, event_name,
	 read_events},
	{"mupi_messages_refused_total", "reason", "IGMP and MLD messages that were refused.",
	 DECODE_ERRORS, refusal_name, read_refusals},
};

static void add_counters(FILE *f, struct agent *agent, const struct counters *c)
{
	family(f, c->metric, "counter", c->help);
	for (unsigned int i = 0; i < agent->n_ports; i++) {
		uint64_t values[COUNTERS_MAX] = {0};

		c->read(agent, i, values);
		for (unsigned int k = 0; k < c->n; k++) {
			if (!c->name(k))
				continue;
			fprintf(f, "%s{", c->metric);
			port_labels(f, &agent->ports[i]);
			fprintf(f, ",%s=\"%s\"} %llu\n", c->label, c->name(k),
				(unsigned long long)values[k]);
		}
	}
}

/* ---- who watches ---- */

static void add_upstreams(FILE *f, const struct agent *agent)
{
	unsigned int groups[MURT_MAX_UPSTREAMS] = {0};
	const struct upstream_group *g;

	DL_FOREACH (agent->proxy->upstream_groups, g)
		groups[g->key.slot] += g->any.total || g->n_sources;
	family(f, "mupi_upstream_groups", "gauge", "Groups that an upstream is asked for.");
	for (unsigned int i = 0; i < agent->n_ports; i++) {
		const struct agent_port *port = &agent->ports[i];

		if (port->slot < 0)
			continue;
		fputs("mupi_upstream_groups{", f);
		port_labels(f, port);
		fprintf(f, "} %u\n", groups[port->slot]);
	}
}

static void add_groups(FILE *f, const struct agent *agent)
{
	const struct group *g;
	char text[ADDR_STRLEN];

	if (agent->proxy->group_table.n > GROUPS_MAX)
		return;
	family(f, "mupi_group_members", "gauge", "Members of a group on a port.");
	DL_FOREACH (agent->proxy->groups, g) {
		fputs("mupi_group_members{", f);
		port_labels(f, &agent->ports[g->key.port]);
		fprintf(f, ",group=\"%s\"} %u\n", addr_format(&g->key.group, text), g->n_members);
	}
}

static char *metrics_text(void *ctx, size_t *len)
{
	struct agent *agent = ctx;
	struct proxy *p = agent->proxy;
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	family(f, "mupi_build_info", "gauge", "The version.");
	fputs("mupi_build_info{version=\"" MUPI_VERSION "\"} 1\n", f);
	single(f, "mupi_memberships", "gauge", "Clients' memberships.", p->members.n);
	single(f, "mupi_groups", "gauge", "Groups with members, on each port.", p->group_table.n);
	single(f, "mupi_clients", "gauge", "Clients with memberships.", (double)p->clients.n);
	single(f, "mupi_murt_rows", "gauge", "Rows of the table.", (double)murt_count(agent->murt));
	single(f, "mupi_send_errors_total", "counter", "Messages that could not be sent.",
	       (double)agent->send_errors);
	single(f, "mupi_flow_errors_total", "counter", "Forwarding entries that could not be set.",
	       (double)agent->flow_errors);
	add_up(f, agent);
	for (unsigned int i = 0; i < ARRAY_SIZE(port_counters); i++)
		add_counters(f, agent, &port_counters[i]);
	add_upstreams(f, agent);
	add_groups(f, agent);
	add_process(f, agent);
	fclose(f);
	return text;
}

static int serve(struct agent *agent, const struct addr *addr, unsigned int port, struct http **ret,
		 char why[static 256])
{
	return http_open(agent->base, addr, (uint16_t)port, "/metrics", metrics_text, agent, ret,
			 why);
}

/* The address of the agent itself may be in the way: 127.0.0.1 of 0.0.0.0, with the same port. */
static int serve_instead(struct agent *agent, const struct config *config, struct http **ret,
			 char why[static 256])
{
	char ignored[256];
	int r;

	http_close(agent->http);
	agent->http = NULL;
	r = serve(agent, &config->metrics_addr, config->metrics_port, ret, why);
	/* Also when it has lost its own: that is tried again. */
	if (r && serve(agent, &agent->metrics_addr, agent->metrics_port, &agent->http, ignored))
		agent->metrics_port = 0;
	return r;
}

int metrics_listen(struct agent *agent, const struct config *config, char error[static 512])
{
	bool same_port = agent->metrics_port == config->metrics_port;
	struct http *new = NULL;
	char why[256];
	int r = 0;

	if (same_port && addr_eq(&agent->metrics_addr, &config->metrics_addr))
		return 0;
	if (config->metrics_port)
		r = serve(agent, &config->metrics_addr, config->metrics_port, &new, why);
	if (r == -EADDRINUSE && same_port)
		r = serve_instead(agent, config, &new, why);
	if (r) {
		snprintf(error, 512, "%.240s:%d: %s", config->path, config->metrics_line, why);
		return r;
	}
	http_close(agent->http);
	agent->http = new;
	agent->metrics_addr = config->metrics_addr;
	agent->metrics_port = config->metrics_port;
	return 0;
}
