// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON for people: aligned columns, "-" for what is empty. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mupictl.h"

static const json_t *get_path(const json_t *object, const char *key)
{
	const char *dot = strchr(key, '.');
	char first[32];

	if (!dot)
		return json_object_get(object, key);
	snprintf(first, sizeof(first), "%.*s", (int)(dot - key), key);
	return json_object_get(json_object_get(object, first), dot + 1);
}

/* Rows of cells, with the width of each column. */
struct table {
	const struct column *columns;
	size_t n;
	size_t n_rows;
	char **cells;
	size_t *width;
	size_t *word; /* of each column, the longest that no line may break */
};

/* Up to where a line must not break: behind a comma or a blank it may. In bytes. */
static size_t word_length(const char *text)
{
	size_t n = strcspn(text, ", ");

	return n + (text[n] != '\0');
}

static size_t longest_word(const char *text)
{
	size_t longest = 0;

	for (size_t n; *text; text += n) {
		size_t width = text_width(text, n = word_length(text));

		longest = width > longest ? width : longest;
	}
	return longest;
}

static char *si_text(double value)
{
	static const char units[] = " kMGT";
	size_t i = 0;
	char text[32];

	while (value >= 1000 && units[i + 1]) {
		value /= 1000;
		i++;
	}
	snprintf(text, sizeof(text), "%.*f%.*s", i > 0, value, i > 0, units + i);
	return strdup(text);
}

static char *column_text(const struct column *column, const json_t *value)
{
	return column->cell == SI && json_is_number(value) ? si_text(json_number_value(value))
							   : cell_text(value);
}

static void add_row(struct table *t, const json_t *row, const json_t *around)
{
	t->cells = reallocarray(t->cells, (t->n_rows + 1) * t->n, sizeof(*t->cells));
	for (size_t i = 0; i < t->n; i++) {
		const json_t *v = get_path(row, t->columns[i].key);
		size_t width;
		char *text;

		text = column_text(&t->columns[i], v ? v : get_path(around, t->columns[i].key));
		t->cells[t->n_rows * t->n + i] = text;
		width = text_width(text, strlen(text));
		if (width > t->width[i])
			t->width[i] = width;
		if (longest_word(text) > t->word[i])
			t->word[i] = longest_word(text);
	}
	t->n_rows++;
}

static void add_rows(struct table *t, const json_t *array, const char *nested)
{
	size_t i, j;
	json_t *row, *inner;

	json_array_foreach (array, i, row) {
		const json_t *rows = nested ? json_object_get(row, nested) : NULL;

		if (!json_array_size(rows))
			add_row(t, row, NULL);
		json_array_foreach (rows, j, inner)
			add_row(t, inner, row);
	}
}

/*
 * Take from the widest columns until the table fits. Titles and words stay whole, so that an
 * address is never cut: better a line that is too long.
 */
static void shrink(struct table *t, size_t limit)
{
	size_t total = 2 * (t->n - 1);

	for (size_t i = 0; i < t->n; i++)
		total += t->width[i];
	for (; limit && total > limit; total--) {
		size_t widest = t->n;

		for (size_t i = 0; i < t->n; i++)
			if (t->width[i] > t->word[i] &&
			    (widest == t->n || t->width[i] > t->width[widest]))
				widest = i;
		if (widest == t->n)
			return;
		t->width[widest]--;
	}
}

static bool is_right(const struct column *column)
{
	return column->cell == NUMBER || column->cell == SI;
}

/* How many bytes of the text go on a line: as many words as fit. */
static size_t line_length(const char *text, size_t width)
{
	size_t n = 0, used = 0;

	while (text[n]) {
		size_t len = word_length(text + n);

		used += text_width(text + n, len);
		if (used > width)
			break;
		n += len;
	}
	return n;
}

/* Print what fits of each cell, and move the cells on. Returns whether anything is left. */
static bool print_line(FILE *out, const struct table *t, const char **cells)
{
	bool more = false;
	int gap = 0; /* blanks before the next text: a line does not end in blanks */

	for (size_t i = 0; i < t->n; i++) {
		int taken = (int)line_length(cells[i], t->width[i]);
		int len = taken && cells[i][taken - 1] == ' ' ? taken - 1 : taken;
		int pad = (int)(t->width[i] - text_width(cells[i], (size_t)len));

		gap += is_right(&t->columns[i]) ? pad : 0;
		if (len) {
			fprintf(out, "%*s%.*s", gap, "", len, cells[i]);
			gap = 0;
		}
		gap += 2 + (is_right(&t->columns[i]) ? 0 : pad);
		cells[i] += taken;
		more |= *cells[i] != '\0';
	}
	fputc('\n', out);
	return more;
}

static void print_rows(FILE *out, const struct table *t)
{
	const char **cells = calloc(t->n, sizeof(*cells));

	for (size_t i = 0; i < t->n; i++)
		cells[i] = t->columns[i].title;
	print_line(out, t, cells);
	for (size_t row = 0; row < t->n_rows; row++) {
		for (size_t i = 0; i < t->n; i++)
			cells[i] = t->cells[row * t->n + i];
		while (print_line(out, t, cells))
			;
	}
	free(cells);
}

static bool any_has(const json_t *array, const char *key)
{
	json_t *row;
	size_t i;

	json_array_foreach (array, i, row)
		if (json_object_get(row, key))
			return true;
	return false;
}

void print_table(const struct output *out, const json_t *array, const char *nested,
		 const struct column *columns, size_t n)
{
	struct column *shown = calloc(n, sizeof(*shown));
	struct table t = {.columns = shown,
			  .width = calloc(n, sizeof(size_t)),
			  .word = calloc(n, sizeof(size_t))};

	for (size_t i = 0; i < n; i++)
		if (columns[i].cell != MAYBE || any_has(array, columns[i].key))
			shown[t.n++] = columns[i];
	for (size_t i = 0; i < t.n; i++)
		t.width[i] = t.word[i] = strlen(shown[i].title);
	add_rows(&t, array, nested);
	shrink(&t, out->width);
	print_rows(out->file, &t);
	for (size_t i = 0; i < t.n_rows * t.n; i++)
		free(t.cells[i]);
	free(t.cells);
	free(t.width);
	free(t.word);
	free(shown);
}

static void collect_pairs(const json_t *object, const char *prefix, json_t *pairs)
{
	const char *key;
	json_t *v;

	json_object_foreach ((json_t *)object, key, v) {
		char name[128];

		snprintf(name, sizeof(name), "%s%s%s", prefix, *prefix ? "." : "", key);
		if (json_object_size(v))
			collect_pairs(v, name, pairs);
		else
			json_object_set(pairs, name, v);
	}
}

void print_pairs(const struct output *out, const json_t *object)
{
	json_t *pairs = json_object(), *v;
	size_t width = 0;
	const char *key;

	collect_pairs(object, "", pairs);
	json_object_foreach (pairs, key, v)
		width = strlen(key) > width ? strlen(key) : width;
	json_object_foreach (pairs, key, v) {
		char *text = cell_text(v);

		fprintf(out->file, "%-*s  %s\n", (int)width, key, text);
		free(text);
	}
	json_decref(pairs);
}
