// SPDX-License-Identifier: GPL-2.0-or-later
/* One command: from its words to its output. */
#include <errno.h>
#include <string.h>

#include "mupictl.h"

int print_error(const struct session *session, const json_t *answer)
{
	const json_t *code = json_object_get(answer, "exit");
	const char *text = json_string_value(json_object_get(answer, "error"));

	say(session, "%s", text ? text : "the agent gave an answer without result");
	return json_is_integer(code) ? (int)json_integer_value(code) : EXIT_REFUSED;
}

static int check_written(const struct session *session, int code)
{
	if (!fflush(session->out.file) && !ferror(session->out.file))
		return code;
	say(session, "cannot write: %s", strerror(errno));
	return EXIT_REFUSED;
}

int print_json(const struct session *session, const json_t *value)
{
	/* 0.1 is not to become 0.10000000000000001 */
	json_dumpf(value, session->out.file,
		   JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	fputc('\n', session->out.file);
	return check_written(session, EXIT_DONE);
}

static int print_answer(const struct session *session, const struct request *request,
			const json_t *answer)
{
	const struct command *command = request->command;
	const json_t *result = json_object_get(answer, "result");
	const char *unsaved = json_string_value(json_object_get(answer, "unsaved"));
	int code;

	/* Also behind a part of the result. */
	if (!result || json_object_get(answer, "error"))
		return print_error(session, answer);
	if (unsaved)
		say(session, "%s", unsaved);
	if (!request->json)
		return check_written(session, command->render(&session->out, result));
	code = print_json(session, result);
	return code || !command->verdict ? code : command->verdict(result);
}

int run_once(struct session *session, const struct request *request)
{
	char name[MAX_NAME];
	json_t *answer;
	int code;

	command_name(request->command, name);
	answer = ask(&session->agent, name, request->args);
	if (!answer) {
		say(session, "%s", session->agent.error);
		return EXIT_UNREACHABLE;
	}
	code = print_answer(session, request, answer);
	json_decref(answer);
	return code;
}

static int run_request(struct session *session, const struct request *request)
{
	if (request->command->prepare && !request->command->prepare(session, request->args))
		return EXIT_REFUSED;
	if (request->command->run)
		return request->command->run(session, request);
	return request->watch > 0 ? run_watch(session, request) : run_once(session, request);
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (!strcmp(argv[i], "-h") || is_option(argv[i], "help"))
			return true;
	return false;
}

/* Refused here: what a request cannot hold would be missing in it, and mean everything. */
static bool all_utf8(const struct session *session, int argc, char **argv)
{
	char shown[SHOWN_SIZE];

	for (int i = 0; i < argc; i++) {
		if (is_utf8(argv[i]))
			continue;
		say(session, "'%s' is no UTF-8 text", printable(argv[i], shown));
		return false;
	}
	return true;
}

int run_words(struct session *session, int argc, char **argv, bool in_batch)
{
	struct request request = {0};
	int used, code;

	if (!all_utf8(session, argc, argv))
		return EXIT_USAGE;
	if (asks_for_help(argc, argv))
		return print_help(session, argc, argv);
	request.command = find_command(session, argc, argv, &used);
	if (!request.command || !parse_args(session, argc - used, argv + used, &request))
		return EXIT_USAGE;
	if (in_batch && (request.command->run || request.watch > 0)) {
		say(session, "'%s' cannot be part of a batch",
		    request.watch > 0 ? "--watch" : request.command->words[0]);
		code = EXIT_USAGE;
	} else {
		code = run_request(session, &request);
	}
	json_decref(request.args);
	return code;
}
