// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/packet.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mupi/dataplane.h"

int packet_open(void)
{
	unsigned int mark = MUPI_MARK;
	/* Protocol 0: bound to nothing, so the kernel never queues a received frame here. */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark))) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

int packet_send(int fd, unsigned int ifindex, const void *frame, size_t len)
{
	const struct ether_header *eth = frame;
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)ifindex,
		.sll_halen = ETH_ALEN,
	};
	ssize_t n;

	if (len < sizeof(*eth))
		return -EINVAL;
	to.sll_protocol = eth->ether_type;
	memcpy(to.sll_addr, eth->ether_dhost, ETH_ALEN);
	do {
		n = sendto(fd, frame, len, 0, (struct sockaddr *)&to, sizeof(to));
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}
