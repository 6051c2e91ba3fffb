// SPDX-License-Identifier: GPL-2.0-or-later
/* What follows the words of a command, as the "args" of a request. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mupictl.h"

static bool complain(const struct session *session, const struct command *command, const char *what,
		     const char *word)
{
	char usage[128], shown[SHOWN_SIZE];

	command_usage(command, usage, sizeof(usage));
	say(session, "%s %s; usage: mupictl %s", what, printable(word, shown), usage);
	return false;
}

/* An empty field is simply left out of the request. */
static void set(json_t *args, const char *key, const char *value)
{
	if (strcmp(value, "-"))
		json_object_set_new(args, key, json_string(value));
}

double parse_seconds(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	return *text && !*end && isfinite(seconds) && seconds >= 0.01 && seconds <= 86400 ? seconds
											  : 0;
}

int refuse_interval(const struct session *session, const char *text)
{
	char shown[SHOWN_SIZE];

	say(session, "bad interval '%s'; expected seconds from 0.01 to 86400",
	    printable(text, shown));
	return EXIT_USAGE;
}

/* ---- options ---- */

static bool unknown_option(const struct session *session, const struct command *command,
			   const char *word, size_t len)
{
	char typed[32], shown[SHOWN_SIZE];
	struct suggestion near = {.typed = typed};

	snprintf(typed, sizeof(typed), "%.*s", (int)len, word);
	for (const struct option_spec *o = command->options; o->name; o++)
		suggest(&near, o->name);
	suggest(&near, "json");
	suggest(&near, "help");
	if (command->watchable)
		suggest(&near, "watch");
	if (!near.word)
		return complain(session, command, "unknown option", word - 2);
	say(session, "unknown option %s; did you mean --%s?", printable(word - 2, shown),
	    near.word);
	return false;
}

bool is_option(const char *word, const char *name)
{
	size_t len = strcspn(word, "=");

	return len > 2 && !strncmp(word, "--", 2) && !strncmp(word + 2, name, len - 2);
}

/* The option that the word begins, when it is one only. */
static const struct option_spec *find_name(const struct command *command, const char *word)
{
	const struct option_spec *found = NULL;

	for (const struct option_spec *o = command->options; o->name; o++) {
		if (!is_option(word, o->name))
			continue;
		if (found)
			return NULL;
		found = o;
	}
	return found;
}

const struct option_spec *find_option(const struct command *command, const char *word,
				      const char **value)
{
	bool is_long = word[1] == '-';
	size_t len = is_long ? strcspn(word, "=") : 2;

	*value = word[len] ? word + len + is_long : NULL;
	if (is_long)
		return find_name(command, word);
	for (const struct option_spec *o = command->options; o->name; o++)
		if (word[1] == o->letter)
			return o;
	return NULL;
}

/* Takes argv[0], and argv[1] when that is its value. Returns how many, or 0 after a complaint. */
static int take_option(const struct session *session, const struct command *command, int argc,
		       char **argv, json_t *args)
{
	const char *value;
	const struct option_spec *option = find_option(command, argv[0], &value);

	if (!option && argv[0][1] != '-')
		return complain(session, command, "unknown option", argv[0]);
	if (!option)
		return unknown_option(session, command, argv[0] + 2, strcspn(argv[0] + 2, "="));
	if (!option->value) {
		json_object_set_new(args, option->name, json_true());
		return value ? complain(session, command, "no value is taken by", argv[0]) : 1;
	}
	if (!value && argc < 2)
		return complain(session, command, "a value is missing after", argv[0]);
	set(args, option->name, value ? value : argv[1]);
	return value ? 1 : 2;
}

/* --watch or --watch=SECONDS */
static bool take_watch(const struct session *session, const char *word, struct request *request)
{
	const char *value = strchr(word, '=');

	request->watch = value ? parse_seconds(value + 1) : WATCH_SECONDS;
	if (request->watch <= 0)
		refuse_interval(session, value + 1);
	return request->watch > 0;
}

/* ---- positional arguments ---- */

static bool take_pair(const struct session *session, const struct command *command,
		      const char *word, json_t *args)
{
	const char *equals = strchr(word, '=');
	json_t *pairs = json_object_get(args, "set");
	char key[MAX_NAME];

	if (!equals || equals == word || (size_t)(equals - word) >= sizeof(key))
		return complain(session, command, "expected KEY=VALUE, not", word);
	snprintf(key, sizeof(key), "%.*s", (int)(equals - word), word);
	if (!pairs) {
		pairs = json_object();
		json_object_set_new(args, "set", pairs);
	}
	if (json_object_get(pairs, key))
		return complain(session, command, "given twice:", key);
	json_object_set_new(pairs, key, json_string(equals + 1));
	return true;
}

/* Positional argument number `n`. */
static bool take_arg(const struct session *session, const struct command *command, unsigned int n,
		     const char *word, json_t *args)
{
	unsigned int last = 0;

	while (command->args[last])
		last++;
	if (last && n + 1 >= last && !strcmp(command->args[last - 1], "set..."))
		return take_pair(session, command, word, args);
	if (n >= last)
		return complain(session, command, "cannot make sense of", word);
	set(args, command->args[n], word);
	return true;
}

static bool is_number(const char *word)
{
	return word[1] >= '0' && word[1] <= '9'; /* a negative priority */
}

static bool take_words(const struct session *session, int argc, char **argv,
		       struct request *request)
{
	const struct command *command = request->command;
	unsigned int n = 0;
	int step = 1;

	for (int i = 0; i < argc; i += step) {
		step = 1;
		if (!strcmp(argv[i], "-j") ||
		    (is_option(argv[i], "json") && !strchr(argv[i], '='))) {
			request->json = true;
		} else if (command->watchable && is_option(argv[i], "watch")) {
			if (!take_watch(session, argv[i], request))
				return false;
		} else if (argv[i][0] == '-' && argv[i][1] && !is_number(argv[i])) {
			step = take_option(session, command, argc - i, argv + i, request->args);
			if (!step)
				return false;
		} else if (!take_arg(session, command, n++, argv[i], request->args)) {
			return false;
		}
	}
	if (n < command->n_required) {
		const char *missing = command->args[n];

		return complain(session, command, "missing",
				strcmp(missing, "set...") ? missing : "KEY=VALUE");
	}
	return true;
}

bool parse_args(const struct session *session, int argc, char **argv, struct request *request)
{
	request->args = json_object();
	request->json = session->json;
	request->watch = session->watch;
	if (!take_words(session, argc, argv, request)) {
		json_decref(request->args);
		return false;
	}
	if (!request->watch || request->command->watchable)
		return true;
	json_decref(request->args);
	return complain(session, request->command, "--watch is for tables, not for",
			request->command->words[0]);
}
