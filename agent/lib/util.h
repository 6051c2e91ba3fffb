/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small things every file may use: memory that never fails, cleanup attributes, time units. */
#ifndef MUPI_UTIL_H
#define MUPI_UTIL_H

#include <stddef.h>
#include <stdint.h>

/* Monotonic time and durations in microseconds. The core never reads a clock: it is told. */
typedef uint64_t usec_t;
#define USEC_PER_SEC  1000000ULL
#define USEC_PER_MSEC 1000ULL
#define USEC_NEVER    UINT64_MAX

#define ARRAY_SIZE(a)			(sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)			((a) < (b) ? (a) : (b))
#define MAX(a, b)			((a) > (b) ? (a) : (b))
#define __printf(f, a)			__attribute__((format(printf, f, a)))
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* Zeroed or resized memory. End the process with one line when there is none. */
void *xcalloc(size_t n, size_t size);
void *xreallocarray(void *p, size_t n, size_t size);
/* Room for one element more than `n`, of an array that only ever grew so: at powers of two. */
void *xgrow(void *p, size_t n, size_t size);
char *xstrdup(const char *s);

/* _cleanup_free_ char *s: freed when the scope ends. */
void freep(void *p);
void closep(const int *fd);
#define _cleanup_free_	__attribute__((cleanup(freep)))
#define _cleanup_close_ __attribute__((cleanup(closep)))

/* Hand a pointer on and forget it, so that its cleanup does nothing. */
#define TAKE_PTR(p)                                                                                \
	({                                                                                         \
		typeof(p) taken_ = (p);                                                            \
		(p) = NULL;                                                                        \
		taken_;                                                                            \
	})

/* A regular file, whoever put what in its place: a descriptor, or a negative errno for
 * open_strerror(). */
int open_regular(const char *path, int flags);
/* The same, no symbolic link, and owned by root or the process's user, whoever else may write to
 * the folder; -EPERM: somebody else's. */
int open_own(const char *path, int flags);
const char *open_strerror(int err);

/* For terminals and logs: each byte that is not of a printable character of UTF-8 becomes '?'. */
void mask_text(char *text);

/* The name of a file, an interface or a namespace as one word of a shell; they are named by
 * strangers. */
#define WORD_LEN 512 /* for NAME_MAX bytes */
const char *shell_word(const char *name, char buf[static WORD_LEN]);

/* An order for qsort() and bsearch() of things that begin with a uint32_t. */
int compare_u32(const void *a, const void *b);

/* Parse a whole decimal number within [min, max]. 0 or -EINVAL with *ret untouched. */
int parse_long(const char *text, long min, long max, long *ret);
/* 10ms, 1.5s, 2m, 1h; a bare number is seconds. 0 or -EINVAL. */
int parse_duration(const char *text, usec_t *ret);

#endif
