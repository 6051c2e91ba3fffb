// SPDX-License-Identifier: GPL-2.0-or-later
/* How each command's result looks to people. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mupictl.h"

#define PRINT(array, nested, columns)                                                              \
	print_table(array, nested, columns, sizeof(columns) / sizeof((columns)[0]))

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

int render_ports(const json_t *result)
{
	static const struct column columns[] = {
		{"PORT", "port", true},
		{"NAME", "name", false},
		{"ROLE", "role", false},
		{"STATE", "state", false},
		{"MODE", "mode", false},
		{"QUERIER4", "querier.v4", false},
		{"QUERIER6", "querier.v6", false},
	};

	PRINT(result, NULL, columns);
	return EXIT_DONE;
}

#define MAX_COUNTERS 32

/* The counters' names are the agent's: columns are made from the first port's. */
static void print_counters(const json_t *ports)
{
	struct column columns[1 + MAX_COUNTERS] = {{"PORT", "port", true}};
	char keys[MAX_COUNTERS][48], titles[MAX_COUNTERS][32];
	json_t *counters = json_object_get(json_array_get(ports, 0), "counters"), *v;
	const char *name;
	size_t n = 0;

	json_object_foreach (counters, name, v) {
		if (n == MAX_COUNTERS)
			break;
		snprintf(keys[n], sizeof(keys[n]), "counters.%s", name);
		snprintf(titles[n], sizeof(titles[n]), "%s", name);
		for (char *c = titles[n]; *c; c++)
			*c = (char)toupper((unsigned char)*c);
		columns[1 + n] = (struct column){titles[n], keys[n], true};
		n++;
	}
	print_table(ports, NULL, columns, 1 + n);
}

int render_stats(const json_t *result)
{
	const json_t *agent = json_object_get(result, "agent");

	print_counters(json_object_get(result, "ports"));
	if (json_object_size(agent)) {
		putchar('\n');
		print_pairs(agent);
	}
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
