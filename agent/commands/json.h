/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What commands share: addresses and ports as JSON, arguments of requests from JSON. */
#ifndef MUPI_COMMANDS_JSON_H
#define MUPI_COMMANDS_JSON_H

#include "agent.h"
#include "proxy/state.h"

/* New references. No address, or an empty prefix, is null. */
json_t *addr_to_json(const struct addr *a);
json_t *prefix_to_json(const struct prefix *p);
json_t *settings_to_json(const struct port_settings *s); /* durations in seconds */
json_t *addrs_to_json(const struct addr *list, unsigned int n);
/* Port numbers, ascending. */
json_t *portset_to_json(const struct agent *agent, const struct portset *set);
json_t *upset_to_json(const struct agent *agent, upset set);
/* Sources that the membership lists: wanted ones in INCLUDE mode, unwanted ones in EXCLUDE mode. */
json_t *member_sources_to_json(const struct member *m);
/* Who asks on the port: "self", an address, or "none". On upstream ports nobody keeps it. */
json_t *querier_to_json(const struct querier *q);

/* ports.c: "up", "down" or "pending" */
const char *port_state(const struct agent_port *port);

/* Optional arguments. NULL, or the answer that says what is wrong, a new reference. */
json_t *arg_addr(json_t *args, const char *key, bool *given, struct addr *ret);
/* The argument "port", a number or name; *ret is NULL when it is not given. */
json_t *arg_port(struct agent *agent, json_t *args, struct agent_port **ret);

#endif
