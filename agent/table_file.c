// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows that commands made, on disk. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/log.h"
#include "table_private.h"

/* Of the rows from ids[from] on. Forgets the ids of those that are gone. */
static void write_rows(const struct agent *agent, size_t from, FILE *file)
{
	struct table *table = agent->table;
	size_t kept = from;

	for (size_t i = from; i < table->n_ids; i++) {
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

/* All of it on disk, or a negative errno. */
static int end_file(FILE *file)
{
	int r = ferror(file) || fflush(file) || fsync(fileno(file)) ? -errno : 0;

	if (fclose(file) && !r)
		r = -errno;
	return r;
}

/* A new file in the place of the old one, so that neither a crash nor a full disk leaves half. */
static int rewrite(const struct agent *agent, const char *path)
{
	_cleanup_free_ char *new = NULL;
	FILE *file;
	int r;

	if (asprintf(&new, "%s.new", path) < 0)
		return -ENOMEM;
	unlink(new);
	file = fopen(new, "wxe");
	if (!file)
		return -errno;
	fputs("# Rows that mupictl made; written by mupi-agent.\n", file);
	write_rows(agent, 0, file);
	r = end_file(file);
	if (!r && rename(new, path))
		r = -errno;
	if (r)
		unlink(new);
	return r;
}

/* The file, or NULL with errno. Its directory may be one that others write to. */
static FILE *open_rows(const char *path)
{
	int fd = open_regular(path, O_RDWR | O_NOFOLLOW);

	errno = fd < 0 ? -fd : 0;
	return fd < 0 ? NULL : fdopen(fd, "r+");
}

/* Added rows come behind the others, whose number does not matter then. */
static int append(const struct agent *agent, const char *path)
{
	FILE *file = open_rows(path);

	if (!file)
		return -errno;
	fseek(file, 0, SEEK_END);
	write_rows(agent, agent->table->n_before, file);
	return end_file(file);
}

void table_save(struct agent *agent)
{
	struct table *table = agent->table;
	int r = -ENOMEM;

	if (table->path && table->written && !table->rewrite)
		r = append(agent, table->path);
	if (table->path && r)
		r = rewrite(agent, table->path);
	table->written = !r;
	if (r)
		log_error("%s: %s: rows of commands will not survive a restart", table->path,
			  open_strerror(r));
}

static void warn(void *ctx, bool error, const char *text)
{
	(void)ctx;
	(void)error;
	log_warning("%s; the row is left out", text);
}

/* A row whose writing a crash cut short: half a number would be another one. */
static void cut_half_line(const char *path, FILE *file)
{
	long end = 0, place = 0;
	int c;

	while ((c = fgetc(file)) != EOF) {
		place++;
		if (c == '\n')
			end = place;
	}
	if (end < place && !ftruncate(fileno(file), end))
		log_warning("%s: the last line is not whole and is left out", path);
	rewind(file);
}

static void load(struct agent *agent, FILE *file)
{
	_cleanup_free_ struct config_row *rows = NULL;
	const char *path = agent->table->path;
	char error[TABLE_ERROR];
	uint32_t id;
	size_t n;

	cut_half_line(path, file);
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
	FILE *file = path ? open_rows(path) : NULL;

	if (file) {
		load(agent, file);
		fclose(file);
	} else if (path && errno != ENOENT) {
		log_warning("%s: %s: rows of commands are not restored", path,
			    open_strerror(-errno));
	}
}
