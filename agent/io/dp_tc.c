// SPDX-License-Identifier: GPL-2.0-or-later
/* TC programs on ports: the guard on the way out, in mode tc the data plane on the way in. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "io/dp_internal.h"

#define FILTER_HANDLE 0x6d75 /* tells our clsact filters from others */

/* Attach types of tcx, younger than this system's headers. */
#define TCX_INGRESS 46
#define TCX_EGRESS  47

static const struct {
	const char *kind; /* of the pin */
	unsigned int tcx;
	enum bpf_tc_attach_point clsact;
} hooks[] = {
	[DP_INGRESS] = {"tc", TCX_INGRESS, BPF_TC_INGRESS},
	[DP_EGRESS] = {"guard", TCX_EGRESS, BPF_TC_EGRESS},
};

static struct bpf_tc_hook clsact(unsigned int ifindex, enum dp_direction direction)
{
	return (struct bpf_tc_hook){
		.sz = sizeof(struct bpf_tc_hook),
		.ifindex = (int)ifindex,
		.attach_point = hooks[direction].clsact,
	};
}

int dp_clsact_attach(unsigned int ifindex, enum dp_direction direction, int prog)
{
	struct bpf_tc_hook hook = clsact(ifindex, direction);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = FILTER_HANDLE, .priority = FILTER_HANDLE,
			    .prog_fd = prog, .flags = BPF_TC_F_REPLACE);
	int r = bpf_tc_hook_create(&hook);

	return r && r != -EEXIST ? r : bpf_tc_attach(&hook, &opts);
}

void dp_clsact_detach(unsigned int ifindex, enum dp_direction direction)
{
	struct bpf_tc_hook hook = clsact(ifindex, direction);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = FILTER_HANDLE, .priority = FILTER_HANDLE);

	bpf_tc_detach(&hook, &opts);
}

/* What a kernel before 6.6 says to a link of tcx. */
static bool is_tcx_unknown(int error)
{
	return error == EINVAL || error == EOPNOTSUPP;
}

static int *link_of(struct dp_port *port, enum dp_direction direction)
{
	return direction == DP_INGRESS ? &port->tc_link : &port->guard_link;
}

static int attach(struct dataplane *dp, unsigned int index, enum dp_direction direction)
{
	struct dp_port *port = &dp->ports[index];
	int prog = direction == DP_INGRESS ? dp->tc_prog : dp->guard_prog;
	int *link = link_of(port, direction);

	*link = dp_link_replace(dp, hooks[direction].kind, port->ifindex, prog, true);
	if (*link < 0)
		*link = bpf_link_create(prog, (int)port->ifindex, hooks[direction].tcx, NULL);
	if (*link >= 0)
		return dp_link_pin(dp, *link, hooks[direction].kind, index);
	return is_tcx_unknown(errno) ? dp_clsact_attach(port->ifindex, direction, prog) : -errno;
}

int dp_tc_attach(struct dataplane *dp, unsigned int index, enum dp_direction direction,
		 char error[static DP_ERROR_LEN])
{
	char name[IF_NAMESIZE] = "?";
	int r = attach(dp, index, direction);

	if (!r)
		return 0;
	if (!if_indextoname(dp->ports[index].ifindex, name))
		r = -ENODEV;
	errno = -r;
	return dp_error(error, r,
			"%s: cannot attach the %s: %m; the kernel needs tcx (6.6) or clsact", name,
			direction == DP_INGRESS ? "TC program" : "egress guard");
}

void dp_tc_detach(struct dataplane *dp, unsigned int index, enum dp_direction direction)
{
	struct dp_port *port = &dp->ports[index];
	int *link = link_of(port, direction);

	if (*link < 0)
		dp_clsact_detach(port->ifindex, direction);
	dp_link_drop(dp, link, hooks[direction].kind, index);
}
