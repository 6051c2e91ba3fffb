/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live table: what the file says and what commands changed. Rows that came from commands are
 * kept beside the socket, in the file's own format, and survive reload and restart.
 *
 * A request makes its changes and then calls table_changed() once, whatever the number of rows, or
 * table_undo(). Before, nobody sees them and no port has another role.
 */
#ifndef MUPI_TABLE_H
#define MUPI_TABLE_H

#include "agent.h"

#define TABLE_ERROR 320
/* What is told when murt_add() has no id. */
#define NO_IDS	    "all ids of rows were used, restart the agent"

/* The rows of the configuration; and, once the ports are known, those that commands left behind. */
void table_open(struct agent *agent, const char *socket);
void table_restore(struct agent *agent);
void table_close(struct agent *agent);
/* Rows of agent->config take the place of those of the file before; equal rows stay as they are. */
void table_reload(struct agent *agent, const struct config *old);

/* The row of a command that `text`, the value of a murt_entry, describes, ready to be added. 0, or
 * -EINVAL with what is wrong in `error`. */
int table_parse(struct agent *agent, const char *text, struct murt_row *ret,
		char error[static TABLE_ERROR]);
/*
 * Add a row; give the one with row->id new contents; delete one. 0, or a negative errno with what
 * is wrong in `error`: -EINVAL: a port cannot have the role that the row asks for; -EEXIST: an
 * equal row is there, its id in *id; -ENOSPC: all ids were used; -ENOENT: no such row.
 */
int table_add(struct agent *agent, struct murt_row *row, uint32_t *id,
	      char error[static TABLE_ERROR]);
int table_change(struct agent *agent, struct murt_row *row, char error[static TABLE_ERROR]);
int table_del(struct agent *agent, uint32_t id, char error[static TABLE_ERROR]);
/* Delete all rows. */
void table_flush(struct agent *agent);
/* NULL: no such row. Valid until the next change. */
const struct murt_row *table_find(const struct agent *agent, uint32_t id);
/* After the changes of a request: ports take their roles, it is told (see commands/monitor.h), whom
 * it may concern moves, rows of commands are written. */
void table_changed(struct agent *agent, const char *change, uint32_t id);
/* Why rows of commands are not all written, one line; NULL: they are. */
const char *table_unsaved(const struct agent *agent);
/* A request that only adds takes all of it back. */
void table_undo(struct agent *agent);

#endif
