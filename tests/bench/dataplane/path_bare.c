// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The limit: an XDP program that does nothing but tell the kernel where to copy to. It parses
 * nothing, looks nothing up and counts nothing.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bench.h"
#include "bench.skel.h"

static int load(struct path *path, const struct work *work, struct bench_bpf *bpf)
{
	int r;

	bpf_map__set_max_entries(bpf->maps.out, work->receivers);
	bpf->rodata->only_receiver = path->receivers[0].port;
	r = bench_bpf__load(bpf);
	for (uint32_t i = 0; !r && i < work->receivers; i++)
		r = bpf_map_update_elem(bpf_map__fd(bpf->maps.out), &i, &path->receivers[i].port,
					BPF_ANY);
	return r;
}

static int configure(struct path *path, const struct work *work,
		     struct bpf_program *(*choose)(struct bench_bpf *))
{
	struct bench_bpf *bpf = bench_bpf__open();
	int r = bpf ? load(path, work, bpf) : -errno;

	for (unsigned int i = 0; !r && i < work->ingress; i++)
		r = bpf_xdp_attach((int)path->ingress[i].port, bpf_program__fd(choose(bpf)),
				   XDP_FLAGS_DRV_MODE, NULL);
	if (r) {
		bench_bpf__destroy(bpf);
		return path_fail(path, "cannot load BPF: %s", strerror(-r));
	}
	bench_bpf__destroy(path->own);
	path->own = bpf;
	path->inject = bpf_program__fd(choose(bpf));
	return 0;
}

static struct bpf_program *get_broadcast(struct bench_bpf *bpf)
{
	return bpf->progs.broadcast;
}

static struct bpf_program *get_redirect(struct bench_bpf *bpf)
{
	return bpf->progs.redirect;
}

static int configure_limit(struct path *path, const struct work *work)
{
	return configure(path, work, get_broadcast);
}

static int configure_redirect(struct path *path, const struct work *work)
{
	return configure(path, work, get_redirect);
}

static void close_bare(struct path *path)
{
	bench_bpf__destroy(path->own);
}

const struct path_ops limit_ops = {.configure = configure_limit, .close = close_bare};
const struct path_ops redirect_ops = {.configure = configure_redirect, .close = close_bare};
