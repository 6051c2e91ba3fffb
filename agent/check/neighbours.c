// SPDX-License-Identifier: GPL-2.0-or-later
/* Who else is at the port. */
#include <string.h>

#include "check/judge.h"

/* In linux/if.h, which cannot be included together with net/if.h. */
#ifndef IFF_LOWER_UP
#define IFF_LOWER_UP 0x10000
#endif

void check_link(const struct system_facts *system, const struct port_facts *port, struct finding *f)
{
	const struct peer_facts *peer = &port->peer;
	char word[WORD_LEN];

	(void)system;
	if (!port->link.ifindex) {
		say(f, CHECK_WARN,
		    "there is no such interface; the agent takes it when it appears");
		cure(f, "ip -brief link");
	} else if (!(port->link.flags & IFF_UP)) {
		say(f, CHECK_WARN, "is down");
		cure(f, "ip link set dev %s up", shell_word(port->name, word));
	} else if (port->link.flags & IFF_LOWER_UP) {
		say(f, CHECK_OK, "is up");
	} else if (peer->known && !(peer->link.flags & IFF_UP)) {
		say(f, CHECK_WARN, "has no carrier: its peer %s is down", peer->link.name);
		cure(f, "%sip link set dev %s up", peer->prefix, shell_word(peer->link.name, word));
	} else {
		say(f, CHECK_WARN, "has no carrier");
	}
}

static void cure_owner(const struct port_facts *port, struct finding *f)
{
	char word[WORD_LEN];

	if (port->xdp.link)
		cure(f, "bpftool link detach id %u", port->xdp.link);
	else
		cure(f, "ip link set dev %s %s off", shell_word(port->name, word),
		     port->xdp.ip_option);
}

void check_owner(const struct system_facts *system, const struct port_facts *port,
		 struct finding *f)
{
	const struct xdp_facts *xdp = &port->xdp;
	const char *name = xdp->name[0] ? xdp->name : "name unknown";

	if (port->other_agent) {
		say(f, CHECK_FAIL,
		    "program %u of another mupi-agent is there: stop that agent, and `mupi-agent "
		    "--cleanup -p` its pin folder",
		    port->other_agent);
	} else if (!xdp->program) {
		say(f, CHECK_OK, "no program is there");
	} else if (!strncmp(xdp->name, "mupi_", 5)) {
		say(f, CHECK_OK, "an agent's program %u (%s) is there", xdp->program,
		    xdp->ip_option);
	} else if (!strcmp(xdp->name, "xdp_dispatcher")) {
		say(f, CHECK_OK, "libxdp shares the port: dispatcher %u (%s)", xdp->program,
		    xdp->ip_option);
	} else if (system->mode == DP_TC) {
		say(f, CHECK_WARN, "XDP program %u (%s, %s) sees packets before mode tc does",
		    xdp->program, name, xdp->ip_option);
		cure_owner(port, f);
	} else {
		say(f, CHECK_FAIL, "XDP program %u (%s, %s) of somebody else is there",
		    xdp->program, name, xdp->ip_option);
		cure_owner(port, f);
	}
}

void check_bridge(const struct system_facts *system, const struct port_facts *port,
		  struct finding *f)
{
	const struct link_facts *master = &port->master;
	char word[WORD_LEN];

	(void)system;
	if (strcmp(master->kind, "bridge") != 0) {
		say(f, CHECK_OK, "no Linux bridge has the port");
	} else if (master->snooping != ON) {
		say(f, CHECK_OK, "bridge %s does not snoop", master->name);
	} else {
		say(f, CHECK_WARN, "bridge %s snoops, but sees no report: the agent takes them",
		    master->name);
		cure(f, "ip link set dev %s type bridge mcast_snooping 0",
		     shell_word(master->name, word));
	}
}

/* What of the switch keeps packets from the data plane, or its packets from the switch. */
static bool judge_switch_port(const struct switch_facts *ovs, const char *port, struct finding *f)
{
	char word[WORD_LEN];

	if (!strncmp(ovs->type, "afxdp", 5)) {
		say(f, CHECK_FAIL, "bridge %s takes the port's XDP for itself (type %s)",
		    ovs->bridge, ovs->type);
		cure(f, "ovs-vsctl set interface %s type=system", shell_word(port, word));
	} else if (!strcmp(ovs->type, "internal")) {
		say(f, CHECK_WARN,
		    "an internal port of bridge %s: what this host sends does not "
		    "meet the programs; a veth into the bridge does",
		    ovs->bridge);
		cure(f,
		     "ip link add host0 type veth peer name host1 && ovs-vsctl add-port %s host1",
		     shell_word(ovs->bridge, word));
	} else if (ovs->hw_offload) {
		say(f, CHECK_WARN, "Open vSwitch may leave flows to hardware, past the programs");
		cure(f, "ovs-vsctl remove Open_vSwitch . other_config hw-offload");
	} else if (ovs->snooping) {
		say(f, CHECK_WARN, "bridge %s snoops, but sees no report: the agent takes them",
		    ovs->bridge);
		cure(f, "ovs-vsctl set bridge %s mcast_snooping_enable=false",
		     shell_word(ovs->bridge, word));
	} else {
		return false;
	}
	return true;
}

void check_switch(const struct system_facts *system, const struct port_facts *port,
		  struct finding *f)
{
	const struct switch_facts *ovs = &port->ovs;
	char word[WORD_LEN];

	if (!ovs->bridge[0]) {
		say(f, CHECK_OK, "no Open vSwitch that answers has the port");
	} else if (judge_switch_port(ovs, port->name, f)) {
		return;
	} else if (ovs->rules) {
		say(f, CHECK_OK, "bridge %s (%s datapath) drops multicast data", ovs->bridge,
		    ovs->datapath);
	} else {
		/* In userspace the switch sees what TC drops, and always what no agent takes. */
		say(f, system->mode == DP_TC ? CHECK_FAIL : CHECK_WARN,
		    "bridge %s (%s datapath) floods multicast data: rules are missing", ovs->bridge,
		    ovs->datapath);
		cure(f, "mupi-ovs install -b %s", shell_word(ovs->bridge, word));
	}
}
