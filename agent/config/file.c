// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration file as text: whatever it is, it cannot exhaust the agent, nor block one that
 * serves. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config_private.h"

/* A million rows are a quarter of it. */
#define MAX_FILE (256 * 1024 * 1024)

/* An agent that starts may wait for a pipe, one that serves for nothing. */
static int open_file(const char *path, bool live)
{
	int fd;

	if (live)
		return open_regular(path, O_RDONLY);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The number of the line that `end` is in. */
static int line_of(const char *text, const char *end)
{
	int line = 1;

	while ((text = memchr(text, '\n', (size_t)(end - text)))) {
		text++;
		line++;
	}
	return line;
}

/* All of it, and why it cannot be had or NULL; *line is set where there is one to blame. */
static const char *read_text(int fd, char **text, size_t *len, int *line)
{
	const char *zero;
	size_t size = 0;
	ssize_t n;

	do {
		if (*len == size) {
			size = size ? 2 * size : 65536;
			*text = xreallocarray(*text, size, 1);
		}
		n = read(fd, *text + *len, size - *len);
		if (n < 0)
			return strerror(errno);
		/* Devices may have no end; what has is bounded all the same. */
		zero = memchr(*text + *len, 0, (size_t)n);
		if (zero) {
			*line = line_of(*text, zero);
			return "a zero byte, expected text";
		}
		*len += (size_t)n;
		if (*len > MAX_FILE)
			return "more than 256 MiB";
	} while (n);
	return NULL;
}

static int refuse(config_report *report, void *ctx, const char *path, int line, const char *what,
		  const char *why)
{
	char text[PROBLEM_SIZE], number[16] = "";

	if (line)
		snprintf(number, sizeof(number), "%d:", line);
	snprintf(text, sizeof(text), "%s:%s %s: %s", path, number, what, why);
	report(ctx, true, text);
	return -EINVAL;
}

static int read_stream(char *text, size_t len, const char *path, config_report *report, void *ctx,
		       struct config **ret)
{
	FILE *file = fmemopen(text, len, "r");
	int r = config_read_stream(file, path, report, ctx, ret);

	fclose(file);
	return r;
}

int config_read(const char *path, bool live, config_report *report, void *ctx, struct config **ret)
{
	_cleanup_close_ int fd = open_file(path, live);
	_cleanup_free_ char *text = NULL;
	const char *why;
	size_t len = 0;
	int line = 0, r;

	if (fd < 0)
		return refuse(report, ctx, path, 0, "cannot be opened", open_strerror(fd));
	why = read_text(fd, &text, &len, &line);
	if (why)
		return refuse(report, ctx, path, line, "cannot be read", why);
	r = read_stream(text, len, path, report, ctx, ret);
	if (!r && live) {
		(*ret)->text = TAKE_PTR(text);
		(*ret)->len = len;
	}
	return r;
}
