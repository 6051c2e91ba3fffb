/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of mupictl share. */
#ifndef MUPICTL_H
#define MUPICTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum exit_code { EXIT_DONE, EXIT_REFUSED, EXIT_USAGE, EXIT_UNREACHABLE };

#define MAX_WORDS 2
#define MAX_ARGS  4

struct command {
	const char *words[MAX_WORDS + 1];
	const char *args[MAX_ARGS + 1];	   /* names of the positional arguments, in order */
	unsigned int n_required;	   /* of them */
	const char *options[MAX_ARGS + 1]; /* "port": --port VALUE; "cleanup!": --cleanup */
	const char *usage;		   /* what follows the words */
	const char *help;
	/* Prints the result for people. Returns an exit code. */
	int (*render)(const json_t *result);
	/* The exit code when the result is printed with -j; NULL: 0. */
	int (*verdict)(const json_t *result);
};

/* commands.c */
extern const struct command commands[];
extern const size_t n_commands;
/*
 * The command that the first words of argv mean; each may be shortened while unambiguous. Returns
 * NULL after a line on stderr. *used: how many words.
 */
const struct command *find_command(int argc, char **argv, int *used);
void command_name(const struct command *command, char *buf, size_t size); /* "murt list" */

/* args.c: the rest of the command line as the request's "args"; NULL after a line on stderr. Sets
 * *json for -j. */
json_t *parse_args(const struct command *command, int argc, char **argv, bool *json);

/* client.c: ask the agent. Returns the answer, or NULL after a line on stderr (exit code 3). */
json_t *ask_agent(const char *path, const char *name, json_t *args);

/* table.c */
struct column {
	const char *title;
	const char *key; /* of the row; "a.b" looks into an object */
	bool right;	 /* align */
};

/*
 * Print an array of objects as an aligned table. With `nested`, each object's array of that name
 * gives the rows, and what a row lacks comes from the object around it.
 */
void print_table(const json_t *array, const char *nested, const struct column *columns, size_t n);
#define PRINT(array, nested, columns)                                                              \
	print_table(array, nested, columns, sizeof(columns) / sizeof((columns)[0]))
/* "key  value" lines; nested objects as "a.b". */
void print_pairs(const json_t *object);
/* Text of a value: "-" for nothing, lists joined by commas. To be freed. */
char *cell_text(const json_t *value);

/*
 * columns.c: print an array of {"title", "values"} side by side, a line for each of the values, in
 * blocks that fit a screen. All objects have the values of the first.
 */
void print_columns(const char *title, const json_t *columns);

/* render.c, render_ports.c */
int render_murt(const json_t *result);
int render_lookup(const json_t *result);
int render_members(const json_t *result);
int render_groups(const json_t *result);
int render_upstreams(const json_t *result);
int render_flows(const json_t *result);
int render_ports(const json_t *result);
int render_stats(const json_t *result);
int render_audit(const json_t *result);
int render_pairs(const json_t *result);
int audit_verdict(const json_t *result);

#endif
