// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration's rows in the table; its beginning and end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "table_private.h"

static void use_settings(struct agent *agent)
{
	const struct config *config = agent->config;
	uint32_t standby = config->default_upstream_number;

	murt_set_selection(agent->murt, config->selection);
	murt_set_balance(agent->murt, config->balance);
	murt_set_default(agent->murt,
			 standby ? agent->ports[agent_port_index(agent, standby)].slot : -1);
}

/* The equal row with this id becomes the file's, and as the file wants it. */
static void take_over(struct agent *agent, struct murt_row *row, uint32_t id)
{
	const struct murt_row *old = table_find(agent, id);
	bool same = old->enabled == row->enabled && old->balance == row->balance;

	if (same && old->origin == row->origin)
		return;
	if (same) {
		table_edited(agent->table, id);
	} else {
		table_note_old(agent->table, old);
		table_note(agent->table, row);
	}
	row->id = id;
	murt_change(agent->murt, row, &id);
}

/* They are in the table now, and as many bytes as there. */
static void forget_rows(struct config *config)
{
	free(config->rows);
	config->rows = NULL;
	config->n_rows = 0;
}

/* Adds the row, or takes the equal one over. Returns its id. */
static uint32_t take_row(struct agent *agent, const struct config_row *from)
{
	struct murt_row row = from->row;
	uint32_t id;

	row.slot = (unsigned int)agent->ports[agent_port_index(agent, row.upstream)].slot;
	if (murt_add(agent->murt, &row, &id) == -EEXIST) {
		take_over(agent, &row, id);
		return id;
	}
	table_note(agent->table, &row);
	table_entered(agent);
	return id;
}

const uint32_t *table_id_find(const uint32_t *ids, size_t n, uint32_t id)
{
	return bsearch(&id, ids, n, sizeof(*ids), compare_u32);
}

/* Rows of the file that it does not have any more. */
static void drop_rows(struct agent *agent, const uint32_t *ids, size_t n)
{
	const struct murt_row *row;
	uint32_t id = 0;

	while ((row = murt_next(agent->murt, id))) {
		id = row->id;
		if (row->origin != MURT_FROM_FILE || table_id_find(ids, n, id))
			continue;
		table_note(agent->table, row);
		murt_del(agent->murt, id);
		table_entered(agent);
	}
}

/* Apart from rows, does the configuration serve everybody as the old one did? */
static bool serves_alike(const struct config *config, const struct config *old)
{
	return config->selection == old->selection && config->balance == old->balance &&
	       config->default_upstream_number == old->default_upstream_number &&
	       config->relay == old->relay && config_same_acl(config, old);
}

void table_reload(struct agent *agent, const struct config *old)
{
	struct config *config = agent->config;
	_cleanup_free_ uint32_t *ids = xcalloc(config->n_rows + 1, sizeof(*ids));

	for (size_t i = 0; i < config->n_rows; i++)
		ids[i] = take_row(agent, &config->rows[i]);
	qsort(ids, config->n_rows, sizeof(*ids), compare_u32);
	drop_rows(agent, ids, config->n_rows);
	forget_rows(config);
	use_settings(agent);
	agent->table->all = agent->table->all || !serves_alike(config, old);
	table_changed(agent, "reload", 0);
}

/* ---- life --------------------------------------------------------------------------------- */

void table_open(struct agent *agent, const char *socket)
{
	agent->table = xcalloc(1, sizeof(*agent->table));
	if (asprintf(&agent->table->path, "%s.rows", socket) < 0)
		agent->table->path = NULL;
	agent->murt = murt_new();
	murt_set_seed(agent->murt, agent_now());
	for (size_t i = 0; i < agent->config->n_rows; i++)
		take_row(agent, &agent->config->rows[i]);
	forget_rows(agent->config);
	use_settings(agent);
	table_end(agent);
}

void table_restore(struct agent *agent)
{
	struct table *table = agent->table;

	table_load(agent);
	for (unsigned int i = 0; i < table->n_makes; i++)
		agent_make_upstream(agent, agent->ports[table->makes[i]].number);
	table_end(agent);
	proxy_set_murt(agent->proxy, agent->murt, agent_now());
}

void table_close(struct agent *agent)
{
	if (table_unsaved(agent))
		table_save(agent);
	murt_free(agent->murt);
	free(agent->table->path);
	free(agent->table->ids);
	free(agent->table);
}
