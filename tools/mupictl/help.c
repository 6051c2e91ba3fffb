// SPDX-License-Identifier: GPL-2.0-or-later
/* --help, of mupictl and of its commands. */
#include <string.h>

#include "mupi/control.h"
#include "mupictl.h"

#define HELP_COLUMN 34

/* A usage that is too long has the help on a line of its own. */
static void print_command(FILE *out, const struct command *command)
{
	char usage[128];
	int width;

	command_usage(command, usage, sizeof(usage));
	width = fprintf(out, "  %s", usage);
	if (width >= HELP_COLUMN) {
		fputc('\n', out);
		width = 0;
	}
	fprintf(out, "%*s%s\n", HELP_COLUMN - width, "", command->help);
}

void print_usage(FILE *out)
{
	fprintf(out, "usage: mupictl [-s SOCKET] [-j] [--watch[=SECONDS]] COMMAND...\n"
		     "       mupictl [-s SOCKET] [-j] [-k] -b FILE\n"
		     "       mupictl COMMAND --help | -h | -V\n\n");
	for (size_t i = 0; i < n_commands; i++)
		print_command(out, &commands[i]);
	fprintf(out,
		"\n"
		"Words and options may be shortened while unambiguous; - stands for an empty "
		"field.\n\n"
		"  -s, --socket SOCKET             the agent's; " MUPI_CONTROL_SOCKET
		" unless said\n"
		"  -j, --json                      JSON in place of tables\n"
		"  --watch[=SECONDS]               draw the table again and again\n"
		"  -b, --batch FILE                commands from FILE, one a line; - for stdin\n"
		"  -k, --keep-going                do not stop a batch at an error\n"
		"  -h, --help                      this, or the help of a command\n"
		"  -V, --version                   the version\n");
}

static void print_details(const struct command *command)
{
	char usage[128];

	command_usage(command, usage, sizeof(usage));
	printf("usage: mupictl %s\n%s\n", usage, command->help);
	for (const struct option_spec *o = command->options; o->name && o->letter; o++)
		printf("-%c is --%s\n", o->letter, o->name);
	if (command->watchable)
		puts("--watch[=SECONDS] draws the table again and again");
	printf("example: mupictl %s\n", command->example);
}

int print_help(const struct session *session, int argc, char **argv)
{
	int n = 0, used;
	bool any = false;

	while (n < argc && *argv[n] != '-')
		n++;
	for (size_t i = 0; i < n_commands; i++) {
		if (!may_begin(&commands[i], n, argv))
			continue;
		if (any)
			putchar('\n');
		print_details(&commands[i]);
		any = true;
	}
	if (any)
		return EXIT_DONE;
	find_command(session, n, argv, &used);
	return EXIT_USAGE;
}
