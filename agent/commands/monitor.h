/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens, told to those who follow `monitor`. Nothing is done when nobody does. */
#ifndef MUPI_COMMANDS_MONITOR_H
#define MUPI_COMMANDS_MONITOR_H

#include "agent.h"

/* Of the proxy: an op of it, `ctx` is the agent. */
void monitor_proxy(void *ctx, const struct proxy_event *event);
/* A port went up or down, into service or out of it, became an upstream; its interface came or
 * went. */
void monitor_port(struct agent *agent, const struct agent_port *port);
/* A change of the table: "add", "set", "del", "enable" or "disable" of row `id`, or with id 0 of
 * more than one row: "flush", "import", "reload". */
void monitor_table(struct agent *agent, const char *change, uint32_t id);

#endif
