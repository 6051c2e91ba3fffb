// SPDX-License-Identifier: GPL-2.0-or-later
/* -b: the lines of a file as commands, over one connection. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mupictl.h"

#define MAX_LINE_WORDS 64
#define MAX_WHERE      256

/* Cut a word off the text: up to a blank, or what is between quotes. NULL: an end of quote is
 * missing. */
static char *cut_word(char **text)
{
	char *word = *text, *end;

	if (*word == '"' || *word == '\'') {
		end = strchr(word + 1, *word);
		word++;
	} else {
		end = word + strcspn(word, " \t\r\n");
	}
	if (!end)
		return NULL;
	*text = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

/* The words of a line, which is cut up; none in a comment. Returns how many, or -1 after a
 * complaint. */
static int split(const struct session *session, char *text, char *words[MAX_LINE_WORDS])
{
	int n = 0;

	for (;;) {
		text += strspn(text, " \t\r\n");
		if (!*text || *text == '#')
			return n;
		if (n == MAX_LINE_WORDS) {
			say(session, "more than %d words", MAX_LINE_WORDS);
			return -1;
		}
		words[n] = cut_word(&text);
		if (!words[n++]) {
			say(session, "a closing quote is missing");
			return -1;
		}
	}
}

/* The byte order mark, with which some editors begin a file. */
static char *skip_mark(char *line)
{
	return strncmp(line, "\xef\xbb\xbf", 3) ? line : line + 3;
}

static int run_line(struct session *session, char *line)
{
	char *words[MAX_LINE_WORDS];
	int n = split(session, line, words);

	if (n < 0)
		return EXIT_USAGE;
	return n ? run_words(session, n, words, true) : EXIT_DONE;
}

/* The exit code of the first line that failed. */
static int run_lines(struct session *session, FILE *in, const char *name)
{
	char *line = NULL, where[MAX_WHERE];
	const char *outer = session->where;
	unsigned int number = 0;
	int ret = EXIT_DONE;
	size_t size = 0;
	ssize_t len;

	session->where = where;
	while ((!ret || session->keep_going) && (len = getline(&line, &size, in)) >= 0) {
		int code = EXIT_USAGE;

		snprintf(where, sizeof(where), "%s:%u", name, ++number);
		if (memchr(line, '\0', (size_t)len))
			say(session, "a zero byte, expected text");
		else
			code = run_line(session, number == 1 ? skip_mark(line) : line);
		ret = ret ? ret : code;
	}
	free(line);
	session->where = outer;
	if (ferror(in)) {
		say(session, "cannot read %s: %s", name, strerror(errno));
		ret = ret ? ret : EXIT_REFUSED;
	}
	return ret;
}

int run_batch(struct session *session, const char *path)
{
	bool is_stdin = !strcmp(path, "-");
	FILE *in = is_stdin ? stdin : fopen(path, "re");
	int code;

	if (!in) {
		say(session, "cannot read %s: %s", path, strerror(errno));
		return EXIT_REFUSED;
	}
	code = run_lines(session, in, is_stdin ? "stdin" : path);
	if (!is_stdin)
		fclose(in);
	return code;
}
