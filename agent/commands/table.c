/* SPDX-License-Identifier: GPL-2.0-or-later */
/* murt add, set, del, enable, disable, flush, import, export: the table changed while it works. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands/commands.h"
#include "table.h"

/* An argument as a field of a row: "-" and nothing are empty. */
static const char *field(json_t *args, const char *key)
{
	const char *text = json_string_value(json_object_get(args, key));

	return text && strcmp(text, "-") ? text : "";
}

/* A comma would make two fields of one. NULL, or the answer that says so. */
static json_t *refuse_commas(json_t *fields)
{
	const char *key;
	json_t *value;

	json_object_foreach (fields, key, value) {
		const char *text = json_string_value(value);

		if (text && strchr(text, ','))
			return control_error(
				1, "%s '%s' is not accepted, expected one value without comma", key,
				text);
	}
	return NULL;
}

/* The answer once the table has changed. */
static json_t *done(const struct agent *agent, json_t *result)
{
	json_t *answer = control_result(result);

	if (table_unsaved(agent))
		json_object_set_new(answer, "unsaved", json_string(table_unsaved(agent)));
	return answer;
}

json_t *command_murt_add(struct agent *agent, json_t *args)
{
	bool disabled = json_is_true(json_object_get(args, "disabled"));
	_cleanup_free_ char *text = NULL;
	char error[TABLE_ERROR];
	struct murt_row row;
	json_t *wrong = refuse_commas(args);
	uint32_t id;

	if (wrong)
		return wrong;
	if (asprintf(&text, "%s, %s, %s, %s, %s, %s%s", field(args, "client"), field(args, "port"),
		     field(args, "group"), field(args, "source"), field(args, "upstream"),
		     field(args, "priority"), disabled ? ", disabled" : "") < 0)
		return control_error(1, "out of memory");
	if (table_parse(agent, text, &row, error) || table_add(agent, &row, &id, error))
		return control_error(1, "%s", error);
	table_changed(agent, "add", id);
	return done(agent, json_pack("{sI}", "id", (json_int_t)id));
}

/* ---- rows by id ---- */

/* The row of the argument "id". NULL, or the answer that says what is wrong. */
static json_t *arg_row(struct agent *agent, json_t *args, struct murt_row *ret)
{
	const char *text = json_string_value(json_object_get(args, "id"));
	const struct murt_row *row;
	long id;

	if (!text || parse_long(text, 1, UINT32_MAX, &id))
		return control_error(1,
				     "row '%s': expected the id of a row, see 'mupictl murt list'",
				     text ? text : "");
	row = table_find(agent, (uint32_t)id);
	if (!row)
		return control_error(1, "there is no row %ld, see 'mupictl murt list'", id);
	*ret = *row;
	return NULL;
}

static json_t *change(struct agent *agent, struct murt_row *row, const char *what)
{
	char error[TABLE_ERROR];

	if (table_change(agent, row, error))
		return control_error(1, "%s", error);
	table_changed(agent, what, row->id);
	return done(agent, json_object());
}

static json_t *set_enabled(struct agent *agent, json_t *args, bool enabled)
{
	struct murt_row row;
	json_t *wrong = arg_row(agent, args, &row);

	if (wrong)
		return wrong;
	row.enabled = enabled;
	return change(agent, &row, enabled ? "enable" : "disable");
}

json_t *command_murt_enable(struct agent *agent, json_t *args)
{
	return set_enabled(agent, args, true);
}

json_t *command_murt_disable(struct agent *agent, json_t *args)
{
	return set_enabled(agent, args, false);
}

json_t *command_murt_del(struct agent *agent, json_t *args)
{
	char error[TABLE_ERROR];
	struct murt_row row;
	json_t *wrong = arg_row(agent, args, &row);

	if (wrong)
		return wrong;
	if (table_del(agent, row.id, error))
		return control_error(1, "%s", error);
	table_changed(agent, "del", row.id);
	return done(agent, json_object());
}

json_t *command_murt_flush(struct agent *agent, json_t *args)
{
	(void)args;
	table_flush(agent);
	table_changed(agent, "flush", 0);
	return done(agent, json_object());
}

/* ---- murt set ---- */

/* The keys of `murt list`, in the order of a row's fields. */
static const char *const keys[] = {"client",	  "downstream_if", "group",   "source",
				   "upstream_if", "priority",	   "enabled", "balance"};
enum { FIELDS = ARRAY_SIZE(keys) - 2 };

static int key_index(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i], name))
			return (int)i;
	return -1;
}

/* The fields of a row as text, to be overwritten by what is set. */
static void row_fields(const struct murt_row *row, char fields[FIELDS][PREFIX_STRLEN])
{
	prefix_format(&row->client, fields[0]);
	*fields[1] = 0;
	if (row->downstream)
		snprintf(fields[1], PREFIX_STRLEN, "%u", row->downstream);
	prefix_format(&row->group, fields[2]);
	prefix_format(&row->source, fields[3]);
	snprintf(fields[4], PREFIX_STRLEN, "%u", row->upstream);
	snprintf(fields[5], PREFIX_STRLEN, "%d", row->priority);
}

static bool empty(const char *text)
{
	return !strcmp(text, "-") || !strcmp(text, "null");
}

/* The keys that are no fields. NULL, or what is accepted; `murt list` prints yes and no. */
static const char *set_word(struct murt_row *row, const char *key, const char *text)
{
	if (!strcmp(key, "balance")) {
		row->balance = MURT_BALANCE_DEFAULT;
		return empty(text) || config_parse_balance(text, &row->balance)
			       ? NULL
			       : "all, hash, round-robin, random or -";
	}
	row->enabled = !strcmp(text, "true") || !strcmp(text, "yes");
	return row->enabled || !strcmp(text, "false") || !strcmp(text, "no") ? NULL
									     : "true or false";
}

static json_t *set_fields(json_t *set, char fields[FIELDS][PREFIX_STRLEN], struct murt_row *row)
{
	const char *key, *expected;
	json_t *value;

	json_object_foreach (set, key, value) {
		const char *text = json_string_value(value);
		int i = key_index(key);

		if (i < 0)
			return control_error(1,
					     "'%s' cannot be set, accepted are client, "
					     "downstream_if, group, source, upstream_if, priority, "
					     "enabled and balance",
					     key);
		if (!text || strlen(text) >= PREFIX_STRLEN)
			return control_error(1, "%s: the value is too long", key);
		if (i < FIELDS)
			strcpy(fields[i], empty(text) ? "" : text);
		else if ((expected = set_word(row, key, text)))
			return control_error(1, "%s '%s' is not accepted, expected %s", key, text,
					     expected);
	}
	return NULL;
}

json_t *command_murt_set(struct agent *agent, json_t *args)
{
	char fields[FIELDS][PREFIX_STRLEN], text[FIELDS * PREFIX_STRLEN + 16], error[TABLE_ERROR];
	struct murt_row old, row;
	json_t *wrong = arg_row(agent, args, &old);

	if (wrong)
		return wrong;
	row_fields(&old, fields);
	wrong = refuse_commas(json_object_get(args, "set"));
	if (!wrong)
		wrong = set_fields(json_object_get(args, "set"), fields, &old);
	if (wrong)
		return wrong;
	snprintf(text, sizeof(text), "%s, %s, %s, %s, %s, %s", fields[0], fields[1], fields[2],
		 fields[3], fields[4], fields[5]);
	if (table_parse(agent, text, &row, error))
		return control_error(1, "%s", error);
	row.id = old.id;
	row.hits = old.hits;
	row.origin = old.origin;
	row.enabled = old.enabled;
	row.balance = old.balance;
	return change(agent, &row, "set");
}

/* ---- import and export ---- */

/* The first problem of the text. */
struct problem {
	char text[TABLE_ERROR + 160];
};

static void keep_first(void *ctx, bool error, const char *text)
{
	struct problem *problem = ctx;

	if (error && !*problem->text)
		snprintf(problem->text, sizeof(problem->text), "%s", text);
}

/* Adds the rows until one is refused: then the problem says why. */
static void add_rows(struct agent *agent, struct config_row *rows, size_t n, const char *name,
		     struct problem *problem)
{
	char error[TABLE_ERROR];
	uint32_t first = 0, id;
	int r;

	for (size_t i = 0; i < n; i++) {
		rows[i].row.origin = MURT_FROM_CTL;
		r = table_add(agent, &rows[i].row, &id, error);
		if (!i)
			first = id;
		if (!r)
			continue;
		/* Its twin is of this file. */
		if (r == -EEXIST && i && id >= first)
			snprintf(error, sizeof(error), "the row repeats line %d",
				 rows[id - first].line);
		snprintf(problem->text, sizeof(problem->text), "%s:%d: %s", name, rows[i].line,
			 error);
		return;
	}
}

static void import(struct agent *agent, FILE *file, const char *name, struct problem *problem)
{
	_cleanup_free_ struct config_row *rows = NULL;
	size_t n;

	if (!config_read_rows(agent->config, file, name, keep_first, problem, &rows, &n))
		add_rows(agent, rows, n, name, problem);
}

json_t *command_murt_import(struct agent *agent, json_t *args)
{
	const char *name = json_string_value(json_object_get(args, "name"));
	json_t *text = json_object_get(args, "text");
	FILE *file = json_is_string(text) ? fmemopen((char *)json_string_value(text),
						     json_string_length(text), "r")
					  : NULL;
	struct problem problem = {0};

	if (!file)
		return control_error(1, "there is no text to import");
	import(agent, file, name ? name : "import", &problem);
	fclose(file);
	if (*problem.text) {
		table_undo(agent);
		return control_error(1, "%s; nothing was imported", problem.text);
	}
	table_changed(agent, "import", 0);
	return done(agent, json_object());
}

static json_t *row_to_line(const struct murt_row *row)
{
	char line[ROW_STRLEN];

	config_format_row(NULL, row, line);
	return json_string(line);
}

json_t *command_murt_export(struct agent *agent, json_t *args, struct control_list *ret)
{
	(void)args;
	*ret = list_rows(agent, row_to_line);
	ret->key = "lines";
	return NULL;
}
