/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's side of the control protocol of mupi/control.h, on a Unix stream socket. */
#ifndef MUPI_IO_CONTROL_H
#define MUPI_IO_CONTROL_H

#include <event2/event.h>
#include <jansson.h>

struct control; /* opaque */

/*
 * Answers one request. `args` is an object (empty when the request had none), borrowed. Returns the
 * whole answer,
 * {"result": …} or {"error": "…", "exit": N}, as a new reference; NULL is answered with "out of
 * memory". Must not call control_close(): to end the agent, break the event loop; the answer is
 * still sent.
 */
typedef json_t *control_handler(void *ctx, const char *command, json_t *args);

/*
 * Listen on `path`: makes its directory, removes a socket that a dead agent left, refuses when one
 * is alive on it. Returns 0, or a negative errno (-EADDRINUSE: another agent) with one line in
 * `error` and *ret untouched.
 */
int control_open(struct event_base *base, const char *path, control_handler *handler, void *ctx,
		 struct control **ret, char error[static 256]);
/* Sends waiting answers as far as the sockets take them, closes all connections, removes the socket
 * file. Accepts NULL. */
void control_close(struct control *control);

/* Answers for handlers, new references. control_result() steals `value`. */
json_t *control_result(json_t *value);
json_t *control_error(int exit_code, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
