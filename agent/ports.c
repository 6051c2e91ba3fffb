/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ports: interfaces that come, go and change, and the roles they have. */
#include <errno.h>
#include <stdio.h>

#include "agent.h"
#include "commands/monitor.h"
#include "journal.h"
#include "lib/log.h"
#include "proxy/state.h"

struct agent_port *agent_port_find(struct agent *agent, const char *text)
{
	long number;

	for (unsigned int i = 0; i < agent->n_ports; i++)
		if (!strcmp(agent->ports[i].name, text))
			return &agent->ports[i];
	if (parse_long(text, 1, UINT32_MAX, &number))
		return NULL;
	for (unsigned int i = 0; i < agent->n_ports; i++)
		if (agent->ports[i].number == (uint32_t)number)
			return &agent->ports[i];
	return NULL;
}

unsigned int agent_port_index(const struct agent *agent, uint32_t number)
{
	unsigned int i = 0;

	while (agent->ports[i].number != number)
		i++;
	return i;
}

/* ---- interfaces ---- */

static void port_lost(struct agent *agent, unsigned int index)
{
	struct agent_port *port = &agent->ports[index];

	if (!port->ifindex)
		return;
	log_info("port %u: interface %s is gone", port->number, port->name);
	proxy_port_down(agent->proxy, index, true, agent_now());
	proxy_flush(agent->proxy, agent_now());
	if (port->attached)
		dataplane_detach(agent->dataplane, index);
	port->attached = port->up = false;
	port->ifindex = 0;
	port->error[0] = '\0';
	monitor_port(agent, port);
}

static int attach(struct agent *agent, unsigned int index, char error[static 256])
{
	const struct port_settings *own = &agent->config->ports[index].settings;
	const struct agent_port *port = &agent->ports[index];
	struct mupi_port settings = {
		.index = index,
		.rate = {[MUPI_PUNT_REPORT] = own->reports_per_second,
			 [MUPI_PUNT_QUERY] = own->queries_per_second,
			 [MUPI_PUNT_NEIGHBOUR] = own->neighbours_per_second},
	};

	if (port->slot >= 0)
		settings.flags |= MUPI_PORT_UPSTREAM;
	if (agent->config->pass_client_multicast)
		settings.flags |= MUPI_PORT_PASS_CLIENT_DATA;
	return dataplane_attach(agent->dataplane, index, port->ifindex, &settings, error);
}

void agent_set_ports(struct agent *agent)
{
	char error[256];

	for (unsigned int i = 0; i < agent->n_ports; i++)
		if (agent->ports[i].attached && attach(agent, i, error))
			log_error("port %u: %s", agent->ports[i].number, error);
}

/* It is tried again until it works; what stands in the way is told when that changes. */
static void port_found(struct agent *agent, unsigned int index, const struct link_info *link)
{
	struct agent_port *port = &agent->ports[index];
	char error[sizeof(port->error)];

	port->ifindex = link->ifindex;
	if (attach(agent, index, error)) {
		if (strcmp(error, port->error) != 0)
			log_error("port %u: %s", port->number, error);
		snprintf(port->error, sizeof(port->error), "%s", error);
		agent->failed = agent->failed || agent->starting;
		return;
	}
	port->attached = true;
	port->error[0] = '\0';
	log_info("port %u: %s taken as %s", port->number, port->name,
		 port->slot >= 0 ? "upstream" : "downstream");
}

/* Another interface, or the same after it was deleted or in another namespace. */
static bool is_another(const struct agent *agent, unsigned int index, const struct link_info *link)
{
	const struct agent_port *port = &agent->ports[index];

	return link->ifindex != port->ifindex ||
	       (link->in_doubt && port->attached && !dataplane_holds(agent->dataplane, index));
}

void agent_link(void *ctx, const struct link_info *link)
{
	struct agent *agent = ctx;
	struct sender sender = {.v4 = link->v4, .v6 = link->v6};
	struct agent_port *port;
	unsigned int index = 0;
	bool was_attached;

	while (index < agent->n_ports && strcmp(agent->ports[index].name, link->name))
		index++;
	if (index == agent->n_ports)
		return;
	port = &agent->ports[index];
	if (!link->exists || is_another(agent, index, link))
		port_lost(agent, index);
	was_attached = port->attached;
	if (link->exists && !port->attached)
		port_found(agent, index, link);
	if (!port->attached)
		return;
	memcpy(sender.mac, link->mac, sizeof(sender.mac));
	if (port->up != link->up)
		log_info("port %u: %s is %s", port->number, port->name, link->up ? "up" : "down");
	if (port->up != link->up || !was_attached) {
		port->up = link->up;
		monitor_port(agent, port);
	}
	dataplane_link(agent->dataplane, index, link->up);
	if (link->up)
		proxy_port_up(agent->proxy, index, &sender, link->mtu, agent_now());
	else
		proxy_port_down(agent->proxy, index, false, agent_now());
}

int agent_take_ports(struct agent *agent)
{
	agent->starting = true;
	for (unsigned int i = 0; i < agent->n_ports; i++)
		links_watch(agent->links, agent->ports[i].name);
	agent->starting = false;
	return agent->failed ? -EIO : 0;
}

void agent_ports_started(struct agent *agent)
{
	for (unsigned int i = 0; i < agent->n_ports; i++) {
		struct agent_port *port = &agent->ports[i];

		if (!port->attached || dataplane_has(agent->dataplane, i))
			continue;
		port->attached = port->up = false;
		proxy_port_down(agent->proxy, i, true, agent_now());
		agent_link(agent, links_get(agent->links, port->name));
	}
}

/* ---- losses ---- */

#define HEAL_LOOK     USEC_PER_SEC
#define HEAL_INTERVAL (5 * USEC_PER_SEC)
#define HEAL_WARN     (60 * USEC_PER_SEC)

void agent_port_packets(struct agent *agent, unsigned int index, uint64_t ret[static MUPI_STAT_MAX])
{
	uint64_t unread = agent->ports[index].unread;

	memset(ret, 0, MUPI_STAT_MAX * sizeof(*ret));
	if (dataplane_port_stats(agent->dataplane, index, ret))
		return;
	ret[MUPI_STAT_PUNTED] -= MIN(ret[MUPI_STAT_PUNTED], unread);
	ret[MUPI_STAT_PUNT_FULL] += unread;
}

/* Over the rate, or when ring or queue were full. True: more of them since the last look. */
static bool look_for_losses(struct agent *agent, unsigned int index)
{
	struct agent_port *port = &agent->ports[index];
	uint64_t packets[MUPI_STAT_MAX], before = port->lost;

	agent_port_packets(agent, index, packets);
	port->lost = packets[MUPI_STAT_PUNT_LIMITED] + packets[MUPI_STAT_PUNT_FULL];
	return port->lost > before;
}

static void heal(struct agent *agent, unsigned int index, usec_t now)
{
	struct agent_port *port = &agent->ports[index];

	port->healed = now;
	proxy_port_heal(agent->proxy, index, now);
	if (port->warned && now < port->warned + HEAL_WARN)
		return;
	port->warned = now;
	log_warning("port %u: %llu messages in all were lost, over its rate or for lack of room; "
		    "it is asked again",
		    port->number, (unsigned long long)port->lost);
}

/* True: there were some to try again. */
static bool retry_ports(struct agent *agent)
{
	bool any = false;

	for (unsigned int i = 0; i < agent->n_ports; i++) {
		if (!*agent->ports[i].error)
			continue;
		agent_link(agent, links_get(agent->links, agent->ports[i].name));
		any = true;
	}
	return any;
}

void agent_heal_ports(struct agent *agent)
{
	usec_t now = agent_now();
	bool changed;

	if (now < agent->heal_next)
		return;
	agent->heal_next = now + HEAL_LOOK;
	changed = links_retry(agent->links);
	changed |= retry_ports(agent);
	for (unsigned int i = 0; i < agent->n_ports; i++) {
		struct agent_port *port = &agent->ports[i];
		bool losing = look_for_losses(agent, i);

		port->losing = port->losing || losing;
		if (!port->losing || (port->healed && now < port->healed + HEAL_INTERVAL))
			continue;
		heal(agent, i, now);
		/* And once more after the last of them. */
		port->losing = losing;
		changed = true;
	}
	if (changed)
		agent_settle(agent);
}

/* ---- roles ---- */

int agent_upstream_possible(const struct agent *agent, const struct agent_port *port,
			    unsigned int others, char *error, size_t size)
{
	const struct proxy_port *state = &agent->proxy->ports[port - agent->ports];

	if (state->n_groups)
		snprintf(error, size,
			 "port %u is downstream and has members, so it cannot become an upstream",
			 port->number);
	else if (agent->n_upstreams + others >= MURT_MAX_UPSTREAMS)
		snprintf(error, size,
			 "port %u would be one upstream too many, at most %d are supported",
			 port->number, MURT_MAX_UPSTREAMS);
	else
		return 0;
	return -EINVAL;
}

/* The row of a command that is for clients behind the port, or NULL. */
static const struct murt_row *row_behind(const struct agent *agent, uint32_t number)
{
	const struct murt_row *row;

	for (row = murt_next(agent->murt, 0); row; row = murt_next(agent->murt, row->id))
		if (row->downstream == number && row->origin == MURT_FROM_CTL)
			break;
	return row;
}

/* Why the port cannot become an upstream at a reload, beside `others`. */
static int check_new_upstream(const struct agent *agent, const struct agent_port *port,
			      unsigned int others, char *error, size_t size)
{
	const struct murt_row *row;

	if (agent_upstream_possible(agent, port, others, error, size))
		return -EINVAL;
	row = row_behind(agent, port->number);
	if (!row)
		return 0;
	snprintf(error, size,
		 "port %u is the downstream of row %u, which a command made, so it cannot become "
		 "an upstream",
		 port->number, row->id);
	return -EINVAL;
}

static int check_declared(const struct agent *agent, const struct config *config,
			  char error[static 512])
{
	for (unsigned int i = 0; i < agent->n_ports; i++) {
		const struct config_port *port = &config->ports[i];

		if (!config_declares_downstream(port) || agent->ports[i].slot < 0)
			continue;
		snprintf(error, 512,
			 "%.256s:%d: port %u is an upstream port until the agent is started again",
			 config->path, port->role_line, port->number);
		return -EINVAL;
	}
	return 0;
}

/* A port that is an upstream stays one. */
static int check_downstreams(const struct agent *agent, const struct config *config,
			     char error[static 512])
{
	for (size_t i = 0; i < config->n_rows; i++) {
		uint32_t number = config->rows[i].row.downstream;

		if (!number || agent->ports[agent_port_index(agent, number)].slot < 0)
			continue;
		snprintf(error, 512,
			 "%.256s:%d: downstream %u is an upstream port until the agent is started "
			 "again",
			 config->path, config->rows[i].line, number);
		return -EINVAL;
	}
	return 0;
}

int agent_check_roles(const struct agent *agent, const struct config *config,
		      char error[static 512])
{
	unsigned int new = 0;
	char why[160];

	for (unsigned int i = 0; i < agent->n_ports; i++) {
		if (config->ports[i].role != ROLE_UPSTREAM || agent->ports[i].slot >= 0 ||
		    !check_new_upstream(agent, &agent->ports[i], new ++, why, sizeof(why)))
			continue;
		snprintf(error, 512, "%.256s:%d: %s", config->path, config->ports[i].role_line,
			 why);
		return -EINVAL;
	}
	if (check_declared(agent, config, error))
		return -EINVAL;
	return check_downstreams(agent, config, error);
}

void agent_make_upstream(struct agent *agent, uint32_t number)
{
	unsigned int index = agent_port_index(agent, number);
	struct agent_port *port = &agent->ports[index];
	char error[256];

	if (port->slot >= 0)
		return;
	port->slot = (int)agent->n_upstreams++;
	proxy_port_make_upstream(agent->proxy, index, port->slot);
	journal_upstream(agent, port);
	log_info("port %u: %s becomes an upstream", port->number, port->name);
	if (port->attached && attach(agent, index, error))
		log_error("port %u: %s", port->number, error);
}
