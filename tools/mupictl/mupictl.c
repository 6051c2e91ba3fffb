// SPDX-License-Identifier: GPL-2.0-or-later
/* mupictl: asks a running mupi-agent and prints what it says. */
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <string.h>

#include "mupi/control.h"
#include "mupi/stdfds.h"
#include "mupictl.h"

/* An agent that says nothing for so long is stuck, in seconds. */
#define ANSWER_TIMEOUT 30

enum { OPT_WATCH = 256 };

static const struct option options[] = {
	{"socket", required_argument, NULL, 's'},      {"json", no_argument, NULL, 'j'},
	{"batch", required_argument, NULL, 'b'},       {"keep-going", no_argument, NULL, 'k'},
	{"watch", optional_argument, NULL, OPT_WATCH}, {"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},	       {}};

#define LETTERS "+:s:jb:khV"

/* `word` is the option that getopt does not like. */
static int refuse_option(const struct session *session, const char *word, bool lacks_value)
{
	struct suggestion near = {.typed = word + strspn(word, "-")};
	char shown[SHOWN_SIZE];

	printable(word, shown);
	for (const struct option *o = options; o->name; o++)
		suggest(&near, o->name);
	if (lacks_value)
		say(session, "a value is missing after %s; see mupictl --help", shown);
	else if (near.word && !strncmp(word, "--", 2))
		say(session, "bad option %s; did you mean --%s?", shown, near.word);
	else
		say(session, "bad option %s; see mupictl --help", shown);
	return EXIT_USAGE;
}

/* getopt has stopped within a word when more letters follow the one that it does not know. */
static int refuse_letter_or_word(const struct session *session, char **argv, bool lacks_value)
{
	const char letter[] = {'-', (char)optopt, '\0'};

	return refuse_option(session, strchr(LETTERS, optopt) ? argv[optind - 1] : letter,
			     lacks_value);
}

/* Returns an exit code, or -1 when all options are taken. */
static int take_options(struct session *session, int argc, char **argv, const char **batch)
{
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, LETTERS, options, NULL)) >= 0) {
		switch (c) {
		case 's':
			session->agent.path = optarg;
			break;
		case 'j':
			session->json = true;
			break;
		case 'b':
			*batch = optarg;
			break;
		case 'k':
			session->keep_going = true;
			break;
		case OPT_WATCH:
			session->watch = optarg ? parse_seconds(optarg) : WATCH_SECONDS;
			if (session->watch <= 0)
				return refuse_interval(session, optarg);
			break;
		case 'h':
			print_usage(stdout);
			return EXIT_DONE;
		case 'V':
			puts("mupictl " MUPI_VERSION);
			return EXIT_DONE;
		default:
			return refuse_letter_or_word(session, argv, c == ':');
		}
	}
	return -1;
}

int main(int argc, char **argv)
{
	struct session session = {
		.agent = {.path = MUPI_CONTROL_SOCKET, .timeout = ANSWER_TIMEOUT},
		.out = {stdout, terminal_width()},
		.err = stderr,
		.where = "mupictl",
	};
	char shown[SHOWN_SIZE];
	const char *batch = NULL;
	int code;

	mupi_fill_standard_fds(O_RDONLY);
	setlocale(LC_CTYPE, "");
	if (argc > 1 && !strcmp(argv[1], "--complete"))
		return complete(&session, argc - 2, argv + 2);
	code = take_options(&session, argc, argv, &batch);
	if (code >= 0)
		return code;
	if (batch && optind < argc) {
		say(&session, "unexpected word '%s', the commands are those of %s",
		    printable(argv[optind], shown), batch);
		return EXIT_USAGE;
	}
	if (!batch && optind == argc) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	code = batch ? run_batch(&session, batch)
		     : run_words(&session, argc - optind, argv + optind, false);
	disconnect(&session.agent);
	return code;
}
