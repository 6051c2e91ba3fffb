// SPDX-License-Identifier: GPL-2.0-or-later
/* ports and stats: what belongs to ports, for people. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mupictl.h"

/* Add `number` to "1-3,7". Returns the new text and frees the old (NULL: none). */
static char *add_number(char *list, json_int_t number)
{
	char *last = list ? strrchr(list, ',') : NULL, *dash, *text = NULL;

	last = last ? last + 1 : list;
	dash = last ? strchr(last, '-') : NULL;
	if (last && atoll(dash ? dash + 1 : last) + 1 == number) {
		int keep = (int)((dash ? dash : last + strlen(last)) - list);

		if (asprintf(&text, "%.*s-%lld", keep, list, (long long)number) < 0)
			abort();
	} else if (asprintf(&text, "%s%s%lld", list ? list : "", list ? "," : "",
			    (long long)number) < 0) {
		abort();
	}
	free(list);
	return text;
}

/* The numbers of the ports whose `key` has this value. */
static char *ports_with(const json_t *ports, const char *key, const json_t *value)
{
	char *list = NULL;
	json_t *port;
	size_t i;

	json_array_foreach (ports, i, port)
		if (json_equal(json_object_get(port, key), value))
			list = add_number(list, json_integer_value(json_object_get(port, "port")));
	return list;
}

/* A column for all ports with the same settings. */
static void print_settings(const struct output *out, const json_t *ports)
{
	json_t *columns = json_array(), *port, *column;
	size_t i, k;

	json_array_foreach (ports, i, port) {
		json_t *settings = json_object_get(port, "settings");
		bool known = false;
		char *title;

		json_array_foreach (columns, k, column)
			known |= json_equal(json_object_get(column, "values"), settings);
		if (known || !settings)
			continue;
		title = ports_with(ports, "settings", settings);
		json_array_append_new(columns,
				      json_pack("{ss sO}", "title", title, "values", settings));
		free(title);
	}
	if (json_array_size(columns)) {
		fputc('\n', out->file);
		print_columns(out, "PORT", columns);
	}
	json_decref(columns);
}

/* All ports that are served have one mode, and one reason for it; those that are not have "none".
 */
static void print_mode(const struct output *out, const json_t *ports)
{
	const json_t *served = json_array_get(ports, 0);
	char *mode, *reason;
	json_t *port;
	size_t i;

	json_array_foreach (ports, i, port) {
		const char *its = json_string_value(json_object_get(port, "mode"));

		if (its && strcmp(its, "none") != 0)
			served = port;
	}
	mode = cell_text(json_object_get(served, "mode"));
	reason = cell_text(json_object_get(served, "mode_reason"));
	if (served)
		fprintf(out->file, "\nmode %s: %s\n", mode, reason);
	free(mode);
	free(reason);
}

/* Interfaces that are there and cannot be served. */
static void print_errors(const struct output *out, const json_t *ports)
{
	json_t *port;
	size_t i;

	json_array_foreach (ports, i, port) {
		char *number = cell_text(json_object_get(port, "port"));
		char *error = cell_text(json_object_get(port, "error"));

		if (json_object_get(port, "error"))
			fprintf(out->file, "port %s: %s\n", number, error);
		free(number);
		free(error);
	}
}

int render_ports(const struct output *out, const json_t *result)
{
	static const struct column columns[] = {
		{"PORT", "port", NUMBER},	  {"NAME", "name", TEXT},
		{"ROLE", "role", TEXT},		  {"STATE", "state", TEXT},
		{"MODE", "mode", TEXT},		  {"QUERIER4", "querier.v4", TEXT},
		{"QUERIER6", "querier.v6", TEXT},
	};

	PRINT(out, result, NULL, columns);
	print_mode(out, result);
	print_errors(out, result);
	print_settings(out, result);
	return EXIT_DONE;
}

static bool moved_anywhere(const json_t *ports, const char *name)
{
	json_t *port;
	size_t i;

	json_array_foreach (ports, i, port)
		if (json_integer_value(json_object_get(json_object_get(port, "counters"), name)))
			return true;
	return false;
}

/* The counters' names are the agent's. Those that are 0 on every port are left out. */
static void print_counters(const struct output *out, const json_t *ports)
{
	json_t *columns = json_array(), *port, *v;
	const char *name;
	size_t i;

	json_array_foreach (ports, i, port) {
		json_t *values = json_object();
		char *title = cell_text(json_object_get(port, "port"));

		json_object_foreach (json_object_get(port, "counters"), name, v)
			if (moved_anywhere(ports, name))
				json_object_set(values, name, v);
		json_array_append_new(columns,
				      json_pack("{ss so}", "title", title, "values", values));
		free(title);
	}
	print_columns(out, "PORT", columns);
	json_decref(columns);
}

int render_stats(const struct output *out, const json_t *result)
{
	const json_t *agent = json_object_get(result, "agent");

	print_counters(out, json_object_get(result, "ports"));
	if (json_object_size(agent)) {
		fputc('\n', out->file);
		print_pairs(out, agent);
	}
	return EXIT_DONE;
}
