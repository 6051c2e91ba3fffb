// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/control.h"

#include <errno.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "io/connection.h"
#include "io/rights.h"
#include "lib/log.h"
#include "lib/util.h"

#define CONTROL_MAX_CLIENTS 64
/* Of these, all but some may be taken by clients that may only read. */
#define CONTROL_MAX_READERS 48
/* And so many by one of those, that others have theirs. */
#define CONTROL_MAX_OF_USER 16
#define CONTROL_BACKLOG	    16

struct control {
	struct evconnlistener *listener;
	struct connections connections;
	struct rights rights;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	bool handed_over;
};

/* ---- who connects ---- */

/* Last words on a socket that is not served: they fit its empty buffer. */
static void turn_away(int fd, const char *why)
{
	json_t *json = control_error(1, "%s", why);
	_cleanup_free_ char *text = json_dumps(json, JSON_COMPACT);

	if (text && send(fd, text, strlen(text), MSG_NOSIGNAL) > 0)
		send(fd, "\n", 1, MSG_NOSIGNAL);
	json_decref(json);
	close(fd);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from,
		      int len, void *ctx)
{
	struct control *control = ctx;
	struct connections *all = &control->connections;
	uid_t user;
	enum right right = rights_of_peer(&control->rights, fd, &user);

	(void)listener;
	(void)from;
	(void)len;
	if (right == RIGHT_NONE)
		turn_away(fd, "permission denied: for root and members of group " RIGHTS_READERS);
	else if (all->n >= (right == RIGHT_WRITE ? CONTROL_MAX_CLIENTS : CONTROL_MAX_READERS))
		turn_away(fd, "the agent serves too many clients, try again");
	else if (right != RIGHT_WRITE && connections_of(all, user) >= CONTROL_MAX_OF_USER)
		turn_away(fd, "you have too many connections to the agent, end one of them");
	else
		connection_new(all, fd, right == RIGHT_WRITE, user);
}

static void on_rest(evutil_socket_t fd, short what, void *ctx)
{
	struct control *control = ctx;

	(void)fd;
	(void)what;
	evconnlistener_enable(control->listener);
}

/* Out of descriptors, most likely: who waits would be announced again at once. */
static void on_accept_error(struct evconnlistener *listener, void *ctx)
{
	static const struct timeval rest = {.tv_sec = 1};
	struct control *control = ctx;

	log_warning("control socket: %s; connections wait",
		    evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
	evconnlistener_disable(listener);
	event_base_once(control->connections.base, -1, EV_TIMEOUT, on_rest, control, &rest);
}

bool control_followed(const struct control *control)
{
	return control && control->connections.n_followers;
}

void control_publish(struct control *control, json_t *event)
{
	/* Microseconds, and no digits that nobody measured. */
	char *line = json_dumps(event, JSON_COMPACT | JSON_REAL_PRECISION(16));
	size_t len = line ? strlen(line) : 0;

	json_decref(event);
	if (!line)
		return;
	line[len] = '\n';
	connections_tell(&control->connections, line, len + 1);
	free(line);
}

/* ---- the socket ---- */

/* Make the directories a path lies in; those that are there stay as they are. */
static int make_parents(const char *path)
{
	_cleanup_free_ char *copy = xstrdup(path);

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0755) ? errno != EEXIST : chmod(copy, 0755))
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

/* A listening socket of mode 0660 for its group, else 0600; or a negative errno. */
static int listen_on(const struct sockaddr_un *addr, const struct rights *rights)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	mode_t mask;
	int err, ret;

	if (fd < 0)
		return -errno;
	/* By the mask, not by a later chmod(): no moment with wider permissions. */
	mask = umask(0177);
	err = bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) ? -errno : 0;
	umask(mask);
	if (err)
		return err;
	err = rights_grant(rights, addr->sun_path);
	if (!err && listen(fd, CONTROL_BACKLOG))
		err = -errno;
	if (err) {
		unlink(addr->sun_path);
		return err;
	}
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

/* One that listens there already, given by the service manager or by control_hand_over(); or -1. */
static int given_socket(const char *path)
{
	if (sd_listen_fds(1) < 1 ||
	    sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, path, 0) <= 0)
		return -1;
	evutil_make_socket_nonblocking(SD_LISTEN_FDS_START);
	return SD_LISTEN_FDS_START;
}

static int make_socket(struct control *control)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int err;

	memcpy(addr.sun_path, control->path, sizeof(addr.sun_path));
	err = make_parents(control->path);
	if (!err)
		err = remove_stale(&addr);
	return err ? err : listen_on(&addr, &control->rights);
}

static int open_listener(struct control *control)
{
	int fd = given_socket(control->path);

	if (fd < 0)
		fd = make_socket(control);
	if (fd < 0)
		return fd;
	control->listener =
		evconnlistener_new(control->connections.base, on_accept, control,
				   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!control->listener) {
		close(fd);
		unlink(control->path);
		return -ENOMEM;
	}
	evconnlistener_set_error_cb(control->listener, on_accept_error);
	return 0;
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
	control->connections = (struct connections){.base = base, .handler = handler, .ctx = ctx};
	rights_find(&control->rights);
	err = open_listener(control);
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
	connections_close(&control->connections);
	evconnlistener_free(control->listener);
	if (!control->handed_over)
		unlink(control->path);
	free(control);
}

void control_deafen(struct control *control)
{
	evconnlistener_disable(control->listener);
	connections_deafen(&control->connections);
}

int control_hand_over(struct control *control)
{
	control->handed_over = true;
	return dup(evconnlistener_get_fd(control->listener));
}

/* As sd_listen_fds(3) wants it. */
void control_give(int fd)
{
	char pid[16];

	if (fd < 0)
		return;
	snprintf(pid, sizeof(pid), "%d", getpid());
	if (fd != SD_LISTEN_FDS_START)
		dup2(fd, SD_LISTEN_FDS_START);
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_PID", pid, 1);
}

void control_remove(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	remove_stale(&addr);
}
