// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of the table as text: of commands, and of the file that keeps theirs. */
#include <errno.h>
#include <ini.h>
#include <stdlib.h>

#include "config/config_private.h"

struct first_problem {
	char *text;
	size_t size;
};

static void keep_first(void *ctx, bool error, const char *text)
{
	struct first_problem *first = ctx;
	const char *prefix = "murt_entry: ";

	if (!error || *first->text)
		return;
	if (!strncmp(text, prefix, strlen(prefix)))
		text += strlen(prefix);
	snprintf(first->text, first->size, "%s", text);
}

static uint32_t number_of(struct parser *p, int line, const struct config *config, const char *what,
			  const char *text)
{
	const struct config_port *port = config_find_port(config, text);

	if (!port)
		parser_problem(p, true, line, "%s %s is not a configured port", what, text);
	return port ? port->number : 0;
}

/* Names become numbers. False after an error, of line `line`. */
static bool number_row(struct parser *p, int line, const struct config *config,
		       struct config_row *row)
{
	row->row.upstream = number_of(p, line, config, "upstream", row->upstream);
	if (!*row->downstream)
		return row->row.upstream;
	row->row.downstream = number_of(p, line, config, "downstream", row->downstream);
	return row->row.upstream && row->row.downstream;
}

int config_parse_row(const struct config *config, const char *text, struct murt_row *ret,
		     char error[static 256])
{
	_cleanup_free_ char *copy = xstrdup(text);
	struct first_problem first = {.text = error, .size = 256};
	struct config scratch = {0};
	struct parser p = {.config = &scratch, .report = keep_first, .ctx = &first};

	*error = 0;
	parse_murt_entry(&p, copy);
	if (!p.errors && number_row(&p, 0, config, &scratch.rows[0]))
		*ret = scratch.rows[0].row;
	free(scratch.rows);
	return p.errors ? -EINVAL : 0;
}

unsigned int config_read_rows(const struct config *config, FILE *file, const char *name,
			      config_report *report, void *ctx, struct config_row **rows, size_t *n)
{
	_cleanup_free_ char *path = xstrdup(name);
	struct config scratch = {.path = path};
	struct parser p = {
		.config = &scratch, .report = report, .ctx = ctx, .file = file, .rows_only = true};

	*n = 0;
	parser_read(&p);
	for (size_t i = 0; i < scratch.n_rows; i++)
		if (number_row(&p, scratch.rows[i].line, config, &scratch.rows[i]))
			scratch.rows[(*n)++] = scratch.rows[i];
	*rows = scratch.rows;
	return (unsigned int)p.errors;
}

/* "#" and ";" would begin a comment. */
static void port_text(const struct config *names, uint32_t number, char buf[static IFNAMSIZ])
{
	const struct config_port *port = names ? find_number(names, number) : NULL;

	if (port && !strpbrk(port->name, "#;"))
		memcpy(buf, port->name, IFNAMSIZ);
	else
		snprintf(buf, IFNAMSIZ, "%u", number);
}

void config_format_row(const struct config *names, const struct murt_row *row,
		       char buf[static ROW_STRLEN])
{
	char client[PREFIX_STRLEN], group[PREFIX_STRLEN], source[PREFIX_STRLEN];
	char downstream[IFNAMSIZ] = "", upstream[IFNAMSIZ];
	const char *balance = config_balance_name(row->balance);

	if (row->downstream)
		port_text(names, row->downstream, downstream);
	port_text(names, row->upstream, upstream);
	snprintf(buf, ROW_STRLEN, "murt_entry = %s,%s%s%s %s, %s, %s, %d%s%s%s",
		 prefix_format(&row->client, client), *downstream ? " " : "", downstream,
		 *downstream ? "," : "", prefix_format(&row->group, group),
		 prefix_format(&row->source, source), upstream, row->priority,
		 balance ? ", balance=" : "", balance ? balance : "",
		 row->enabled ? "" : ", disabled");
	if (names && strlen(buf) + 2 > INI_MAX_LINE)
		config_format_row(NULL, row, buf);
}
