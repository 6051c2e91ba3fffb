// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests and answers over the agent's socket, a line each. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "mupictl.h"

static const char *cure(int err)
{
	switch (err) {
	case EACCES:
	case EPERM:
		return "run mupictl as root or as a member of group mupi";
	case EAGAIN:
		return "it is too busy or stuck, try again";
	case ECONNABORTED:
		return "it ended before it answered, and may have done what was asked";
	default:
		return "is mupi-agent running? -s SOCKET names another socket";
	}
}

/* For what `errno` says, and goes on to say. */
static json_t *unreachable(struct connection *c)
{
	int err = errno;

	snprintf(c->error, sizeof(c->error), "cannot reach the agent at %s: %s; %s", c->path,
		 strerror(err), cure(err));
	disconnect(c);
	errno = err;
	return NULL;
}

void disconnect(struct connection *c)
{
	if (c->in)
		fclose(c->in);
	c->in = NULL;
}

static int open_socket(const char *path, int timeout)
{
	const struct timeval silence = {.tv_sec = timeout};
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd, err;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof(silence));
	if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

/* An agent closes connections that are idle for long: then a new one is made. */
static bool is_alive(FILE *in)
{
	char byte;

	return recv(fileno(in), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static int ensure_connected(struct connection *c)
{
	int fd;

	if (c->in && is_alive(c->in))
		return 0;
	disconnect(c);
	fd = open_socket(c->path, c->timeout);
	if (fd < 0)
		return -1;
	c->in = fdopen(fd, "r");
	if (!c->in)
		close(fd);
	return c->in ? 0 : -1;
}

static int send_all(int fd, const char *text, size_t len)
{
	while (len) {
		/* No SIGPIPE: an agent that ends now is an error to report, not to die of. */
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

static int send_request(int fd, const char *name, json_t *args)
{
	json_t *request = json_pack("{s:s, s:O}", "command", name, "args", args);
	char *text = json_dumps(request, JSON_COMPACT);
	int err;

	json_decref(request);
	if (!text) {
		errno = EINVAL; /* an argument that is not UTF-8 */
		return -1;
	}
	err = send_all(fd, text, strlen(text));
	free(text);
	return err ? err : send_all(fd, "\n", 1);
}

/* `at_end`: what an end of file means. */
static json_t *read_answer(struct connection *c, int at_end)
{
	json_t *answer = NULL;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	errno = at_end;
	len = getline(&line, &size, c->in);
	if (len > 0) {
		answer = json_loadb(line, (size_t)len, 0, NULL);
		errno = EPROTO;
	}
	int err = errno;
	free(line);
	errno = err;
	return answer ? answer : unreachable(c);
}

json_t *ask_more(struct connection *c)
{
	return read_answer(c, ECONNABORTED);
}

/*
 * NULL with ECONNRESET: the agent closed the connection and has not read the request to its end,
 * says the kernel.
 */
static json_t *ask_once(struct connection *c, const char *name, json_t *args)
{
	if (ensure_connected(c))
		return unreachable(c);
	if (!send_request(fileno(c->in), name, args))
		return read_answer(c, ECONNABORTED);
	/* An agent that refuses a long request has closed the connection, but said why. */
	return errno == EPIPE ? read_answer(c, ECONNRESET) : unreachable(c);
}

/*
 * An agent that becomes another process behind a `reload` with other ports, or is restarted, leaves
 * requests unread. One that was read may have been done: it is not sent again.
 */
json_t *ask(struct connection *c, const char *name, json_t *args)
{
	json_t *answer = ask_once(c, name, args);

	return answer || errno != ECONNRESET ? answer : ask_once(c, name, args);
}
