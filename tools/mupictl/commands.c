// SPDX-License-Identifier: GPL-2.0-or-later
/* The commands, and finding the one that a few letters mean. */
#include <stdio.h>
#include <string.h>

#include "mupictl.h"

const struct command commands[] = {
	{.words = {"murt", "list"},
	 .usage = "",
	 .help = "the upstream routing table",
	 .render = render_murt},
	{.words = {"murt", "lookup"},
	 .args = {"client", "group", "source"},
	 .n_required = 2,
	 .options = {"port"},
	 .usage = "CLIENT GROUP [SOURCE] [--port N]",
	 .help = "which upstream would serve, and why",
	 .render = render_lookup},
	{.words = {"members"},
	 .options = {"port", "group", "client"},
	 .usage = "[--port N] [--group G] [--client C]",
	 .help = "who wants what, from where",
	 .render = render_members},
	{.words = {"groups"}, .usage = "", .help = "groups with members", .render = render_groups},
	{.words = {"upstreams"},
	 .usage = "",
	 .help = "what the proxy asks each upstream for",
	 .render = render_upstreams},
	{.words = {"flows"},
	 .usage = "",
	 .help = "what the kernel forwards",
	 .render = render_flows},
	{.words = {"ports"},
	 .usage = "",
	 .help = "ports, their state, queriers and settings",
	 .render = render_ports},
	{.words = {"stats"},
	 .usage = "",
	 .help = "counters, those of ports that are not 0",
	 .render = render_stats},
	{.words = {"audit"},
	 .usage = "",
	 .help = "compare state and kernel with a recomputation",
	 .render = render_audit,
	 .verdict = audit_verdict},
	{.words = {"status"}, .usage = "", .help = "the agent itself", .render = render_pairs},
	{.words = {"reload"},
	 .usage = "",
	 .help = "read the configuration again",
	 .render = render_pairs},
	{.words = {"log"},
	 .args = {"level"},
	 .n_required = 1,
	 .usage = "LEVEL",
	 .help = "error, warning, info or debug",
	 .render = render_pairs},
	{.words = {"exit"},
	 .options = {"cleanup!"},
	 .usage = "[--cleanup]",
	 .help = "end the agent; --cleanup: and forwarding",
	 .render = render_pairs},
};

const size_t n_commands = sizeof(commands) / sizeof(commands[0]);

void command_name(const struct command *command, char *buf, size_t size)
{
	const char *second = command->words[1];

	snprintf(buf, size, "%s%s%s", command->words[0], second ? " " : "", second ? second : "");
}

/* Word `i` of a command, when its earlier words are those of `like` (NULL: no earlier ones). */
static const char *word_of(const struct command *command, const struct command *like, int i)
{
	for (int j = 0; j < i; j++)
		if (!command->words[j] || strcmp(command->words[j], like->words[j]))
			return NULL;
	return command->words[i];
}

static void complain(const char *what, bool all, const char *typed, const struct command *like,
		     int i)
{
	const char *last = "";
	size_t len = strlen(typed);

	if (!len)
		what = "a word is missing";
	fprintf(stderr, "mupictl: %s%s%s; one of:", what, len ? " " : "", typed);
	for (size_t k = 0; k < n_commands; k++) {
		const char *word = word_of(&commands[k], like, i);

		if (word && strcmp(word, last) && (all || !strncmp(word, typed, len)))
			fprintf(stderr, " %s", last = word);
	}
	fputc('\n', stderr);
}

/* The first command whose word `i` is what was typed. Commands that share words are neighbours. */
static const struct command *match_word(const char *typed, const struct command *like, int i)
{
	const struct command *found = NULL;

	for (size_t k = 0; k < n_commands; k++) {
		const char *word = word_of(&commands[k], like, i);

		if (!word || strncmp(word, typed, strlen(typed)))
			continue;
		if (!strcmp(word, typed))
			return &commands[k];
		if (found && strcmp(found->words[i], word)) {
			complain("ambiguous", false, typed, like, i);
			return NULL;
		}
		if (!found)
			found = &commands[k];
	}
	if (!found)
		complain("unknown command", true, typed, like, i);
	return found;
}

const struct command *find_command(int argc, char **argv, int *used)
{
	const struct command *command = NULL;
	int i = 0;

	do {
		command = match_word(i < argc ? argv[i] : "", command, i);
		i++;
	} while (command && command->words[i]);
	*used = i;
	return command;
}
