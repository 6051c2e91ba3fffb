/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request of the control protocol: a line that may be anything. */
#ifndef MUPI_IO_REQUEST_H
#define MUPI_IO_REQUEST_H

#include "io/control.h"

/*
 * Have a line answered; it ends with `len`. Returns a new reference, or NULL when request->list is
 * the answer. The caller sets request->may_write, and gets `follow` and `list`.
 */
json_t *request_answer(control_handler *handler, void *ctx, const char *line, size_t len,
		       struct control_request *request);

#endif
