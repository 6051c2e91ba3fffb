// SPDX-License-Identifier: GPL-2.0-or-later
/* How each command's result looks to people. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "mupictl.h"

int render_murt(const struct output *out, const json_t *result)
{
	static const struct column columns[] = {
		{"ID", "id", NUMBER},
		{"CLIENT", "client", TEXT},
		{"PORT", "downstream_if", NUMBER},
		{"GROUP", "group", TEXT},
		{"SOURCE", "source", TEXT},
		{"UPSTREAM", "upstream_if", NUMBER},
		{"PRIORITY", "priority", NUMBER},
		{"ENABLED", "enabled", TEXT},
		{"ORIGIN", "origin", TEXT},
		{"HITS", "hits", NUMBER},
	};

	PRINT(out, result, NULL, columns);
	return EXIT_DONE;
}

int render_lookup(const struct output *out, const json_t *result)
{
	static const struct column columns[] = {
		{"ID", "id", NUMBER},
		{"PRIORITY", "priority", NUMBER},
		{"UPSTREAM", "upstream_if", NUMBER},
		{"SELECTED", "selected", TEXT},
	};
	const json_t *rows = json_object_get(result, "rows");
	char *upstreams = cell_text(json_object_get(result, "upstreams"));
	char *reason = cell_text(json_object_get(result, "reason"));

	fprintf(out->file, "upstreams  %s\nreason     %s\n", upstreams, reason);
	if (json_array_size(rows)) {
		fputc('\n', out->file);
		PRINT(out, rows, NULL, columns);
	}
	free(upstreams);
	free(reason);
	return EXIT_DONE;
}

int render_members(const struct output *out, const json_t *result)
{
	static const struct column columns[] = {
		{"PORT", "port", NUMBER},	{"GROUP", "group", TEXT},
		{"CLIENT", "client", TEXT},	{"MODE", "mode", TEXT},
		{"SOURCES", "sources", TEXT},	{"VERSION", "version", NUMBER},
		{"EXPIRES", "expires", NUMBER}, {"UPSTREAMS", "upstreams", TEXT},
	};

	PRINT(out, result, NULL, columns);
	return EXIT_DONE;
}

int render_groups(const struct output *out, const json_t *result)
{
	static const struct column columns[] = {
		{"GROUP", "group", TEXT},	{"CLIENTS", "clients", NUMBER},
		{"PORTS", "ports", TEXT},	{"UPSTREAMS", "upstreams", TEXT},
		{"PACKETS", "packets", NUMBER}, {"BYTES", "bytes", NUMBER},
	};

	PRINT(out, result, NULL, columns);
	return EXIT_DONE;
}

int render_upstreams(const struct output *out, const json_t *result)
{
	static const struct column columns[] = {
		{"PORT", "port", NUMBER},	{"NAME", "name", TEXT},	  {"STATE", "state", TEXT},
		{"VERSION", "version", NUMBER}, {"GROUP", "group", TEXT}, {"MODE", "mode", TEXT},
		{"SOURCES", "sources", TEXT},
	};

	PRINT(out, result, "groups", columns);
	return EXIT_DONE;
}

int render_flows(const struct output *out, const json_t *result)
{
	static const struct column columns[] = {
		{"UPSTREAM", "upstream", NUMBER}, {"GROUP", "group", TEXT},
		{"SOURCE", "source", TEXT},	  {"PORTS", "ports", TEXT},
		{"PACKETS", "packets", NUMBER},	  {"BYTES", "bytes", NUMBER},
	};

	PRINT(out, result, NULL, columns);
	return EXIT_DONE;
}

int audit_verdict(const json_t *result)
{
	return json_array_size(json_object_get(result, "differences")) ? EXIT_REFUSED : EXIT_DONE;
}

int render_audit(const struct output *out, const json_t *result)
{
	const json_t *differences = json_object_get(result, "differences");
	json_t *v;
	size_t i;

	if (!json_array_size(differences))
		fputs("no differences\n", out->file);
	json_array_foreach (differences, i, v) {
		char *text = cell_text(v);

		fprintf(out->file, "%s\n", text);
		free(text);
	}
	return audit_verdict(result);
}

int render_lines(const struct output *out, const json_t *result)
{
	json_t *line;
	size_t i;

	json_array_foreach (json_object_get(result, "lines"), i, line)
		fprintf(out->file, "%s\n", json_string_value(line));
	return EXIT_DONE;
}

static char *upper(const char *text)
{
	char *copy = strdup(text);

	for (char *c = copy; *c; c++)
		*c = *c == '_' ? ' ' : (char)toupper((unsigned char)*c);
	return copy;
}

/* The columns are what the first of the objects has. */
int render_objects(const struct output *out, const json_t *result)
{
	json_t *first = json_array_get(result, 0), *v;
	size_t n = 0;
	struct column *columns = calloc(json_object_size(first), sizeof(*columns));
	const char *key;

	json_object_foreach (first, key, v)
		columns[n++] = (struct column){upper(key), key, json_is_number(v) ? NUMBER : TEXT};
	if (n)
		print_table(out, result, NULL, columns, n);
	while (n)
		free((char *)columns[--n].title);
	free(columns);
	return EXIT_DONE;
}

int render_pairs(const struct output *out, const json_t *result)
{
	if (json_is_object(result))
		print_pairs(out, result);
	return EXIT_DONE;
}
