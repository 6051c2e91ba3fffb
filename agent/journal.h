/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the next agent has to know at once: memberships and who serves them, the hosts' addresses,
 * upstreams out of service. Kept beside the socket, written as it changes, so that a crash loses
 * none of it; of no use after a reboot.
 */
#ifndef MUPI_JOURNAL_H
#define MUPI_JOURNAL_H

#include "agent.h"

/* Let the proxy know what a former agent knew, as far as the ports are there, and begin anew. */
void journal_open(struct agent *agent, const char *socket);
/* Nothing of this reaches the disk, and a crash loses it, before journal_flush(). */
void journal_event(struct agent *agent, const struct proxy_event *event);
/* An upstream is out of service, or back. */
void journal_upstream(struct agent *agent, const struct agent_port *port);
/* Once the data plane has followed. Errors are logged once; the file is then removed, as half of it
 * is worse than none, and tried again later. */
void journal_flush(struct agent *agent);
void journal_close(struct agent *agent);
/* Also what no agent has opened. */
void journal_remove(const char *socket);

#endif
