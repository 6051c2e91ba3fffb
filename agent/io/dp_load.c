// SPDX-License-Identifier: GPL-2.0-or-later
/* The programs and their maps: loaded, pinned, and what of the maps is read in memory. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "io/dp_internal.h"
#include "lib/log.h"
#include "lib/util.h"
#include "mupi.skel.h"

#define DEFAULT_FLOWS 262144
#define POSSIBLE_CPUS "/sys/devices/system/cpu/possible"

static int print(const char *format, va_list args)
{
	char line[512], *end;

	if (log_get_level() < LOG_LEVEL_DEBUG)
		return 0;
	vsnprintf(line, sizeof(line), format, args);
	end = strchr(line, '\n');
	if (end)
		*end = '\0';
	log_debug("%s", line);
	return 0;
}

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	return print(format, args);
}

static int print_libxdp(enum libxdp_print_level level, const char *format, va_list args)
{
	(void)level;
	return print(format, args);
}

void dp_log_libbpf(void)
{
	libbpf_set_print(print_libbpf);
	libxdp_set_print(print_libxdp);
}

static size_t size_of_counters(const struct dataplane *dp)
{
	return (size_t)dp->max_flows * dp->cpu_ids * sizeof(*dp->flow_stats);
}

static int explain_load(const struct dataplane *dp, int code, char error[static DP_ERROR_LEN])
{
	if (code == -EPERM)
		return dp_error(
			error, code,
			"loading BPF: not permitted; run as root or with CAP_BPF, CAP_NET_ADMIN "
			"and CAP_PERFMON");
	errno = -code;
	if (code == -ENOMEM)
		return dp_error(
			error, code,
			"loading BPF: %m; the counters of %u CPUs take %zu MiB, also of those "
			"that may only be added",
			dp->cpu_ids, size_of_counters(dp) >> 20);
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		return dp_error(error, code,
				"loading BPF: %m; no /sys/kernel/btf/vmlinux: the kernel "
				"needs CONFIG_DEBUG_INFO_BTF");
	return dp_error(error, code,
			"loading BPF: %m; kernel 6.1 or newer is needed, "
			"the log at level debug says what it refuses");
}

static int map_counters(struct dataplane *dp, char error[static DP_ERROR_LEN])
{
	void *counters = mmap(NULL, size_of_counters(dp), PROT_READ | PROT_WRITE, MAP_SHARED,
			      bpf_map__fd(dp->skel->maps.flow_stats), 0);

	if (counters == MAP_FAILED)
		return dp_error(error, -errno, "cannot map the counters of flows: %m");
	dp->flow_stats = counters;
	return 0;
}

static int load(struct dataplane *dp, uint32_t flows, char error[static DP_ERROR_LEN])
{
	struct mupi *skel = dp->skel = mupi__open();
	int r;

	if (!skel)
		return explain_load(dp, -errno, error);
	dp->max_flows = flows;
	bpf_map__set_max_entries(skel->maps.fwd4, flows);
	bpf_map__set_max_entries(skel->maps.fwd6, flows);
	bpf_map__set_max_entries(skel->maps.range4, flows);
	bpf_map__set_max_entries(skel->maps.range6, flows);
	bpf_map__set_max_entries(skel->maps.flow_stats, flows * dp->cpu_ids);
	skel->rodata->flow_counters = flows;
	r = mupi__load(skel);
	if (r)
		return explain_load(dp, r, error);
	dp->ports_fd = bpf_map__fd(skel->maps.ports);
	dp->flow_fds[DP_FWD4] = bpf_map__fd(skel->maps.fwd4);
	dp->flow_fds[DP_FWD6] = bpf_map__fd(skel->maps.fwd6);
	dp->flow_fds[DP_RANGE4] = bpf_map__fd(skel->maps.range4);
	dp->flow_fds[DP_RANGE6] = bpf_map__fd(skel->maps.range6);
	dp->port_stats_fd = bpf_map__fd(skel->maps.port_stats);
	dp->buckets_fd = bpf_map__fd(skel->maps.buckets);
	dp->alive_fd = bpf_map__fd(skel->maps.alive);
	dp->xdp_prog = bpf_program__fd(skel->progs.mupi_xdp);
	dp->tc_prog = bpf_program__fd(skel->progs.mupi_tc);
	dp->guard_prog = bpf_program__fd(skel->progs.mupi_guard);
	dp->n_counters = flows;
	dp->counters = xcalloc(flows, sizeof(uint32_t));
	for (uint32_t i = 0; i < flows; i++)
		dp->counters[i] = flows - 1 - i;
	return map_counters(dp, error);
}

/* bpf_object__pin_maps() would take another path for one that has a dot in it. */
static int pin(struct dataplane *dp, char error[static DP_ERROR_LEN])
{
	char path[PATH_MAX];
	struct bpf_map *map;

	bpf_object__for_each_map(map, dp->skel->obj)
	{
		if (bpf_map__is_internal(map))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dp->pins, bpf_map__name(map));
		if (bpf_obj_pin(bpf_map__fd(map), path))
			return dp_error(error, -errno, "cannot pin maps in %s: %m; is it a bpffs?",
					dp->pins);
	}
	return 0;
}

/* One more than the highest number of a CPU; not all need be there ("0-3,8-11"). */
static uint32_t count_cpu_ids(void)
{
	FILE *file = fopen(POSSIBLE_CPUS, "re");
	uint32_t last, n = 0;

	while (file && fscanf(file, "%" SCNu32 "%*c", &last) == 1)
		n = last + 1;
	if (file)
		fclose(file);
	return n;
}

int dp_load(struct dataplane *dp, unsigned int max_flows, char error[static DP_ERROR_LEN])
{
	int r;

	dp->n_cpus = libbpf_num_possible_cpus();
	dp->cpu_ids = count_cpu_ids();
	if (dp->n_cpus <= 0 || !dp->cpu_ids)
		return dp_error(error, -ENOENT, "cannot read %s: is there a sysfs?", POSSIBLE_CPUS);
	r = load(dp, max_flows ? max_flows : DEFAULT_FLOWS, error);
	return r ? r : pin(dp, error);
}

void dp_unload(struct dataplane *dp)
{
	if (dp->flow_stats)
		munmap((void *)dp->flow_stats, size_of_counters(dp));
	mupi__destroy(dp->skel);
	free(dp->counters);
}
