// SPDX-License-Identifier: GPL-2.0-or-later
/* top on a terminal, with ncurses. */
#include <curses.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "top.h"

/* An agent that says nothing for so long counts as away, in seconds. */
#define AWAY_TIMEOUT 2
#define CTRL_C	     3

static const char *const sort_names[N_SORTS] = {"bits/s", "packets/s", "viewers", "group"};

struct screen {
	struct session *session;
	struct top *top;
	enum top_sort sort;
	bool paused;
	bool away;
	bool done;
	long shown;
	double next; /* when to take the next sample */
};

static void draw_title(const struct screen *s)
{
	char left[256], clock[16];
	time_t now = time(NULL);

	strftime(clock, sizeof(clock), "%T", localtime(&now));
	snprintf(left, sizeof(left), "mupictl top  %s  by %s  every %g s%s%s  %s", clock,
		 sort_names[s->sort], s->top->delay, s->paused ? "  PAUSED" : "",
		 s->away ? "  AGENT AWAY" : "", s->session->agent.path);
	attron(A_REVERSE);
	mvprintw(0, 0, "%-*.*s", COLS, COLS, left);
	attroff(A_REVERSE);
	mvaddnstr(LINES - 1, 0, "q quit  s sort  p pause", COLS);
}

/* The tables between the first line and the last. */
static void draw_tables(const struct screen *s)
{
	char *text = NULL, *line, *rest;
	size_t size, room = LINES > 3 ? (size_t)LINES - 3 : 1;
	struct output out = {open_memstream(&text, &size), (size_t)COLS};

	top_sort_channels(s->top->rates, s->sort);
	top_print(&out, s->top->rates, room);
	fclose(out.file);
	rest = text;
	for (int y = 2; y < LINES - 1 && (line = strsep(&rest, "\n")); y++)
		mvaddnstr(y, 0, line, COLS);
	free(text);
}

static void draw(const struct screen *s)
{
	erase();
	draw_title(s);
	if (s->top->rates)
		draw_tables(s);
	else if (s->away)
		mvaddnstr(2, 0, s->session->agent.error, COLS);
	else
		mvaddnstr(2, 0, "counting...", COLS);
	refresh();
}

/* A new size waits until the agent has answered: it would interrupt the answer, and the agent would
 * seem to be away. */
static void update(struct screen *s)
{
	sigset_t winch, before;

	sigemptyset(&winch);
	sigaddset(&winch, SIGWINCH);
	sigprocmask(SIG_BLOCK, &winch, &before);
	s->away = top_update(s->session, s->top) != EXIT_DONE;
	sigprocmask(SIG_SETMASK, &before, NULL);
	s->next = now_seconds() + (s->away ? s->top->delay : s->top->pause);
	if (s->away || !s->top->rates)
		return;
	s->shown++;
	s->done = s->top->count && s->shown > s->top->count;
}

static void handle(struct screen *s, int key)
{
	switch (key) {
	case 'q':
	case CTRL_C:
		s->done = true;
		break;
	case 's':
		s->sort = (s->sort + 1) % N_SORTS;
		break;
	case 'p':
		s->paused = !s->paused;
		break;
	default: /* a new size among them: all is drawn anew */
		break;
	}
}

/* Where SIGHUP is ignored nothing else tells; getch() would return at once for ever. */
static bool is_gone(int terminal)
{
	struct pollfd fd = {.fd = terminal};

	return poll(&fd, 1, 0) > 0;
}

/* Draw, and wait for a key until the next sample is due. */
static void wait_for_key(struct screen *s)
{
	double left = s->next - now_seconds();
	int key;

	draw(s);
	timeout(s->paused ? -1 : left > 0 ? (int)(left * 1000) + 1 : 0);
	key = getch();
	if (key == ERR)
		s->done = is_gone(STDIN_FILENO);
	else
		handle(s, key);
}

int top_screen(struct session *session, struct top *top)
{
	struct screen s = {.session = session, .top = top};
	SCREEN *terminal;

	session->agent.timeout = AWAY_TIMEOUT;
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal) {
		say(session, "the terminal '%s' is not known; set TERM", getenv("TERM"));
		return EXIT_REFUSED;
	}
	raw(); /* ^C is a key like q */
	noecho();
	keypad(stdscr, true);
	curs_set(0);
	while (!s.done) {
		if (!s.paused && now_seconds() >= s.next)
			update(&s);
		if (!s.done)
			wait_for_key(&s);
	}
	endwin();
	delscreen(terminal);
	return EXIT_DONE;
}
