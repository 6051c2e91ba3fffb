// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs on ports: bpf_links, pinned, so that they outlive the agent. XDP here, TC in dp_tc.c. */
#include <errno.h>
#include <limits.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "io/dp_internal.h"
#include "io/netlink.h"
#include "io/probe.h"
#include "lib/util.h"

/*
 * The flag and not a socket's membership, which would end with the agent. By netlink, which changes
 * one flag: whoever writes all of them (SIOCSIFFLAGS) can undo an `ip link set up` of that moment.
 */
bool dp_set_allmulti(unsigned int ifindex, bool on)
{
	struct ifinfomsg change = {
		.ifi_index = (int)ifindex,
		.ifi_flags = on ? IFF_ALLMULTI : 0,
		.ifi_change = IFF_ALLMULTI,
	};
	struct link_facts link;
	struct nl_sock *sock;
	bool done;

	probe_link(NULL, ifindex, &link);
	if (!link.ifindex || !(link.flags & IFF_ALLMULTI) != on)
		return false;
	sock = netlink_open();
	done = sock && nl_send_simple(sock, RTM_SETLINK, 0, &change, sizeof(change)) >= 0 &&
	       nl_wait_for_ack(sock) == 0;
	nl_socket_free(sock);
	return done;
}

void dp_receive_all(struct dataplane *dp, unsigned int index)
{
	const struct dp_port *port = &dp->ports[index];
	bool ours = port->kept & MUPI_PORT_ALLMULTI;

	if (port->mode == DP_AUTO)
		return;
	/* Before: who is killed in between leaves no flag that nobody clears. */
	dp_keep(dp, index, MUPI_PORT_ALLMULTI, true);
	if (!dp_set_allmulti(port->ifindex, true))
		dp_keep(dp, index, MUPI_PORT_ALLMULTI, ours);
}

bool dp_xdp_name(unsigned int ifindex, char name[static BPF_OBJ_NAME_LEN])
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info), id = probe_xdp_id(ifindex);
	_cleanup_close_ int fd = id ? bpf_prog_get_fd_by_id(id) : -1;

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size))
		return false;
	memcpy(name, info.name, BPF_OBJ_NAME_LEN);
	return true;
}

static int explain(unsigned int ifindex, bool generic, int code, char error[static DP_ERROR_LEN])
{
	char name[IF_NAMESIZE] = "?", prog[BPF_OBJ_NAME_LEN];
	struct link_facts link;
	uint32_t id;

	/* The kernel says EINVAL for an ifindex that nobody has. */
	if (!if_indextoname(ifindex, name))
		code = -ENODEV;
	probe_link(NULL, ifindex, &link);
	id = link_xdp_id(&link);
	if (code == -ENODEV)
		return dp_error(error, code, "port with ifindex %u: the interface is gone",
				ifindex);
	if (code == -EPERM)
		return dp_error(error, code,
				"%s: not permitted; run as root or with CAP_BPF and CAP_NET_ADMIN",
				name);
	if (id && dp_xdp_name(ifindex, prog) && !strcmp(prog, DP_XDP_NAME))
		return dp_error(error, code,
				"%s: XDP program %u of another mupi-agent is there already; stop "
				"that agent, and `mupi-agent --cleanup -p` its pin folder",
				name, id);
	if (id)
		return dp_error(
			error, code,
			"%s: XDP program %u is there already; `ip link set dev %s xdp off` or "
			"`bpftool link` finds its owner",
			name, id, name);
	if (link.mtu > DATAPLANE_PAGE_MTU)
		return dp_error(error, code,
				"%s: MTU %u is too large for XDP; `ip link set dev %s mtu %d`",
				name, link.mtu, name, DATAPLANE_PAGE_MTU);
	if (!generic && (code == -EOPNOTSUPP || code == -EINVAL))
		return dp_error(error, code, "%s: its driver cannot do native XDP; use -m generic",
				name);
	errno = -code;
	return dp_error(error, code, "%s: cannot attach the XDP program: %m", name);
}

static void pin_path(const struct dataplane *dp, const char *what, unsigned int index,
		     char path[static PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s-%u", dp->pins, what, index);
}

int dp_link_pin(const struct dataplane *dp, int fd, const char *what, unsigned int index)
{
	char path[PATH_MAX];

	pin_path(dp, what, index, path);
	return bpf_obj_pin(fd, path) ? -errno : 0;
}

int dp_link_replace(struct dataplane *dp, const char *kind, unsigned int ifindex, int prog,
		    bool possible)
{
	int fd = dp_former_take(dp, kind, ifindex);

	if (fd < 0 || (possible && !bpf_link_update(fd, prog, NULL)))
		return fd;
	bpf_link_detach(fd);
	close(fd);
	return -1;
}

/* In which mode is the program that is there attached? */
static bool is_generic(unsigned int ifindex)
{
	struct link_facts link;

	probe_link(NULL, ifindex, &link);
	return link.xdp_generic && link_xdp_id(&link) == link.xdp_generic;
}

static int attach_link(struct dataplane *dp, unsigned int index, char error[static DP_ERROR_LEN])
{
	struct dp_port *port = &dp->ports[index];
	bool generic = dp->running == DP_GENERIC;
	DECLARE_LIBBPF_OPTS(bpf_link_create_opts, opts,
			    .flags = generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
	int r;

	port->xdp_link = dp_link_replace(dp, "xdp", port->ifindex, dp->xdp_prog,
					 is_generic(port->ifindex) == generic);
	if (port->xdp_link < 0) {
		dp_libxdp_detach(port->ifindex); /* a former agent's */
		port->xdp_link = bpf_link_create(dp->xdp_prog, (int)port->ifindex, BPF_XDP, &opts);
	}
	if (port->xdp_link < 0)
		return explain(port->ifindex, generic, -errno, error);
	r = dp_link_pin(dp, port->xdp_link, "xdp", index);
	if (!r)
		return 0;
	errno = -r;
	return dp_error(error, r, "cannot pin a link in %s: %m", dp->pins);
}

int dp_xdp_attach(struct dataplane *dp, unsigned int index, char error[static DP_ERROR_LEN])
{
	unsigned int ifindex = dp->ports[index].ifindex;
	int former;

	if (dp->attach == DP_LINK || (dp->attach == DP_ATTACH_AUTO && !dp_libxdp_is_there(ifindex)))
		return attach_link(dp, index, error);
	former = dp_former_take(dp, "xdp", ifindex);
	if (former >= 0) {
		bpf_link_detach(former);
		close(former);
	}
	return dp_libxdp_attach(dp, index, error);
}

static int attach_data(struct dataplane *dp, unsigned int index, char error[static DP_ERROR_LEN])
{
	uint32_t other = dp_other_agent(dp, dp->ports[index].ifindex);
	char name[IF_NAMESIZE] = "?";
	int r;

	if_indextoname(dp->ports[index].ifindex, name);
	if (other)
		return dp_error(error, -EBUSY,
				"%s: program %u of another mupi-agent is there already; stop that "
				"agent, and `mupi-agent --cleanup -p` its pin folder",
				name, other);
	if (dp->running == DP_TC)
		return dp_tc_attach(dp, index, DP_INGRESS, error);
	r = dp_xdp_attach(dp, index, error);
	/* A former agent's filter has no link that would go with it. */
	if (!r)
		dp_clsact_detach(dp->ports[index].ifindex, DP_INGRESS, false);
	return r;
}

int dp_attach_port(struct dataplane *dp, unsigned int index, char error[static DP_ERROR_LEN])
{
	int r = attach_data(dp, index, error);

	if (r && (r = dp_mode_fall_back(dp, index, r, error)) == 0)
		r = attach_data(dp, index, error);
	dp->ports[index].mode = dp->running;
	if (!r)
		r = dp_tc_attach(dp, index, DP_EGRESS, error);
	if (!r)
		r = dp_mode_check(dp, index, error);
	if (r)
		dp_detach_port(dp, index);
	else
		dp_receive_all(dp, index);
	return r;
}

void dp_link_drop(const struct dataplane *dp, int *fd, const char *what, unsigned int index)
{
	char path[PATH_MAX];

	if (*fd < 0)
		return;
	pin_path(dp, what, index, path);
	unlink(path);
	close(*fd);
	*fd = -1;
}

void dp_xdp_detach(struct dataplane *dp, unsigned int index)
{
	struct dp_port *port = &dp->ports[index];

	/* The last reference may go later, in the background. */
	if (port->xdp_link >= 0)
		bpf_link_detach(port->xdp_link);
	dp_link_drop(dp, &port->xdp_link, "xdp", index);
	if (port->libxdp)
		dp_libxdp_detach(port->ifindex);
	port->libxdp = false;
}

void dp_detach_port(struct dataplane *dp, unsigned int index)
{
	struct dp_port *port = &dp->ports[index];

	dp_tc_detach(dp, index, DP_EGRESS);
	if (port->mode == DP_TC)
		dp_tc_detach(dp, index, DP_INGRESS);
	dp_xdp_detach(dp, index);
	port->mode = DP_AUTO;
	port->left_out = false;
}
