// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Native XDP, generic XDP or TC. One mode for all ports: with `auto`, native XDP unless a port
 * cannot do it, as its driver tells, or as it turns out on attaching.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "io/dp_internal.h"
#include "io/features.h"
#include "io/probe.h"
#include "lib/log.h"
#include "lib/util.h"

#define LOOPBACK_IFINDEX 1

const char *const dp_mode_names[] = {"auto", "native", "generic", "tc"};

const char *dp_native_obstacle(uint64_t features, bool receiver)
{
	if (!(features & XDP_FEATURE_BASIC))
		return "its driver has no native XDP";
	if (!(features & XDP_FEATURE_REDIRECT))
		return "its driver cannot redirect in XDP";
	if (receiver && !(features & XDP_FEATURE_NDO_XMIT))
		return "XDP cannot send on it (a veth needs GRO on at its peer)";
	return NULL;
}

static bool is_veth(unsigned int ifindex)
{
	struct link_facts link;

	probe_link(NULL, ifindex, &link);
	return !strcmp(link.kind, "veth");
}

/*
 * Whether XDP can send on a port: of a veth, its peer decides; many network cards can only while
 * they run a program themselves.
 */
static const char *obstacle(const struct dp_port *port)
{
	bool receiver = !port->upstream && (port->mode == DP_NATIVE || is_veth(port->ifindex));
	uint64_t features;

	/* Unknown: attaching will tell. */
	return xdp_features(port->ifindex, &features) ? NULL
						      : dp_native_obstacle(features, receiver);
}

static void set_mode(struct dataplane *dp, enum dataplane_mode mode, unsigned int ifindex,
		     const char *reason)
{
	char name[IF_NAMESIZE] = "?";

	dp->running = mode;
	if (ifindex && if_indextoname(ifindex, name))
		snprintf(dp->mode_reason, sizeof(dp->mode_reason), "%s: %s", name, reason);
	else
		snprintf(dp->mode_reason, sizeof(dp->mode_reason), "%s", reason);
	log_info("data plane: mode %s (%s)", dp_mode_names[mode], dp->mode_reason);
}

void dp_mode_choose(struct dataplane *dp)
{
	const char *reason;
	uint64_t features;

	if (dp->mode != DP_AUTO) {
		set_mode(dp, dp->mode, 0, "asked for with -m");
		return;
	}
	for (unsigned int i = 0; i < MUPI_MAX_PORTS; i++) {
		reason = dp->ports[i].ifindex ? obstacle(&dp->ports[i]) : NULL;
		if (reason) {
			set_mode(dp, DP_TC, dp->ports[i].ifindex, reason);
			return;
		}
	}
	if (xdp_features(LOOPBACK_IFINDEX, &features) == -EOPNOTSUPP)
		set_mode(dp, DP_NATIVE, 0, "the kernel (before 6.3) cannot tell what drivers can");
	else
		set_mode(dp, DP_NATIVE, 0, "every port can");
}

/* Those where multicast comes in go first: until then XDP sends to ports that still have it. */
static void leave_xdp(struct dataplane *dp, bool upstream)
{
	for (unsigned int i = 0; i < MUPI_MAX_PORTS; i++) {
		if (dp->ports[i].mode != DP_NATIVE || dp->ports[i].upstream != upstream)
			continue;
		dp_xdp_detach(dp, i);
		dp->ports[i].mode = DP_TC;
	}
}

/* A port has both programs for a moment, and TC sees only what XDP leaves it. */
static int change_to_tc(struct dataplane *dp, unsigned int index, const char *reason,
			char error[static DP_ERROR_LEN])
{
	int r = 0;

	set_mode(dp, DP_TC, dp->ports[index].ifindex, reason);
	for (unsigned int i = 0; !r && i < MUPI_MAX_PORTS; i++)
		if (dp->ports[i].mode == DP_NATIVE)
			r = dp_tc_attach(dp, i, DP_INGRESS, error);
	if (r)
		return r;
	leave_xdp(dp, true);
	leave_xdp(dp, false);
	return 0;
}

/* TC gets what a foreign XDP program passes on; one of another agent would take all. */
static bool is_shareable(unsigned int ifindex)
{
	char name[BPF_OBJ_NAME_LEN];

	return dp_xdp_name(ifindex, name) && strcmp(name, DP_XDP_NAME) != 0;
}

int dp_mode_fall_back(struct dataplane *dp, unsigned int index, int code,
		      char error[static DP_ERROR_LEN])
{
	bool shareable = is_shareable(dp->ports[index].ifindex);
	char reason[96] = "another XDP program is there";

	if (dp->mode != DP_AUTO || dp->running != DP_NATIVE)
		return code;
	if (!shareable && code != -EOPNOTSUPP && code != -EINVAL && code != -ERANGE)
		return code;
	if (!shareable)
		snprintf(reason, sizeof(reason), "native XDP is refused: %s", strerror(-code));
	return change_to_tc(dp, index, reason, error);
}

int dp_mode_check(struct dataplane *dp, unsigned int index, char error[static DP_ERROR_LEN])
{
	const struct dp_port *port = &dp->ports[index];
	const char *reason = port->mode == DP_NATIVE ? obstacle(port) : NULL;
	char name[IF_NAMESIZE] = "?";

	if (!reason)
		return 0;
	if (dp->mode == DP_AUTO)
		return change_to_tc(dp, index, reason, error);
	if_indextoname(port->ifindex, name);
	log_warning("%s: %s: frames for it are lost; cure it or use -m tc", name, reason);
	return 0;
}
