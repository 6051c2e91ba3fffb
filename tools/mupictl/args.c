// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "mupictl.h"

static json_t *complain(const struct command *command, const char *what, const char *word)
{
	char name[32];

	command_name(command, name, sizeof(name));
	fprintf(stderr, "mupictl: %s %s; usage: mupictl %s %s\n", what, word, name, command->usage);
	return NULL;
}

/* An empty field is simply left out of the request. */
static void set(json_t *args, const char *key, const char *value)
{
	if (strcmp(value, "-"))
		json_object_set_new(args, key, json_string(value));
}

/* The option of the table that `word` ("--port", "--port=3") names, its name's length in *len;
 * NULL: none. */
static const char *find_option(const struct command *command, const char *word, size_t *len)
{
	*len = strcspn(word + 2, "=");
	for (size_t i = 0; command->options[i]; i++) {
		const char *option = command->options[i];

		if (*len && strcspn(option, "!") == *len && !strncmp(option, word + 2, *len))
			return option;
	}
	return NULL;
}

/* Takes argv[0], and argv[1] when that is its value. Returns how many, or 0 after a complaint. */
static int take_option(const struct command *command, int argc, char **argv, json_t *args)
{
	const char *word = argv[0], *option;
	size_t len;

	option = find_option(command, word, &len);
	if (!option) {
		complain(command, "unknown option", word);
		return 0;
	}
	if (option[len] == '!') {
		char key[32];

		snprintf(key, sizeof(key), "%.*s", (int)len, option);
		json_object_set_new(args, key, json_true());
		if (word[2 + len])
			complain(command, "no value is taken by", word);
		return !word[2 + len];
	}
	if (word[2 + len] == '=') {
		set(args, option, word + len + 3);
		return 1;
	}
	if (argc < 2) {
		complain(command, "a value is missing after", word);
		return 0;
	}
	set(args, option, argv[1]);
	return 2;
}

static bool fill(const struct command *command, int argc, char **argv, bool *json, json_t *args)
{
	unsigned int n = 0;
	int step = 1;

	for (int i = 0; i < argc; i += step) {
		step = 1;
		if (!strcmp(argv[i], "-j") || !strcmp(argv[i], "--json")) {
			*json = true;
		} else if (!strncmp(argv[i], "--", 2)) {
			step = take_option(command, argc - i, argv + i, args);
			if (!step)
				return false;
		} else if (command->args[n]) {
			set(args, command->args[n++], argv[i]);
		} else {
			complain(command, "cannot make sense of", argv[i]);
			return false;
		}
	}
	if (n < command->n_required) {
		complain(command, "missing", command->args[n]);
		return false;
	}
	return true;
}

json_t *parse_args(const struct command *command, int argc, char **argv, bool *json)
{
	json_t *args = json_object();

	if (!fill(command, argc, argv, json, args)) {
		json_decref(args);
		return NULL;
	}
	return args;
}
