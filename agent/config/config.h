/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration file: INI, described in murt.conf(5). Parsed as a whole before anything is
 * touched. */
#ifndef MUPI_CONFIG_H
#define MUPI_CONFIG_H

#include <net/if.h>
#include <stdio.h>

#include "config/settings.h"
#include "lib/util.h"
#include "policy/acl.h"
#include "policy/murt.h"

enum config_role { ROLE_UNSET, ROLE_DOWNSTREAM, ROLE_UPSTREAM };

struct config_port {
	uint32_t number; /* 1 …; 0: to be given a number by config_settle() */
	char name[IFNAMSIZ];
	enum config_role role;
	int role_line; /* that gives it; 0: none, it is downstream for lack of one */
	int line;      /* LINE_OPTION: from the command line */
	struct port_settings settings; /* by config_settle() */
	int response_line;	       /* of its own query intervals; 0: it has none */
};

#define LINE_OPTION (-1)

/* Does the file say so, rather than nothing else? */
static inline bool config_declares_downstream(const struct config_port *port)
{
	return port->role == ROLE_DOWNSTREAM && port->role_line;
}

/* [static]: a join that nobody reports. */
struct config_static {
	char port[IFNAMSIZ];
	uint32_t number; /* of the port, by config_settle() */
	struct addr group;
	struct addr source; /* ADDR_NONE: any */
	int line;
};

/* [port X]: what a port has of its own. */
struct config_section {
	char port[IFNAMSIZ];
	int line;
	int response_line; /* of the query interval that was set last; 0: none */
	uint64_t set;	   /* which of `settings`, a bit for each key */
	struct port_settings settings;
};

/* A row of [murt] as written; ports are names or numbers until config_settle(). */
struct config_row {
	struct murt_row row; /* upstream and downstream are set by config_settle() */
	char upstream[IFNAMSIZ];
	char downstream[IFNAMSIZ]; /* "": any */
	int line;
};

#define PROVIDER_GROUPS 64

/* [providers]: who is behind an upstream, or a port that a row of a command may make one. */
struct config_provider {
	char name[64];
	struct prefix source; /* of its streams; no family: not said */
	char port[IFNAMSIZ];
	uint32_t number; /* of the port, by config_settle() */
	struct prefix *groups;
	unsigned int n_groups;
	int line;
};

/* A rule of [acl] as written; the port is a name or number until config_settle(). */
struct config_rule {
	struct acl_rule rule; /* downstream is set by config_settle() */
	char port[IFNAMSIZ];  /* "": any */
	int line;
};

/* How XDP programs get on ports. */
enum attach { ATTACH_AUTO, ATTACH_LINK, ATTACH_LIBXDP };

struct config {
	char *path;
	bool faulty; /* a value was bad: config_settle() looks for what else is, and fails */
	/* Not all that the file meant is known: what seems to contradict it is not told. */
	bool ports_doubtful, roles_doubtful, intervals_doubtful;
	struct config_port *ports;
	size_t n_ports;
	struct config_port *interfaces; /* [interfaces]: roles; name may be a number */
	size_t n_interfaces;
	struct config_row *rows;
	size_t n_rows;
	enum murt_selection selection;
	enum murt_balance balance;
	char default_upstream[IFNAMSIZ]; /* "": none */
	int default_upstream_line;
	uint32_t default_upstream_number; /* set by config_settle(); 0: none */
	/* [timers], [proxy], [limits], for ports without settings of their own */
	struct port_settings settings;
	struct config_section *sections; /* those of single ports, in the order of the file */
	size_t n_sections;
	/* [proxy] */
	bool relay; /* clients' own reports go to the chosen upstreams, nothing is merged */
	bool strict_router_alert;
	/* RFC 4607 section 1: groups with a source only. NULL: none. */
	struct prefix *ssm_ranges;
	size_t n_ssm_ranges;
	bool ssm_any_source; /* a join without a source is accepted all the same */
	usec_t handover_limit, handover_overlap;
	/* [limits], 0: none */
	unsigned int memberships;
	/* [static]; in order once settled */
	struct config_static *statics;
	size_t n_statics;
	struct config_provider *providers;
	size_t n_providers;
	/* [acl] */
	struct config_rule *rules;
	size_t n_rules;
	struct acl *acl; /* made of them by config_settle() */
	/* [datapath] */
	bool pass_client_multicast;
	enum attach attach;
	usec_t hold_time; /* 0: for ever */
	struct addr metrics_addr;
	unsigned int metrics_port; /* 0: nobody asks */
	int metrics_line;
	/* The file as it was read, of a live agent; freed once it does not need it. */
	char *text;
	size_t len;
};

/* Called for each problem, those of single lines first; `error` false: a warning. `text` is
 * "FILE:LINE: message", or "-i: message". */
typedef void config_report(void *ctx, bool error, const char *text);

/*
 * Read a file, of at most 256 MiB; a pipe will do, unless the agent is `live` and must not wait.
 * Every problem is reported. Returns 0 and a new config, `faulty` after errors, for
 * config_settle(); or a negative errno when nothing can be read; *ret is untouched then.
 */
int config_read(const char *path, bool live, config_report *report, void *ctx, struct config **ret);
/* The same of a stream, borrowed; `name` stands for FILE. */
int config_read_stream(FILE *file, const char *name, config_report *report, void *ctx,
		       struct config **ret);
void config_free(struct config *config); /* accepts NULL */

/*
 * Parse "-i": PORT[,PORT…], PORT is IFNAME or NUMBER=IFNAME; appended to *ports. Returns 0, or
 * -EINVAL with a message in `error`.
 */
int config_parse_ports(const char *text, struct config_port **ports, size_t *n,
		       char error[static 160]);

/* A port of a settled configuration, by number or interface name; NULL: none. */
struct config_port *config_find_port(const struct config *config, const char *text);

/*
 * One row, written as the value of murt_entry, for a settled configuration. Returns 0, or -EINVAL
 * with what is wrong in `error`. Whether its ports have the right roles is for the caller to judge;
 * the slot is not set.
 */
int config_parse_row(const struct config *config, const char *text, struct murt_row *ret,
		     char error[static 256]);
/*
 * Rows alone, for a settled configuration: lines as in [murt], murt_entry and comments; the heading
 * may be left out. Every problem is reported with NAME:LINE; returns how many. *rows are the others
 * (the caller frees them), ports known, roles and slots for the caller, as above.
 */
unsigned int config_read_rows(const struct config *config, FILE *file, const char *name,
			      config_report *report, void *ctx, struct config_row **rows,
			      size_t *n);
/* "all", "hash", "round-robin", "random"; DEFAULT has no name, NULL. */
bool config_parse_balance(const char *text, enum murt_balance *ret);
const char *config_balance_name(enum murt_balance balance);
#define ROW_STRLEN (3 * PREFIX_STRLEN + 112)
/* The line that makes the row: "murt_entry = …", with the ports' interfaces by the settled `names`,
 * where the parser takes that, or with their numbers (NULL). */
void config_format_row(const struct config *names, const struct murt_row *row,
		       char buf[static ROW_STRLEN]);

/* Do two settled configurations have the same access list? */
bool config_same_acl(const struct config *a, const struct config *b);
/* Do both accept the same groups without a source? */
bool config_same_ssm(const struct config *a, const struct config *b);
/* Has a settled configuration the static join of another one? */
bool config_has_static(const struct config *config, const struct config_static *join);

/*
 * Bring file and command line together: ports of `-i` (if any) replace those of the file; ports
 * without a number take 1, 2, 3 … skipping numbers given; roles are settled (a port that a row,
 * default_upstream or [ports] names as upstream is upstream, every other downstream); port names
 * and numbers of rows are resolved. Every problem is reported that is no consequence of another.
 * Returns 0, or -EINVAL after errors, also those of config_read(). No ports at all, more than
 * MUPI_MAX_PORTS, more than MURT_MAX_UPSTREAMS upstreams, a number or interface named twice, a row
 * or default that names a port that is not configured, a port that is both the upstream of a row
 * and declared downstream, a row whose downstream is an upstream: errors. Slots of rows are not
 * set. A row or static join that repeats another is reported as a warning and removed. Each port
 * gets the settings of all ports with those of its own sections over them; a provider whose name
 * stands for another port, too, a section, static join or rule of [acl] of a port that is not
 * configured, and a port whose query_response_interval is not less than its query_interval: errors.
 */
int config_settle(struct config *config, const struct config_port *ports, size_t n_ports,
		  config_report *report, void *ctx);

#endif
