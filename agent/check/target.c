// SPDX-License-Identifier: GPL-2.0-or-later
/* Can XDP send on a port? Asked by --check, and by the data plane, which takes TC if not. */
#include <errno.h>
#include <string.h>

#include "check/judge.h"
#include "io/features.h"

#define NO_TARGET "no redirect target, frames would vanish uncounted"

/* A veth's peer takes frames in batches if it has GRO on, or runs XDP in its driver. */
static bool takes_batches(const struct peer_facts *peer)
{
	return peer->ethtool.gro == ON ||
	       (peer->xdp.program && !strcmp(peer->xdp.ip_option, "xdpdrv"));
}

/* By itself, without a program of the agent. */
static bool is_sent_to(const struct port_facts *port)
{
	if (!port->features_code)
		return port->features & XDP_FEATURE_NDO_XMIT;
	if (!is_veth(&port->link))
		return is_known_driver(port);
	return port->peer.known ? takes_batches(&port->peer) : port->was_target;
}

/* From 6.3 the kernel looks at GRO as it changes on a peer that is up; what it then said stays. */
static void cure_peer(const struct peer_facts *peer, struct finding *f)
{
	char up[sizeof(peer->prefix) + WORD_LEN + 40] = "", word[WORD_LEN];

	shell_word(peer->link.name, word);
	if (!(peer->link.flags & IFF_UP))
		snprintf(up, sizeof(up), "%sip link set dev %s up && ", peer->prefix, word);
	if (peer->ethtool.gro == ON)
		cure(f, "%s%sethtool -K %s gro off && %sethtool -K %s gro on", up, peer->prefix,
		     word, peer->prefix, word);
	else
		cure(f, "%s%sethtool -K %s gro on", up, peer->prefix, word);
}

static void judge_veth(const struct port_facts *port, enum check_status status, const char *end,
		       struct finding *f)
{
	const struct peer_facts *peer = &port->peer;

	if (!peer->known) {
		say(f, status,
		    NO_TARGET ": its peer, in a namespace that cannot be entered, %s GRO off%s",
		    port->features_code ? "may have" : "has", end);
		return;
	}
	say(f, status, NO_TARGET ": its peer %s %s%s", peer->link.name,
	    peer->ethtool.gro == ON ? "was down when GRO was switched on" : "has GRO off", end);
	cure_peer(peer, f);
}

/* A card that can be sent to neither now nor, as far as is known, with a program of its own. */
static void judge_card(const struct port_facts *port, enum check_status status, const char *end,
		       struct finding *f)
{
	if (port->features_code)
		say(f, status,
		    "no known redirect target: the kernel (before 6.3) does not tell, and to "
		    "others frames vanish uncounted%s",
		    end);
	else
		say(f, status, NO_TARGET "%s", end);
}

void check_target(const struct system_facts *system, const struct port_facts *port,
		  struct finding *f)
{
	if (!is_target(system, port)) {
		say(f, CHECK_OK, "an upstream, receives no multicast data");
	} else if (!wants_native(system)) {
		say(f, CHECK_OK, "mode %s does not need redirect targets",
		    system->mode == DP_TC ? "tc" : "generic");
	} else if (gains_target(port)) {
		say(f, CHECK_OK, "a redirect target while the agent's program is there");
	} else if (is_sent_to(port)) {
		say(f, CHECK_OK, "a redirect target");
	} else if (is_veth(&port->link)) {
		judge_veth(port, without_native(system), consequence(system), f);
		if (!port->peer.known)
			cure(f, "sudo mupi-agent --check");
	} else {
		judge_card(port, port->features_code ? CHECK_WARN : without_native(system),
			   consequence(system), f);
		cure_mode(f);
	}
}

/* Whether attaching will tell, or has told already, what the kernel does not. */
static bool is_left_to_attach(const struct port_facts *port, bool attached)
{
	if (port->features_code)
		return port->features_code != -EOPNOTSUPP;
	return !attached && !is_veth(&port->link);
}

bool native_obstacle(const struct port_facts *port, bool attached, struct finding *f)
{
	bool told = !port->features_code;

	*f = (struct finding){.port = port};
	if (is_bond(&port->link))
		say(f, CHECK_FAIL,
		    "a %s hands native XDP to the interfaces below it, which are no ports",
		    port->link.kind);
	else if (told && !(port->features & XDP_FEATURE_BASIC))
		say(f, CHECK_FAIL, "its driver has no native XDP");
	else if (told && !(port->features & XDP_FEATURE_REDIRECT))
		say(f, CHECK_FAIL, "its driver cannot redirect in XDP");
	else if (port->upstream || is_left_to_attach(port, attached) || is_sent_to(port))
		return false;
	else if (is_veth(&port->link))
		judge_veth(port, CHECK_FAIL, "", f);
	else
		judge_card(port, CHECK_FAIL, "", f);
	return true;
}
