// SPDX-License-Identifier: GPL-2.0-or-later
/* How each command's result looks to people. */
#include <stdio.h>
#include <stdlib.h>

#include "mupictl.h"

int render_murt(const json_t *result)
{
	static const struct column columns[] = {
		{"ID", "id", true},
		{"CLIENT", "client", false},
		{"PORT", "downstream_if", true},
		{"GROUP", "group", false},
		{"SOURCE", "source", false},
		{"UPSTREAM", "upstream_if", true},
		{"PRIORITY", "priority", true},
		{"ENABLED", "enabled", false},
		{"ORIGIN", "origin", false},
		{"HITS", "hits", true},
	};

	PRINT(result, NULL, columns);
	return EXIT_DONE;
}

int render_lookup(const json_t *result)
{
	static const struct column columns[] = {
		{"ID", "id", true},
		{"PRIORITY", "priority", true},
		{"UPSTREAM", "upstream_if", true},
		{"SELECTED", "selected", false},
	};
	const json_t *rows = json_object_get(result, "rows");
	char *upstreams = cell_text(json_object_get(result, "upstreams"));
	char *reason = cell_text(json_object_get(result, "reason"));

	printf("upstreams  %s\nreason     %s\n", upstreams, reason);
	if (json_array_size(rows)) {
		putchar('\n');
		PRINT(rows, NULL, columns);
	}
	free(upstreams);
	free(reason);
	return EXIT_DONE;
}

int render_members(const json_t *result)
{
	static const struct column columns[] = {
		{"PORT", "port", true},	       {"GROUP", "group", false},
		{"CLIENT", "client", false},   {"MODE", "mode", false},
		{"SOURCES", "sources", false}, {"VERSION", "version", true},
		{"EXPIRES", "expires", true},  {"UPSTREAMS", "upstreams", false},
	};

	PRINT(result, NULL, columns);
	return EXIT_DONE;
}

int render_groups(const json_t *result)
{
	static const struct column columns[] = {
		{"GROUP", "group", false},    {"CLIENTS", "clients", true},
		{"PORTS", "ports", false},    {"UPSTREAMS", "upstreams", false},
		{"PACKETS", "packets", true}, {"BYTES", "bytes", true},
	};

	PRINT(result, NULL, columns);
	return EXIT_DONE;
}

int render_upstreams(const json_t *result)
{
	static const struct column columns[] = {
		{"PORT", "port", true},	       {"NAME", "name", false},	  {"STATE", "state", false},
		{"VERSION", "version", true},  {"GROUP", "group", false}, {"MODE", "mode", false},
		{"SOURCES", "sources", false},
	};

	PRINT(result, "groups", columns);
	return EXIT_DONE;
}

int render_flows(const json_t *result)
{
	static const struct column columns[] = {
		{"UPSTREAM", "upstream", true}, {"GROUP", "group", false},
		{"SOURCE", "source", false},	{"PORTS", "ports", false},
		{"PACKETS", "packets", true},	{"BYTES", "bytes", true},
	};

	PRINT(result, NULL, columns);
	return EXIT_DONE;
}

int audit_verdict(const json_t *result)
{
	return json_array_size(json_object_get(result, "differences")) ? EXIT_REFUSED : EXIT_DONE;
}

int render_audit(const json_t *result)
{
	const json_t *differences = json_object_get(result, "differences");
	json_t *v;
	size_t i;

	if (!json_array_size(differences))
		puts("no differences");
	json_array_foreach (differences, i, v) {
		char *text = cell_text(v);

		puts(text);
		free(text);
	}
	return audit_verdict(result);
}

int render_pairs(const json_t *result)
{
	if (json_is_object(result))
		print_pairs(result);
	return EXIT_DONE;
}
