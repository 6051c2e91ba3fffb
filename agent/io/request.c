// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/request.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/util.h"

json_t *control_result(json_t *value)
{
	return json_pack("{s:o}", "result", value);
}

json_t *control_error(int exit_code, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	mask_text(text); /* half a character at the end, too */
	return json_pack("{s:s, s:i}", "error", text, "exit", exit_code);
}

static json_t *dispatch(control_handler *handler, void *ctx, const json_t *json,
			struct control_request *request)
{
	json_t *args = json_object_get(json, "args"), *none = NULL, *answer;

	request->command = json_string_value(json_object_get(json, "command"));
	if (!args)
		args = none = json_object();
	request->args = args;
	if (!request->command || !json_is_object(args))
		answer = control_error(2, "request without \"command\", or \"args\" is no object");
	else
		answer = handler(ctx, request);
	json_decref(none);
	return answer || request->list.next ? answer : control_error(1, "out of memory");
}

json_t *request_answer(control_handler *handler, void *ctx, const char *line, size_t len,
		       struct control_request *request)
{
	json_error_t error;
	json_t *json = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error), *answer;

	if (!json)
		return control_error(2, "request is not JSON: %s", error.text);
	answer = dispatch(handler, ctx, json, request);
	json_decref(json);
	return answer;
}
