// SPDX-License-Identifier: GPL-2.0-or-later
/* CPUs as the kernel tells them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
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
	char path[64];
	int fd;

	snprintf(path, sizeof(path), PIN_DIR "/v%d/flow_stats", MUPI_DP_VERSION);
	fd = bpf_obj_get(path);
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
