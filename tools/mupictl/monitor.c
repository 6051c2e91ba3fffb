// SPDX-License-Identifier: GPL-2.0-or-later
/* monitor: events as the agent tells them, and then those of the agent behind a restart. */
#include "mupictl.h"

/* Seconds that an agent may be away, and between two looks for it. */
#define AWAY_TIME 30
#define LOOK_TIME 0.1

static bool agreed(const json_t *answer)
{
	return json_object_get(answer, "result");
}

/* The last answer, which agrees unless it is too late; NULL: none. */
static json_t *ask_again(struct session *session, json_t *args)
{
	double end = now_seconds() + AWAY_TIME;
	json_t *answer = NULL;

	do {
		json_decref(answer);
		sleep_seconds(LOOK_TIME);
		answer = ask(&session->agent, "monitor", args);
	} while (!agreed(answer) && now_seconds() < end);
	return answer;
}

/* As an agent tells it; how many, nobody knows. */
static void tell_missed(const struct session *session)
{
	json_t *event = json_pack("{ss sn}", "event", "missed", "count");

	print_json(session, event);
	json_decref(event);
}

/* Steals the answer to the request, and prints what follows. Returns an exit code; -1: the agent is
 * gone. */
static int follow(struct session *session, json_t *answer)
{
	int code = EXIT_DONE;

	if (!answer)
		say(session, "%s", session->agent.error);
	if (!agreed(answer))
		code = answer ? print_error(session, answer) : EXIT_UNREACHABLE;
	json_decref(answer);
	while (!code && (answer = ask_more(&session->agent))) {
		code = json_object_get(answer, "error") ? print_error(session, answer)
							: print_json(session, answer);
		json_decref(answer);
	}
	return code ? code : -1;
}

int run_monitor(struct session *session, const struct request *request)
{
	json_t *answer;
	int code;

	end_well_on_signals();
	session->agent.timeout = 0;
	code = follow(session, ask(&session->agent, "monitor", request->args));
	while (code < 0) {
		say(session, "the agent is gone; events may be missed until it is back");
		answer = ask_again(session, request->args);
		if (agreed(answer))
			tell_missed(session);
		code = follow(session, answer);
	}
	return code;
}
