// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * XDP on ports that others share, through libxdp: its dispatcher calls one program after the other.
 * Where the kernel refuses that (freplace), libxdp puts our program on a free port alone; this is
 * told.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "io/dp_internal.h"
#include "io/probe.h"
#include "lib/log.h"
#include "lib/util.h"
#include "mupi.skel.h"

#define DISPATCHER "xdp_dispatcher"
#define RUN_CONFIG ".xdp_run_config" /* in the BTF of programs made for libxdp */
#define PRIORITY   10		     /* before the programs of AF_XDP sockets, which take all */

struct dp_libxdp {
	struct mupi *skel;
	struct xdp_program *prog;
};

static struct xdp_multiprog *programs_on(unsigned int ifindex)
{
	struct xdp_multiprog *all;

	if (!probe_xdp_id(ifindex))
		return NULL;
	all = xdp_multiprog__get_from_ifindex((int)ifindex);
	return libxdp_get_error(all) ? NULL : all;
}

static bool is_made_for_libxdp(const struct xdp_program *prog)
{
	const struct btf *btf = prog ? xdp_program__btf((struct xdp_program *)prog) : NULL;

	return btf && btf__find_by_name_kind(btf, RUN_CONFIG, BTF_KIND_DATASEC) > 0;
}

bool dp_libxdp_is_there(unsigned int ifindex)
{
	char name[BPF_OBJ_NAME_LEN];
	struct xdp_program *prog;
	bool there;

	if (!dp_xdp_name(ifindex, name))
		return false;
	/* One of another version than libxdp's own is told by its name alone. */
	if (!strcmp(name, DISPATCHER))
		return true;
	prog = xdp_program__from_id(probe_xdp_id(ifindex));
	if (libxdp_get_error(prog))
		return false;
	there = is_made_for_libxdp(prog);
	xdp_program__close(prog);
	return there;
}

/* The XDP program once more, over the same maps: libxdp loads it for the dispatcher. */
static int load_shared(struct dataplane *dp)
{
	struct dp_libxdp *lib = xcalloc(1, sizeof(*lib));
	DECLARE_LIBXDP_OPTS(xdp_program_opts, opts, .prog_name = DP_XDP_NAME);
	struct bpf_program *prog;
	struct bpf_map *map;
	int r = 0;

	dp->libxdp = lib;
	lib->skel = mupi__open();
	if (!lib->skel)
		return -errno;
	bpf_object__for_each_map(map, lib->skel->obj)
	{
		int fd = bpf_object__find_map_fd_by_name(dp->skel->obj, bpf_map__name(map));

		r = fd < 0 ? fd : bpf_map__reuse_fd(map, fd);
		if (r)
			return r;
	}
	bpf_object__for_each_program(prog, lib->skel->obj)
		bpf_program__set_autoload(prog, prog == lib->skel->progs.mupi_xdp);
	opts.obj = lib->skel->obj;
	lib->prog = xdp_program__create(&opts);
	r = (int)libxdp_get_error(lib->prog);
	if (r) {
		lib->prog = NULL;
		return r;
	}
	xdp_program__set_run_prio(lib->prog, PRIORITY);
	return xdp_program__set_chain_call_enabled(lib->prog, XDP_PASS, true);
}

void dp_libxdp_close(struct dataplane *dp)
{
	struct dp_libxdp *lib = TAKE_PTR(dp->libxdp);

	if (!lib)
		return;
	xdp_program__close(lib->prog);
	mupi__destroy(lib->skel);
	free(lib);
}

/* Our programs on a port go, but the one with this number. */
static void detach_all_but(unsigned int ifindex, uint32_t keep)
{
	struct xdp_multiprog *all = programs_on(ifindex);
	struct xdp_program *prog = NULL, *main_prog;

	if (!all)
		return;
	main_prog = xdp_multiprog__is_legacy(all) ? xdp_multiprog__main_prog(all) : NULL;
	if (main_prog && !strcmp(xdp_program__name(main_prog), DP_XDP_NAME) &&
	    xdp_program__id(main_prog) != keep)
		xdp_program__detach(main_prog, (int)ifindex, xdp_multiprog__attach_mode(all), 0);
	while (!main_prog && (prog = xdp_multiprog__next_prog(prog, all)))
		if (!strcmp(xdp_program__name(prog), DP_XDP_NAME) && xdp_program__id(prog) != keep)
			xdp_program__detach(prog, (int)ifindex, xdp_multiprog__attach_mode(all), 0);
	xdp_multiprog__close(all);
}

void dp_libxdp_detach(unsigned int ifindex)
{
	detach_all_but(ifindex, 0);
}

/* A program of ours alone on a port leaves no room: then there is a gap. */
static void make_room(unsigned int ifindex)
{
	struct xdp_multiprog *all = programs_on(ifindex);
	bool alone = all && xdp_multiprog__is_legacy(all);

	xdp_multiprog__close(all);
	if (alone)
		dp_libxdp_detach(ifindex);
}

static bool is_shared(unsigned int ifindex)
{
	struct xdp_multiprog *all = programs_on(ifindex);
	bool shared = all && !xdp_multiprog__is_legacy(all);

	xdp_multiprog__close(all);
	return shared;
}

/* Without the right to look at programs libxdp attaches, and then says that it has not. */
static bool is_permitted(const struct dataplane *dp)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	_cleanup_close_ int fd = -1;

	if (bpf_obj_get_info_by_fd(dp->xdp_prog, &info, &size))
		return false;
	fd = bpf_prog_get_fd_by_id(info.id);
	return fd >= 0;
}

int dp_libxdp_attach(struct dataplane *dp, unsigned int index, char error[static DP_ERROR_LEN])
{
	unsigned int ifindex = dp->ports[index].ifindex;
	char name[IF_NAMESIZE] = "?";
	int r;

	if_indextoname(ifindex, name);
	if (!is_permitted(dp))
		return dp_error(error, -EPERM,
				"%s: libxdp needs CAP_SYS_ADMIN, which the agent has not, or has "
				"given up; restart it as root, or use attach = link",
				name);
	r = dp->libxdp ? 0 : load_shared(dp);
	make_room(ifindex);
	if (!r)
		r = xdp_program__attach(dp->libxdp->prog, (int)ifindex,
					dp->running == DP_GENERIC ? XDP_MODE_SKB : XDP_MODE_NATIVE,
					0);
	if (r) {
		errno = -r;
		return dp_error(error, r,
				"%s: libxdp cannot add a program: %m; another is there alone, or "
				"the kernel has no freplace; `xdp-loader status %s` shows it, "
				"-m tc leaves XDP to it",
				name, name);
	}
	/* For a moment both have been there. */
	detach_all_but(ifindex, xdp_program__id(dp->libxdp->prog));
	dp->ports[index].libxdp = true;
	if (is_shared(ifindex))
		log_info("%s: attached through libxdp", name);
	else
		log_warning("%s: attached through libxdp, but alone: the kernel has no freplace, "
			    "no other program can share the port",
			    name);
	return 0;
}
