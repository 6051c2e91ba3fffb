// SPDX-License-Identifier: GPL-2.0-or-later
/* One request, one answer, over the agent's socket. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "mupictl.h"

/* An agent that says nothing for so long is stuck. */
#define ANSWER_TIMEOUT_SEC 30

static const char *cure(int err)
{
	switch (err) {
	case EACCES:
	case EPERM:
		return "run mupictl as root";
	case EAGAIN:
		return "it is too busy or stuck, try again";
	default:
		return "is mupi-agent running? -s SOCKET names another socket";
	}
}

static void unreachable(const char *path, int err)
{
	fprintf(stderr, "mupictl: cannot reach the agent at %s: %s; %s\n", path, strerror(err),
		cure(err));
}

static int connect_to(const char *path)
{
	const struct timeval timeout = {.tv_sec = ANSWER_TIMEOUT_SEC};
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		int err = errno;

		close(fd);
		errno = err;
		return -1;
	}
	return fd;
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

/* Takes over `fd`. */
static json_t *receive(int fd)
{
	FILE *in = fdopen(fd, "r");
	json_t *answer = NULL;
	json_error_t error;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	if (!in) {
		close(fd);
		return NULL;
	}
	errno = ECONNRESET; /* what an end of file means here */
	len = getline(&line, &size, in);
	if (len > 0) {
		answer = json_loadb(line, (size_t)len, 0, &error);
		errno = EPROTO;
	}
	free(line);
	int err = errno;
	fclose(in);
	errno = err;
	return answer;
}

json_t *ask_agent(const char *path, const char *name, json_t *args)
{
	json_t *answer;
	int fd = connect_to(path);

	if (fd < 0) {
		unreachable(path, errno);
		return NULL;
	}
	if (send_request(fd, name, args)) {
		unreachable(path, errno);
		close(fd);
		return NULL;
	}
	answer = receive(fd);
	if (!answer)
		unreachable(path, errno);
	return answer;
}
