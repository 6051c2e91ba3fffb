// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/control.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/util.h"
#include "mupi/control.h"

#define CONTROL_MAX_CLIENTS   64
/* A client that has this much unread gets no further answer until it reads. */
#define CONTROL_MAX_OUTPUT    (64 * 1024)
/* Of silence from a client, or of a client that does not read, in seconds. */
#define CONTROL_READ_TIMEOUT  60
#define CONTROL_WRITE_TIMEOUT 10
#define CONTROL_BACKLOG	      16

struct client {
	struct client *next;
	struct client **link; /* what points here */
	struct control *control;
	struct bufferevent *bev;
	bool eof;     /* sends nothing more, may wait for answers */
	bool closing; /* to be closed once its answer is sent */
};

struct control {
	struct evconnlistener *listener;
	struct client *clients;
	unsigned int n_clients;
	control_handler *handler;
	void *ctx;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
};

json_t *control_result(json_t *value)
{
	return json_pack("{s:o}", "result", value);
}

json_t *control_error(int exit_code, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return json_pack("{s:s, s:i}", "error", text, "exit", exit_code);
}

static void client_free(struct client *client)
{
	struct control *control = client->control;

	*client->link = client->next;
	if (client->next)
		client->next->link = client->link;
	control->n_clients--;
	bufferevent_free(client->bev);
	free(client);
	evconnlistener_enable(control->listener);
}

static json_t *answer(struct control *control, const char *line, size_t len)
{
	json_error_t error;
	json_t *request = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	json_t *args, *command, *ret;

	if (!request)
		return control_error(2, "request is not JSON: %s", error.text);
	command = json_object_get(request, "command");
	args = json_object_get(request, "args");
	args = args ? json_incref(args) : json_object();
	if (!json_is_string(command) || !json_is_object(args))
		ret = control_error(2, "request without \"command\", or \"args\" is no object");
	else
		ret = control->handler(control->ctx, json_string_value(command), args);
	json_decref(args);
	json_decref(request);
	return ret ? ret : control_error(1, "out of memory");
}

static int append(const char *buffer, size_t size, void *out)
{
	return evbuffer_add(out, buffer, size);
}

static void send_answer(struct client *client, json_t *json)
{
	struct evbuffer *out = bufferevent_get_output(client->bev);

	if (json) {
		json_dump_callback(json, append, out, JSON_COMPACT);
		evbuffer_add(out, "\n", 1);
		json_decref(json);
	}
}

/* Nothing more is read; what is already said is still sent, if the client takes it in time. */
static void client_finish(struct client *client)
{
	if (!evbuffer_get_length(bufferevent_get_output(client->bev))) {
		client_free(client);
		return;
	}
	client->closing = true;
	bufferevent_disable(client->bev, EV_READ);
}

/*
 * One request a round, so that a client with many cannot starve the data path; no request while the
 * last answers lie unread, so that a client that does not read cannot grow our memory.
 */
static void serve(struct client *client)
{
	struct evbuffer *in = bufferevent_get_input(client->bev);
	struct evbuffer *out = bufferevent_get_output(client->bev);
	_cleanup_free_ char *line = NULL;
	size_t len;

	if (client->closing || evbuffer_get_length(out) > CONTROL_MAX_OUTPUT)
		return;
	line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);
	if (line && len <= MUPI_CONTROL_MAX_REQUEST) {
		send_answer(client, answer(client->control, line, len));
		if (evbuffer_get_length(in) || client->eof)
			bufferevent_trigger(client->bev, EV_READ,
					    BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
		return;
	}
	if (line || evbuffer_get_length(in) > MUPI_CONTROL_MAX_REQUEST) {
		send_answer(client, control_error(2, "request is longer than %d bytes",
						  MUPI_CONTROL_MAX_REQUEST));
		client_finish(client);
	} else if (client->eof) {
		client_finish(client);
	}
}

static void on_read(struct bufferevent *bev, void *ctx)
{
	(void)bev;
	serve(ctx);
}

/* Output has drained. */
static void on_write(struct bufferevent *bev, void *ctx)
{
	struct client *client = ctx;

	(void)bev;
	if (client->closing)
		client_free(client);
	else
		serve(client);
}

static void on_event(struct bufferevent *bev, short what, void *ctx)
{
	struct client *client = ctx;

	(void)bev;
	/* End of input: the client may have shut down its writing half only, and still wait for
	 * answers. */
	if ((what & BEV_EVENT_EOF) && !(what & BEV_EVENT_ERROR))
		client_finish(client);
	else
		client_free(client);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from,
		      int len, void *ctx)
{
	const struct timeval read_timeout = {.tv_sec = CONTROL_READ_TIMEOUT};
	const struct timeval write_timeout = {.tv_sec = CONTROL_WRITE_TIMEOUT};
	struct control *control = ctx;
	struct client *client = calloc(1, sizeof(*client));

	(void)from;
	(void)len;
	if (client)
		client->bev = bufferevent_socket_new(evconnlistener_get_base(listener), fd,
						     BEV_OPT_CLOSE_ON_FREE);
	if (!client || !client->bev) {
		free(client);
		close(fd);
		return;
	}
	client->control = control;
	client->next = control->clients;
	client->link = &control->clients;
	if (client->next)
		client->next->link = &client->next;
	control->clients = client;
	/* The next one waits in the kernel's queue until somebody leaves. */
	if (++control->n_clients >= CONTROL_MAX_CLIENTS)
		evconnlistener_disable(listener);
	bufferevent_setcb(client->bev, on_read, on_write, on_event, client);
	/* Stop reading when a request is too long: one byte more than that, for its end of line. */
	bufferevent_setwatermark(client->bev, EV_READ, 0, MUPI_CONTROL_MAX_REQUEST + 1);
	bufferevent_set_timeouts(client->bev, &read_timeout, &write_timeout);
	bufferevent_enable(client->bev, EV_READ | EV_WRITE);
}

/* Make the directories a path lies in. */
static int make_parents(const char *path)
{
	_cleanup_free_ char *copy = xstrdup(path);

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0755) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

/* 0 when the path is free, -EADDRINUSE when an agent is alive on it. */
static int remove_stale(const struct sockaddr_un *addr)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (lstat(addr->sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	/* EAGAIN: alive, with a full queue. */
	if (!connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) || errno == EAGAIN)
		return -EADDRINUSE;
	if (errno != ECONNREFUSED)
		return -errno;
	return unlink(addr->sun_path) ? -errno : 0;
}

/* A listening socket of mode 0660, or a negative errno. */
static int listen_on(const struct sockaddr_un *addr)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	mode_t mask;
	int err, ret;

	if (fd < 0)
		return -errno;
	/* By the mask, not by a later chmod(): no moment with wider permissions. */
	mask = umask(0117);
	err = bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) ? -errno : 0;
	umask(mask);
	if (err)
		return err;
	if (listen(fd, CONTROL_BACKLOG))
		return -errno;
	ret = fd;
	fd = -1;
	return ret;
}

static int fail(int err, const char *path, char error[static 256])
{
	if (err == -EADDRINUSE)
		snprintf(error, 256, "another agent answers on %s; stop it or choose -s SOCKET",
			 path);
	else if (err == -EEXIST)
		snprintf(error, 256, "%s exists and is no socket; remove it or choose -s SOCKET",
			 path);
	else
		snprintf(error, 256, "cannot listen on %s: %s; choose another with -s SOCKET", path,
			 strerror(-err));
	return err;
}

static int open_listener(struct event_base *base, struct control *control)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd;

	memcpy(addr.sun_path, control->path, sizeof(addr.sun_path));
	fd = make_parents(control->path);
	if (!fd)
		fd = remove_stale(&addr);
	if (!fd)
		fd = listen_on(&addr);
	if (fd < 0)
		return fd;
	control->listener = evconnlistener_new(
		base, on_accept, control, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (control->listener)
		return 0;
	close(fd);
	unlink(control->path);
	return -ENOMEM;
}

int control_open(struct event_base *base, const char *path, control_handler *handler, void *ctx,
		 struct control **ret, char error[static 256])
{
	struct control *control;
	int err;

	if (strlen(path) >= sizeof(control->path))
		return fail(-ENAMETOOLONG, path, error);
	control = xcalloc(1, sizeof(*control));
	strcpy(control->path, path);
	control->handler = handler;
	control->ctx = ctx;
	err = open_listener(base, control);
	if (err) {
		free(control);
		return fail(err, path, error);
	}
	*ret = control;
	return 0;
}

void control_close(struct control *control)
{
	if (!control)
		return;
	while (control->clients) {
		struct client *client = control->clients;
		struct evbuffer *out = bufferevent_get_output(client->bev);

		/* libevent guards its buffer against foreign writers: thaw its head. */
		evbuffer_unfreeze(out, 1);
		evbuffer_write(out, bufferevent_getfd(client->bev));
		client_free(client);
	}
	evconnlistener_free(control->listener);
	unlink(control->path);
	free(control);
}
