// SPDX-License-Identifier: GPL-2.0-or-later
/* TC programs on ports: the guard on the way out, in mode tc the data plane on the way in. */
#include <errno.h>
#include <linux/pkt_sched.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <netlink/cache.h>
#include <netlink/netlink.h>
#include <netlink/route/classifier.h>

#include "io/dp_internal.h"
#include "io/netlink.h"

#define FILTER_HANDLE 0x6d75 /* tells our clsact filters from others */

/* Attach types of tcx, younger than this system's headers. */
#define TCX_INGRESS 46
#define TCX_EGRESS  47
#define TCX_FIRST   (1u << 3) /* BPF_F_BEFORE, before all */

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

int dp_clsact_attach(unsigned int ifindex, enum dp_direction direction, int prog, bool *ret_created)
{
	struct bpf_tc_hook hook = clsact(ifindex, direction);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = FILTER_HANDLE, .priority = FILTER_HANDLE,
			    .prog_fd = prog, .flags = BPF_TC_F_REPLACE);
	int r = bpf_tc_hook_create(&hook);

	if (r && r != -EEXIST)
		return r;
	*ret_created = !r;
	return bpf_tc_attach(&hook, &opts);
}

static bool is_empty(struct nl_sock *sock, unsigned int ifindex, unsigned int parent)
{
	struct nl_cache *filters;
	bool empty;

	if (rtnl_cls_alloc_cache(sock, (int)ifindex, parent, &filters) < 0)
		return false;
	empty = nl_cache_is_empty(filters);
	nl_cache_free(filters);
	return empty;
}

static bool is_clsact_empty(unsigned int ifindex)
{
	struct nl_sock *sock = netlink_open();
	bool empty = sock && is_empty(sock, ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)) &&
		     is_empty(sock, ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS));

	nl_socket_free(sock);
	return empty;
}

void dp_clsact_detach(unsigned int ifindex, enum dp_direction direction, bool ours)
{
	struct bpf_tc_hook hook = clsact(ifindex, direction);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = FILTER_HANDLE, .priority = FILTER_HANDLE);

	bpf_tc_detach(&hook, &opts);
	if (!ours || !is_clsact_empty(ifindex))
		return;
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	bpf_tc_hook_destroy(&hook);
}

/* The program of a filter with our handle; 0: none. */
static uint32_t clsact_program(unsigned int ifindex, enum dp_direction direction)
{
	struct bpf_tc_hook hook = clsact(ifindex, direction);
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = FILTER_HANDLE, .priority = FILTER_HANDLE);

	return bpf_tc_query(&hook, &opts) ? 0 : opts.prog_id;
}

uint32_t dp_tc_programs(unsigned int ifindex, enum dp_direction direction,
			uint32_t ret[static DP_PROGS_MAX])
{
	DECLARE_LIBBPF_OPTS(bpf_prog_query_opts, query, .prog_ids = ret,
			    .prog_cnt = DP_PROGS_MAX - 1);
	uint32_t n = 0, filter = clsact_program(ifindex, direction);

	if (!bpf_prog_query_opts((int)ifindex, hooks[direction].tcx, &query))
		n = query.prog_cnt;
	if (filter)
		ret[n++] = filter;
	return n;
}

/* As on kernels before 6.6. */
static int attach_clsact(struct dataplane *dp, unsigned int index, enum dp_direction direction,
			 int prog)
{
	bool ours = dp->ports[index].kept & MUPI_PORT_CLSACT, created = false;
	int r;

	/* Before: who is killed in between leaves none that nobody removes. */
	dp_keep(dp, index, MUPI_PORT_CLSACT, true);
	r = dp_clsact_attach(dp->ports[index].ifindex, direction, prog, &created);
	if (!created)
		dp_keep(dp, index, MUPI_PORT_CLSACT, ours);
	return r;
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
	/* As XDP is: a program of others that ends the run would leave nothing. */
	DECLARE_LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = TCX_FIRST);

	*link = dp_link_replace(dp, hooks[direction].kind, port->ifindex, prog, true);
	if (*link < 0)
		*link = bpf_link_create(prog, (int)port->ifindex, hooks[direction].tcx, &opts);
	if (*link >= 0)
		return dp_link_pin(dp, *link, hooks[direction].kind, index);
	return is_tcx_unknown(errno) ? attach_clsact(dp, index, direction, prog) : -errno;
}

int dp_tc_attach(struct dataplane *dp, unsigned int index, enum dp_direction direction,
		 char error[static DP_ERROR_LEN])
{
	char name[IF_NAMESIZE] = "?";
	int r = attach(dp, index, direction);

	if (!r)
		return 0;
	if (!if_indextoname(dp->ports[index].ifindex, name))
		return dp_error(error, -ENODEV, "port with ifindex %u: the interface is gone",
				dp->ports[index].ifindex);
	errno = -r;
	return dp_error(error, r,
			"%s: cannot attach the %s: %m; the kernel needs tcx (6.6) or clsact", name,
			direction == DP_INGRESS ? "TC program" : "egress guard");
}

void dp_tc_detach(struct dataplane *dp, unsigned int index, enum dp_direction direction)
{
	struct dp_port *port = &dp->ports[index];
	int *link = link_of(port, direction);

	if (*link < 0 && !dp_is_others(dp, clsact_program(port->ifindex, direction)))
		dp_clsact_detach(port->ifindex, direction, port->kept & MUPI_PORT_CLSACT);
	dp_link_drop(dp, link, hooks[direction].kind, index);
}

bool dp_tc_is_attached(struct dataplane *dp, unsigned int index, enum dp_direction direction)
{
	struct dp_port *port = &dp->ports[index];
	int link = *link_of(port, direction);

	if (link >= 0)
		return dp_link_ifindex(link) == port->ifindex;
	return clsact_program(port->ifindex, direction);
}
