/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --check: what this kernel, these drivers and these ports can do. */
#ifndef MUPI_SELFCHECK_H
#define MUPI_SELFCHECK_H

#include "config/config.h"
#include "io/dataplane.h"

struct selfcheck_params {
	const struct config *config; /* settled; NULL: the system alone */
	bool roles_known;	     /* the configuration comes from a file */
	const char *pin_dir;
	enum dataplane_mode mode;
	bool json;
};

/* Look, judge and print to stdout; changes nothing. 0 when nothing fails, else 1. */
int selfcheck(const struct selfcheck_params *params);

#endif
