// SPDX-License-Identifier: GPL-2.0-or-later
/* A JSON value in the words of a table. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "mupictl.h"

/* Moves on behind the character; JSON is UTF-8. */
static wchar_t next_char(const char **text)
{
	const unsigned char *byte = (const unsigned char *)(*text)++;
	wchar_t c = *byte;

	if (c >= 0xc0)
		c &= c >= 0xf0 ? 0x07 : c >= 0xe0 ? 0x0f : 0x1f;
	while ((*++byte & 0xc0) == 0x80) {
		c = c << 6 | (*byte & 0x3f);
		(*text)++;
	}
	return c;
}

size_t text_width(const char *text, size_t n)
{
	const char *end = text + n;
	size_t width = 0;

	while (text < end) {
		int columns = wcwidth(next_char(&text));

		width += columns < 0 ? 1 : (size_t)columns;
	}
	return width;
}

static char *list_text(const json_t *array)
{
	char *text = NULL;
	size_t len, i;
	json_t *v;
	FILE *out = open_memstream(&text, &len);

	json_array_foreach (array, i, v) {
		char *item = cell_text(v);

		fprintf(out, "%s%s", i ? "," : "", item);
		free(item);
	}
	fclose(out);
	return text;
}

/* Names come from outside: what would steer the terminal is shown as "?". */
static char *tame(char *text)
{
	for (char *c = text; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = '?';
	return text;
}

/* A decimal at least, three where they tell something: 125.0, 31.25, 0.001. */
static char *real_text(double value)
{
	char text[32];
	size_t n = (size_t)snprintf(text, sizeof(text), "%.3f", value);

	while (n > 2 && text[n - 1] == '0' && text[n - 2] != '.')
		text[--n] = '\0';
	return strdup(text);
}

char *cell_text(const json_t *value)
{
	char number[32];

	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_STRING:
		return tame(strdup(*json_string_value(value) ? json_string_value(value) : "-"));
	case JSON_INTEGER:
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
		return strdup(number);
	case JSON_REAL:
		return real_text(json_real_value(value));
	case JSON_TRUE:
		return strdup("yes");
	case JSON_FALSE:
		return strdup("no");
	case JSON_ARRAY:
		return json_array_size(value) ? list_text(value) : strdup("-");
	case JSON_OBJECT:
		return json_object_size(value) ? json_dumps(value, JSON_COMPACT) : strdup("-");
	default:
		return strdup("-");
	}
}
