/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request of the control protocol: a line that may be anything. */
#ifndef MUPI_IO_REQUEST_H
#define MUPI_IO_REQUEST_H

#include "io/control.h"

/*
 * Have a line answered; it ends with `len`. Returns a new reference, NULL only when there is no
 * memory. *follow: whether events are to follow.
 */
json_t *request_answer(control_handler *handler, void *ctx, bool may_write, const char *line,
		       size_t len, bool *follow);

#endif
