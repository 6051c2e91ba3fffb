// SPDX-License-Identifier: GPL-2.0-or-later
/* The rows of commands from the file that table_file.c writes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"
#include "table_private.h"

/* The lines of the file, and which of them are rows. */
struct lines {
	char *all, **text;
	size_t *rows;
	size_t n, n_rows;
	bool edited; /* what they come to is not what the file says line by line */
};

static void add_line(struct lines *l, char *text)
{
	static const char row[] = "murt_entry";

	l->text = xgrow(l->text, l->n, sizeof(*l->text));
	if (!strncmp(text, row, strlen(row))) {
		l->rows = xgrow(l->rows, l->n_rows, sizeof(*l->rows));
		l->rows[l->n_rows++] = l->n;
	}
	l->text[l->n++] = text;
}

/* Does the line tell what became of a row? Then it is nothing itself, and the row is that. */
static bool edit_row(struct lines *l, const char *text)
{
	bool gone = !strncmp(text, "delete ", 7);
	char *end;
	size_t row;

	if (!gone && strncmp(text, "change ", 7) != 0)
		return false;
	row = strtoul(text + 7, &end, 10);
	if (row - 1 >= l->n_rows || *end != (gone ? '\0' : ' '))
		return false;
	l->text[l->rows[row - 1]] = gone ? end : end + 1;
	l->edited = true;
	return true;
}

/* A request whose writing a crash or a full disk cut short is left out, all of it. */
static bool cut_request(char *text)
{
	char *begin = NULL;

	while ((text = strstr(text, "\n" TABLE_BEGIN)))
		begin = ++text;
	if (!begin || strstr(begin, "\n" TABLE_END))
		return false;
	*begin = '\0';
	return true;
}

/* A line is left out, too: half a number would be another one. */
static void read_lines(struct lines *l, const char *path, FILE *file)
{
	char *text, *end;
	size_t size;

	fseeko(file, 0, SEEK_END);
	size = (size_t)ftello(file);
	rewind(file);
	l->all = xcalloc(size + 1, 1);
	l->all[fread(l->all, 1, size, file)] = '\0';
	rewind(file);
	if (cut_request(l->all)) {
		log_warning("%s: the last request is not whole and is left out", path);
		l->edited = true;
	}
	for (text = l->all; (end = strchr(text, '\n')); text = end + 1) {
		*end = '\0';
		add_line(l, edit_row(l, text) ? "" : text);
	}
	if (*text) {
		log_warning("%s: the last line is not whole and is left out", path);
		l->edited = true;
	}
}

static void free_lines(struct lines *l)
{
	free(l->all);
	free(l->text);
	free(l->rows);
}

static void warn(void *ctx, bool error, const char *text)
{
	(void)ctx;
	(void)error;
	log_warning("%s; the row is left out", text);
}

/* Each row as it was in the end, on the line where it was first: problems name that. */
static size_t read_edited(const struct agent *agent, const struct lines *l,
			  struct config_row **rows)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0, n = 0;
	FILE *file = open_memstream(&text, &size);

	for (size_t i = 0; i < l->n; i++)
		fprintf(file, "%s\n", l->text[i]);
	fclose(file);
	file = fmemopen(text, size, "r");
	config_read_rows(agent->config, file, agent->table->path, warn, NULL, rows, &n);
	fclose(file);
	return n;
}

static size_t read_rows(const struct agent *agent, const struct lines *l, FILE *file,
			struct config_row **rows)
{
	size_t n;

	if (l->edited)
		return read_edited(agent, l, rows);
	config_read_rows(agent->config, file, agent->table->path, warn, NULL, rows, &n);
	return n;
}

static void load(struct agent *agent, FILE *file)
{
	_cleanup_free_ struct config_row *rows = NULL;
	struct table *table = agent->table;
	struct lines lines = {0};
	char error[TABLE_ERROR];
	uint32_t id;
	size_t n;

	read_lines(&lines, table->path, file);
	n = read_rows(agent, &lines, file, &rows);
	for (size_t i = 0; i < n; i++) {
		rows[i].row.origin = MURT_FROM_CTL;
		if (table_add(agent, &rows[i].row, &id, error))
			log_warning("%s:%d: %s; the row is left out", table->path, rows[i].line,
				    error);
	}
	fseeko(file, 0, SEEK_END);
	table->size = ftello(file);
	table->written = !lines.edited && table->n_ids == lines.n_rows;
	free_lines(&lines);
}

void table_load(struct agent *agent)
{
	const char *path = agent->table->path;
	FILE *file = path ? table_open_rows(path) : NULL;

	if (file) {
		load(agent, file);
		fclose(file);
	} else if (path && errno != ENOENT) {
		log_warning("%s: %s: rows of commands are not restored", path,
			    open_strerror(-errno));
	}
}
