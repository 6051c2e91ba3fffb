/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of rows.h, one by one, and its notation of queries. */
#ifndef MUPI_TEST_SCRIPT_H
#define MUPI_TEST_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The sources 1 2 3 4 9 of rows.h: the last digit of an address in these networks. */
#define SOURCES	    "12349"
#define SOURCE_NET4 "10.200.0."
#define SOURCE_NET6 "2001:db8:200::"

enum word_kind {
	WORD_IS_IN = 1, /* records: the numbers of the wire */
	WORD_IS_EX,
	WORD_TO_IN,
	WORD_TO_EX,
	WORD_ALLOW,
	WORD_BLOCK,
	WORD_V1,
	WORD_V2,
	WORD_LEAVE,
	WORD_QUERY,
	WORD_WAIT,
};

struct word {
	enum word_kind kind;
	bool other;	   /* of client B */
	bool suppress;	   /* a query with the S flag */
	char sources[8];   /* digits */
	unsigned int wait; /* µs */
};

/* Lengths of time, µs. `margin` is what "<" and ">" take off and add. */
struct script_clock {
	unsigned int gmi, ohp, lmqt, margin;
};

static inline const char *script_prefix(const char *text, const char *prefix, bool *found)
{
	*found = !strncmp(text, prefix, strlen(prefix));
	return *found ? text + strlen(prefix) : text;
}

static inline bool script_wait(const char *text, const struct script_clock *c, struct word *ret)
{
	bool before, after, gmi, ohp, lmqt, half, quarter;
	unsigned int wait;

	text = script_prefix(text, "<", &before);
	text = script_prefix(text, ">", &after);
	text = script_prefix(text, "GMI", &gmi);
	text = script_prefix(text, "OHP", &ohp);
	text = script_prefix(text, "LMQT", &lmqt);
	script_prefix(text, "/2", &half);
	script_prefix(text, "/4", &quarter);
	if (!gmi && !ohp && !lmqt)
		return false;
	wait = gmi ? c->gmi : ohp ? c->ohp : c->lmqt;
	wait /= half ? 2 : quarter ? 4 : 1;
	ret->kind = WORD_WAIT;
	ret->wait = wait - (before ? c->margin : 0) + (after ? c->margin : 0);
	return true;
}

/* The word at `*script`, which moves on behind it. False at the end, or when it makes no sense. */
static inline bool script_next(const char **script, const struct script_clock *c, struct word *ret)
{
	static const char *const names[] = {"",	     "IS_IN", "IS_EX", "TO_IN", "TO_EX", "ALLOW",
					    "BLOCK", "V1",    "V2",    "LEAVE", "QUERY"};
	const char *text = *script, *end = strchr(text, ';');
	unsigned int kind = 1;
	bool found = false;

	if (!end)
		end = text + strlen(text);
	*script = end + strspn(end, "; ");
	memset(ret, 0, sizeof(*ret));
	if (script_wait(text, c, ret))
		return true;
	text = script_prefix(text, "B.", &ret->other);
	while (kind < sizeof(names) / sizeof(*names) && !found)
		text = script_prefix(text, names[kind++], &found);
	ret->kind = (enum word_kind)(kind - 1);
	text = script_prefix(text, ".S", &ret->suppress);
	for (size_t n = 0; text < end && n < sizeof(ret->sources) - 1; text++)
		if (*text != ' ')
			ret->sources[n++] = *text;
	return found;
}

/* "Q(G,1,2)S", appended to what is there. */
static inline void script_query(char *text, size_t size, const char *sources, bool suppress)
{
	size_t len = strlen(text);

	len += (size_t)snprintf(text + len, size - len, "%sQ(G", len ? " " : "");
	for (; *sources && len < size; sources++)
		len += (size_t)snprintf(text + len, size - len, ",%c", *sources);
	if (len < size)
		snprintf(text + len, size - len, ")%s", suppress ? "S" : "");
}

#endif
