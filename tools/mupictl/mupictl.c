// SPDX-License-Identifier: GPL-2.0-or-later
/* mupictl: asks a running mupi-agent and prints what it says. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "mupi/control.h"
#include "mupictl.h"

static void usage(FILE *out)
{
	fprintf(out, "usage: mupictl [-s SOCKET] [-j] [-h] [-V] COMMAND ...\n\n");
	for (size_t i = 0; i < n_commands; i++) {
		char name[32], line[80];

		command_name(&commands[i], name, sizeof(name));
		snprintf(line, sizeof(line), "%s %s", name, commands[i].usage);
		fprintf(out, "  %-46s %s\n", line, commands[i].help);
	}
	fprintf(out, "\nWords may be shortened while unambiguous; - stands for an empty field.\n"
		     "-j prints JSON. SOCKET is " MUPI_CONTROL_SOCKET " unless said.\n");
}

static int print_error(const json_t *answer)
{
	const json_t *code = json_object_get(answer, "exit");
	const char *text = json_string_value(json_object_get(answer, "error"));

	fprintf(stderr, "mupictl: %s\n", text ? text : "the agent gave an answer without result");
	return json_is_integer(code) ? (int)json_integer_value(code) : EXIT_REFUSED;
}

static int print_answer(const struct command *command, const json_t *answer, bool json)
{
	const json_t *result = json_object_get(answer, "result");
	int code;

	if (!result)
		return print_error(answer);
	if (json) {
		/* 0.1 is not to become 0.10000000000000001 */
		json_dumpf(result, stdout,
			   JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
		putchar('\n');
		code = command->verdict ? command->verdict(result) : EXIT_DONE;
	} else {
		code = command->render(result);
	}
	if (fflush(stdout) || ferror(stdout)) {
		perror("mupictl: cannot write");
		return EXIT_REFUSED;
	}
	return code;
}

static int run(const char *path, bool json, int argc, char **argv)
{
	const struct command *command;
	json_t *args, *answer;
	char name[32];
	int used, code;

	command = find_command(argc, argv, &used);
	if (!command)
		return EXIT_USAGE;
	args = parse_args(command, argc - used, argv + used, &json);
	if (!args)
		return EXIT_USAGE;
	command_name(command, name, sizeof(name));
	answer = ask_agent(path, name, args);
	json_decref(args);
	if (!answer)
		return EXIT_UNREACHABLE;
	code = print_answer(command, answer, json);
	json_decref(answer);
	return code;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"socket", required_argument, NULL, 's'},
						{"json", no_argument, NULL, 'j'},
						{"help", no_argument, NULL, 'h'},
						{"version", no_argument, NULL, 'V'},
						{}};
	const char *path = MUPI_CONTROL_SOCKET;
	bool json = false;
	int c;

	while ((c = getopt_long(argc, argv, "+s:jhV", options, NULL)) >= 0) {
		switch (c) {
		case 's':
			path = optarg;
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			usage(stdout);
			return EXIT_DONE;
		case 'V':
			puts("mupictl " MUPI_VERSION);
			return EXIT_DONE;
		default:
			fprintf(stderr, "mupictl: see mupictl -h\n");
			return EXIT_USAGE;
		}
	}
	if (optind == argc) {
		usage(stderr);
		return EXIT_USAGE;
	}
	return run(path, json, argc - optind, argv + optind);
}
