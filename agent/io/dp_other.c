// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs of another agent, with a pin folder of its own, on an interface. TC would let two of
 * them on a port, of which the second hears nothing; or on kernels before 6.6 put one in the
 * other's place.
 */
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "io/dp_internal.h"
#include "io/probe.h"
#include "lib/util.h"

#define MAPS_MAX 64 /* of a program */

static bool uses_our_ports(const struct dataplane *dp, const uint32_t *maps, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (dp_is_map(dp->ports_fd, maps[i]) || dp_former_has_map(dp, maps[i]))
			return true;
	return false;
}

bool dp_is_others(const struct dataplane *dp, uint32_t prog)
{
	_cleanup_close_ int fd = prog ? bpf_prog_get_fd_by_id(prog) : -1;
	uint32_t maps[MAPS_MAX], size = sizeof(struct bpf_prog_info);
	struct bpf_prog_info info = {.nr_map_ids = MAPS_MAX, .map_ids = (uintptr_t)maps};

	/* Late ports: the right to look at programs has been given up. */
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size))
		return false;
	if (strncmp(info.name, DP_NAMES, strlen(DP_NAMES)) != 0)
		return false;
	return !uses_our_ports(dp, maps, MIN(info.nr_map_ids, MAPS_MAX));
}

uint32_t dp_other_agent(const struct dataplane *dp, unsigned int ifindex)
{
	uint32_t ids[DP_PROGS_MAX], n, xdp;

	/* Of a folder that a --cleanup which was killed has left half of. */
	if (dp->former && dp_former_has(dp, ifindex))
		return 0;
	xdp = probe_xdp_id(ifindex);
	if (dp_is_others(dp, xdp))
		return xdp;
	n = dp_tc_programs(ifindex, DP_INGRESS, ids);
	for (uint32_t i = 0; i < n; i++)
		if (dp_is_others(dp, ids[i]))
			return ids[i];
	return 0;
}

void probe_other_agents(const char *pin_dir, struct port_facts *ports, size_t n)
{
	struct dataplane dp = {.pin_dir = (char *)pin_dir, .pins = (char *)"", .ports_fd = -1};

	dp_former_open(&dp);
	for (size_t i = 0; i < n; i++)
		if (ports[i].link.ifindex)
			ports[i].other_agent = dp_other_agent(&dp, ports[i].link.ifindex);
	dp_former_close(&dp);
}
