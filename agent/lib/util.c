// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory that never fails, cleanup helpers, strict number parsers. */
#include "lib/util.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void *or_die(void *p)
{
	if (p)
		return p;
	fputs("out of memory\n", stderr);
	exit(EXIT_FAILURE);
}

/* One byte at least: malloc(0) may return NULL, which would look like failure. */
void *xcalloc(size_t n, size_t size)
{
	return or_die(n && size ? calloc(n, size) : calloc(1, 1));
}

void *xreallocarray(void *p, size_t n, size_t size)
{
	return or_die(n && size ? reallocarray(p, n, size) : realloc(p, 1));
}

void *xgrow(void *p, size_t n, size_t size)
{
	return n & (n - 1) ? p : xreallocarray(p, n ? 2 * n : 1, size);
}

char *xstrdup(const char *s)
{
	return or_die(strdup(s));
}

void freep(void *p)
{
	free(*(void **)p);
}

void closep(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

int open_regular(const char *path, int flags)
{
	int fd = open(path, flags | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

int open_own(const char *path, int flags)
{
	int fd = open_regular(path, flags | O_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return fd;
	if (!fstat(fd, &st) && (!st.st_uid || st.st_uid == geteuid()))
		return fd;
	close(fd);
	return -EPERM;
}

const char *open_strerror(int err)
{
	if (err == -EPERM)
		return "not owned by root or the agent's user, or immutable";
	return err == -EINVAL ? "not a regular file" : strerror(-err);
}

/* Bytes of the character; 0: it is none (RFC 3629 section 4), or a control character. */
static size_t char_length(const unsigned char *c)
{
	size_t n = *c < 0x80 ? 1 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : 4;

	if (*c < ' ' || *c == 0x7f || (*c >= 0x80 && *c < 0xc2) || *c > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	if ((c[0] == 0xc2 && c[1] < 0xa0) || (c[0] == 0xe0 && c[1] < 0xa0) ||
	    (c[0] == 0xed && c[1] > 0x9f) || (c[0] == 0xf0 && c[1] < 0x90) ||
	    (c[0] == 0xf4 && c[1] > 0x8f))
		return 0;
	return n;
}

void mask_text(char *text)
{
	size_t n;

	for (; *text; text += n) {
		n = char_length((const unsigned char *)text);
		if (n)
			continue;
		*text = '?';
		n = 1;
	}
}

const char *shell_word(const char *name, char buf[static WORD_LEN])
{
	size_t n = 0;

	for (const char *c = name; *c && n + 3 < WORD_LEN; c++) {
		if (!isalnum((unsigned char)*c) && !strchr("-_.@:+/", *c))
			buf[n++] = '\\';
		buf[n++] = *c;
	}
	buf[n] = '\0';
	return buf;
}

int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int parse_long(const char *text, long min, long max, long *ret)
{
	char *end;
	long value;

	/* strtol would skip blanks and take a plus sign. */
	if (!isdigit((unsigned char)text[text[0] == '-']))
		return -EINVAL;
	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || *end || value < min || value > max)
		return -EINVAL;
	*ret = value;
	return 0;
}

static usec_t unit_usec(const char *text)
{
	static const struct {
		const char *name;
		usec_t usec;
	} units[] = {
		{"", USEC_PER_SEC},	  {"us", 1},
		{"ms", USEC_PER_MSEC},	  {"s", USEC_PER_SEC},
		{"m", 60 * USEC_PER_SEC}, {"h", 3600 * USEC_PER_SEC},
	};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(text, units[i].name))
			return units[i].usec;
	return 0;
}

/* The digits behind the point, as millionths. Finer digits are dropped. */
static const char *parse_fraction(const char *text, usec_t *millionths)
{
	usec_t scale = 1000000;

	*millionths = 0;
	for (; isdigit((unsigned char)*text); text++) {
		scale /= 10;
		*millionths += scale * (usec_t)(*text - '0');
	}
	return text;
}

int parse_duration(const char *text, usec_t *ret)
{
	usec_t whole, value, unit, millionths = 0;
	char *end;
	const char *rest;

	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	whole = strtoull(text, &end, 10);
	rest = end;
	if (errno)
		return -EINVAL;
	if (rest[0] == '.') {
		if (!isdigit((unsigned char)rest[1]))
			return -EINVAL;
		rest = parse_fraction(rest + 1, &millionths);
	}
	unit = unit_usec(rest);
	/* USEC_NEVER is no duration that anybody can ask for. */
	if (!unit || __builtin_mul_overflow(whole, unit, &value) ||
	    __builtin_add_overflow(value, millionths * unit / 1000000, &value) ||
	    value == USEC_NEVER)
		return -EINVAL;
	*ret = value;
	return 0;
}
