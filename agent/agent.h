/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon: the proxy joined to the kernel, the wire and the control socket. */
#ifndef MUPI_AGENT_H
#define MUPI_AGENT_H

#include <event2/event.h>
#include <jansson.h>
#include <time.h>

#include "config/config.h"
#include "io/control.h"
#include "io/dataplane.h"
#include "io/links.h"
#include "proxy/proxy.h"

struct agent_port {
	uint32_t number;
	char name[IFNAMSIZ];
	int slot;	      /* upstream slot, or -1 */
	unsigned int ifindex; /* 0: pending */
	bool attached;
	bool up;
	char error[256];		 /* why the interface is not served, or empty */
	uint64_t refused[DECODE_ERRORS]; /* messages, by reason */
	uint64_t unread;		 /* messages that found their queue full */
	/* Messages lost, see agent_heal_ports(). */
	uint64_t lost;
	bool losing;
	usec_t healed, warned;
};

struct agent {
	struct event_base *base;
	struct config *config;
	/* As given on the command line, to settle a new configuration with. */
	const struct config_port *cli_ports;
	size_t n_cli_ports;
	struct agent_port ports[MUPI_MAX_PORTS];
	unsigned int n_ports;
	unsigned int n_upstreams; /* slots given */
	struct murt *murt;
	struct table *table; /* of table.c, beside the rows themselves */
	struct proxy *proxy;
	struct journal *journal; /* of journal.c */
	struct dataplane *dataplane;
	struct punts *punts; /* of punts.c */
	struct links *links;
	struct control *control;
	struct http *http; /* of metrics.c */
	struct addr metrics_addr;
	unsigned int metrics_port;
	int packet_fd;
	struct event *timer, *tick, *dataplane_event, *punts_event, *links_event, *features_event;
	usec_t heal_next;
	usec_t started;
	time_t start_time; /* the same by the calendar, as it was then */
	bool starting;	   /* a port that cannot be attached is an error, not a warning */
	bool failed;
	bool cleanup; /* take the data plane down at the end */
	bool again;   /* start anew after the end … */
	int again_fd; /* … from the configuration in this memory file; -1: from its file */
	uint64_t send_errors, flow_errors;
};

struct agent_params {
	const char *socket;
	const char *pin_dir;
	enum dataplane_mode mode;
};

/* Take over `config` and everything that runs. 0, or a negative errno after one logged line. */
int agent_open(struct agent *agent, struct config *config, const struct agent_params *params);
/* Serve until agent_stop(). */
int agent_run(struct agent *agent);
/* Returns a descriptor for control_give(), or -1. */
int agent_close(struct agent *agent, const struct agent_params *params);

/* Read the configuration again, all or nothing; with other ports, agent->again is set. 0, or
 * -EINVAL with the first problem in `error`. */
int agent_reload(struct agent *agent, char error[static 512]);

/* Work out what follows from what just happened, and when to wake next. */
void agent_settle(struct agent *agent);
/* CLOCK_MONOTONIC */
usec_t agent_now(void);
/* Port by number or name; NULL: not configured. */
struct agent_port *agent_port_find(struct agent *agent, const char *text);

/* ports.c */
unsigned int agent_port_index(const struct agent *agent, uint32_t number); /* configured */
/* Take the interfaces that are there. 0, or -EIO after logged errors. */
int agent_take_ports(struct agent *agent);
/* The data plane has started: what it could not take is tried again, as late interfaces are. */
void agent_ports_started(struct agent *agent);
void agent_link(void *ctx, const struct link_info *link); /* an interface came, went or changed */
void agent_set_ports(struct agent *agent);		  /* with the settings of agent->config */
/* May the downstream port become an upstream, after `others` that do? 0, or -EINVAL with why not in
 * `error`. */
int agent_upstream_possible(const struct agent *agent, const struct agent_port *port,
			    unsigned int others, char *error, size_t size);
/* Can the ports take the roles of a configuration with the same ones, and serve its rows? 0, or
 * -EINVAL with FILE:LINE and why not in `error`. */
int agent_check_roles(const struct agent *agent, const struct config *config,
		      char error[static 512]);
/* Nothing if it is one; it has to be possible. No port turns back. */
void agent_make_upstream(struct agent *agent, uint32_t number);

/* Packets of a port by enum mupi_stat; what the agent could not keep counts as the ring's. */
void agent_port_packets(struct agent *agent, unsigned int index,
			uint64_t ret[static MUPI_STAT_MAX]);
/* To be called often: take interfaces that could not be taken, and ask again on ports whose
 * messages were lost. */
void agent_heal_ports(struct agent *agent);

/* punts.c */
void punts_open(struct agent *agent);
void punts_close(struct agent *agent);
/* One of `agent`, for dataplane_open(): it has to wait for its port's turn. */
void punts_put(void *agent, unsigned int index, const struct mupi_punt *punt);
/* Read for a while. True when some are left. */
bool punts_serve(struct agent *agent);

/* commands/commands.c: answers one request of the control protocol. */
json_t *agent_command(void *ctx, struct control_request *request);

#endif
