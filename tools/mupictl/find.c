// SPDX-License-Identifier: GPL-2.0-or-later
/* Finding the command that a few letters mean. */
#include <string.h>

#include "mupictl.h"

static bool is_prefix(const char *typed, const char *word)
{
	return *typed && !strncmp(typed, word, strlen(typed));
}

static bool is_whole(const char *typed, int i)
{
	for (size_t k = 0; k < n_commands; k++)
		if (commands[k].words[i] && !strcmp(typed, commands[k].words[i]))
			return true;
	return false;
}

/* A whole word is no abbreviation: "upstream" does not mean "upstreams". */
static bool may_mean(const char *typed, const char *word, int i)
{
	return is_prefix(typed, word) && (!strcmp(typed, word) || !is_whole(typed, i));
}

bool may_begin(const struct command *command, int argc, char **argv)
{
	for (int i = 0; i < argc && command->words[i]; i++)
		if (!may_mean(argv[i], command->words[i], i))
			return false;
	return true;
}

static int n_words(const struct command *command)
{
	return command->words[1] ? 2 : 1;
}

/* How many of argv are the words of this command; 0: it is another. */
static int fit(const struct command *command, int argc, char **argv)
{
	int n = n_words(command);

	return argc >= n && may_begin(command, argc, argv) ? n : 0;
}

/* The words that can stand after the first `i` of argv, each once; `typed`: those it begins. */
static void list_words(FILE *out, int i, char **argv, const char *typed)
{
	const char *last = "";

	for (size_t k = 0; k < n_commands; k++) {
		const char *word = may_begin(&commands[k], i, argv) ? commands[k].words[i] : NULL;

		if (word && strcmp(word, last) && (!*typed || is_prefix(typed, word)))
			fprintf(out, " %s", last = word);
	}
}

static void complain(const struct session *session, const char *what, int i, char **argv,
		     const char *typed, bool all)
{
	char list[512] = "", shown[SHOWN_SIZE];
	FILE *out = fmemopen(list, sizeof(list), "w");

	list_words(out, i, argv, all ? "" : typed);
	fclose(out);
	say(session, "%s%s%s%s; one of:%s", what, *typed ? " '" : "", printable(typed, shown),
	    *typed ? "'" : "", list);
}

static void unknown(const struct session *session, int i, char **argv)
{
	struct suggestion near = {.typed = argv[i]};
	char shown[SHOWN_SIZE];

	for (size_t k = 0; k < n_commands; k++)
		if (may_begin(&commands[k], i, argv) && commands[k].words[i])
			suggest(&near, commands[k].words[i]);
	if (near.word)
		say(session, "unknown command '%s'; did you mean '%s%s%s'?",
		    printable(argv[i], shown), i ? argv[0] : "", i ? " " : "", near.word);
	else
		complain(session, "unknown command", i, argv, argv[i], true);
}

/* Why no command fits: its first word, or the second. */
static void explain(const struct session *session, int argc, char **argv)
{
	bool known = false;

	for (size_t k = 0; k < n_commands; k++)
		known |= argc > 0 && may_begin(&commands[k], 1, argv);
	if (!argc)
		complain(session, "a word is missing", 0, argv, "", true);
	else if (!known)
		unknown(session, 0, argv);
	else if (argc == 1)
		complain(session, "a word is missing", 1, argv, "", true);
	else
		unknown(session, 1, argv);
}

const struct command *find_command(const struct session *session, int argc, char **argv, int *used)
{
	const struct command *found = NULL;
	bool several = false;
	int best = 0;

	for (size_t k = 0; k < n_commands; k++) {
		int n = fit(&commands[k], argc, argv);

		if (n > best) {
			best = n;
			found = &commands[k];
			several = false;
		} else if (n && n == best) {
			several = true;
		}
	}
	if (several) {
		complain(session, "ambiguous", best - 1, argv, argv[best - 1], false);
		return NULL;
	}
	if (!found) {
		explain(session, argc, argv);
		return NULL;
	}
	*used = best;
	return found;
}
