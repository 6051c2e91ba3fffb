/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "commands/monitor.h"
#include "lib/log.h"
#include "proxy/proxy.h"
#include "table.h"

static void set_slot(const struct agent *agent, struct murt_row *row)
{
	row->slot = (unsigned int)agent->ports[agent_port_index(agent, row->upstream)].slot;
}

const struct murt_row *table_find(const struct agent *agent, uint32_t id)
{
	const struct murt_row *row = id ? murt_next(agent->murt, id - 1) : NULL;

	return row && row->id == id ? row : NULL;
}

/* ---- rows that commands made, on disk ---- */

static void write_rows(const struct agent *agent, FILE *file)
{
	const struct murt_row *row;
	char line[ROW_STRLEN];

	fputs("# Rows that mupictl made; written by mupi-agent.\n", file);
	for (row = murt_next(agent->murt, 0); row; row = murt_next(agent->murt, row->id)) {
		if (row->origin != MURT_FROM_CTL)
			continue;
		config_format_row(row, line);
		fprintf(file, "%s\n", line);
	}
}

/* A new file in the place of the old one, so that neither a crash nor a full disk leaves half. */
static int save(const struct agent *agent)
{
	_cleanup_free_ char *new = NULL;
	FILE *file;
	int r;

	if (asprintf(&new, "%s.new", agent->rows_path) < 0)
		return -ENOMEM;
	file = fopen(new, "we");
	if (!file)
		return -errno;
	write_rows(agent, file);
	r = ferror(file) || fflush(file) || fsync(fileno(file)) ? -errno : 0;
	if (fclose(file) && !r)
		r = -errno;
	if (!r && rename(new, agent->rows_path))
		r = -errno;
	if (r)
		unlink(new);
	return r;
}

static void load_line(struct agent *agent, char *line, unsigned int number)
{
	const char *key = "murt_entry = ";
	char error[TABLE_ERROR];
	struct murt_row row;
	uint32_t id;

	line[strcspn(line, "\n")] = 0;
	if (!*line || *line == '#')
		return;
	if (strncmp(line, key, strlen(key)))
		snprintf(error, sizeof(error), "\"%.60s\" is no murt_entry", line);
	else if (!table_parse(agent, line + strlen(key), &row, error) &&
		 !table_add(agent, &row, &id, error))
		return;
	log_warning("%s:%u: %s; the row is left out", agent->rows_path, number, error);
}

static void load(struct agent *agent)
{
	_cleanup_free_ char *line = NULL;
	FILE *file = fopen(agent->rows_path, "re");
	unsigned int number = 0;
	size_t size = 0;

	if (!file) {
		if (errno != ENOENT)
			log_warning("%s: %s: rows of commands are not restored", agent->rows_path,
				    strerror(errno));
		return;
	}
	while (getline(&line, &size, file) >= 0)
		load_line(agent, line, ++number);
	fclose(file);
}

/* ---- the configuration's rows ---- */

static void use_settings(struct agent *agent, const struct config *config)
{
	uint32_t standby = config->default_upstream_number;

	murt_set_selection(agent->murt, config->selection);
	murt_set_balance(agent->murt, config->balance);
	murt_set_default(agent->murt,
			 standby ? agent->ports[agent_port_index(agent, standby)].slot : -1);
}

/* Adds the row, or takes the equal one over as the file's. Returns its id. */
static uint32_t take_row(struct agent *agent, const struct config_row *from)
{
	struct murt_row row = from->row;
	uint32_t id;

	set_slot(agent, &row);
	if (murt_add(agent->murt, &row, &id) == -EEXIST) {
		row.id = id;
		murt_change(agent->murt, &row);
	}
	return id;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void table_reload(struct agent *agent, const struct config *config)
{
	_cleanup_free_ uint32_t *ids = xcalloc(config->n_rows + 1, sizeof(*ids));
	const struct murt_row *row;
	uint32_t id = 0;

	murt_begin(agent->murt);
	for (size_t i = 0; i < config->n_rows; i++)
		ids[i] = take_row(agent, &config->rows[i]);
	qsort(ids, config->n_rows, sizeof(*ids), compare_ids);
	while ((row = murt_next(agent->murt, id))) {
		id = row->id;
		if (row->origin == MURT_FROM_FILE &&
		    !bsearch(&id, ids, config->n_rows, sizeof(*ids), compare_ids))
			murt_del(agent->murt, id);
	}
	use_settings(agent, config);
	murt_end(agent->murt);
	table_changed(agent, "reload", 0);
}

void table_open(struct agent *agent, const char *socket)
{
	agent->murt = murt_new();
	murt_set_seed(agent->murt, agent_now());
	if (asprintf(&agent->rows_path, "%s.rows", socket) < 0)
		agent->rows_path = NULL;
	murt_begin(agent->murt);
	for (size_t i = 0; i < agent->config->n_rows; i++)
		take_row(agent, &agent->config->rows[i]);
	use_settings(agent, agent->config);
	murt_end(agent->murt);
}

void table_restore(struct agent *agent)
{
	if (agent->rows_path)
		load(agent);
	proxy_set_murt(agent->proxy, agent->murt, agent_now());
}

void table_close(struct agent *agent)
{
	murt_free(agent->murt);
	free(agent->rows_path);
}

/* ---- changes by commands ---- */

int table_parse(struct agent *agent, const char *text, struct murt_row *ret,
		char error[static TABLE_ERROR])
{
	const struct agent_port *upstream, *downstream;
	int r = config_parse_row(agent->config, text, ret, error);

	if (r)
		return r;
	ret->origin = MURT_FROM_CTL;
	upstream = &agent->ports[agent_port_index(agent, ret->upstream)];
	if (upstream->slot < 0 && agent_upstream_possible(agent, upstream, error, TABLE_ERROR))
		return -EINVAL;
	if (!ret->downstream)
		return 0;
	downstream = &agent->ports[agent_port_index(agent, ret->downstream)];
	if (downstream->slot < 0 && downstream != upstream)
		return 0;
	snprintf(error, TABLE_ERROR, "downstream %u is an upstream port", ret->downstream);
	return -EINVAL;
}

static int twin(uint32_t id, char error[static TABLE_ERROR])
{
	snprintf(error, TABLE_ERROR, "row %u is the same already", id);
	return -EEXIST;
}

static int missing(uint32_t id, char error[static TABLE_ERROR])
{
	snprintf(error, TABLE_ERROR, "there is no row %u, see 'mupictl murt list'", id);
	return -ENOENT;
}

int table_add(struct agent *agent, struct murt_row *row, uint32_t *id,
	      char error[static TABLE_ERROR])
{
	int r;

	agent_make_upstream(agent, row->upstream);
	set_slot(agent, row);
	r = murt_add(agent->murt, row, id);
	return r == -EEXIST ? twin(*id, error) : r;
}

int table_change(struct agent *agent, struct murt_row *row, char error[static TABLE_ERROR])
{
	uint32_t other = 0;
	int r;

	agent_make_upstream(agent, row->upstream);
	set_slot(agent, row);
	r = murt_change(agent->murt, row);
	if (r == -ENOENT)
		return missing(row->id, error);
	if (r == -EEXIST && murt_add(agent->murt, row, &other) == -EEXIST)
		return twin(other, error);
	return r;
}

int table_del(struct agent *agent, uint32_t id, char error[static TABLE_ERROR])
{
	return murt_del(agent->murt, id) ? missing(id, error) : 0;
}

void table_changed(struct agent *agent, const char *change, uint32_t id)
{
	int r;

	monitor_table(agent, change, id);
	proxy_set_murt(agent->proxy, agent->murt, agent_now());
	agent_settle(agent);
	r = agent->rows_path ? save(agent) : -ENOMEM;
	if (r)
		log_error("%s: %s: rows of commands will not survive a restart", agent->rows_path,
			  strerror(-r));
}
