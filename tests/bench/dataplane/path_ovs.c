// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Open vSwitch's userspace datapath with the rule of mupi-proxy: (ingress port, UDP, group) to a
 * list of ports. It shares the injector's core, so that one core does all the work, as on other
 * paths.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define DIR	"/run/bench-ovs" /* on a tmpfs that only this process sees */
#define RUN	"OVS_RUNDIR=" DIR " OVS_DBDIR=" DIR " OVS_LOGDIR=" DIR " "
#define VSCTL	RUN "ovs-vsctl --timeout=30 --db=unix:" DIR "/db.sock "
#define FLOWS	RUN "ovs-ofctl -O OpenFlow14 add-flows " DIR "/bench.mgmt -"
#define INGRESS 100
#define WINDOW	512

struct own {
	pid_t db, daemon;
};

/* Dies with this process, whatever ends that. */
static pid_t spawn(const char *const *argv)
{
	struct sched_param param = {.sched_priority = 1}; /* as the injector */
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	take_core(0);
	sched_setscheduler(0, SCHED_FIFO, &param);
	setenv("OVS_RUNDIR", DIR, 1);
	setenv("OVS_DBDIR", DIR, 1);
	setenv("OVS_LOGDIR", DIR, 1);
	if (!freopen(DIR "/output", "a", stderr))
		_exit(1);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

static int start(struct path *path, struct own *own)
{
	static const char *const db[] = {"ovsdb-server",
					 DIR "/conf.db",
					 "--remote=punix:" DIR "/db.sock",
					 "-vconsole:off",
					 "--log-file=" DIR "/db.log",
					 NULL};
	static const char *const daemon[] = {"ovs-vswitchd", "unix:" DIR "/db.sock",
					     "-vconsole:off", "--log-file=" DIR "/ovs.log", NULL};

	if (path_run(path, "command -v ovs-vswitchd >/dev/null"))
		return path_fail(path, "Open vSwitch is not installed");
	if (path_run(path, "mkdir -p " DIR " && ovsdb-tool create " DIR "/conf.db "
			   "/usr/share/openvswitch/vswitch.ovsschema"))
		return -1;
	own->db = spawn(db);
	if (path_run(path, VSCTL "--no-wait --retry init"))
		return -1;
	own->daemon = spawn(daemon);
	return 0;
}

static int open_ovs(struct path *path)
{
	struct own *own = path->own = xcalloc(1, sizeof(*own));

	path->window = WINDOW;
	if (start(path, own))
		return -1;
	if (path_run(path,
		     VSCTL "add-br bench -- set bridge bench datapath_type=netdev fail_mode=secure "
			   "-- add-port bench in0 -- set interface in0 ofport_request=%d",
		     INGRESS))
		return -1;
	return path_run(path,
			"args=; for i in $(seq 0 %d); do args=\"$args -- add-port bench p$i "
			"-- set interface p$i ofport_request=$((i + 1))\"; done; " VSCTL "$args",
			MAX_RECEIVERS - 1);
}

static void print_rule(FILE *pipe, const struct work *work, unsigned int entry,
		       unsigned int receivers)
{
	struct addr group = entry_group(work, entry);
	char g[ADDR_STRLEN];

	fprintf(pipe, "priority=1,in_port=%d,udp,nw_dst=%s,actions=output:1", INGRESS,
		addr_format(&group, g));
	for (unsigned int i = 2; i <= receivers; i++)
		fprintf(pipe, ",output:%u", i);
	fputc('\n', pipe);
}

static int configure(struct path *path, const struct work *work)
{
	FILE *pipe = path_pipe(path, FLOWS);

	if (!pipe)
		return -1;
	for (unsigned int i = path->installed; i < work->entries; i++)
		print_rule(pipe, work, i, 1);
	path->installed = MAX(path->installed, work->entries);
	print_rule(pipe, work, 0, work->receivers);
	return path_pipe_close(path, pipe, "ovs-ofctl add-flows");
}

static void end(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

static void close_ovs(struct path *path)
{
	struct own *own = path->own;

	end(own->daemon);
	end(own->db);
	free(own);
}

const struct path_ops ovs_ops = {open_ovs, configure, close_ovs};
