// SPDX-License-Identifier: GPL-2.0-or-later
/* How each command's result looks to people. */
#include <stdlib.h>

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
		{"BALANCE", "balance", MAYBE},
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
		{"WHY", "why", MAYBE},
	};
	static const struct column carve_columns[] = {
		{"SOURCE", "source", TEXT},
		{"UPSTREAMS", "upstreams", TEXT},
	};
	const json_t *carves = json_object_get(result, "carves");
	const json_t *rows = json_object_get(result, "rows");
	char *upstreams = cell_text(json_object_get(result, "upstreams"));
	char *reason = cell_text(json_object_get(result, "reason"));

	fprintf(out->file, "upstreams  %s\nreason     %s\n", upstreams, reason);
	if (json_array_size(carves)) {
		fputc('\n', out->file);
		PRINT(out, carves, NULL, carve_columns);
	}
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
		{"PORT", "port", NUMBER},	   {"GROUP", "group", TEXT},
		{"CLIENT", "client", TEXT},	   {"MODE", "mode", TEXT},
		{"SOURCES", "sources", TEXT},	   {"VERSION", "version", NUMBER},
		{"EXPIRES", "expires", NUMBER},	   {"UPSTREAMS", "upstreams", TEXT},
		{"ROWS", "rows", MAYBE},	   {"DENIED", "denied", MAYBE},
		{"ADDRESSES", "addresses", MAYBE},
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
		{"PORT", "port", NUMBER},	{"NAME", "name", TEXT},
		{"STATE", "state", TEXT},	{"ENABLED", "enabled", TEXT},
		{"VERSION", "version", NUMBER}, {"GROUP", "group", TEXT},
		{"MODE", "mode", TEXT},		{"SOURCES", "sources", TEXT},
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

int render_providers(const struct output *out, const json_t *result)
{
	static const struct column columns[] = {
		{"NAME", "name", TEXT},		  {"SOURCE", "source", TEXT},
		{"PORT", "port", NUMBER},	  {"STATE", "state", TEXT},
		{"ENABLED", "enabled", TEXT},	  {"GROUPS", "groups", TEXT},
		{"CHANNELS", "channels", NUMBER}, {"CLIENTS", "clients", NUMBER},
		{"PACKETS", "packets", NUMBER},	  {"BYTES", "bytes", NUMBER},
	};

	PRINT(out, result, NULL, columns);
	return EXIT_DONE;
}

int render_acl(const struct output *out, const json_t *result)
{
	static const struct column columns[] = {
		{"ID", "id", NUMBER},	  {"ACTION", "action", TEXT}, {"CLIENT", "client", TEXT},
		{"PORT", "port", NUMBER}, {"GROUP", "group", TEXT},   {"SOURCE", "source", TEXT},
		{"HITS", "hits", NUMBER},
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

int render_pairs(const struct output *out, const json_t *result)
{
	if (json_is_object(result))
		print_pairs(out, result);
	return EXIT_DONE;
}
