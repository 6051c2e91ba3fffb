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
	size_t n_ids, n_before; /* before the request under way */
	char *path;		/* where they are kept; NULL: nowhere */
	bool written;		/* all that were there before are, and nothing else */

	/* Of the request under way */
	bool rewrite;			      /* it changes or deletes rows of commands */
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
/* A row was added to the table or deleted. */
void table_entered(struct agent *agent);
void table_end(struct agent *agent); /* of a request */

/* table_file.c: write the rows of commands that the request concerns; add those that were written.
 */
void table_save(struct agent *agent);
void table_load(struct agent *agent);

#endif
