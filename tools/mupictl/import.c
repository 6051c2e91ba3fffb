// SPDX-License-Identifier: GPL-2.0-or-later
/* murt import: the agent gets the text of the file, which it may not be able to read itself. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mupi/control.h"
#include "mupictl.h"

/* To be freed; NULL with errno, EFBIG for more than the agent would take. */
static char *read_all(FILE *in, size_t *len)
{
	char *text = NULL, chunk[4096];
	FILE *out = open_memstream(&text, len);
	size_t n, sum = 0;

	while (sum <= MUPI_CONTROL_MAX_REQUEST && (n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		sum += fwrite(chunk, 1, n, out);
	fclose(out);
	if (sum > MUPI_CONTROL_MAX_REQUEST)
		errno = EFBIG;
	else if (!ferror(in))
		return text;
	free(text);
	return NULL;
}

static unsigned int line_of(const char *text, const char *at)
{
	unsigned int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

/* NULL after a line on stderr. */
static json_t *to_json(const struct session *session, const char *name, const char *text,
		       size_t len)
{
	const char *zero = memchr(text, '\0', len);
	json_t *string;

	if (zero) {
		say(session, "%s:%u: a zero byte, expected text; nothing was imported", name,
		    line_of(text, zero));
		return NULL;
	}
	string = json_stringn(text, len);
	if (!string)
		say(session, "%s is no UTF-8 text", name);
	return string;
}

bool load_file(const struct session *session, json_t *args)
{
	const char *path = json_string_value(json_object_get(args, "file"));
	const char *name = path ? path : "stdin";
	FILE *in = path ? fopen(path, "re") : stdin;
	size_t len = 0;
	char *text = in ? read_all(in, &len) : NULL;
	int err = errno;
	json_t *string = text ? to_json(session, name, text, len) : NULL;

	if (in && path)
		fclose(in);
	if (!text)
		say(session, "cannot read %s: %s", name, strerror(err));
	free(text);
	if (!string)
		return false;
	json_object_set_new(args, "text", string);
	json_object_set_new(args, "name", json_string(name));
	json_object_del(args, "file");
	return true;
}
