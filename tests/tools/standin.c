/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands in for an agent that answers as a script says. Each line of it is COMMAND|MS|ANSWER:
 * what to say to a command, after so many milliseconds; without ANSWER it has read the request and
 * hangs up. Each request is told on stdout with the time, in seconds, at which it was read.
 */
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MAX_LINES 32

static struct line {
	char *command, *answer;
	long ms;
} script[MAX_LINES];
static unsigned int n_lines;

static void read_script(FILE *in)
{
	char *text = NULL;
	size_t size = 0;

	while (n_lines < MAX_LINES && getline(&text, &size, in) > 0) {
		struct line *line = &script[n_lines++];
		char *rest = strdup(text), *ms;

		line->command = strsep(&rest, "|");
		ms = strsep(&rest, "|");
		line->ms = ms ? atol(ms) : 0;
		line->answer = rest ? rest : "";
	}
	free(text);
}

static int listen_on(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(addr.sun_path, path, sizeof(addr.sun_path) - 1);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 5)) {
		fprintf(stderr, "standin: %s: %s\n", path, strerror(errno));
		exit(EXIT_FAILURE);
	}
	return fd;
}

static const struct line *find_line(const char *command)
{
	for (unsigned int i = 0; i < n_lines; i++)
		if (!strcmp(script[i].command, command))
			return &script[i];
	fprintf(stderr, "standin: nothing to say to '%s'\n", command);
	exit(EXIT_FAILURE);
}

static void tell(const char *command)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("%.3f %s\n", (double)now.tv_sec + (double)now.tv_nsec / 1e9, command);
	fflush(stdout);
}

/* False: hang up. */
static bool answer(int fd, const char *request)
{
	json_t *json = json_loads(request, 0, NULL);
	const char *command = json_string_value(json_object_get(json, "command"));
	const struct line *line = find_line(command ? command : "");
	size_t len = strlen(line->answer);

	tell(command);
	json_decref(json);
	usleep((useconds_t)line->ms * 1000);
	return len > 1 && send(fd, line->answer, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static void serve(int fd)
{
	FILE *in = fdopen(fd, "r");
	char *request = NULL;
	size_t size = 0;

	while (in && getline(&request, &size, in) > 0 && answer(fd, request))
		;
	free(request);
	if (in)
		fclose(in);
}

int main(int argc, char **argv)
{
	FILE *in = argc == 3 ? fopen(argv[2], "r") : NULL;
	int fd, listener;

	if (!in) {
		fprintf(stderr, "usage: standin SOCKET SCRIPT\n");
		return 2;
	}
	read_script(in);
	fclose(in);
	listener = listen_on(argv[1]);
	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		serve(fd);
	return EXIT_FAILURE;
}
