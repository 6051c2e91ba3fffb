// SPDX-License-Identifier: GPL-2.0-or-later
/* top: what the agent counts at one time. */
#include "top.h"

/* What was answered is left alone for so many times as long as that took: with very much to count,
 * the agent has other work. */
#define PATIENCE 4

/* Put the result of a command into the sample, under its name. Returns an exit code. */
static int take(struct session *session, json_t *sample, const char *command)
{
	json_t *args = json_object(), *answer = ask(&session->agent, command, args), *result;

	json_decref(args);
	if (!answer)
		return EXIT_UNREACHABLE;
	result = json_object_get(answer, "error") ? NULL : json_object_get(answer, "result");
	if (result) {
		json_object_set(sample, command, result);
	} else {
		const char *text = json_string_value(json_object_get(answer, "error"));

		snprintf(session->agent.error, sizeof(session->agent.error), "%s",
			 text ? text : "the agent gave an answer without result");
	}
	json_decref(answer);
	return result ? EXIT_DONE : EXIT_REFUSED;
}

/* Most is to be said about them, and less often than rates do they change. */
static int take_members(struct session *session, struct top *top, json_t *sample)
{
	double start = now_seconds(), end;
	int code;

	if (top->last && start < top->members_due) {
		json_object_set(sample, "members", json_object_get(top->last, "members"));
		return EXIT_DONE;
	}
	code = take(session, sample, "members");
	end = now_seconds();
	top->members_due = end + PATIENCE * (end - start);
	return code;
}

json_t *top_sample(struct session *session, struct top *top, int *code)
{
	static const char *const names[] = {"flows", "stats", "ports"};
	double start = now_seconds(), pause;
	json_t *sample = json_pack("{sf}", "time", start);

	*code = EXIT_DONE;
	for (size_t i = 0; i < ARRAY_SIZE(names) && !*code; i++)
		*code = take(session, sample, names[i]);
	pause = PATIENCE * (now_seconds() - start);
	top->pause = pause > top->delay ? pause : top->delay;
	if (!*code)
		*code = take_members(session, top, sample);
	if (!*code)
		return sample;
	json_decref(sample);
	return NULL;
}
