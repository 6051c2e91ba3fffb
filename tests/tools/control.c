/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clients of the control socket that may behave badly: stdin is sent as it is on every connection,
 * what comes back goes to stdout. Ends when the agent has closed them all, or in time, and tells on
 * stderr how many were sent all of it, and how many were closed.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lib/util.h"

#define MAX_CONNECTIONS 1024

struct options {
	const char *socket;
	unsigned int connections;
	double seconds;
	bool deaf; /* reads nothing */
	bool keep; /* leaves its writing half open */
};

struct connection {
	size_t sent;
	bool all_sent;
	bool closed;
};

static char *input;
static size_t input_len;

static void read_input(void)
{
	size_t capacity = 0;
	ssize_t n = 0;

	do {
		input_len += (size_t)n;
		if (input_len + 65536 > capacity) {
			capacity = 2 * capacity + 65536;
			input = xreallocarray(input, capacity, 1);
		}
		n = read(STDIN_FILENO, input + input_len, 65536);
	} while (n > 0);
}

static int connect_to(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(addr.sun_path, path, sizeof(addr.sun_path) - 1);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		fprintf(stderr, "control: %s: %s\n", path, strerror(errno));
		exit(EXIT_FAILURE);
	}
	return fd;
}

/* The agent may close first; what it said is still read. */
static void send_some(struct connection *c, struct pollfd *fd, bool keep)
{
	ssize_t n = send(fd->fd, input + c->sent, input_len - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && errno != EAGAIN)
		fd->events &= ~POLLOUT;
	c->sent += n > 0 ? (size_t)n : 0;
	if (c->sent < input_len)
		return;
	c->all_sent = true;
	fd->events &= ~POLLOUT;
	if (!keep)
		shutdown(fd->fd, SHUT_WR);
}

static void receive_some(struct connection *c, struct pollfd *fd)
{
	char buffer[65536];
	ssize_t n = recv(fd->fd, buffer, sizeof(buffer), MSG_DONTWAIT);

	if (n > 0) {
		fwrite(buffer, 1, (size_t)n, stdout);
		fflush(stdout);
	} else if (n == 0 || errno != EAGAIN) {
		c->closed = true;
		close(fd->fd);
		fd->fd = -1;
	}
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void run(const struct options *o, struct connection *list, struct pollfd *fds)
{
	double end = now() + o->seconds;
	unsigned int open = o->connections;

	while (open && now() < end) {
		poll(fds, o->connections, (int)((end - now()) * 1000) + 1);
		open = 0;
		for (unsigned int i = 0; i < o->connections; i++) {
			if (fds[i].revents & POLLOUT)
				send_some(&list[i], &fds[i], o->keep);
			if (fds[i].revents & (POLLIN | POLLHUP | POLLERR))
				receive_some(&list[i], &fds[i]);
			open += !list[i].closed;
		}
	}
}

static void parse(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt(argc, argv, "s:n:t:dk")) != -1) {
		if (c == 's')
			o->socket = optarg;
		else if (c == 'n')
			o->connections = MIN((unsigned int)atoi(optarg), MAX_CONNECTIONS);
		else if (c == 't')
			o->seconds = atof(optarg);
		else if (c == 'd')
			o->deaf = true;
		else if (c == 'k')
			o->keep = true;
		else
			exit(2);
	}
	if (!o->socket) {
		fprintf(stderr, "usage: control -s SOCKET [-n CONNECTIONS] [-t SECONDS] "
				"[-d, reads nothing] [-k, keeps its writing half open]\n");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	static struct connection list[MAX_CONNECTIONS];
	static struct pollfd fds[MAX_CONNECTIONS];
	struct options o = {.connections = 1, .seconds = 60};
	unsigned int sent = 0, closed = 0;

	parse(argc, argv, &o);
	read_input();
	for (unsigned int i = 0; i < o.connections; i++) {
		fds[i].fd = connect_to(o.socket);
		fds[i].events = (short)(POLLOUT | (o.deaf ? 0 : POLLIN));
	}
	run(&o, list, fds);
	for (unsigned int i = 0; i < o.connections; i++) {
		sent += list[i].all_sent;
		closed += list[i].closed;
	}
	fprintf(stderr, "connections %u sent %u closed %u\n", o.connections, sent, closed);
	free(input);
	return 0;
}
