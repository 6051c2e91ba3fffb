// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "mupi/control.h"

static void usage(FILE *to)
{
	fprintf(to,
		"usage: mupi-agent -c FILE [-i PORT[,PORT...]] [options]\n"
		"\n"
		"  -c FILE     configuration, see murt.conf(5)\n"
		"  -i PORTS    interfaces: IFNAME or NUMBER=IFNAME, separated by commas;\n"
		"              replaces the file's [ports], needed where it has none\n"
		"  -m MODE     data plane: auto, native, generic or tc (default auto)\n"
		"  -s SOCKET   control socket (default " MUPI_CONTROL_SOCKET ")\n"
		"  -p PINDIR   where programs and maps are pinned (default " DEFAULT_PIN_DIR ")\n"
		"  -t          check FILE and exit\n"
		"  --check     say what this kernel, these drivers and these ports can do, and "
		"exit\n"
		"  --json      the same as JSON\n"
		"  --cleanup   remove every program, map and pin, and exit\n"
		"  -v, -q      more, less on the log\n"
		"  -V, -h      version, this help\n");
}

static int parse_mode(const char *text, enum dataplane_mode *ret)
{
	static const char *const names[] = {"auto", "native", "generic", "tc"};

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(text, names[i])) {
			*ret = (enum dataplane_mode)i;
			return 0;
		}
	fprintf(stderr, "mupi-agent: -m %s: accepted are auto, native, generic and tc\n", text);
	return -EINVAL;
}

/* What an option without an argument asks for; NULL: something else. */
static bool *flag_of(int option, struct options *o)
{
	switch (option) {
	case 't':
		return &o->test;
	case 'C':
		return &o->cleanup;
	case 'K':
		return &o->check;
	case 'J':
		return &o->json;
	default:
		return NULL;
	}
}

static int parse_path(int option, const char **ret)
{
	if (*optarg) {
		*ret = optarg;
		return 0;
	}
	fprintf(stderr, "mupi-agent: -%c '': expected a path, try 'mupi-agent -h'\n", option);
	return -EINVAL;
}

/*
 * getopt leaves the letter in optopt, and of a long option 0 or what it would return; `word` is
 * the one before a word that has more letters.
 */
static int refuse_option(bool lacks_value, char *word)
{
	char letter[] = {'-', (char)optopt, '\0'};
	bool is_long = !strncmp(word, "--", 2) && (!optopt || strchr("CJKVh", optopt));
	char *shown = is_long ? word : letter;

	mask_text(shown);
	fprintf(stderr, "mupi-agent: %s %s, try 'mupi-agent -h'\n",
		lacks_value ? "a value is missing after" : "bad option", shown);
	return -EINVAL;
}

static int parse_option(int option, struct options *o)
{
	bool *flag = flag_of(option, o);
	char error[160];

	if (flag) {
		*flag = true;
		return 0;
	}
	switch (option) {
	case 'c':
		return parse_path(option, &o->config);
	case 'i':
		if (!config_parse_ports(optarg, &o->ports, &o->n_ports, error))
			return 0;
		fprintf(stderr, "mupi-agent: -i %s: %s\n", optarg, error);
		return -EINVAL;
	case 'm':
		return parse_mode(optarg, &o->params.mode);
	case 's':
		return parse_path(option, &o->params.socket);
	case 'p':
		return parse_path(option, &o->params.pin_dir);
	case 'v':
		log_set_level(LOG_LEVEL_DEBUG);
		return 0;
	case 'q':
		log_set_level(LOG_LEVEL_NOTICE);
		return 0;
	default:
		return refuse_option(option == ':', o->argv[optind - 1]);
	}
}

int options_parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{"check", no_argument, NULL, 'K'},   {"cleanup", no_argument, NULL, 'C'},
		{"help", no_argument, NULL, 'h'},    {"json", no_argument, NULL, 'J'},
		{"version", no_argument, NULL, 'V'}, {0},
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":c:i:m:s:p:tvqVh", longs, NULL)) != -1) {
		if (option == 'h') {
			usage(stdout);
			return EXIT_SUCCESS + 1;
		}
		if (option == 'V') {
			printf("mupi-agent " MUPI_VERSION "\n");
			return EXIT_SUCCESS + 1;
		}
		if (parse_option(option, o))
			return EXIT_USAGE + 1;
	}
	if (optind < argc)
		fprintf(stderr, "mupi-agent: unexpected word '%s', try 'mupi-agent -h'\n",
			argv[optind]);
	else if (!o->config && !o->cleanup && !o->check)
		fprintf(stderr, "mupi-agent: -c FILE is missing, try 'mupi-agent -h'\n");
	else if (o->test + o->check + o->cleanup > 1)
		fprintf(stderr, "mupi-agent: -t, --check and --cleanup exclude each other, "
				"try 'mupi-agent -h'\n");
	else if (o->json && !o->check)
		fprintf(stderr, "mupi-agent: --json is for --check, try 'mupi-agent -h'\n");
	else
		return 0;
	return EXIT_USAGE + 1;
}
