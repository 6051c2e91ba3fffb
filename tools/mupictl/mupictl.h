/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of mupictl share. */
#ifndef MUPICTL_H
#define MUPICTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum exit_code { EXIT_DONE, EXIT_REFUSED, EXIT_USAGE, EXIT_UNREACHABLE };

#define MAX_WORDS   2
#define MAX_ARGS    5
#define MAX_OPTIONS 3
#define MAX_NAME    32 /* "upstream disable" */

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* ---- client.c: requests and answers over the agent's socket ---- */

struct connection {
	const char *path;
	int timeout;	 /* seconds that the agent may be silent; 0: for ever */
	FILE *in;	 /* NULL: not connected */
	char error[256]; /* why there was no answer */
};

/*
 * Send a request, over the connection that is there or a new one. Returns the answer, or NULL (exit
 * code 3) with `error` set.
 */
json_t *ask(struct connection *connection, const char *name, json_t *args);
/* A further answer to the last request. */
json_t *ask_more(struct connection *connection);
void disconnect(struct connection *connection);

/* ---- output.c ---- */

struct output {
	FILE *file;
	size_t width; /* a table's; 0: no limit */
};

/* What the command line as a whole says. */
struct session {
	struct connection agent;
	struct output out;
	FILE *err;
	const char *where; /* what error lines begin with: "mupictl" or "FILE:LINE" */
	bool json;
	bool keep_going; /* a batch, after an error */
	double watch;	 /* seconds between two tables; 0: one table */
};

/* One line on `err`. */
void say(const struct session *session, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Can it be sent, as a string of JSON? */
bool is_utf8(const char *word);
/* What `printable` needs: 40 characters, "..." and the end. */
#define SHOWN_SIZE 44
/* A word for an error line: cut where it is long, "?" for what would steer the terminal. */
const char *printable(const char *word, char buf[static SHOWN_SIZE]);
/* 0 where there is no terminal. */
size_t terminal_width(void);
size_t terminal_height(void);
/* From now on SIGINT, SIGTERM and a reader that is gone end mupictl with exit code 0. */
void end_well_on_signals(void);
void sleep_seconds(double seconds);
double now_seconds(void); /* monotonic */

/* ---- commands.c ---- */

struct option_spec {
	const char *name;
	const char *value; /* for the usage; NULL: takes none, true in the request */
	char letter;	   /* -n for --count; 0: none */
};

struct request;

struct command {
	const char *words[MAX_WORDS + 1];
	const char *args[MAX_ARGS + 1]; /* positional; "set...": KEY=VALUE in an object "set" */
	unsigned int n_required;	/* of them */
	struct option_spec options[MAX_OPTIONS + 1];
	const char *help;    /* one line */
	const char *example; /* what follows "mupictl" */
	/* Prints the result for people. Returns an exit code. */
	int (*render)(const struct output *out, const json_t *result);
	/* The exit code when the result is printed with -j; NULL: 0. */
	int (*verdict)(const json_t *result);
	/* Completes the args. False after a line on stderr. */
	bool (*prepare)(const struct session *session, json_t *args);
	/* Does all that follows instead of one question and one answer. */
	int (*run)(struct session *session, const struct request *request);
	bool watchable;
};

extern const struct command commands[];
extern const size_t n_commands;
void command_name(const struct command *command, char buf[static MAX_NAME]); /* "murt list" */
/* "murt lookup CLIENT GROUP [SOURCE] [--port N]" */
void command_usage(const struct command *command, char *buf, size_t size);

/* ---- find.c ---- */

/*
 * The command that the first words of argv mean; each may be shortened while unambiguous. Returns
 * NULL after a line on stderr. *used: how many words.
 */
const struct command *find_command(const struct session *session, int argc, char **argv, int *used);
/* May argv, as far as it goes, begin this command? */
bool may_begin(const struct command *command, int argc, char **argv);

/* ---- suggest.c ---- */

struct suggestion {
	const char *typed;
	const char *word; /* the nearest so far; NULL: none is near */
	unsigned int distance;
};

/* Is `word` nearer to what was typed? */
void suggest(struct suggestion *suggestion, const char *word);

/* ---- args.c ---- */

struct request {
	const struct command *command;
	json_t *args;
	bool json;
	double watch;
};

/* The words behind those of request->command. False after a line on stderr. */
bool parse_args(const struct session *session, int argc, char **argv, struct request *request);
/* Is the word "--name", shortened or not, with or without "=VALUE"? */
bool is_option(const char *word, const char *name);
/*
 * The option of the command that a word beginning with "-" means; NULL: none, or several. *value:
 * what the word itself holds behind the name or letter; NULL: nothing.
 */
const struct option_spec *find_option(const struct command *command, const char *word,
				      const char **value);
/* Seconds between two tables, unless said. */
#define WATCH_SECONDS 2.0
/* Seconds above 0, or 0 for what is none. */
double parse_seconds(const char *text);
/* Says so. Returns EXIT_USAGE. */
int refuse_interval(const struct session *session, const char *text);

/* ---- help.c ---- */

void print_usage(FILE *out);
/* `mupictl WORD... --help`. Returns an exit code. */
int print_help(const struct session *session, int argc, char **argv);

/* ---- run.c, watch.c, batch.c, monitor.c, top.c, import.c, complete.c ---- */

/* A command line without the options in front of it. These return an exit code. */
int run_words(struct session *session, int argc, char **argv, bool in_batch);
int run_once(struct session *session, const struct request *request);
int run_watch(struct session *session, const struct request *request);
int run_batch(struct session *session, const char *path);
int run_monitor(struct session *session, const struct request *request);
int run_top(struct session *session, const struct request *request);
int print_json(const struct session *session, const json_t *value);
/* The agent's reason. Returns its exit code. */
int print_error(const struct session *session, const json_t *answer);
/* Put the text of the file that "file" names in its place. */
bool load_file(const struct session *session, json_t *args);
/* What may stand in the place of the last of these words, one a line. */
int complete(struct session *session, int argc, char **argv);

/* ---- table.c, columns.c ---- */

/* Numbers are aligned right; SI: 12.3k, 4.5M; MAYBE: text, a column only when a row has it. */
enum cell { TEXT, NUMBER, SI, MAYBE };

struct column {
	const char *title;
	const char *key; /* of the row; "a.b" looks into an object */
	enum cell cell;
};

/*
 * Print an array of objects as an aligned table. With `nested`, each object's array of that name
 * gives the rows, and what a row lacks comes from the object around it. Where the table is too
 * wide, its widest columns are wrapped.
 */
void print_table(const struct output *out, const json_t *array, const char *nested,
		 const struct column *columns, size_t n);
#define PRINT(out, array, nested, columns)                                                         \
	print_table(out, array, nested, columns, ARRAY_SIZE(columns))
/* "key  value" lines; nested objects as "a.b". */
void print_pairs(const struct output *out, const json_t *object);
/* Text of a value: "-" for nothing, lists joined by commas. To be freed. */
char *cell_text(const json_t *value);
/* Columns of the terminal that so many bytes of UTF-8 take; where the locale does not know a
 * character, one for it. */
size_t text_width(const char *text, size_t n);

/*
 * Print an array of {"title", "values"} side by side, a line for each of the values, in blocks that
 * fit a screen. All objects have the values of the first.
 */
void print_columns(const struct output *out, const char *title, const json_t *columns);

/* ---- render.c, render_ports.c ---- */

int render_murt(const struct output *out, const json_t *result);
int render_lookup(const struct output *out, const json_t *result);
int render_members(const struct output *out, const json_t *result);
int render_groups(const struct output *out, const json_t *result);
int render_upstreams(const struct output *out, const json_t *result);
int render_flows(const struct output *out, const json_t *result);
int render_ports(const struct output *out, const json_t *result);
int render_stats(const struct output *out, const json_t *result);
int render_audit(const struct output *out, const json_t *result);
int render_lines(const struct output *out, const json_t *result);
int render_providers(const struct output *out, const json_t *result);
int render_acl(const struct output *out, const json_t *result);
int render_pairs(const struct output *out, const json_t *result);
int audit_verdict(const json_t *result);

#endif
