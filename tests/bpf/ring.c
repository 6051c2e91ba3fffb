// SPDX-License-Identifier: GPL-2.0-or-later
/* What the event loop hears of the punt ring. */
#include <linux/bpf.h>
#include <net/if.h>
#include <string.h>
#include <sys/epoll.h>

#include <bpf/bpf.h>
#include <criterion/criterion.h>

#include "bpf/dp_rig.h"
#include "io/dp_internal.h"

static void set_up(void)
{
	rig_up(DP_NATIVE);
}

TestSuite(ring, .init = set_up, .fini = rig_down, .timeout = 60);

static void punt(unsigned int n)
{
	uint8_t frame[60] = {[12] = 0x08, [13] = 0x06}; /* ARP */
	struct xdp_md from = {.data_end = sizeof(frame), .ingress_ifindex = if_nametoindex("p1")};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame),
		    .ctx_in = &from, .ctx_size_in = sizeof(from), .repeat = (int)n);

	cr_assert_eq(bpf_prog_test_run_opts(rig_dp->xdp_prog, &opts), 0, "%m");
}

/* As libevent waits: level-triggered. */
static bool is_told(int epoll, int ms)
{
	struct epoll_event event;

	return epoll_wait(epoll, &event, 1, ms) == 1;
}

Test(ring, what_one_poll_leaves_is_told_again)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), fd = dataplane_fd(rig_dp), polls = 0;
	struct epoll_event event = {.events = EPOLLIN};

	cr_assert_eq(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), 0, "%m");
	cr_expect_not(is_told(epoll, 0));
	punt(10000);
	for (; is_told(epoll, 0); polls++)
		dataplane_poll(rig_dp);
	cr_expect_eq(polls, 2, "%d polls", polls);
	/* One that comes behind the last look, and before the next wait. */
	for (unsigned int i = 0; i < 1000; i++) {
		dataplane_poll(rig_dp);
		punt(1);
		cr_assert(is_told(epoll, 10000), "record %u", i);
	}
	dataplane_poll(rig_dp);
	cr_expect_not(is_told(epoll, 0));
}
