// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Native XDP, generic XDP or TC. One mode for all ports: with `auto`, native XDP unless a port
 * cannot do it, as its driver tells, or as it turns out on attaching.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "check/check.h"
#include "io/clock.h"
#include "io/dp_internal.h"
#include "io/features.h"
#include "io/probe.h"
#include "lib/log.h"
#include "lib/util.h"

#define LOOPBACK_IFINDEX 1

/* In linux/if.h, which cannot be included together with net/if.h. */
#ifndef IFF_LOWER_UP
#define IFF_LOWER_UP 0x10000
#endif

/* No sooner after another change; who has to go over once more so soon stays there. */
#define RETURN_AFTER (5 * USEC_PER_SEC)
#define RETURN_TRIAL (60 * USEC_PER_SEC)

const char *const dp_mode_names[] = {"auto", "native", "generic", "tc"};

/* No more than is needed: to find a veth's peer may take long. */
static void look(const struct dataplane *dp, const struct dp_port *port, struct port_facts *ret)
{
	*ret = (struct port_facts){
		.upstream = port->upstream,
		.was_target = port->kept & MUPI_PORT_TARGET,
	};
	probe_link(NULL, port->ifindex, &ret->link);
	ret->features_code = dp->features(port->ifindex, &ret->features);
	if (!ret->features_code && ret->features & XDP_FEATURE_NDO_XMIT)
		return;
	probe_ethtool(ret->link.name, &ret->ethtool);
	if (!port->upstream)
		probe_peer(&ret->link, &ret->peer);
}

/*
 * Many network cards can be sent to only while they run a program themselves; of a veth, its peer
 * decides. Where the kernel does not tell, it has to be looked at, which needs rights that are
 * given up later: what was seen is kept.
 */
static bool find_obstacle(struct dataplane *dp, unsigned int index, struct finding *ret)
{
	struct dp_port *port = &dp->ports[index];
	struct port_facts facts;
	bool found;

	look(dp, port, &facts);
	/* A new veth has GRO off until somebody sets it up: it is looked at when it is there. */
	if (dp->started && !(facts.link.flags & IFF_LOWER_UP))
		return false;
	found = native_obstacle(&facts, port->mode == DP_NATIVE, ret);
	if (facts.features_code && facts.peer.known)
		dp_keep(dp, index, MUPI_PORT_TARGET, !found);
	return found;
}

static void set_mode(struct dataplane *dp, enum dataplane_mode mode, const char *reason)
{
	dp->running = mode;
	snprintf(dp->mode_reason, sizeof(dp->mode_reason), "%s", reason);
	log_info("data plane: mode %s (%s)", dp_mode_names[mode], reason);
}

static void explain(const struct dataplane *dp, unsigned int index, const struct finding *f,
		    char ret[static DP_REASON_LEN])
{
	char name[IF_NAMESIZE] = "?";
	int n;

	if_indextoname(dp->ports[index].ifindex, name);
	n = snprintf(ret, DP_REASON_LEN, "%s: %s", name, f->text);
	/* Not half of it. */
	if (f->cure[0] && strlen(f->cure) < DP_REASON_LEN / 2)
		snprintf(ret + n, DP_REASON_LEN - (size_t)n, "; `%s` %s it", f->cure,
			 dp->watch && !dp->stay ? "cures" : "and a restart cure");
}

void dp_mode_choose(struct dataplane *dp)
{
	char reason[DP_REASON_LEN];
	struct finding f;
	uint64_t features;

	if (dp->mode != DP_AUTO) {
		set_mode(dp, dp->mode, "asked for with -m");
		return;
	}
	for (unsigned int i = 0; i < MUPI_MAX_PORTS; i++)
		if (dp->ports[i].ifindex && find_obstacle(dp, i, &f)) {
			explain(dp, i, &f, reason);
			set_mode(dp, DP_TC, reason);
			return;
		}
	if (dp->features(LOOPBACK_IFINDEX, &features) == -EOPNOTSUPP)
		set_mode(dp, DP_NATIVE, "every port can, as far as the kernel (before 6.3) tells");
	else
		set_mode(dp, DP_NATIVE, "every port can");
}

static bool is_of(const struct dataplane *dp, unsigned int index, enum dataplane_mode mode,
		  bool upstream)
{
	return dp->ports[index].mode == mode && dp->ports[index].upstream == upstream;
}

/* A port that is gone, as the agent will hear, keeps no other where it was. */
static int unless_gone(const struct dataplane *dp, unsigned int index, int code)
{
	char name[IF_NAMESIZE];

	return code && if_indextoname(dp->ports[index].ifindex, name) ? code : 0;
}

/* A port has both programs for a moment, and TC sees only what XDP leaves it. */
static int leave_xdp(struct dataplane *dp, bool upstream, char error[static DP_ERROR_LEN])
{
	int r = 0;

	for (unsigned int i = 0; !r && i < MUPI_MAX_PORTS; i++)
		if (is_of(dp, i, DP_NATIVE, upstream))
			r = unless_gone(dp, i, dp_tc_attach(dp, i, DP_INGRESS, error));
	for (unsigned int i = 0; i < MUPI_MAX_PORTS; i++) {
		if (!is_of(dp, i, DP_NATIVE, upstream))
			continue;
		if (r) {
			dp_tc_detach(dp, i, DP_INGRESS);
			continue;
		}
		dp_xdp_detach(dp, i);
		dp->ports[i].mode = DP_TC;
	}
	return r;
}

static void note_change(struct dataplane *dp)
{
	usec_t now = clock_usec();

	dp->stay = dp->stay || (dp->returned && now < dp->returned + RETURN_TRIAL);
	dp->changed = now;
}

/*
 * Ports where multicast comes in go first: until then XDP sends to ports that still have it, and
 * from then on TC does, which takes 10 ms a port to attach.
 */
static int change_to_tc(struct dataplane *dp, unsigned int index, const struct finding *f,
			char error[static DP_ERROR_LEN])
{
	char reason[DP_REASON_LEN];
	int r;

	note_change(dp);
	explain(dp, index, f, reason);
	set_mode(dp, DP_TC, reason);
	r = leave_xdp(dp, true, error);
	return r ? r : leave_xdp(dp, false, error);
}

/*
 * TC gets what a foreign XDP program passes on; one of another agent would take all. The agent,
 * which has given up the right to look at names, takes one on a late port for foreign.
 */
static bool is_shareable(unsigned int ifindex)
{
	char name[BPF_OBJ_NAME_LEN];

	if (dp_xdp_name(ifindex, name))
		return strcmp(name, DP_XDP_NAME) != 0;
	return probe_xdp_id(ifindex);
}

int dp_mode_fall_back(struct dataplane *dp, unsigned int index, int code,
		      char error[static DP_ERROR_LEN])
{
	bool shareable = is_shareable(dp->ports[index].ifindex);
	struct finding f = {.text = "another XDP program is there"};

	if (dp->mode != DP_AUTO || dp->running != DP_NATIVE)
		return code;
	if (!shareable && code != -EOPNOTSUPP && code != -EINVAL && code != -ERANGE)
		return code;
	if (!shareable)
		snprintf(f.text, sizeof(f.text), "native XDP is refused: %s", strerror(-code));
	/* Only attaching would tell that this is over. */
	dp->stay = true;
	return change_to_tc(dp, index, &f, error);
}

int dp_mode_check(struct dataplane *dp, unsigned int index, char error[static DP_ERROR_LEN])
{
	const struct dp_port *port = &dp->ports[index];
	char name[IF_NAMESIZE] = "?";
	struct finding f;

	if (port->mode != DP_NATIVE || !find_obstacle(dp, index, &f))
		return 0;
	if (dp->mode == DP_AUTO)
		return change_to_tc(dp, index, &f, error);
	if_indextoname(port->ifindex, name);
	if (f.cure[0])
		log_warning("%s: %s; `%s` cures it", name, f.text, f.cure);
	else
		log_warning("%s: %s; -m tc does without", name, f.text);
	return 0;
}

/* ---- and back ---- */

void dp_mode_look_again(struct dataplane *dp)
{
	/* Without the watch (before 6.3) nothing would tell of the next obstacle. */
	dp->look_again = dp->mode == DP_AUTO && dp->running == DP_TC && dp->watch && !dp->stay;
}

/* TC gets nothing more from a port as soon as XDP is there. */
static int take_xdp(struct dataplane *dp, bool upstream, char error[static DP_ERROR_LEN])
{
	int r = 0;

	for (unsigned int i = 0; !r && i < MUPI_MAX_PORTS; i++)
		if (is_of(dp, i, DP_TC, upstream))
			r = unless_gone(dp, i, dp_xdp_attach(dp, i, error));
	return r;
}

/* The other way round, if it was refused: TC is there all the time. */
static void drop_xdp(struct dataplane *dp, bool upstream)
{
	for (unsigned int i = 0; i < MUPI_MAX_PORTS; i++)
		if (is_of(dp, i, DP_TC, upstream))
			dp_xdp_detach(dp, i);
}

static void drop_tc(struct dataplane *dp)
{
	for (unsigned int i = 0; i < MUPI_MAX_PORTS; i++)
		if (dp->ports[i].mode == DP_TC) {
			dp_tc_detach(dp, i, DP_INGRESS);
			dp->ports[i].mode = DP_NATIVE;
		}
}

/* Ports where multicast goes out come first: many cards can be sent to only with a program. */
void dp_mode_return(struct dataplane *dp, usec_t now)
{
	char error[DP_ERROR_LEN];
	struct finding f;

	if (!dp->look_again || now < dp->changed + RETURN_AFTER)
		return;
	dp->look_again = false;
	for (unsigned int i = 0; i < MUPI_MAX_PORTS; i++)
		if (dp->ports[i].ifindex && find_obstacle(dp, i, &f))
			return;
	dp->returned = dp->changed = now;
	dp->stay = take_xdp(dp, false, error) || take_xdp(dp, true, error);
	if (dp->stay) {
		log_warning("data plane: mode tc stays: %s", error);
		drop_xdp(dp, true);
		drop_xdp(dp, false);
		return;
	}
	set_mode(dp, DP_NATIVE, "every port can again");
	drop_tc(dp);
}

void dp_mode_features(void *ctx, unsigned int ifindex)
{
	struct dataplane *dp = ctx;
	char error[DP_ERROR_LEN];

	dp_mode_look_again(dp);
	for (unsigned int i = 0; i < MUPI_MAX_PORTS; i++)
		if ((!ifindex || dp->ports[i].ifindex == ifindex) && dp_mode_check(dp, i, error))
			log_error("%s", error);
}
