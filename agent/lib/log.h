/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's log: one line each on stderr, with a syslog priority for journald when it listens. */
#ifndef MUPI_LOG_H
#define MUPI_LOG_H

#include "lib/util.h"

/* Notices are what scripts wait for: nobody asks for them by name, and -q keeps them. */
enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/* The one piece of process-wide state besides main's: what is printed. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);
int log_parse_level(const char *text, enum log_level *ret); /* 0 or -EINVAL */

void log_at(enum log_level level, const char *format, ...) __printf(2, 3);
#define log_error(...)	 log_at(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)	 log_at(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)	 log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)	 log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
