/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small HTTP server for one page, run by the agent's event loop. */
#ifndef MUPI_IO_HTTP_H
#define MUPI_IO_HTTP_H

#include <event2/event.h>

#include "lib/addr.h"

struct http; /* opaque */

/* The page's text, which the server frees. */
typedef char *http_page(void *ctx, size_t *len);

/*
 * Answer GET PATH. Returns 0, or a negative errno with one line in `error`. Strangers get no more
 * than a few connections, for a short time.
 */
int http_open(struct event_base *base, const struct addr *addr, uint16_t port, const char *path,
	      http_page *page, void *ctx, struct http **ret, char error[static 256]);
void http_close(struct http *http); /* accepts NULL */

#endif
