/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mupi-agent: life cycle. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <systemd/sd-daemon.h>

#include "agent.h"
#include "journal.h"
#include "lib/log.h"
#include "mupi/control.h"
#include "mupi/stdfds.h"
#include "options.h"
#include "selfcheck.h"

/* Environment of a process that starts anew: its PID:FD. */
#define CONFIG_FD "MUPI_CONFIG_FD"

static void print_problem(void *ctx, bool error, const char *text)
{
	(void)ctx;
	fprintf(stderr, error ? "%s\n" : "%s (warning)\n", text);
}

/* -t prints to stdout, a start to stderr. */
static void print_check(void *ctx, bool error, const char *text)
{
	(void)ctx;
	printf(error ? "%s\n" : "%s (warning)\n", text);
}

/* For the process that this one becomes; out of the way of control_give(). */
static void give_config(int fd)
{
	char text[32];

	fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD, SD_LISTEN_FDS_START + 1);
	snprintf(text, sizeof(text), "%d:%d", getpid(), fd);
	if (fd >= 0)
		setenv(CONFIG_FD, text, 1);
}

/* What the former process had read, or NULL. */
static FILE *given_config(void)
{
	const char *text = getenv(CONFIG_FD);
	int pid, fd;

	if (!text || sscanf(text, "%d:%d", &pid, &fd) != 2 || pid != getpid())
		return NULL;
	unsetenv(CONFIG_FD);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fdopen(fd, "r");
}

/* Without a file (--check) there are only the ports of -i. */
static int read_file(const struct options *o, config_report *report, struct config **ret)
{
	FILE *file = given_config();
	char nothing[] = "\n";
	int r;

	if (o->config && !file)
		return config_read(o->config, false, report, NULL, ret);
	if (!file)
		file = fmemopen(nothing, 1, "r");
	r = config_read_stream(file, o->config ? o->config : "-i", report, NULL, ret);
	fclose(file);
	return r;
}

static int read_config(const struct options *o, struct config **ret)
{
	config_report *report = o->test ? print_check : print_problem;
	struct config *config;
	bool bad;

	if (read_file(o, report, &config))
		return -EINVAL;
	bad = config->faulty;
	/* A check without ports looks at the file alone. */
	if ((!o->test && !o->check) || o->n_ports || config->n_ports)
		bad = config_settle(config, o->ports, o->n_ports, report, NULL);
	if (bad) {
		config_free(config);
		return -EINVAL;
	}
	*ret = config;
	return 0;
}

static int cleanup(const struct options *o)
{
	char error[256];

	if (!dataplane_cleanup(o->params.pin_dir, error)) {
		control_remove(o->params.socket);
		journal_remove(o->params.socket);
		return EXIT_SUCCESS;
	}
	fprintf(stderr, "mupi-agent: %s\n", error);
	return EXIT_ERROR;
}

static int check(const struct options *o)
{
	struct selfcheck_params params = {
		.roles_known = o->config != NULL,
		.pin_dir = o->params.pin_dir,
		.mode = o->params.mode,
		.json = o->json,
	};
	struct config *config = NULL;
	int status;

	if ((o->config || o->n_ports) && read_config(o, &config))
		return EXIT_ERROR;
	params.config = config;
	status = selfcheck(&params);
	config_free(config);
	return status;
}

static void on_end(evutil_socket_t number, short what, void *ctx)
{
	struct agent *agent = ctx;

	(void)what;
	/* SIGTERM leaves the data plane forwarding for the next agent; SIGINT takes it down. */
	agent->cleanup = agent->cleanup || number == SIGINT;
	agent->again = false;
	event_base_loopbreak(agent->base);
}

/* Those that come while the file is read ask for it once more, not once each. */
static void on_hangup(evutil_socket_t number, short what, void *ctx)
{
	(void)number;
	(void)what;
	event_active(ctx, EV_TIMEOUT, 1);
}

static void on_reload(evutil_socket_t fd, short what, void *ctx)
{
	char error[512];

	(void)fd;
	(void)what;
	if (agent_reload(ctx, error))
		log_error("reload refused, nothing changed: %s", error);
}

/* While nobody listens they wait, also for the process that execv() makes of this one. */
static void hold_signals(bool hold)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static int serve(struct agent *agent)
{
	struct event *reload = evtimer_new(agent->base, on_reload, agent);
	struct event *signals[] = {
		evsignal_new(agent->base, SIGTERM, on_end, agent),
		evsignal_new(agent->base, SIGINT, on_end, agent),
		evsignal_new(agent->base, SIGHUP, on_hangup, reload),
	};
	int err;

	for (unsigned int i = 0; i < ARRAY_SIZE(signals); i++)
		event_add(signals[i], NULL);
	hold_signals(false);
	err = agent_run(agent);
	hold_signals(true);
	/* One that came since the loop was told to end. */
	if (agent->again)
		event_base_loop(agent->base, EVLOOP_NONBLOCK);
	for (unsigned int i = 0; i < ARRAY_SIZE(signals); i++)
		event_free(signals[i]);
	event_free(reload);
	return err ? EXIT_ERROR : EXIT_SUCCESS;
}

static int run(const struct options *o)
{
	struct agent *agent;
	struct config *config;
	int status, fd, config_fd;
	bool again;

	if (o->cleanup)
		return cleanup(o);
	if (o->check)
		return check(o);
	hold_signals(!o->test);
	if (read_config(o, &config))
		return EXIT_ERROR;
	if (o->test) {
		config_free(config);
		return EXIT_SUCCESS;
	}
	signal(SIGPIPE, SIG_IGN);
	agent = xcalloc(1, sizeof(*agent));
	agent->cli_ports = o->ports;
	agent->n_cli_ports = o->n_ports;
	status = agent_open(agent, config, &o->params) ? EXIT_ERROR : serve(agent);
	again = agent->again;
	config_fd = agent->again_fd;
	fd = agent_close(agent, &o->params);
	free(agent);
	if (again) {
		give_config(config_fd);
		control_give(fd);
		execv("/proc/self/exe", o->argv);
		log_error("cannot start anew: %s", strerror(errno));
	}
	return status;
}

int main(int argc, char **argv)
{
	struct options o = {
		.argv = argv,
		.params = {.socket = MUPI_CONTROL_SOCKET, .pin_dir = DEFAULT_PIN_DIR},
	};
	int status;

	mupi_fill_standard_fds(O_RDWR);
	status = options_parse(argc, argv, &o);
	/* Started anew it would be named after the link in /proc. */
	prctl(PR_SET_NAME, "mupi-agent");
	status = status ? status - 1 : run(&o);
	free(o.ports);
	return status;
}
