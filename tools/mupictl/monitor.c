// SPDX-License-Identifier: GPL-2.0-or-later
/* monitor: events as the agent tells them, until one of the two ends. */
#include "mupictl.h"

int run_monitor(struct session *session, const struct request *request)
{
	bool agreed = false; /* the first answer is no event */
	json_t *answer;
	int code = EXIT_DONE;

	end_well_on_signals();
	session->agent.timeout = 0;
	answer = ask(&session->agent, "monitor", request->args);
	for (; answer; answer = ask_more(&session->agent)) {
		if (json_object_get(answer, "error"))
			code = print_error(session, answer);
		else if (agreed)
			code = print_json(session, answer);
		agreed = true;
		json_decref(answer);
		if (code)
			return code;
	}
	say(session, "%s", session->agent.error);
	return EXIT_UNREACHABLE;
}
