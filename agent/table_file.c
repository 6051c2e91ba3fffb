// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows that commands made, on disk. Ports are interfaces there, since a number is another one's
 * when an interface is put in front of it. What becomes of a row later is told behind the rows, by
 * the number of its murt_entry line, until a new file is shorter: a million rows need not be
 * written because one has changed. The lines of one request count only all together.
 *
 *	# begin
 *	delete 17
 *	change 17 murt_entry = , , 239.0.0.0/8, , 7, 10
 *	# end
 */
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
		config_format_row(agent->config, row, line);
		fprintf(file, "%s\n", line);
	}
	table->n_ids = kept;
}

/* What became of the rows that the request edited. False: one is not in the file. */
static bool write_edits(const struct agent *agent, FILE *file)
{
	struct table *table = agent->table;

	for (unsigned int i = 0; i < table->n_edited; i++) {
		uint32_t id = table->edited[i];
		const struct murt_row *row = table_find(agent, id);
		bool gone = !row || row->origin != MURT_FROM_CTL;
		const uint32_t *place = table_id_find(table->ids, table->n_before, id);
		char line[ROW_STRLEN];

		if (!place)
			return false;
		fprintf(file, "%s %td", gone ? "delete" : "change", place - table->ids + 1);
		if (!gone) {
			config_format_row(agent->config, row, line);
			fprintf(file, " %s", line);
		}
		fputs("\n", file);
		table->garbage += 1 + gone;
	}
	return true;
}

/* All of it on disk, or a negative errno. */
static int end_file(struct table *table, FILE *file)
{
	int r = ferror(file) || fflush(file) || fsync(fileno(file)) ? -errno : 0;

	table->size = ftello(file);
	if (fclose(file) && !r)
		r = -errno;
	return r;
}

/* For nobody else: the socket tells who may know the table. */
static FILE *create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 ? NULL : fdopen(fd, "w");
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
	file = create(new);
	if (!file)
		return -errno;
	fputs("# Rows that mupictl made; written by mupi-agent.\n", file);
	write_rows(agent, 0, file);
	agent->table->garbage = 0;
	r = end_file(agent->table, file);
	if (!r && rename(new, path))
		r = -errno;
	if (r)
		unlink(new);
	return r;
}

FILE *table_open_rows(const char *path)
{
	int fd = open_own(path, O_RDWR);

	errno = fd < 0 ? -fd : 0;
	return fd < 0 ? NULL : fdopen(fd, "r+");
}

/* What the request adds and edits. A crash may leave one line half or whole, of several lines any
 * number. */
static bool write_request(const struct agent *agent, FILE *file)
{
	const struct table *table = agent->table;
	bool several = table->n_ids - table->n_before + table->n_edited > 1;
	bool whole;

	if (several)
		fputs(TABLE_BEGIN, file);
	write_rows(agent, table->n_before, file);
	whole = write_edits(agent, file);
	if (several)
		fputs(TABLE_END, file);
	return whole;
}

/* Added rows and what became of others. -ESTALE: somebody else has written to the file. */
static int append(const struct agent *agent, const char *path)
{
	struct table *table = agent->table;
	FILE *file = table_open_rows(path);
	int r;

	if (!file)
		return -errno;
	fseeko(file, 0, SEEK_END);
	if (ftello(file) != table->size) {
		fclose(file);
		return -ESTALE;
	}
	r = write_request(agent, file) ? 0 : -ESTALE;
	return end_file(table, file) ?: r;
}

/* A request's edits, unless more than half as many lines as there are rows counted for nothing. */
static bool worth_appending(const struct table *table)
{
	return table->written && !table->rewrite &&
	       table->garbage + 2 * table->n_edited <= table->n_ids / 2;
}

void table_save(struct agent *agent)
{
	struct table *table = agent->table;
	int r = -ENOMEM;

	if (table->path && worth_appending(table))
		r = append(agent, table->path);
	if (table->path && r)
		r = rewrite(agent, table->path);
	table->written = !r;
	*table->unsaved = '\0';
	if (!r)
		return;
	snprintf(table->unsaved, sizeof(table->unsaved),
		 "%s: %s: rows of commands will not survive a restart", table->path,
		 open_strerror(r));
	mask_text(table->unsaved);
	log_error("%s", table->unsaved);
}

const char *table_unsaved(const struct agent *agent)
{
	return *agent->table->unsaved ? agent->table->unsaved : NULL;
}
