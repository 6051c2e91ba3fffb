/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the table keeps beside its rows. */
#ifndef MUPI_TABLE_PRIVATE_H
#define MUPI_TABLE_PRIVATE_H

#include "table.h"

/* More changed rows than that, and everybody is resolved again. */
#define MAX_CHANGED 256

struct table {
	/* Rows of commands by id, in order; some of them may be gone or the file's by now. */
	uint32_t *ids;
	size_t n_ids, n_before;	   /* before the request under way */
	char *path;		   /* where they are kept; NULL: nowhere */
	char unsaved[TABLE_ERROR]; /* why not all are there, as the disk was full for instance */
	bool written;		   /* all that were there before are, in this order */
	off_t size;		   /* of the file, if so */
	size_t garbage;		   /* lines of it that a new one would not have */

	/* Of the request under way */
	uint32_t edited[MAX_CHANGED]; /* rows of commands that it changes or deletes, by id */
	unsigned int n_edited;
	bool rewrite;			      /* or more of them than that */
	bool all;			      /* it concerns everybody */
	struct murt_row changed[MAX_CHANGED]; /* what rows said before, and say now */
	unsigned int n_changed;
	size_t n_entered;			/* rows that were entered or taken out */
	bool loading;				/* so many of them that all are entered together */
	unsigned int makes[MURT_MAX_UPSTREAMS]; /* ports that become upstreams, by index */
	unsigned int n_makes;
};

/* Somebody may have been served by this row, or will be. */
void table_note(struct table *table, const struct murt_row *row);
/* The same of a row that the request changes or deletes. */
void table_note_old(struct table *table, const struct murt_row *row);
/* What is kept of the row of a command is no longer what it is. */
void table_edited(struct table *table, uint32_t id);
/* A row was added to the table or deleted. */
void table_entered(struct agent *agent);
void table_end(struct agent *agent); /* of a request */

/* table_config.c: where an id is in an array in order, or NULL. */
const uint32_t *table_id_find(const uint32_t *ids, size_t n, uint32_t id);

/* Around the lines of a request in the file, comments to who reads rows. */
#define TABLE_BEGIN "# begin\n"
#define TABLE_END   "# end\n"

/* table_file.c: write what the request concerns of the rows of commands. */
void table_save(struct agent *agent);
/* The file, or NULL with errno. Its directory may be one that others write to. */
FILE *table_open_rows(const char *path);
/* table_load.c: add the rows that were written. */
void table_load(struct agent *agent);

#endif
