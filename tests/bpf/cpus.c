// SPDX-License-Identifier: GPL-2.0-or-later
/* CPUs as the kernel tells them. */
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <criterion/criterion.h>

#include "bpf/dp_rig.h"
#include "io/dp_internal.h"

#define FLOWS 20000 /* of the rig */

static void set_up(void)
{
	rig_up(DP_NATIVE);
}

TestSuite(cpus, .init = set_up, .fini = rig_down, .timeout = 60);

static void pretend(const char *possible)
{
	char path[] = "/tmp/mupi-cpus-XXXXXX";
	int fd = mkstemp(path);

	cr_assert_eq(write(fd, possible, strlen(possible)), (ssize_t)strlen(possible));
	cr_assert_eq(mount(path, "/sys/devices/system/cpu/possible", NULL, MS_BIND, NULL), 0, "%m");
	unlink(path);
	close(fd);
}

static uint32_t counters(void)
{
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);
	int fd = rig_pinned("flow_stats");

	cr_assert_eq(bpf_obj_get_info_by_fd(fd, &info, &size), 0, "%m");
	close(fd);
	return info.max_entries;
}

/* A program counts by the number of its CPU. */
Test(cpus, whose_numbers_have_gaps_all_have_counters)
{
	dataplane_close(rig_dp);
	pretend("0-1,8-63,70\n");
	cr_assert_eq(rig_start(DP_NATIVE, &rig_dp), 0, "%s", rig_error);
	cr_expect_eq(counters(), 71 * FLOWS, "for %u CPUs", counters() / FLOWS);
}

/* Each has counters of its own, of all flows, whether it is there or may only be added. */
Test(cpus, too_many_for_the_memory_are_named)
{
	struct dataplane *dp = NULL;
	struct sysinfo memory;

	sysinfo(&memory);
	if (memory.totalram * memory.mem_unit >> 30 >= 60)
		cr_skip_test("there is enough");
	dataplane_close(rig_dp);
	rig_dp = NULL;
	pretend("0-199999\n");
	cr_expect_eq(rig_open(DP_NATIVE, &dp), -ENOMEM);
	cr_expect(strstr(rig_error, "counters of 200000 CPUs take 61035 MiB"), "%s", rig_error);
}

static void open_through_libxdp(void)
{
	struct dataplane_params params = {
		.pin_dir = PIN_DIR,
		.n_ports = PORTS,
		.mode = DP_NATIVE,
		.attach = DP_LIBXDP,
		.max_flows = FLOWS,
	};
	char name[] = "p0";

	cr_assert_eq(dataplane_open(&params, NULL, NULL, &rig_dp, rig_error), 0, "%s", rig_error);
	for (unsigned int i = 0; i < PORTS; i++, name[1]++)
		rig_attach(i, if_nametoindex(name));
	cr_assert_eq(rig_flow_set(1, 6), 0);
	cr_assert_eq(dataplane_start(rig_dp, rig_error), 0, "%s", rig_error);
}

/* Its program is loaded a second time, over the same maps: of the same size to it, as well. */
Test(cpus, all_count_what_comes_through_libxdp)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;

	dataplane_close(rig_dp);
	cr_assert_eq(dataplane_cleanup(PIN_DIR, rig_error), 0, "%s", rig_error);
	open_through_libxdp();
	for (long cpu = 0; cpu < n; cpu++) {
		CPU_ZERO(&set);
		CPU_SET((size_t)cpu, &set);
		cr_assert_eq(sched_setaffinity(0, sizeof(set), &set), 0, "%m");
		rig_forwards(10, 6);
		cr_expect_eq(rig_flows().last.stats.packets, 10 * (uint64_t)(cpu + 1), "CPU %ld",
			     cpu);
	}
}
