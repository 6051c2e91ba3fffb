// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `mupictl --complete [WORD...]`, for the shells' completion: what may stand in the place of the
 * last word, one a line; "FILE" alone asks the shell for the names of files. The words are those
 * that follow "mupictl" on the command line.
 */
#include <stdlib.h>
#include <string.h>

#include "mupictl.h"

/* The shell waits for us: an agent that is stuck is not to hold it up, in seconds. */
#define COMPLETE_TIMEOUT 2

/* `done` characters of what is typed, KEY=, stand before the text. */
static void offer_behind(const char *text, const char *typed, size_t done)
{
	if (!strncmp(text, typed + done, strlen(typed + done)))
		printf("%.*s%s\n", (int)done, typed, text);
}

static void offer(const char *text, const char *typed)
{
	offer_behind(text, typed, 0);
}

/* ---- values from the agent ---- */

/* Where the values of an argument are found. */
static const struct source {
	const char *arg;
	const char *command;
	const char *keys[2];
} sources[] = {
	{"id", "murt list", {"id"}},
	{"port", "ports", {"port", "name"}},
	{"upstream", "upstreams", {"port", "name"}},
	{"upstream or provider", "upstreams", {"port", "name"}},
	{"upstream or provider", "providers", {"name"}},
	{"group", "groups", {"group"}},
	{"client", "members", {"client"}},
	{"source", "flows", {"source"}},
};

/* Each value once. */
static void offer_values(const json_t *result, const char *const keys[2], const char *typed,
			 size_t done)
{
	json_t *seen = json_object(), *row;
	size_t i;

	json_array_foreach (result, i, row) {
		for (int k = 0; k < 2 && keys[k]; k++) {
			char *text = cell_text(json_object_get(row, keys[k]));

			if (strcmp(text, "-") && !json_object_get(seen, text))
				offer_behind(text, typed, done);
			json_object_set_new(seen, text, json_true());
			free(text);
		}
	}
	json_decref(seen);
}

static json_t *ask_for(struct session *session, const char *command)
{
	json_t *args = json_object(), *answer = ask(&session->agent, command, args);

	json_decref(args);
	return answer;
}

static void offer_found(struct session *session, const char *arg, const char *typed, size_t done)
{
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		json_t *answer;

		if (strcmp(arg, sources[i].arg))
			continue;
		answer = ask_for(session, sources[i].command);
		offer_values(json_object_get(answer, "result"), sources[i].keys, typed, done);
		json_decref(answer);
	}
}

/* The fields of a row that a user may set, and what they may hold. */
static const struct field {
	const char *key;
	const char *arg;
	const char *words[4];
} fields[] = {
	{"client", "client", {NULL}},
	{"downstream_if", "port", {NULL}},
	{"group", "group", {NULL}},
	{"source", "source", {NULL}},
	{"upstream_if", "upstream", {NULL}},
	{"priority", "", {NULL}},
	{"enabled", "", {"true", "false"}},
	{"balance", "", {"all", "hash", "round-robin", "random"}},
};

static void offer_pairs(struct session *session, const char *typed)
{
	for (const struct field *f = fields; f < fields + ARRAY_SIZE(fields); f++) {
		size_t len = strlen(f->key);

		if (strncmp(typed, f->key, len) || typed[len] != '=') {
			char pair[64];

			snprintf(pair, sizeof(pair), "%s=", f->key);
			offer(pair, typed);
			continue;
		}
		for (size_t i = 0; i < ARRAY_SIZE(f->words) && f->words[i]; i++)
			offer_behind(f->words[i], typed, len + 1);
		offer_found(session, f->arg, typed, len + 1);
	}
}

static void offer_for(struct session *session, const struct command *command, const char *arg,
		      const char *typed)
{
	static const char *const levels[] = {"error", "warning", "info", "debug"};

	if (!strcmp(command->words[0], "upstream"))
		arg = "upstream or provider"; /* not any port */
	if (!strcmp(arg, "file"))
		puts("FILE");
	if (!strcmp(arg, "set..."))
		offer_pairs(session, typed);
	for (size_t i = 0; i < ARRAY_SIZE(levels) && !strcmp(arg, "level"); i++)
		offer(levels[i], typed);
	offer_found(session, arg, typed, 0);
}

/* ---- where in the command line we are ---- */

static void offer_words(int argc, char **argv)
{
	const char *last = "";

	for (size_t k = 0; k < n_commands; k++) {
		const char *word = commands[k].words[argc - 1];

		if (!may_begin(&commands[k], argc - 1, argv) || !word || !strcmp(word, last))
			continue;
		offer(word, argv[argc - 1]);
		last = word;
	}
}

static void offer_options(const struct command *command, const char *typed)
{
	for (const struct option_spec *o = command->options; o->name; o++) {
		char text[MAX_NAME];

		snprintf(text, sizeof(text), "--%s", o->name);
		offer(text, typed);
	}
	offer("--help", typed);
	offer("--json", typed);
	if (command->watchable)
		offer("--watch", typed);
}

/* The option whose value the next word is. */
static const struct option_spec *option_of(const struct command *command, const char *word)
{
	const struct option_spec *option;
	const char *value;

	option = *word == '-' && word[1] ? find_option(command, word, &value) : NULL;
	return option && option->value && !value ? option : NULL;
}

/* argv: what follows the words of the command, the last of it unfinished. */
static void complete_args(struct session *session, const struct command *command, int argc,
			  char **argv)
{
	const char *typed = argv[argc - 1];
	unsigned int n = 0;

	for (int i = 0; i < argc - 1; i++) {
		const struct option_spec *option = option_of(command, argv[i]);

		if (option && i == argc - 2) {
			offer_for(session, command, option->name, typed);
			return;
		}
		i += option != NULL;
		n += !option && (argv[i][0] != '-' || !argv[i][1]);
	}
	if (*typed == '-')
		offer_options(command, typed);
	while (n && !command->args[n] && !strcmp(command->args[n - 1], "set..."))
		n--;
	if (*typed != '-' && n < MAX_ARGS && command->args[n])
		offer_for(session, command, command->args[n], typed);
}

static void offer_globals(const char *typed)
{
	static const char *const options[] = {"--socket", "--json",    "--watch",     "--batch",
					      "--help",	  "--version", "--keep-going"};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		offer(options[i], typed);
}

/* The letter of the option with a file that the word is, or ends with; 0: another. *file: what the
 * word itself holds; NULL: nothing. */
static char file_option(const char *word, const char **file)
{
	const char *equals = strchr(word, '=');

	if (!strncmp(word, "--", 2)) {
		*file = equals ? equals + 1 : NULL;
		return is_option(word, "socket") ? 's' : is_option(word, "batch") ? 'b' : '\0';
	}
	word += strcspn(word, "sb");
	*file = *word && word[1] ? word + 1 : NULL;
	return *word;
}

/* Skip the options in front of the command. Returns how many words, -1: the last is such an option.
 */
static int skip_globals(struct session *session, int argc, char **argv)
{
	int i = 0;

	for (; i < argc - 1 && *argv[i] == '-'; i++) {
		const char *file;
		char letter = file_option(argv[i], &file);

		if (letter && !file && i == argc - 2) {
			puts("FILE");
			return -1;
		}
		if (letter && !file)
			file = argv[++i];
		if (letter == 's')
			session->agent.path = file;
	}
	if (*argv[i] != '-')
		return i;
	offer_globals(argv[i]);
	return -1;
}

/* Quiet about wrong words: they are not finished. */
int complete(struct session *session, int argc, char **argv)
{
	FILE *null = fopen("/dev/null", "we");
	const struct command *command;
	int skipped, used;

	skipped = argc && null ? skip_globals(session, argc, argv) : -1;
	if (skipped >= 0) {
		argc -= skipped;
		argv += skipped;
		session->err = null;
		session->agent.timeout = COMPLETE_TIMEOUT;
		command = argc > 1 ? find_command(session, argc - 1, argv, &used) : NULL;
		if (command)
			complete_args(session, command, argc - used, argv + used);
		else if (argc <= MAX_WORDS)
			offer_words(argc, argv);
		disconnect(&session->agent);
	}
	if (null)
		fclose(null);
	return EXIT_DONE;
}
