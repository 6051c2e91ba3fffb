// SPDX-License-Identifier: GPL-2.0-or-later
/* Segmentation, of the other end of a veth: what a mode takes from it, and what it gives TC. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "bpf/dp_rig.h"

TestSuite(offloads, .fini = rig_down, .timeout = 60);

static bool peer_segments(void)
{
	return system("ethtool -k q1 | grep -q '^tcp-segmentation-offload: on'") == 0;
}

/* Unicast TCP pays for it: mupi-agent(8), CHECKS. */
Test(offloads, segmentation_is_taken_by_native_xdp_only)
{
	rig_up(DP_NATIVE);
	cr_expect_not(peer_segments());
	dataplane_detach(rig_dp, 1);
	cr_expect(peer_segments(), "without a program");
}

Test(offloads, segmentation_stays_with_generic_xdp)
{
	rig_up(DP_GENERIC);
	cr_expect(peer_segments());
}

Test(offloads, segmentation_stays_with_tc)
{
	rig_up(DP_TC);
	cr_expect(peer_segments());
}

#define SEGMENTS 10
#define SEGMENT	 1000

/* One send of so many datagrams of group 239.0.0.1, which the interface is left to cut. */
static void send_segments(void)
{
	static const char payload[SEGMENTS * SEGMENT];
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(5001)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), segment = SEGMENT;
	struct ip_mreqn from = {.imr_ifindex = (int)if_nametoindex("q0")};

	inet_pton(AF_INET, "239.0.0.1", &to.sin_addr);
	cr_assert_eq(setsockopt(fd, SOL_UDP, UDP_SEGMENT, &segment, sizeof(segment)), 0, "%m");
	cr_assert_eq(setsockopt(fd, SOL_IP, IP_MULTICAST_IF, &from, sizeof(from)), 0, "%m");
	cr_assert_eq(sendto(fd, payload, sizeof(payload), 0, (struct sockaddr *)&to, sizeof(to)),
		     (ssize_t)sizeof(payload), "%m");
	close(fd);
}

/* Waits for so many. */
static uint64_t refused(uint64_t n)
{
	for (int ms = 0; ms < 10000 && rig_stat(0, MUPI_STAT_NO_MEMBER) < n; ms++)
		usleep(1000);
	return rig_stat(0, MUPI_STAT_NO_MEMBER);
}

Test(offloads, packets_that_are_still_to_be_cut_are_counted_as_they_will_be)
{
	unsigned long before[PORTS];
	struct mupi_flow_stats stats;

	rig_up(DP_TC);
	cr_assert_eq(system("ip addr add 10.0.0.1/24 dev q0"), 0);
	cr_assert_eq(rig_flow_set(1, 6), 0);
	for (unsigned int i = 1; i < PORTS; i++)
		before[i] = rig_received(i);
	send_segments();
	cr_expect_gt(rig_more(1, before[1], 1), 0);
	cr_expect_gt(rig_more(2, before[2], 1), 0);
	stats = rig_flows().last.stats;
	cr_expect_eq(rig_stat(0, MUPI_STAT_FORWARDED), SEGMENTS);
	cr_expect_eq(stats.packets, SEGMENTS, "%llu packets", stats.packets);
	cr_expect_eq(stats.bytes, SEGMENTS * (SEGMENT + 42), "%llu bytes", stats.bytes);
	cr_assert_eq(rig_flow_set(1, 0), 0);
	send_segments();
	cr_expect_eq(refused(SEGMENTS), SEGMENTS);
	rig_flow_del(1);
	send_segments();
	cr_expect_eq(refused(2 * SEGMENTS), 2 * SEGMENTS);
}
