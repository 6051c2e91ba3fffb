// SPDX-License-Identifier: GPL-2.0-or-later
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/util.h"

Test(util, durations)
{
	static const struct {
		const char *text;
		usec_t usec;
	} cases[] = {
		{"10ms", 10000},       {"1.5s", 1500000},  {"2m", 120000000},
		{"1h", 3600000000ULL}, {"125", 125000000}, {"0", 0},
		{"0.25", 250000},      {"7us", 7},	   {"0.0000019s", 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		usec_t usec = 99;

		cr_expect_eq(parse_duration(cases[i].text, &usec), 0, "%s", cases[i].text);
		cr_expect_eq(usec, cases[i].usec, "%s", cases[i].text);
	}
}

Test(util, bad_durations_are_refused)
{
	static const char *const cases[] = {
		"",
		"s",
		"-1s",
		"+1s",
		" 1s",
		"1 s",
		"1s ",
		"1.s",
		".5s",
		"1d",
		"0x10",
		"1e3",
		"inf",
		"1.5.5s",
		"99999999999999999999",
		"18446744073710s",
		"18446744073709551615us",
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		usec_t usec = 99;

		cr_expect_eq(parse_duration(cases[i], &usec), -EINVAL, "%s", cases[i]);
		cr_expect_eq(usec, 99);
	}
}

Test(util, numbers)
{
	static const struct {
		const char *text;
		int error;
		long value;
	} cases[] = {
		{"0", 0, 0},	    {"-5", 0, -5},	 {"100", 0, 100},
		{"007", 0, 7},	    {"101", -EINVAL, 0}, {"-6", -EINVAL, 0},
		{"", -EINVAL, 0},   {"-", -EINVAL, 0},	 {"+1", -EINVAL, 0},
		{" 1", -EINVAL, 0}, {"1 ", -EINVAL, 0},	 {"--1", -EINVAL, 0},
		{"1x", -EINVAL, 0}, {"0x1", -EINVAL, 0}, {"99999999999999999999", -EINVAL, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		long value = 55;

		cr_expect_eq(parse_long(cases[i].text, -5, 100, &value), cases[i].error, "%s",
			     cases[i].text);
		cr_expect_eq(value, cases[i].error ? 55 : cases[i].value, "%s", cases[i].text);
	}
}

Test(util, memory_is_zeroed_and_never_null)
{
	_cleanup_free_ char *a = xcalloc(3, 5);
	_cleanup_free_ char *b = xcalloc(0, 5);
	_cleanup_free_ char *c = xreallocarray(NULL, 0, 5);
	_cleanup_free_ char *d = xstrdup("abc");

	for (int i = 0; i < 15; i++)
		cr_expect_eq(a[i], 0);
	cr_expect(b && c);
	cr_expect_str_eq(d, "abc");
	d = xreallocarray(d, 100, 10);
	cr_expect_str_eq(d, "abc");
}

Test(util, no_memory_ends_the_process, .exit_code = EXIT_FAILURE)
{
	volatile size_t huge = SIZE_MAX / 2;

	xreallocarray(NULL, huge, 4);
}

static int open_and_close(int *seen)
{
	_cleanup_close_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	*seen = fd;
	return fd;
}

Test(util, cleanup_closes_and_take_ptr_forgets)
{
	char *p = xstrdup("x");
	_cleanup_free_ char *q = TAKE_PTR(p);
	int fd = -1;

	cr_expect_null(p);
	cr_expect_str_eq(q, "x");
	cr_assert(open_and_close(&fd) >= 0);
	cr_expect_eq(fcntl(fd, F_GETFD), -1);
}

Test(log, levels_are_parsed)
{
	enum log_level level = LOG_LEVEL_INFO;

	cr_expect_eq(log_parse_level("debug", &level), 0);
	cr_expect_eq(level, LOG_LEVEL_DEBUG);
	cr_expect_eq(log_parse_level("error", &level), 0);
	cr_expect_eq(level, LOG_LEVEL_ERROR);
	cr_expect_eq(log_parse_level("Error", &level), -EINVAL);
	cr_expect_eq(log_parse_level("", &level), -EINVAL);
	cr_expect_eq(level, LOG_LEVEL_ERROR);
}

/* What log_warning prints on stderr, in `buf`. */
static void capture(char *buf, size_t size)
{
	int pair[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	cr_assert_eq(pipe(pair), 0);
	dup2(pair[1], STDERR_FILENO);
	log_warning("port %d", 3);
	log_debug("not seen");
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(pair[1]);
	close(saved);
	n = read(pair[0], buf, size - 1);
	close(pair[0]);
	buf[n > 0 ? n : 0] = '\0';
}

Test(log, priority_prefix_only_for_the_journal)
{
	char line[100];

	unsetenv("JOURNAL_STREAM");
	capture(line, sizeof(line));
	cr_expect_str_eq(line, "port 3\n");
	setenv("JOURNAL_STREAM", "1:2", 1);
	capture(line, sizeof(line));
	cr_expect_str_eq(line, "<4>port 3\n");
	log_set_level(LOG_LEVEL_ERROR);
	capture(line, sizeof(line));
	cr_expect_str_eq(line, "");
	cr_expect_eq(log_get_level(), LOG_LEVEL_ERROR);
}

Test(util, what_terminals_must_not_get_is_masked)
{
	static const char *const pairs[][2] = {
		{"", ""},
		{"plain ~", "plain ~"},
		{"a\tb\033[31m\177", "a?b?[31m?"},
		{"Stra\xc3\x9f"
		 "e \xe2\x82\xac \xf0\x9f\x98\x80",
		 "Stra\xc3\x9f"
		 "e \xe2\x82\xac \xf0\x9f\x98\x80"},
		{"\xc2\x9b"
		 "2J",
		 "??2J"},
		{"\xc0\xaf \xe0\x80\x80 \xed\xa0\x80 \xf4\x90\x80\x80 \xff", "?? ??? ??? ???? ?"},
		{"half \xe2\x82", "half ??"},
		{"\xe2", "?"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		char text[64];

		strcpy(text, pairs[i][0]);
		mask_text(text);
		cr_expect_str_eq(text, pairs[i][1]);
	}
}
