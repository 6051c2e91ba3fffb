// SPDX-License-Identifier: GPL-2.0-or-later
/* What hardware, or the other end of a veth, keeps from XDP. */
#include <string.h>

#include "check/judge.h"

static void cure_offload(struct finding *f, const char *prefix, const char *name, const char *what)
{
	char word[WORD_LEN];

	cure(f, "%sethtool -K %s %s off", prefix, shell_word(name, word), what);
}

static void say_unseen(struct finding *f)
{
	say(f, CHECK_WARN, "not looked at: its peer is in a namespace that cannot be entered");
	cure(f, "sudo mupi-agent --check");
}

/* A tag that the driver has taken out of the frame is not in what XDP sees; a veth takes out none
 * itself, but its peer may hand tags over beside the frame. */
void check_vlan(const struct system_facts *system, const struct port_facts *port, struct finding *f)
{
	bool veth = is_veth(&port->link);
	enum toggle hidden = veth ? port->peer.ethtool.tx_vlan : port->ethtool.rx_vlan;

	if (system->mode == DP_TC) {
		say(f, CHECK_OK, "mode tc sees tags in any case");
	} else if (veth && !port->peer.known) {
		say_unseen(f);
	} else if (hidden != ON) {
		say(f, CHECK_OK, "tags stay in the frames");
	} else if (veth) {
		say(f, CHECK_WARN, "XDP does not see VLAN tags that devices on its peer %s add",
		    port->peer.link.name);
		cure_offload(f, port->peer.prefix, port->peer.link.name, "txvlan");
	} else {
		say(f, CHECK_WARN, "XDP does not see VLAN tags: the driver takes them out");
		cure_offload(f, "", port->name, "rxvlan");
	}
}

/* What a local socket sends over a veth has no checksum yet, and a redirect forgets that. */
void check_checksum(const struct system_facts *system, const struct port_facts *port,
		    struct finding *f)
{
	if (!is_veth(&port->link)) {
		say(f, CHECK_OK, "frames from a wire have their checksums");
	} else if (!wants_native(system)) {
		say(f, CHECK_OK, "mode %s completes checksums",
		    system->mode == DP_TC ? "tc" : "generic");
	} else if (!is_origin(system, port)) {
		say(f, CHECK_OK, "a downstream, no multicast data from here is forwarded");
	} else if (!port->peer.known) {
		say_unseen(f);
	} else if (port->peer.ethtool.tx_checksum != ON) {
		say(f, CHECK_OK, "its peer %s sends whole checksums", port->peer.link.name);
	} else {
		say(f, CHECK_WARN,
		    "receivers discard what sockets on its peer %s send: its checksum is "
		    "unfinished",
		    port->peer.link.name);
		cure_offload(f, port->peer.prefix, port->peer.link.name, "tx");
	}
}

/* Without a send queue for every CPU, virtio_net locks one for each redirected frame. */
void check_queues(const struct system_facts *system, const struct port_facts *port,
		  struct finding *f)
{
	unsigned int queues = port->ethtool.queues, most = port->ethtool.max_queues;
	char word[WORD_LEN];

	if (strcmp(port->ethtool.driver, "virtio_net") != 0 || !wants_native(system) ||
	    queues + system->n_cpus <= most) {
		say(f, CHECK_OK, "send queues for XDP are no concern");
		return;
	}
	say(f, CHECK_WARN, "%u of %u queues are taken, %u CPUs want one each for redirects; slower",
	    queues, most, system->n_cpus);
	if (most > system->n_cpus)
		cure(f, "ethtool -L %s combined %u", shell_word(port->name, word),
		     most - system->n_cpus);
}

void check_lro(const struct system_facts *system, const struct port_facts *port, struct finding *f)
{
	if (port->ethtool.lro != ON || !wants_native(system)) {
		say(f, CHECK_OK, "frames are not merged by hardware");
		return;
	}
	say(f, without_native(system), "large receive offload keeps native XDP out");
	cure_offload(f, "", port->name, "lro");
}

void check_allmulti(const struct system_facts *system, const struct port_facts *port,
		    struct finding *f)
{
	(void)system;
	if (port->link.flags & (IFF_ALLMULTI | IFF_PROMISC))
		say(f, CHECK_OK, "all multicast is received");
	else if (is_veth(&port->link))
		say(f, CHECK_OK, "a veth filters nothing");
	else
		say(f, CHECK_OK, "the agent switches reception of all multicast on");
}
