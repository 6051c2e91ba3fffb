// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/config_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void collect(void *ctx, bool error, const char *text)
{
	struct problems *p = ctx;
	size_t n = strlen(p->text);

	if (error)
		p->errors++;
	else
		p->warnings++;
	if (*text == '/')
		text = strchr(text, ':');
	snprintf(p->text + n, sizeof(p->text) - n, "%s\n", text);
}

int text_pipe(const void *text, size_t len, char path[static 32])
{
	int fds[2];

	cr_assert_eq(pipe(fds), 0);
	snprintf(path, 32, "/dev/fd/%d", fds[0]);
	cr_assert_eq(write(fds[1], text, len), (ssize_t)len);
	close(fds[1]);
	return fds[0];
}

int load(const char *text, const char *ports, struct problems *p, struct config **ret)
{
	char path[] = "/tmp/test-config-XXXXXX", error[160];
	struct config_port *list = NULL;
	int fd = mkstemp(path), r;
	size_t n = 0;

	*p = (struct problems){0};
	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	if (ports)
		cr_assert_eq(config_parse_ports(ports, &list, &n, error), 0);
	r = config_read(path, false, collect, p, ret);
	if (!r) {
		r = config_settle(*ret, list, n, collect, p);
		if (r) {
			config_free(*ret);
			*ret = NULL;
		}
	}
	unlink(path);
	free(list);
	return r;
}
