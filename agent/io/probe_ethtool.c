// SPDX-License-Identifier: GPL-2.0-or-later
/* Driver and offloads of an interface. */
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "io/probe.h"
#include "lib/util.h"

static int ask(int fd, const char *name, void *question)
{
	struct ifreq request = {.ifr_data = question};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return ioctl(fd, SIOCETHTOOL, &request);
}

static enum toggle ask_toggle(int fd, const char *name, uint32_t command, uint32_t mask)
{
	struct ethtool_value value = {.cmd = command};

	if (ask(fd, name, &value))
		return UNKNOWN;
	return value.data & mask ? ON : OFF;
}

void probe_ethtool(const char *name, struct ethtool_facts *ret)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};

	*ret = (struct ethtool_facts){
		.gro = ask_toggle(fd, name, ETHTOOL_GGRO, 1),
		.lro = ask_toggle(fd, name, ETHTOOL_GFLAGS, ETH_FLAG_LRO),
		.rx_vlan = ask_toggle(fd, name, ETHTOOL_GFLAGS, ETH_FLAG_RXVLAN),
		.tx_vlan = ask_toggle(fd, name, ETHTOOL_GFLAGS, ETH_FLAG_TXVLAN),
		.tx_checksum = ask_toggle(fd, name, ETHTOOL_GTXCSUM, 1),
	};
	if (ask(fd, name, &info) == 0)
		memcpy(ret->driver, info.driver, sizeof(ret->driver) - 1);
	if (ask(fd, name, &channels) == 0) {
		ret->queues = channels.combined_count;
		ret->max_queues = channels.max_combined;
	}
}
