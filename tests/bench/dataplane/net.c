// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A path's network namespace: port pairs and sinks. It has no name; the kernel removes it with the
 * process, whatever ends that.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bench.h"
#include "bench.skel.h"

#define TCX_INGRESS 46 /* BPF_TCX_INGRESS, younger than this system's headers */

int path_fail(struct path *path, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(path->why, sizeof(path->why), format, args);
	va_end(args);
	return -1;
}

void path_enter(const struct path *path)
{
	if (setns(path->netns, CLONE_NEWNET)) {
		perror("setns");
		exit(1);
	}
}

int path_run(struct path *path, const char *format, ...)
{
	char command[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	return system(command) ? path_fail(path, "failed: %s", command) : 0;
}

FILE *path_pipe(struct path *path, const char *command)
{
	FILE *pipe = popen(command, "w");

	if (!pipe)
		path_fail(path, "%s: %s", command, strerror(errno));
	return pipe;
}

int path_pipe_close(struct path *path, FILE *pipe, const char *command)
{
	return pclose(pipe) ? path_fail(path, "failed: %s", command) : 0;
}

static int set_sysctl(const char *name, const char *value)
{
	_cleanup_close_ int fd = open(name, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, value, strlen(value)) > 0 ? 0 : -1;
}

/* A queue for each injector, as the cards of servers have, so that they share no lock. */
static void print_pair(FILE *pipe, const char *port, const char *peer, unsigned int i)
{
	fprintf(pipe,
		"link add %s%u numtxqueues %d numrxqueues %d type veth "
		"peer name %s%u numtxqueues %d numrxqueues %d\n"
		"link set %s%u up\nlink set %s%u up\n",
		port, i, MAX_INGRESS, MAX_INGRESS, peer, i, MAX_INGRESS, MAX_INGRESS, port, i, peer,
		i);
}

static unsigned int ifindex_of(const char *name, unsigned int i)
{
	char full[IF_NAMESIZE];

	snprintf(full, sizeof(full), "%s%u", name, i);
	return if_nametoindex(full);
}

static int make_ports(struct path *path)
{
	const char *command = "ip -batch -";
	FILE *pipe = path_pipe(path, command);

	if (!pipe)
		return -1;
	for (unsigned int i = 0; i < MAX_RECEIVERS; i++)
		print_pair(pipe, "p", "q", i);
	for (unsigned int i = 0; i < MAX_INGRESS; i++)
		print_pair(pipe, "in", "gen", i);
	if (path_pipe_close(path, pipe, command))
		return -1;
	for (unsigned int i = 0; i < MAX_RECEIVERS; i++) {
		path->receivers[i].port = ifindex_of("p", i);
		path->receivers[i].peer = ifindex_of("q", i);
	}
	for (unsigned int i = 0; i < MAX_INGRESS; i++) {
		path->ingress[i].port = ifindex_of("in", i);
		path->ingress[i].peer = ifindex_of("gen", i);
	}
	return 0;
}

static int attach_tc(int prog, unsigned int ifindex)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex,
			    .attach_point = BPF_TC_INGRESS);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = prog);
	int r;

	if (bpf_link_create(prog, (int)ifindex, TCX_INGRESS, NULL) >= 0)
		return 0; /* the descriptor stays open: the sink lives as long as the process */
	r = bpf_tc_hook_create(&hook);
	return r && r != -EEXIST ? r : bpf_tc_attach(&hook, &opts);
}

static int attach_sinks(struct path *path)
{
	int xdp = bpf_program__fd(path->bpf->progs.sink_xdp);
	int tc = bpf_program__fd(path->bpf->progs.sink_tc);
	int r = 0;

	for (unsigned int i = 0; !r && i < MAX_RECEIVERS; i++) {
		int peer = (int)path->receivers[i].peer;

		r = path->xdp_sink ? bpf_xdp_attach(peer, xdp, XDP_FLAGS_DRV_MODE, NULL)
				   : attach_tc(tc, (unsigned int)peer);
	}
	return r ? path_fail(path, "cannot attach a sink: %s", strerror(-r)) : 0;
}

/*
 * A program that is attached nowhere is patched into the kernel's XDP dispatcher for each run,
 * which waits for a grace period. Hence a place where no frame comes.
 */
static int park(struct path *path, int prog)
{
	int r = bpf_xdp_attach((int)path->ingress[MAX_INGRESS - 1].peer, prog, XDP_FLAGS_DRV_MODE,
			       NULL);

	return r ? path_fail(path, "cannot attach an injector: %s", strerror(-r)) : 0;
}

/* A veth takes redirected frames when its peer runs XDP, or has GRO and so a NAPI. */
static int make_targets(struct path *path)
{
	return path_run(path, "for i in $(seq 0 %d); do ethtool -K q$i gro on || exit 1; done",
			MAX_RECEIVERS - 1);
}

static int make_namespace(struct path *path)
{
	if (unshare(CLONE_NEWNET))
		return path_fail(path, "cannot make a network namespace: %s", strerror(errno));
	path->netns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	/* Hosts' own reports would be counted, too. */
	set_sysctl("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	set_sysctl("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	set_sysctl("/proc/sys/net/ipv4/conf/all/rp_filter", "0");
	set_sysctl("/proc/sys/net/ipv4/conf/default/rp_filter", "0");
	return path->netns < 0 ? path_fail(path, "no namespace: %s", strerror(errno)) : 0;
}

static bool takes_xdp(enum row row)
{
	return row == LIMIT || row == REDIRECT || row == NATIVE;
}

int path_open(struct path *path, const struct path_ops *ops, enum row row, bool xdp_sink)
{
	*path = (struct path){.ops = ops, .row = row, .xdp_sink = xdp_sink, .netns = -1};
	if (make_namespace(path) || make_ports(path))
		return -1;
	path->bpf = bench_bpf__open_and_load();
	if (!path->bpf)
		return path_fail(path, "cannot load BPF: %s", strerror(errno));
	path->inject = bpf_program__fd(row == ROUTING ? path->bpf->progs.pass_fresh
						      : path->bpf->progs.pass);
	if (attach_sinks(path) || (takes_xdp(row) && !xdp_sink && make_targets(path)) ||
	    park(path, takes_xdp(row) ? bpf_program__fd(path->bpf->progs.vary) : path->inject))
		return -1;
	return ops->open ? ops->open(path) : 0;
}

void path_close(struct path *path)
{
	if (path->netns < 0)
		return;
	path_enter(path);
	if (path->ops->close)
		path->ops->close(path);
	bench_bpf__destroy(path->bpf);
	close(path->netns);
}

uint64_t path_seen(const struct path *path, unsigned int i)
{
	uint64_t cpus[1024] = {0}, sum = 0;
	uint32_t key = path->receivers[i].peer;
	int n = libbpf_num_possible_cpus();

	if (n > (int)ARRAY_SIZE(cpus) ||
	    bpf_map_lookup_elem(bpf_map__fd(path->bpf->maps.seen), &key, cpus))
		return 0;
	for (int cpu = 0; cpu < n; cpu++)
		sum += cpus[cpu];
	return sum;
}

struct addr entry_group(const struct work *work, unsigned int i)
{
	uint32_t v4 = htonl((work->any_source ? BENCH_ANY4 : BENCH_GROUP4) + i);
	uint8_t v6[16] = {0xff, work->any_source ? 0x1e : 0x3e};

	memcpy(v6 + 12, &v4, 4);
	return work->v6 ? addr_from_v6(v6) : addr_from_v4(&v4);
}

struct addr entry_source(const struct work *work)
{
	static const uint8_t v4[4] = {10, 200, 0, 1};
	static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};

	return work->v6 ? addr_from_v6(v6) : addr_from_v4(v4);
}
