/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration from text, for the tests of it. */
#ifndef TESTS_CONFIG_RIG_H
#define TESTS_CONFIG_RIG_H

#include <criterion/criterion.h>
#include <errno.h>

#include "config/config.h"

#define PORTS "1=d1,2=d2,3=d3,4=d4,5=d5,6=d6,7=u7,8=u8,9=u9"
#define ROW   "[murt]\nmurt_entry = "

struct problems {
	unsigned int errors, warnings;
	char text[4096]; /* one a line, the path cut off */
};

/* A config_report; `ctx` is a struct problems. */
void collect(void *ctx, bool error, const char *text);
/* A pipe with this text and no more, as a shell hands over <(...): its descriptor, and a path. */
int text_pipe(const void *text, size_t len, char path[static 32]);
/* Read text as a file, and settle it with ports as of `-i` (NULL: none). As config_settle(). */
int load(const char *text, const char *ports, struct problems *p, struct config **ret);

#endif
