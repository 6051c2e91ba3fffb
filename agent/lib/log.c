// SPDX-License-Identifier: GPL-2.0-or-later
/* One line each on stderr. */
#include "lib/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum log_level current_level = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
	current_level = level;
}

enum log_level log_get_level(void)
{
	return current_level;
}

int log_parse_level(const char *text, enum log_level *ret)
{
	static const char *const names[] = {
		[LOG_LEVEL_ERROR] = "error",
		[LOG_LEVEL_WARNING] = "warning",
		[LOG_LEVEL_INFO] = "info",
		[LOG_LEVEL_DEBUG] = "debug",
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i] && !strcmp(text, names[i])) {
			*ret = (enum log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

void log_at(enum log_level level, const char *format, ...)
{
	static const char *const priorities[] = {
		[LOG_LEVEL_ERROR] = "<3>", [LOG_LEVEL_WARNING] = "<4>", [LOG_LEVEL_NOTICE] = "<5>",
		[LOG_LEVEL_INFO] = "<6>",  [LOG_LEVEL_DEBUG] = "<7>",
	};
	int saved = errno;
	char line[1024];
	va_list args;

	if (level > current_level)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	/* systemd sets JOURNAL_STREAM; on a terminal the prefix would only be noise. */
	fprintf(stderr, "%s%s\n", getenv("JOURNAL_STREAM") ? priorities[level] : "", line);
	errno = saved;
}
