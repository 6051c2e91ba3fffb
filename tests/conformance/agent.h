/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the agent says, asked through mupictl without waiting for the answer: one line an entry. */
#ifndef MUPI_TEST_AGENT_H
#define MUPI_TEST_AGENT_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct question {
	char command[512];
	FILE *pipe; /* NULL: no answer is awaited */
	char *text; /* the answer: each line with a newline before and behind */
	size_t len;
};

/* PORT GROUP CLIENT MODE SOURCES, the sources by their last digit. */
static inline void question_members(struct question *q, const char *mupictl, const char *socket)
{
	snprintf(q->command, sizeof(q->command),
		 "%s -s %s -j members | jq -r '.[] | \"\\(.port) \\(.group) \\(.client) \\(.mode) "
		 "\\(.sources | map(.[-1:]) | join(\" \"))\"'",
		 mupictl, socket);
}

/* GROUP SOURCE PORTS of upstream 7; the source may be "any"; ports as "<1><3>". */
static inline void question_flows(struct question *q, const char *mupictl, const char *socket)
{
	snprintf(
		q->command, sizeof(q->command),
		"%s -s %s -j flows | jq -r '.[] | select(.upstream == 7) | "
		"\"\\(.group) \\(.source // \"any\") \\(.ports | map(\"<\\(.)>\") | join(\"\"))\"'",
		mupictl, socket);
}

static inline void question_ask(struct question *q)
{
	q->pipe = popen(q->command, "re");
	if (!q->pipe || fcntl(fileno(q->pipe), F_SETFL, O_NONBLOCK)) {
		perror(q->command);
		exit(2);
	}
	free(q->text);
	q->text = strdup("\n");
	q->len = 1;
}

/* Has it been answered? Reads what has come. */
static inline bool question_answered(struct question *q)
{
	char part[4096];
	ssize_t n;

	if (!q->pipe)
		return true;
	while ((n = read(fileno(q->pipe), part, sizeof(part))) > 0) {
		q->text = realloc(q->text, q->len + (size_t)n + 1);
		if (!q->text)
			exit(2);
		memcpy(q->text + q->len, part, (size_t)n);
		q->len += (size_t)n;
		q->text[q->len] = 0;
	}
	if (n < 0)
		return false;
	if (pclose(q->pipe)) {
		fprintf(stderr, "failed: %s\n", q->command);
		exit(2);
	}
	q->pipe = NULL;
	return true;
}

/* The rest of the line that begins so; false when there is none. */
static inline bool answer_line(const struct question *q, const char *beginning, char *ret,
			       size_t size)
{
	char pattern[160];
	const char *at;

	snprintf(pattern, sizeof(pattern), "\n%s", beginning);
	at = strstr(q->text, pattern);
	if (!at)
		return false;
	at += strlen(pattern);
	snprintf(ret, size, "%.*s", (int)strcspn(at, "\n"), at);
	return true;
}

#endif
