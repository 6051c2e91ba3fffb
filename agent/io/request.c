// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/request.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

/* What an argument has to be, see mupi/control.h; NULL: it is. */
static const char *arg_lacks(const char *key, const json_t *value)
{
	if (!strcmp(key, "disabled") || !strcmp(key, "cleanup"))
		return json_is_boolean(value) ? NULL : "boolean";
	if (!strcmp(key, "set"))
		return json_is_object(value) ? NULL : "object";
	return json_is_string(value) ? NULL : "string";
}

/* One of another type is not ignored: it would not restrict what it should. NULL, or the answer. */
static json_t *check_args(json_t *args)
{
	const char *key, *expected;
	json_t *value;

	json_object_foreach (args, key, value)
		if ((expected = arg_lacks(key, value)))
			return control_error(2, "the argument \"%s\" is no %s", key, expected);
	return NULL;
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
	else if (!(answer = check_args(args)))
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
