// SPDX-License-Identifier: GPL-2.0-or-later
/* Open, poll, close; ports. Programs and maps, lists, flows, hooks and the pin folder are in
 * dp_*.c. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "io/clock.h"
#include "io/dp_internal.h"
#include "io/features.h"
#include "lib/log.h"
#include "lib/util.h"
#include "mupi.skel.h"

#define SPARE_FILES 1024
/* Punts that one dataplane_poll() delivers at most. */
#define POLL_MAX    8192
/* An agent that is alive may be busy for so long. */
#define HOLD_MIN    USEC_PER_SEC

int dp_error(char error[static DP_ERROR_LEN], int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, DP_ERROR_LEN, format, args);
	va_end(args);
	return code;
}

/* Every replication list keeps a descriptor. */
static void raise_file_limit(void)
{
	struct rlimit limit = {MUPI_MAX_LISTS + SPARE_FILES, MUPI_MAX_LISTS + SPARE_FILES}, old;

	if (getrlimit(RLIMIT_NOFILE, &old) || old.rlim_cur >= limit.rlim_cur)
		return;
	limit.rlim_max = MAX(limit.rlim_max, old.rlim_max);
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return;
	old.rlim_cur = old.rlim_max;
	setrlimit(RLIMIT_NOFILE, &old);
}

/* The port that a frame came by, or -1. A former agent may have given it another index. */
static int port_of(const struct dataplane *dp, const struct mupi_punt *punt)
{
	if (punt->port < MUPI_MAX_PORTS && dp->ports[punt->port].ifindex == punt->ifindex)
		return punt->port;
	return dp_find_port(dp, punt->ifindex);
}

int dp_deliver(void *ctx, void *data, size_t size)
{
	struct dataplane *dp = ctx;
	const struct mupi_punt *punt = data;
	bool whole = size >= sizeof(*punt) && size - sizeof(*punt) >= punt->len;
	int port = whole ? port_of(dp, punt) : -1;

	if (port >= 0)
		dp->punt(dp->ctx, (unsigned int)port, punt);
	/* The record is consumed; an error ends dataplane_poll(), which starts anew at `to_poll`.
	 */
	return dp->to_poll && !--dp->to_poll ? -EAGAIN : 0;
}

static int set_up(struct dataplane *dp, const struct dataplane_params *params,
		  char error[static DP_ERROR_LEN])
{
	int r;

	if (!params->n_ports || params->n_ports > MUPI_MAX_PORTS)
		return dp_error(error, -EINVAL, "%u ports: 1 to %d are possible", params->n_ports,
				MUPI_MAX_PORTS);
	r = dp_pin_open(dp->pin_dir, &dp->lock, error);
	if (!r)
		r = dp_pin_stage(dp, error);
	if (!r)
		r = dp_load(dp, params->max_flows, error);
	if (r)
		return r;
	dp->ring = ring_buffer__new(bpf_map__fd(dp->skel->maps.punt), dp_deliver, dp, NULL);
	if (!dp->ring)
		return dp_error(error, -errno, "cannot map the punt ring: %m");
	dp->lists = dp_lists_new(bpf_map__fd(dp->skel->maps.lists),
				 bpf_map__fd(dp->skel->maps.members), params->n_ports, dp->ports);
	dp_lists_prepare(dp->lists);
	dp_former_open(dp);
	dataplane_heartbeat(dp, params->hold_time);
	return 0;
}

/* Without slashes behind it. */
static char *pin_dir_of(const char *path)
{
	char *copy = xstrdup(path);

	for (size_t len = strlen(copy); len > 1 && copy[len - 1] == '/'; len--)
		copy[len - 1] = '\0';
	return copy;
}

int dataplane_open(const struct dataplane_params *params, dataplane_punt *punt, void *ctx,
		   struct dataplane **ret, char error[static 256])
{
	struct dataplane *dp = xcalloc(1, sizeof(*dp));
	int r;

	dp_log_libbpf();
	raise_file_limit();
	dp->punt = punt;
	dp->ctx = ctx;
	dp->mode = params->mode;
	dp->attach = params->attach;
	dp->features = xdp_features;
	features_watch_open(&dp->watch, dp_mode_features, dp);
	dp->lock = -1;
	dp->pin_dir = pin_dir_of(params->pin_dir);
	for (unsigned int i = 0; i < MUPI_MAX_PORTS; i++)
		dp->ports[i] = (struct dp_port){.xdp_link = -1, .tc_link = -1, .guard_link = -1};
	r = set_up(dp, params, error);
	if (r)
		dataplane_close(dp);
	else
		*ret = dp;
	return r;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void dp_keep(struct dataplane *dp, unsigned int index, uint32_t flag, bool on)
{
	struct dp_port *port = &dp->ports[index];
	uint32_t kept = on ? port->kept | flag : port->kept & ~flag;
	struct mupi_port value;

	if (kept == port->kept || bpf_map_lookup_elem(dp->ports_fd, &port->ifindex, &value))
		return;
	value.flags = (value.flags & ~(uint32_t)DP_KEPT) | kept;
	port->kept = kept;
	bpf_map_update_elem(dp->ports_fd, &port->ifindex, &value, BPF_EXIST);
}

static void forget_port(struct dataplane *dp, unsigned int index)
{
	struct dp_port *port = &dp->ports[index];

	bpf_map_delete_elem(dp->ports_fd, &port->ifindex);
	if (port->kept & MUPI_PORT_ALLMULTI)
		dp_set_allmulti(port->ifindex, false);
	port->kept = 0;
	port->ifindex = 0;
}

/* A start that failed: what was attached goes, what a former agent has there stays. */
static void undo(struct dataplane *dp)
{
	for (unsigned int i = 0; dp->former && i < MUPI_MAX_PORTS; i++) {
		if (!dp->ports[i].ifindex || dp_former_has(dp, dp->ports[i].ifindex))
			continue;
		dp_detach_port(dp, i);
		forget_port(dp, i);
	}
	dp_pin_drop(dp);
}

void dataplane_close(struct dataplane *dp)
{
	if (!dp)
		return;
	if (dp->pins && !dp->started)
		undo(dp);
	for (unsigned int i = 0; i < MUPI_MAX_PORTS; i++) {
		close_fd(dp->ports[i].xdp_link);
		close_fd(dp->ports[i].tc_link);
		close_fd(dp->ports[i].guard_link);
	}
	features_watch_close(dp->watch);
	dp_former_close(dp);
	dp_libxdp_close(dp);
	dp_lists_free(dp->lists);
	ring_buffer__free(dp->ring);
	dp_unload(dp);
	close_fd(dp->lock);
	free(dp->pin_dir);
	free(dp->pins);
	free(dp);
}

int dataplane_fd(const struct dataplane *dp)
{
	return bpf_map__fd(dp->skel->maps.punt);
}

int dataplane_poll(struct dataplane *dp)
{
	dp->to_poll = POLL_MAX;
	return ring_buffer__consume(dp->ring);
}

bool dataplane_prepare(struct dataplane *dp)
{
	return dp_lists_prepare(dp->lists);
}

void dataplane_heartbeat(struct dataplane *dp, usec_t hold_time)
{
	usec_t now = clock_usec(), hold = hold_time ? MAX(hold_time, HOLD_MIN) : 0;
	struct mupi_alive alive = {.last_ns = now * 1000, .hold_ns = hold * 1000};
	uint32_t zero = 0;

	bpf_map_update_elem(dp->alive_fd, &zero, &alive, BPF_ANY);
	if (dp->started)
		dp_mode_return(dp, now);
}

/* Full buckets and counters from nothing: the index may have been another port's. */
static void reset_port(struct dataplane *dp, uint32_t index)
{
	_cleanup_free_ uint64_t *zero = xcalloc((size_t)dp->n_cpus, sizeof(*zero));
	uint64_t empty[4] = {0};

	for (uint32_t i = index * MUPI_PUNT_KINDS; i < (index + 1) * MUPI_PUNT_KINDS; i++)
		bpf_map_update_elem(dp->buckets_fd, &i, empty, BPF_ANY);
	for (uint32_t i = index * MUPI_STAT_MAX; i < (index + 1) * MUPI_STAT_MAX; i++)
		bpf_map_update_elem(dp->port_stats_fd, &i, zero, BPF_ANY);
}

int dp_find_port(const struct dataplane *dp, unsigned int ifindex)
{
	for (int i = 0; i < MUPI_MAX_PORTS; i++)
		if (dp->ports[i].ifindex == ifindex)
			return i;
	return -1;
}

int dataplane_attach(struct dataplane *dp, unsigned int index, unsigned int ifindex,
		     const struct mupi_port *port, char error[static 256])
{
	struct mupi_port value = *port;
	bool attached;
	int former, r;

	if (index >= MUPI_MAX_PORTS || !ifindex)
		return dp_error(error, -EINVAL, "port %u with ifindex %u: no such port", index,
				ifindex);
	former = dp_find_port(dp, ifindex);
	attached = former == (int)index;
	if (former >= 0 && !attached)
		return dp_error(error, -EBUSY, "port with ifindex %u: it is another port already",
				ifindex);
	if (!attached && dp->ports[index].ifindex)
		dataplane_detach(dp, index);
	value.index = index;
	if (!attached)
		reset_port(dp, index);
	if (!attached)
		dp->ports[index].kept = dp_former_kept(dp, ifindex);
	value.flags |= dp->ports[index].kept;
	/* Before the programs, which pass everything on ports they do not know. */
	if (bpf_map_update_elem(dp->ports_fd, &ifindex, &value, BPF_ANY))
		return dp_error(error, -errno, "cannot enter ifindex %u as a port: %m", ifindex);
	dp->ports[index].upstream = port->flags & MUPI_PORT_UPSTREAM;
	if (attached)
		return 0;
	dp->ports[index].ifindex = ifindex;
	r = dp->started ? dp_attach_port(dp, index, error) : 0;
	if (r) {
		forget_port(dp, index);
		return r;
	}
	dp_lists_port(dp->lists, index, ifindex);
	return 0;
}

/* What a former agent serves shall not end for a port that it did not have. */
static int attach_first(struct dataplane *dp, unsigned int index, bool former,
			char error[static DP_ERROR_LEN])
{
	int r = dp_attach_port(dp, index, error);

	if (!r || former || !dp_former_any(dp))
		return r;
	dataplane_detach(dp, index);
	return 0;
}

/* New hooks first: what fails there leaves all former ones in force. */
int dataplane_start(struct dataplane *dp, char error[static 256])
{
	int r = 0;

	dp_mode_choose(dp);
	for (int former = 0; former < 2; former++)
		for (unsigned int i = 0; !r && i < MUPI_MAX_PORTS; i++)
			if (dp->ports[i].ifindex &&
			    dp_former_has(dp, dp->ports[i].ifindex) == former)
				r = attach_first(dp, i, former, error);
	if (r)
		return r;
	dp_former_detach(dp);
	r = dp_pin_settle(dp, error);
	if (r)
		return r;
	dp->started = true;
	dp_former_drain(dp);
	dp_former_close(dp);
	return 0;
}

bool dataplane_has(const struct dataplane *dp, unsigned int index)
{
	return dp->ports[index].ifindex;
}

void dataplane_detach(struct dataplane *dp, unsigned int index)
{
	uint32_t ifindex = index < MUPI_MAX_PORTS ? dp->ports[index].ifindex : 0;

	if (!ifindex)
		return;
	dp_lists_port(dp->lists, index, 0);
	dp_flows_forget_port(dp, index);
	dp_detach_port(dp, index);
	forget_port(dp, index);
	dp_mode_look_again(dp);
	/* Lists that dp_flows_forget_port() took were filled while the port was still there. */
	dp_lists_port(dp->lists, index, 0);
}

/* The guard is there in every mode, and goes with the interface; the kernel's lists lose also one
 * that only leaves the namespace. */
bool dataplane_holds(struct dataplane *dp, unsigned int index)
{
	return dp_tc_is_attached(dp, index, DP_EGRESS) && dp_lists_hold(dp->lists, index);
}

void dataplane_link(struct dataplane *dp, unsigned int index, bool up)
{
	char error[DP_ERROR_LEN];

	if (up && dp_mode_check(dp, index, error))
		log_error("%s", error);
	dp_mode_look_again(dp);
	dp_receive_all(dp, index);
	if (dp->mode != DP_GENERIC || index >= MUPI_MAX_PORTS || !dp->ports[index].ifindex)
		return;
	/* Generic XDP gives a packet up at the first receiver that is down, from the start on. */
	dp->ports[index].left_out = !up;
	dp_lists_port(dp->lists, index, up ? dp->ports[index].ifindex : 0);
}

int dataplane_features_fd(const struct dataplane *dp)
{
	return dp->watch ? features_watch_fd(dp->watch) : -1;
}

void dataplane_features_read(struct dataplane *dp)
{
	features_watch_read(dp->watch);
}

bool dataplane_uses_libxdp(const struct dataplane *dp)
{
	return dp->attach == DP_LIBXDP || dp->libxdp;
}

const char *dataplane_mode_name(const struct dataplane *dp, unsigned int index)
{
	bool known = index < MUPI_MAX_PORTS && dp->ports[index].mode != DP_AUTO;

	return known ? dp_mode_names[dp->ports[index].mode] : "none";
}

const char *dataplane_mode_reason(const struct dataplane *dp)
{
	return dp->mode_reason;
}

int dataplane_port_stats(struct dataplane *dp, unsigned int index,
			 uint64_t ret[static MUPI_STAT_MAX])
{
	size_t n_cpus = (size_t)dp->n_cpus;
	_cleanup_free_ uint64_t *cpus = xcalloc(MUPI_STAT_MAX * n_cpus, sizeof(*cpus));
	uint32_t keys[MUPI_STAT_MAX], n = MUPI_STAT_MAX, at = index * MUPI_STAT_MAX - 1;

	if (bpf_map_lookup_batch(dp->port_stats_fd, index ? &at : NULL, &at, keys, cpus, &n,
				 NULL) &&
	    errno != ENOENT)
		return -errno;
	if (n != MUPI_STAT_MAX)
		return -ENOENT;
	for (size_t i = 0; i < MUPI_STAT_MAX; i++) {
		ret[i] = 0;
		for (size_t cpu = 0; cpu < n_cpus; cpu++)
			ret[i] += cpus[i * n_cpus + cpu];
	}
	return 0;
}
