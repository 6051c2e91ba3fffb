/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capabilities: what the agent needs once it is set up, and no more. */
#ifndef MUPI_CAPS_H
#define MUPI_CAPS_H

#include <stdbool.h>

/*
 * Give up all others, for good: a new agent that is started in this process's place (agent->again)
 * has no more. `config` and the folder of `socket` will be read and written again; where they
 * belong to somebody else, root's right to do so is kept; for libxdp, CAP_SYS_ADMIN. 0 or a
 * negative errno.
 */
int caps_drop(const char *config, const char *socket, bool libxdp);

#endif
