// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of the table, changed by requests: what each touches, and what it asks of ports. */
#include <errno.h>
#include <stdio.h>

#include "commands/monitor.h"
#include "table_private.h"

const struct murt_row *table_find(const struct agent *agent, uint32_t id)
{
	const struct murt_row *row = id ? murt_next(agent->murt, id - 1) : NULL;

	return row && row->id == id ? row : NULL;
}

/* ---- what a request changes --------------------------------------------------------------- */

void table_note(struct table *table, const struct murt_row *row)
{
	if (!row->enabled)
		return;
	if (table->n_changed == MAX_CHANGED)
		table->all = true;
	else
		table->changed[table->n_changed++] = *row;
}

void table_edited(struct table *table, uint32_t id)
{
	if (table->n_edited == MAX_CHANGED)
		table->rewrite = true;
	else
		table->edited[table->n_edited++] = id;
}

void table_note_old(struct table *table, const struct murt_row *row)
{
	if (row->origin == MURT_FROM_CTL)
		table_edited(table, row->id);
	table_note(table, row);
}

static void enter_together(struct agent *agent)
{
	if (!agent->table->loading)
		murt_begin(agent->murt);
	agent->table->loading = true;
}

/* One by one is dearer than all rows together once it is about a quarter of them. */
void table_entered(struct agent *agent)
{
	if (++agent->table->n_entered > 64 + murt_count(agent->murt) / 4)
		enter_together(agent);
}

void table_end(struct agent *agent)
{
	struct table *table = agent->table;

	if (table->loading)
		murt_end(agent->murt);
	table->loading = table->all = table->rewrite = false;
	table->n_changed = table->n_edited = table->n_makes = 0;
	table->n_entered = 0;
	table->n_before = table->n_ids;
}

/* Those that it concerns. */
static void resolve(struct agent *agent)
{
	const struct table *table = agent->table;

	if (table->all)
		proxy_set_murt(agent->proxy, agent->murt, agent_now());
	else if (table->n_changed)
		proxy_rows_changed(agent->proxy, table->changed, table->n_changed, agent_now());
	agent_settle(agent);
}

void table_changed(struct agent *agent, const char *change, uint32_t id)
{
	struct table *table = agent->table;

	if (table->loading)
		murt_end(agent->murt);
	table->loading = false;
	for (unsigned int i = 0; i < table->n_makes; i++)
		agent_make_upstream(agent, agent->ports[table->makes[i]].number);
	monitor_table(agent, change, id);
	resolve(agent);
	if (table->n_ids > table->n_before || table->n_edited)
		table_save(agent);
	table_end(agent);
}

void table_undo(struct agent *agent)
{
	struct table *table = agent->table;

	while (table->n_ids > table->n_before)
		murt_del(agent->murt, table->ids[--table->n_ids]);
	table_end(agent);
}

/* ---- roles that rows ask for -------------------------------------------------------------- */

/* The slot that a port has or is to get; -1: it is downstream. */
static int slot_of(const struct agent *agent, unsigned int index)
{
	const struct table *table = agent->table;

	for (unsigned int i = 0; i < table->n_makes; i++)
		if (table->makes[i] == index)
			return (int)(agent->n_upstreams + i);
	return agent->ports[index].slot;
}

/* Is the port the downstream of another row than `row`? */
static bool is_downstream(const struct agent *agent, uint32_t number, const struct murt_row *row)
{
	const struct murt_row *other;

	if (row->downstream == number)
		return true;
	for (other = murt_next(agent->murt, 0); other; other = murt_next(agent->murt, other->id))
		if (other->downstream == number && other->id != row->id)
			return true;
	return false;
}

static int become_upstream(struct agent *agent, unsigned int index, const struct murt_row *row,
			   char error[static TABLE_ERROR])
{
	const struct config_port *declared = &agent->config->ports[index];
	struct table *table = agent->table;

	if (config_declares_downstream(declared)) {
		snprintf(error, TABLE_ERROR,
			 "port %u is declared downstream (%.100s:%d), expected an upstream port",
			 declared->number, agent->config->path, declared->role_line);
		return -EINVAL;
	}
	if (agent_upstream_possible(agent, &agent->ports[index], table->n_makes, error,
				    TABLE_ERROR))
		return -EINVAL;
	if (is_downstream(agent, row->upstream, row)) {
		snprintf(error, TABLE_ERROR,
			 "port %u is the downstream of a row, so it cannot become an upstream",
			 row->upstream);
		return -EINVAL;
	}
	table->makes[table->n_makes++] = index;
	return 0;
}

/* Sets row->slot. The roles are taken with table_changed(). */
static int ask_roles(struct agent *agent, struct murt_row *row, char error[static TABLE_ERROR])
{
	unsigned int index = agent_port_index(agent, row->upstream);

	if (slot_of(agent, index) < 0 && become_upstream(agent, index, row, error))
		return -EINVAL;
	row->slot = (unsigned int)slot_of(agent, index);
	if (!row->downstream || slot_of(agent, agent_port_index(agent, row->downstream)) < 0)
		return 0;
	snprintf(error, TABLE_ERROR, "downstream %u is an upstream port", row->downstream);
	return -EINVAL;
}

/* ---- changes by commands ------------------------------------------------------------------ */

int table_parse(struct agent *agent, const char *text, struct murt_row *ret,
		char error[static TABLE_ERROR])
{
	int r = config_parse_row(agent->config, text, ret, error);

	if (!r)
		ret->origin = MURT_FROM_CTL;
	return r;
}

static int missing(uint32_t id, char error[static TABLE_ERROR])
{
	snprintf(error, TABLE_ERROR, "there is no row %u, see 'mupictl murt list'", id);
	return -ENOENT;
}

/* Of a row that is not taken; its port keeps its role. */
static int refused(struct agent *agent, int r, unsigned int n_makes, uint32_t twin,
		   char error[static TABLE_ERROR])
{
	agent->table->n_makes = n_makes;
	if (r == -EEXIST)
		snprintf(error, TABLE_ERROR, "row %u is the same already", twin);
	if (r == -ENOSPC)
		snprintf(error, TABLE_ERROR, NO_IDS);
	return r;
}

int table_add(struct agent *agent, struct murt_row *row, uint32_t *id,
	      char error[static TABLE_ERROR])
{
	struct table *table = agent->table;
	unsigned int n_makes = table->n_makes;
	int r = ask_roles(agent, row, error);

	if (!r)
		r = murt_add(agent->murt, row, id);
	if (r)
		return refused(agent, r, n_makes, *id, error);
	table->ids = xgrow(table->ids, table->n_ids, sizeof(*table->ids));
	table->ids[table->n_ids++] = *id;
	table_note(table, row);
	table_entered(agent);
	return 0;
}

int table_change(struct agent *agent, struct murt_row *row, char error[static TABLE_ERROR])
{
	const struct murt_row *found = table_find(agent, row->id);
	unsigned int n_makes = agent->table->n_makes;
	struct murt_row old;
	uint32_t twin = 0;
	int r;

	if (!found)
		return missing(row->id, error);
	old = *found;
	r = ask_roles(agent, row, error);
	if (!r)
		r = murt_change(agent->murt, row, &twin);
	if (r)
		return refused(agent, r, n_makes, twin, error);
	table_note_old(agent->table, &old);
	table_note(agent->table, row);
	return 0;
}

int table_del(struct agent *agent, uint32_t id, char error[static TABLE_ERROR])
{
	const struct murt_row *row = table_find(agent, id);

	if (!row)
		return missing(id, error);
	table_note_old(agent->table, row);
	murt_del(agent->murt, id);
	return 0;
}

void table_flush(struct agent *agent)
{
	const struct murt_row *row;
	uint32_t id = 0;

	enter_together(agent);
	while ((row = murt_next(agent->murt, id))) {
		id = row->id;
		table_note_old(agent->table, row);
		murt_del(agent->murt, id);
	}
}
