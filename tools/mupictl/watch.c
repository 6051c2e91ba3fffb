// SPDX-License-Identifier: GPL-2.0-or-later
/* --watch: the same table again and again. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mupictl.h"

#define CLEAR "\033[H\033[J"

/* As many lines as the terminal has, less one for what the shell says afterwards. */
static void print_head(const struct session *session, const char *text, size_t height)
{
	const char *end = text;

	while (*end && --height)
		end = strchr(end, '\n') + 1;
	fwrite(text, 1, (size_t)(end - text), session->out.file);
	fflush(session->out.file);
}

/* Text and errors of one round, in the place of those of the last. */
static int redraw(struct session *session, const struct request *request)
{
	const struct output screen = session->out;
	FILE *err = session->err, *page;
	char *text = NULL, name[MAX_NAME], clock[16];
	time_t now = time(NULL);
	size_t size;
	int code;

	page = open_memstream(&text, &size);
	command_name(request->command, name);
	strftime(clock, sizeof(clock), "%T", localtime(&now));
	fprintf(page, "%s  every %g s  %s\n\n", name, request->watch, clock);
	session->out = (struct output){page, terminal_width()};
	session->err = page;
	code = run_once(session, request);
	fclose(page);
	session->out = screen;
	session->err = err;
	fputs(CLEAR, session->out.file);
	print_head(session, text, terminal_height());
	free(text);
	return code;
}

static int draw(struct session *session, const struct request *request, bool first)
{
	if (terminal_height() && !request->json)
		return redraw(session, request);
	if (!first && !request->json)
		fputc('\n', session->out.file);
	return run_once(session, request);
}

/* An error of the first round ends it; later ones pass, as those of an agent that is restarted. */
int run_watch(struct session *session, const struct request *request)
{
	int code;

	end_well_on_signals();
	code = draw(session, request, true);
	if (code && !(code == EXIT_REFUSED && request->command->verdict))
		return code;
	for (;;) {
		sleep_seconds(request->watch);
		draw(session, request, false);
	}
}
