// SPDX-License-Identifier: GPL-2.0-or-later
/* The data plane as the agent drives it, once in native XDP and once at tc ingress. */
#include <linux/if_link.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bench.h"
#include "io/dataplane.h"

struct own {
	struct dataplane *dp;
	char pin_dir[64];
};

static void no_punt(void *ctx, unsigned int index, const struct mupi_punt *punt)
{
	(void)ctx;
	(void)index;
	(void)punt;
}

static int open_mupi(struct path *path)
{
	struct own *own = path->own = xcalloc(1, sizeof(*own));

	/* A bpffs that only this process sees. */
	snprintf(own->pin_dir, sizeof(own->pin_dir), "/sys/fs/bpf/bench-%d-%d", path->row,
		 path->xdp_sink);
	return 0;
}

static void drop(struct own *own)
{
	char error[256];

	dataplane_close(TAKE_PTR(own->dp));
	dataplane_cleanup(own->pin_dir, error);
}

static void close_mupi(struct path *path)
{
	drop(path->own);
	free(path->own);
}

static int attach(struct path *path, const struct work *work)
{
	const struct mupi_port upstream = {.flags = MUPI_PORT_UPSTREAM}, downstream = {0};
	struct own *own = path->own;
	int r = 0;

	for (unsigned int i = 0; !r && i < work->receivers; i++)
		r = dataplane_attach(own->dp, i, path->receivers[i].port, &downstream, path->why);
	for (unsigned int i = 0; !r && i < work->ingress; i++)
		r = dataplane_attach(own->dp, work->receivers + i, path->ingress[i].port, &upstream,
				     path->why);
	return r;
}

static int set(struct path *path, const struct work *work, unsigned int upstream,
	       const struct addr *group)
{
	struct dataplane *dp = ((struct own *)path->own)->dp;
	const struct addr source = entry_source(work);
	const struct prefix one = prefix_host(&source), any = {0};
	struct portset all = {0}, none = {0};
	int r;

	for (unsigned int i = 0; i < work->receivers; i++)
		portset_add(&all, i);
	if (work->any_source)
		return dataplane_flow_set(dp, upstream, group, &any, &all, 0);
	r = dataplane_flow_set(dp, upstream, group, &any, &none, MUPI_FWD_HAS_SOURCES);
	return r ? r : dataplane_flow_set(dp, upstream, group, &one, &all, 0);
}

/* What the kernel runs on a port. */
static int program_of(unsigned int ifindex)
{
	uint32_t id = 0;

	return bpf_xdp_query_id((int)ifindex, 0, &id) || !id ? -1 : bpf_prog_get_fd_by_id(id);
}

static int configure(struct path *path, const struct work *work, enum dataplane_mode mode)
{
	struct own *own = path->own;
	struct dataplane_params params = {
		.pin_dir = own->pin_dir,
		.n_ports = work->ports ? work->ports : work->receivers + work->ingress,
		.mode = mode,
		.max_flows = MAX(65536, work->entries * work->ingress * 2),
	};
	int r;

	drop(own);
	if (dataplane_open(&params, no_punt, NULL, &own->dp, path->why) || attach(path, work))
		return -1;
	for (unsigned int i = 0; i < work->entries; i++) {
		struct addr group = entry_group(work, i);

		for (unsigned int in = 0; in < work->ingress; in++) {
			r = set(path, work, work->receivers + in, &group);
			if (r)
				return path_fail(path, "entry %u: error %d", i, r);
		}
	}
	return dataplane_start(own->dp, path->why) ? -1 : 0;
}

static int configure_native(struct path *path, const struct work *work)
{
	if (configure(path, work, DP_NATIVE))
		return -1;
	path->inject = program_of(path->ingress[0].port);
	return path->inject < 0 ? path_fail(path, "no XDP program on the ingress") : 0;
}

static int configure_tc(struct path *path, const struct work *work)
{
	return configure(path, work, DP_TC);
}

const struct path_ops native_ops = {open_mupi, configure_native, close_mupi};
const struct path_ops tc_ops = {open_mupi, configure_tc, close_mupi};
