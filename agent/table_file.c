// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows that commands made, on disk. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/log.h"
#include "table_private.h"

/* Forgets the ids of rows that are gone. */
static void write_rows(const struct agent *agent, FILE *file)
{
	struct table *table = agent->table;
	size_t kept = 0;

	fputs("# Rows that mupictl made; written by mupi-agent.\n", file);
	for (size_t i = 0; i < table->n_ids; i++) {
		const struct murt_row *row = table_find(agent, table->ids[i]);
		char line[ROW_STRLEN];

		if (!row || row->origin != MURT_FROM_CTL)
			continue;
		table->ids[kept++] = row->id;
		config_format_row(row, line);
		fprintf(file, "%s\n", line);
	}
	table->n_ids = kept;
}

/* A new file in the place of the old one, so that neither a crash nor a full disk leaves half. */
static int save(const struct agent *agent, const char *path)
{
	_cleanup_free_ char *new = NULL;
	FILE *file;
	int r;

	if (asprintf(&new, "%s.new", path) < 0)
		return -ENOMEM;
	file = fopen(new, "we");
	if (!file)
		return -errno;
	write_rows(agent, file);
	r = ferror(file) || fflush(file) || fsync(fileno(file)) ? -errno : 0;
	if (fclose(file) && !r)
		r = -errno;
	if (!r && rename(new, path))
		r = -errno;
	if (r)
		unlink(new);
	return r;
}

void table_save(struct agent *agent)
{
	const char *path = agent->table->path;
	int r = path ? save(agent, path) : -ENOMEM;

	if (r)
		log_error("%s: %s: rows of commands will not survive a restart", path,
			  strerror(-r));
}

static void warn(void *ctx, bool error, const char *text)
{
	(void)ctx;
	(void)error;
	log_warning("%s; the row is left out", text);
}

static void load(struct agent *agent, FILE *file)
{
	_cleanup_free_ struct config_row *rows = NULL;
	const char *path = agent->table->path;
	char error[TABLE_ERROR];
	uint32_t id;
	size_t n;

	config_read_rows(agent->config, file, path, warn, NULL, &rows, &n);
	for (size_t i = 0; i < n; i++) {
		rows[i].row.origin = MURT_FROM_CTL;
		if (table_add(agent, &rows[i].row, &id, error))
			log_warning("%s:%d: %s; the row is left out", path, rows[i].line, error);
	}
}

void table_load(struct agent *agent)
{
	const char *path = agent->table->path;
	FILE *file = path ? fopen(path, "re") : NULL;

	if (file) {
		load(agent, file);
		fclose(file);
	} else if (path && errno != ENOENT) {
		log_warning("%s: %s: rows of commands are not restored", path, strerror(errno));
	}
}
