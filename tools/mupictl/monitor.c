// SPDX-License-Identifier: GPL-2.0-or-later
/* monitor: events as the agent tells them, until one of the two ends. */
#include "mupictl.h"

int run_monitor(struct session *session, const struct request *request)
{
	struct request events = *request;
	json_t *answer;
	int code = EXIT_DONE;

	end_well_on_signals();
	session->agent.timeout = 0;
	events.json = true;
	answer = ask(&session->agent, "monitor", request->args);
	while (answer && !code) {
		code = print_answer(session, &events, answer);
		json_decref(answer);
		answer = code ? NULL : ask_more(&session->agent);
	}
	if (code)
		return code;
	say(session, "%s", session->agent.error);
	return EXIT_UNREACHABLE;
}
