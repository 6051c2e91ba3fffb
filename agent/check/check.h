/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --check: verdicts from facts. Pure; the probes are in agent/io, the command in agent/check.c. */
#ifndef MUPI_CHECK_H
#define MUPI_CHECK_H

#include <stdio.h>

#include "check/facts.h"

enum check_status { CHECK_OK, CHECK_WARN, CHECK_FAIL };

#define FINDING_LEN 256

struct finding {
	const char *check;
	const struct port_facts *port; /* NULL: of the system */
	enum check_status status;
	char text[FINDING_LEN];
	char cure[4 * WORD_LEN]; /* a command; "": none needed, or none known */
};

/* Judge everything. Caller frees *ret. Returns how many findings. */
size_t check_judge(const struct system_facts *system, const struct port_facts *ports,
		   struct finding **ret);
/*
 * Does anything keep native XDP from serving a port? Then f->text says what, f->cure how to cure
 * it, if it can be. Of a port without the agent's program (not `attached`) the doubt is left that
 * attaching settles. Reads upstream, link, features and, unless these tell that XDP can send on the
 * port, ethtool, peer and was_target.
 */
bool native_obstacle(const struct port_facts *port, bool attached, struct finding *f);
const char *check_status_name(enum check_status status); /* "ok", "warn", "fail" */
enum check_status check_worst(const struct finding *findings, size_t n);
/* For people: aligned, lines of at most `width` (0: any) where words allow it; a cure is on a line
 * of its own. */
void check_print(FILE *out, const struct finding *findings, size_t n, size_t width);

#endif
