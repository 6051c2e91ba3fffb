// SPDX-License-Identifier: GPL-2.0-or-later
/* What the driver can do with XDP. */
#include <errno.h>
#include <string.h>

#include "check/judge.h"
#include "io/features.h"

/* Drivers with native XDP, redirect and ndo_xdp_xmit, for kernels that do not tell; and whether
 * they are targets of redirects only while they run a program themselves. */
static const struct driver {
	const char *name;
	bool gains_target;
} drivers[] = {
	{"veth", false},
	{"mlx5_core", false},
	{"tun", false},
	{"virtio_net", true},
	{"i40e", true},
	{"ice", true},
	{"ixgbe", true},
	{"igb", true},
	{"igc", true},
	{"bnxt_en", true},
	{"ena", true},
	{"gve", true},
	{"st_gmac", true},
	{"fec", true},
	{"vmxnet3", true},
	{"rvu_nicpf", true},
	{"qede", false},
	{"sfc", false},
	{"hv_netvsc", false},
	{"atlantic", false},
	{"mvneta", false},
	{"mvpp2", false},
	{"fsl_dpaa2_eth", false},
};

static const struct driver *find_driver(const struct port_facts *port)
{
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		if (!strcmp(port->ethtool.driver, drivers[i].name))
			return &drivers[i];
	return NULL;
}

bool is_known_driver(const struct port_facts *port)
{
	return find_driver(port) != NULL;
}

bool gains_target(const struct port_facts *port)
{
	const struct driver *driver = find_driver(port);

	return driver && driver->gains_target;
}

void cure_mode(struct finding *f)
{
	cure(f, "mupi-agent -m tc");
}

void check_driver(const struct system_facts *system, const struct port_facts *port,
		  struct finding *f)
{
	const uint64_t need = XDP_FEATURE_BASIC | XDP_FEATURE_REDIRECT;
	const char *driver = port->ethtool.driver[0] ? port->ethtool.driver : "driver unknown";

	if (is_bond(&port->link) && wants_native(system)) {
		say(f, without_native(system),
		    "a %s hands native XDP to the interfaces below it, which are no ports%s",
		    port->link.kind, consequence(system));
		cure_mode(f);
	} else if (port->features_code && is_known_driver(port)) {
		say(f, CHECK_OK, "%s: known for native XDP", driver);
	} else if (port->features_code && wants_native(system)) {
		say(f, CHECK_WARN,
		    "%s: the kernel (before 6.3) does not tell whether it has native "
		    "XDP",
		    driver);
		cure_mode(f);
	} else if ((port->features & need) == need) {
		say(f, CHECK_OK, "%s: native XDP with redirect", driver);
	} else if (!wants_native(system)) {
		say(f, CHECK_OK, "%s: no native XDP, none is wanted", driver);
	} else {
		say(f, without_native(system), "%s: no native XDP with redirect%s%s", driver,
		    is_veth(&port->link)
			    ? ", its peer has more receive queues than it has send queues"
			    : "",
		    consequence(system));
		cure_mode(f);
	}
}

static void cure_mtu(struct finding *f, const char *prefix, const char *name, unsigned int mtu)
{
	char word[WORD_LEN];

	cure(f, "%sip link set dev %s mtu %u", prefix, shell_word(name, word), mtu);
}

/* A program on a veth limits what its peer may send, on other drivers what they receive. */
static void judge_native_mtu(const struct system_facts *system, const struct port_facts *port,
			     struct finding *f)
{
	bool veth = is_veth(&port->link);

	if (veth && port->peer.known && port->peer.link.mtu > DATAPLANE_PAGE_MTU) {
		say(f, without_native(system),
		    "MTU %u of its peer %s is too large for native XDP%s", port->peer.link.mtu,
		    port->peer.link.name, consequence(system));
		cure_mtu(f, port->peer.prefix, port->peer.link.name, DATAPLANE_PAGE_MTU);
	} else if (!veth && port->link.mtu > DATAPLANE_PAGE_MTU) {
		say(f, without_native(system), "MTU %u is too large for native XDP%s",
		    port->link.mtu, consequence(system));
		cure_mtu(f, "", port->name, DATAPLANE_PAGE_MTU);
	}
}

void check_mtu(const struct system_facts *system, const struct port_facts *port, struct finding *f)
{
	if (wants_native(system))
		judge_native_mtu(system, port, f);
	if (f->text[0])
		return;
	if (is_target(system, port) && port->link.mtu < system->upstream_mtu) {
		say(f, CHECK_WARN, "MTU %u: frames of an upstream's MTU %u are dropped uncounted",
		    port->link.mtu, system->upstream_mtu);
		cure_mtu(f, "", port->name, system->upstream_mtu);
		return;
	}
	say(f, CHECK_OK, "MTU %u", port->link.mtu);
}
