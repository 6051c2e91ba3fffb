// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench-dataplane: how fast multicast is copied, by mupi and by its peers, in one run. The parent
 * raises two settings of the host that would make peers drop, and puts them back whatever happens.
 */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "lib/log.h"

#define USAGE                                                                                      \
	"usage: bench-dataplane [--quick | --targets | --only PATH] [--rounds N] [--burst MS]\n"   \
	"                       [--json FILE] [--svg FILE]\n"                                      \
	"PATH, as in the report, to be profiled: 8 receivers, 10000 entries\n"

static struct setting {
	const char *file, *value;
	char old[32];
} host_settings[] = {
	{"/proc/sys/net/core/netdev_max_backlog", "100000", ""},
	{"/proc/sys/net/core/rmem_default", "16777216", ""}, /* what a switch's sockets take */
};

static bool write_setting(const char *name, const char *value)
{
	FILE *file = fopen(name, "w");
	bool done = file && fputs(value, file) >= 0;

	return file && fclose(file) == 0 && done;
}

static void raise_settings(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(host_settings); i++) {
		struct setting *s = &host_settings[i];
		FILE *file = fopen(s->file, "r");

		if (!file || !fgets(s->old, sizeof(s->old), file) ||
		    !write_setting(s->file, s->value))
			fprintf(stderr, "bench-dataplane: cannot set %s; peers may drop\n",
				s->file);
		if (file)
			fclose(file);
	}
}

static void restore_settings(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(host_settings); i++)
		if (host_settings[i].old[0])
			write_setting(host_settings[i].file, host_settings[i].old);
}

/* Mounts and pins that nobody else sees. */
static int hide(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL) ||
	    mount("tmpfs", "/run", "tmpfs", 0, NULL)) {
		fprintf(stderr, "bench-dataplane: %s; run it as root\n", strerror(errno));
		return -1;
	}
	return 0;
}

static int measure(const struct options *options)
{
	static struct plan plan;
	struct rlimit files = {200000, 200000};
	int r = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_NOFILE, &files);
	if (hide())
		return 1;
	log_set_level(LOG_LEVEL_WARNING);
	plan_make(&plan, options);
	plan_run(&plan, options);
	if (options->one_path) {
		printf("%s: %.1f ns per copy\n", row_names[options->only],
		       point_ns(&plan.points[0]).median);
		return 0;
	}
	report_text(&plan);
	targets_text(&plan);
	if (options->json)
		r = write_json(&plan, options->json);
	if (!r && options->svg)
		r = write_svg(&plan, options->svg);
	if (r)
		fprintf(stderr, "bench-dataplane: cannot write: %s\n", strerror(-r));
	return r ? 1 : 0;
}

static bool parse_path(const char *name, struct options *options)
{
	for (enum row row = 0; row < ROWS; row++) {
		if (strcmp(row_names[row], name) != 0)
			continue;
		options->only = row;
		options->one_path = true;
		return true;
	}
	return false;
}

static int parse(int argc, char **argv, struct options *options)
{
	static const struct option longs[] = {
		{"quick", no_argument, NULL, 'q'},	 {"targets", no_argument, NULL, 't'},
		{"only", required_argument, NULL, 'o'},	 {"rounds", required_argument, NULL, 'r'},
		{"burst", required_argument, NULL, 'b'}, {"json", required_argument, NULL, 'j'},
		{"svg", required_argument, NULL, 's'},	 {0}};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		if (c == 'q')
			options->quick = true;
		else if (c == 't')
			options->targets_only = true;
		else if (c == 'o' && parse_path(optarg, options))
			continue;
		else if (c == 'r')
			options->rounds = (unsigned int)atoi(optarg);
		else if (c == 'b')
			options->burst_seconds = atof(optarg) / 1e3;
		else if (c == 'j')
			options->json = optarg;
		else if (c == 's')
			options->svg = optarg;
		else
			return -1;
	}
	if (!options->rounds || options->rounds > MAX_ROUNDS / 2)
		options->rounds = options->quick ? 3 : 7;
	if (options->burst_seconds <= 0)
		options->burst_seconds = options->quick ? 0.015 : 0.03;
	return optind == argc ? 0 : -1;
}

/* The child's exit code; a signal that would end this process ends the child. */
static int wait_for(pid_t child, const sigset_t *signals)
{
	int status, signal;

	while (waitpid(child, &status, WNOHANG) == 0) {
		sigwait(signals, &signal);
		if (signal != SIGCHLD)
			kill(child, SIGKILL);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	struct options options = {0};
	sigset_t signals;
	pid_t child;
	int status;

	if (parse(argc, argv, &options)) {
		fputs(USAGE, stderr);
		return 2;
	}
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	raise_settings();
	child = fork();
	if (!child) {
		sigprocmask(SIG_UNBLOCK, &signals, NULL);
		exit(measure(&options));
	}
	status = child > 0 ? wait_for(child, &signals) : 1;
	restore_settings();
	return status;
}
