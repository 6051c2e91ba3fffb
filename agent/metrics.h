/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's counters for Prometheus, https://prometheus.io/docs/instrumenting/exposition_formats/
 */
#ifndef MUPI_METRICS_H
#define MUPI_METRICS_H

#include "agent.h"

/* Serve them where the configuration says, or not at all. 0, or a negative errno with one line in
 * `error` and everything as before. */
int metrics_listen(struct agent *agent, const struct config *config, char error[static 512]);

#endif
