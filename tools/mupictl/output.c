// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines for people, the terminal they are read on, and how it ends. */
#include <ctype.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "mupictl.h"

void say(const struct session *session, const char *format, ...)
{
	va_list ap;

	fprintf(session->err, "%s: ", session->where);
	va_start(ap, format);
	vfprintf(session->err, format, ap);
	va_end(ap);
	fputc('\n', session->err);
}

bool is_utf8(const char *word)
{
	json_t *string = json_string(word);
	bool ok = string != NULL;

	json_decref(string);
	return ok;
}

const char *printable(const char *word, char buf[static SHOWN_SIZE])
{
	bool utf8 = is_utf8(word);
	size_t n = 0;

	for (; n < SHOWN_SIZE - sizeof("...") && word[n]; n++) {
		unsigned char c = (unsigned char)word[n];

		buf[n] = iscntrl(c) || (c >= 0x80 && !utf8) ? '?' : word[n];
	}
	/* No character is cut in two. */
	while (utf8 && ((unsigned char)word[n] & 0xc0) == 0x80)
		n--;
	strcpy(buf + n, word[n] ? "..." : "");
	return buf;
}

/* What the user set goes before what the terminal says. */
static size_t dimension(const char *variable, size_t measured)
{
	const char *text = getenv(variable);
	long said = text ? atol(text) : 0;

	return said > 0 ? (size_t)said : measured;
}

size_t terminal_width(void)
{
	struct winsize size = {0};

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return 0;
	return dimension("COLUMNS", size.ws_col);
}

size_t terminal_height(void)
{
	struct winsize size = {0};

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return 0;
	return dimension("LINES", size.ws_row);
}

static void end_well(int sig)
{
	(void)sig;
	_exit(EXIT_DONE);
}

void end_well_on_signals(void)
{
	const struct sigaction action = {.sa_handler = end_well};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGPIPE, &action, NULL);
}

double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void sleep_seconds(double seconds)
{
	const struct timespec time = {(time_t)seconds,
				      (long)((seconds - (double)(time_t)seconds) * 1e9)};

	nanosleep(&time, NULL);
}
