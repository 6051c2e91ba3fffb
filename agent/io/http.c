// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "io/clock.h"

#define MAX_CONNECTIONS 16
/* Without a byte. */
#define TIMEOUT_SECONDS 3
/* For a request and its answer, however busy: a byte now and then would hold a connection for ever.
 */
#define REQUEST_USEC	(10 * USEC_PER_SEC)

struct client {
	int fd;
	usec_t since; /* it came, or its last request was answered; 0: nobody, or told to end */
};

struct http {
	struct client clients[MAX_CONNECTIONS];
	struct MHD_Daemon *daemon;
	struct event *readable, *timer;
	const char *path;
	http_page *page;
	void *ctx;
};

/* ---- requests ---- */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned int status, char *text,
			      size_t len)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result r;

	if (!response) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
				"text/plain; version=0.0.4; charset=utf-8");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	r = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return r;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned int status,
			      const char *why)
{
	char *text = xstrdup(why);

	return answer(connection, status, text, strlen(text));
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *data_len, void **state)
{
	struct http *http = ctx;
	size_t len;
	char *text;

	(void)version;
	(void)data;
	/* The first call comes when only the headers are there; what follows them is not read. */
	if (!*state || *data_len) {
		*state = http;
		*data_len = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET is accepted\n");
	if (strcmp(url, http->path) != 0)
		return refuse(connection, MHD_HTTP_NOT_FOUND, "not here, see /metrics\n");
	text = http->page(http->ctx, &len);
	return answer(connection, MHD_HTTP_OK, text, len);
}

/* ---- clients, and how long they may take ---- */

static void on_connection(void *ctx, struct MHD_Connection *connection, void **socket_ctx,
			  enum MHD_ConnectionNotificationCode code)
{
	struct http *http = ctx;
	struct client *client = *socket_ctx;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		client->fd = -1;
		client->since = 0;
		return;
	}
	client = http->clients;
	while (client->fd >= 0)
		client++;
	client->fd =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	client->since = clock_usec();
	*socket_ctx = client;
}

static void on_answered(void *ctx, struct MHD_Connection *connection, void **state,
			enum MHD_RequestTerminationCode code)
{
	struct client *client =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
			->socket_context;

	(void)ctx;
	(void)state;
	(void)code;
	client->since = clock_usec();
}

/* The server closes what it finds shut down. Returns when the next one is due. */
static usec_t end_slow(struct http *http, usec_t time)
{
	usec_t next = USEC_NEVER;

	for (unsigned int i = 0; i < MAX_CONNECTIONS; i++) {
		struct client *client = &http->clients[i];

		if (!client->since)
			continue;
		if (time < client->since + REQUEST_USEC) {
			next = MIN(next, client->since + REQUEST_USEC);
			continue;
		}
		client->since = 0;
		shutdown(client->fd, SHUT_RDWR);
	}
	return next;
}

/* ---- the event loop ---- */

static unsigned int connections(const struct http *http)
{
	return MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)
		->num_connections;
}

/* Idle and slow connections end by the clock. */
static void run(struct http *http)
{
	MHD_UNSIGNED_LONG_LONG ms;
	struct timeval wait;
	unsigned int before;
	usec_t time, next;

	end_slow(http, clock_usec());
	/* At the limit it does not listen; when connections have ended, the next run does again. */
	do {
		before = connections(http);
		MHD_run(http->daemon);
	} while (connections(http) != before);
	time = clock_usec();
	next = end_slow(http, time);
	if (MHD_get_timeout(http->daemon, &ms) == MHD_YES)
		next = MIN(next, time + MAX(ms, 1) * USEC_PER_MSEC);
	if (next == USEC_NEVER) {
		event_del(http->timer);
		return;
	}
	next -= time;
	wait.tv_sec = (time_t)(next / USEC_PER_SEC);
	wait.tv_usec = (suseconds_t)(next % USEC_PER_SEC);
	event_add(http->timer, &wait);
}

static void on_event(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	run(ctx);
}

/* ---- life ---- */

static struct MHD_Daemon *start(struct http *http, const struct addr *addr, uint16_t port)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	bool is_v4 = addr_family(addr) == FAMILY_V4;

	memcpy(&v4.sin_addr, addr->b + 12, sizeof(v4.sin_addr));
	memcpy(&v6.sin6_addr, addr->b, sizeof(v6.sin6_addr));
	return MHD_start_daemon(MHD_USE_EPOLL | (is_v4 ? 0 : MHD_USE_IPv6), 0, NULL, NULL,
				on_request, http, MHD_OPTION_SOCK_ADDR,
				is_v4 ? (void *)&v4 : (void *)&v6, MHD_OPTION_CONNECTION_LIMIT,
				MAX_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_SECONDS,
				MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
				MHD_OPTION_NOTIFY_COMPLETED, on_answered, http, MHD_OPTION_END);
}

int http_open(struct event_base *base, const struct addr *addr, uint16_t port, const char *path,
	      http_page *page, void *ctx, struct http **ret, char error[static 256])
{
	const union MHD_DaemonInfo *info;
	char text[ADDR_STRLEN];
	struct http *http = xcalloc(1, sizeof(*http));

	for (unsigned int i = 0; i < MAX_CONNECTIONS; i++)
		http->clients[i].fd = -1;
	http->path = path;
	http->page = page;
	http->ctx = ctx;
	errno = 0;
	http->daemon = start(http, addr, port);
	if (!http->daemon) {
		int code = errno ? errno : EADDRINUSE;

		snprintf(error, 256, "listen: %s, port %u: %s; choose another",
			 addr_format(addr, text), port, strerror(code));
		free(http);
		return -code;
	}
	info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	http->readable = event_new(base, info->epoll_fd, EV_READ | EV_PERSIST, on_event, http);
	http->timer = evtimer_new(base, on_event, http);
	event_add(http->readable, NULL);
	*ret = http;
	return 0;
}

void http_close(struct http *http)
{
	if (!http)
		return;
	event_free(http->readable);
	event_free(http->timer);
	MHD_stop_daemon(http->daemon);
	free(http);
}
