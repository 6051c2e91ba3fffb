// SPDX-License-Identifier: GPL-2.0-or-later
/* Interfaces as netlink tells them, and when it does not. */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

#include <criterion/criterion.h>
#include <netlink/cache.h>
#include <netlink/errno.h>

#include "io/links.h"

/* In the place of libnl's: events are lost, a dump fails. */
static unsigned int overruns, failures, dumps;

int nl_cache_mngr_data_ready(struct nl_cache_mngr *mngr)
{
	typeof(nl_cache_mngr_data_ready) *real = dlsym(RTLD_NEXT, "nl_cache_mngr_data_ready");

	if (!overruns)
		return real(mngr);
	overruns--;
	return -NLE_NOMEM;
}

int nl_cache_refill(struct nl_sock *sock, struct nl_cache *cache)
{
	typeof(nl_cache_refill) *real = dlsym(RTLD_NEXT, "nl_cache_refill");

	dumps++;
	if (!failures)
		return real(sock, cache);
	failures--;
	nl_cache_clear(cache);
	return -NLE_NOMEM;
}

/* ---- what is told of the loopback interface, which every namespace has ---- */

static unsigned int told, gone;

static void on_link(void *ctx, const struct link_info *link)
{
	(void)ctx;
	told++;
	gone += !link->exists;
}

static struct links *links_of_lo(void)
{
	struct links *links;
	char error[256];

	cr_assert_eq(links_open(&links, on_link, NULL, error), 0, "%s", error);
	cr_assert_eq(links_watch(links, "lo"), 0);
	cr_assert_eq(told, 1u);
	cr_assert_eq(gone, 0u);
	dumps = 0;
	return links;
}

Test(links, a_dump_that_fails_ends_no_port_and_is_tried_again)
{
	struct links *links = links_of_lo();

	overruns = 1;
	failures = 2;
	cr_expect_eq(links_read(links), -ENOMEM);
	cr_expect_eq(links_read(links), -ENOMEM);
	cr_expect_eq(told, 1u);
	cr_expect(links_retry(links));
	cr_expect_eq(told, 2u, "told again, in doubt");
	cr_expect_eq(gone, 0u);
	cr_expect_eq(dumps, 4u, "two that failed, and one of each cache");
	links_close(links);
}

Test(links, nothing_is_dumped_without_need)
{
	struct links *links = links_of_lo();

	cr_expect_not(links_retry(links));
	cr_expect_eq(links_read(links), 0);
	cr_expect_eq(dumps, 0u);
	cr_expect_eq(told, 1u);
	links_close(links);
}
