/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mupi-agent's command line. */
#ifndef MUPI_OPTIONS_H
#define MUPI_OPTIONS_H

#include "agent.h"

#define EXIT_ERROR 1
#define EXIT_USAGE 2

#define DEFAULT_PIN_DIR "/sys/fs/bpf/mupi"

struct options {
	char **argv;
	const char *config;
	struct config_port *ports;
	size_t n_ports;
	struct agent_params params;
	bool test, cleanup, check, json;
};

/* 0, or the exit code plus one to end with at once; what there is to say is printed. Caller frees
 * o->ports. */
int options_parse(int argc, char **argv, struct options *o);

#endif
