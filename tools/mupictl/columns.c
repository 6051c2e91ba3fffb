// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables with a line for each value and a column for each port: many values, mostly few ports. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mupictl.h"

/* Columns that would not fit go below; without a terminal, behind so many letters. */
#define LINE_WIDTH 100

static size_t column_width(const json_t *column)
{
	size_t width = strlen(json_string_value(json_object_get(column, "title")));
	const char *key;
	json_t *v;

	json_object_foreach (json_object_get(column, "values"), key, v) {
		char *text = cell_text(v);

		width = strlen(text) > width ? strlen(text) : width;
		free(text);
	}
	return width;
}

static size_t name_width(const char *title, const json_t *values)
{
	size_t width = strlen(title);
	const char *key;
	json_t *v;

	json_object_foreach ((json_t *)values, key, v)
		width = strlen(key) > width ? strlen(key) : width;
	return width;
}

/* How many columns from `first` on fit in a line, one at least. */
static size_t fitting(const json_t *columns, size_t first, size_t used, size_t limit)
{
	size_t i = first;

	while (i < json_array_size(columns)) {
		used += 2 + column_width(json_array_get(columns, i));
		if (used > limit && i > first)
			break;
		i++;
	}
	return i - first;
}

/* One line: the titles when `key` is NULL. */
static void print_line(FILE *out, const char *name, size_t width, const char *key,
		       const json_t *columns, size_t first, size_t n)
{
	fprintf(out, "%-*s", (int)width, name);
	for (size_t i = first; i < first + n; i++) {
		json_t *column = json_array_get(columns, i);
		json_t *v = key ? json_object_get(json_object_get(column, "values"), key)
				: json_object_get(column, "title");
		char *text = cell_text(v);

		fprintf(out, "  %*s", (int)column_width(column), text);
		free(text);
	}
	fputc('\n', out);
}

void print_columns(const struct output *out, const char *title, const json_t *columns)
{
	json_t *names = json_object_get(json_array_get(columns, 0), "values"), *v;
	size_t width = name_width(title, names), n;
	size_t limit = out->width ? out->width : LINE_WIDTH;
	const char *key;

	for (size_t first = 0; first < json_array_size(columns); first += n) {
		n = fitting(columns, first, width, limit);
		if (first)
			fputc('\n', out->file);
		print_line(out->file, title, width, NULL, columns, first, n);
		json_object_foreach (names, key, v)
			print_line(out->file, key, width, key, columns, first, n);
	}
}
