/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Forwarding entries that the data plane does not take. */
#include <criterion/criterion.h>
#include <errno.h>

#include "unit/rig.h"

static void differs(void *ctx, const char *text)
{
	(void)ctx;
	cr_expect(strstr(text, "0 forwarding entries, should be 1"), "%s", text);
}

static void refused_at_first(const struct rig_net *net)
{
	struct rig *rig = rig_new_to_7();

	rig_advance(rig, 20 * USEC_PER_SEC);
	rig->flow_error = -ENOMEM;
	rig_say(rig, net, RECORD_TO_EX, "");
	cr_expect_str_eq(rig_forwards(rig, 7, net->group, ""), "");
	rig_told(rig, net, "TO_EX G", "it may work the next time");
	cr_expect_eq(proxy_audit(rig->proxy, differs, NULL), 1u);
	rig_advance(rig, 10 * USEC_PER_SEC);
	cr_expect_eq(rig->n_refused, 11u, "once a second: %u", rig->n_refused);
	cr_expect_eq(rig->n_warnings, 1u, "said once");
	rig->flow_error = 0;
	rig_advance(rig, USEC_PER_SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, net->group, ""), "1");
	rig_free(rig);
}

Test(flush, what_the_data_plane_refuses_is_tried_again)
{
	rig_each_net(refused_at_first);
}

static void changes_refused(const struct rig_net *net)
{
	struct rig *rig = rig_new_to_7();
	char one[64];

	rig_expand(net, "1", one, sizeof(one));
	rig_say(rig, net, RECORD_TO_EX, "");
	rig_advance(rig, 20 * USEC_PER_SEC);
	rig->flow_error = -ENOMEM;
	rig_record(rig, 1, net->other, RECORD_TO_EX, net->group, one);
	cr_expect_str_eq(rig_forwards(rig, 7, net->group, ""), "1", "as it was");
	rig_advance(rig, 10 * USEC_PER_SEC);
	rig->flow_error = 0;
	rig_advance(rig, USEC_PER_SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, net->group, ""), "1 2");
	cr_expect_str_eq(rig_forwards(rig, 7, net->group, one), "1");
	rig_advance(rig, 10 * USEC_PER_SEC);
	rig->flow_error = -ENOMEM;
	rig_say(rig, net, RECORD_TO_IN, "");
	cr_expect_eq(rig->n_warnings, 2u, "after it has worked, once more");
	rig_record(rig, 1, net->other, RECORD_TO_IN, net->group, "");
	cr_expect_eq(rig->n_flows, 0u, "what is there is deleted");
	rig->flow_error = 0;
	rig_advance(rig, USEC_PER_SEC);
	cr_expect_eq(proxy_next_timer(rig->proxy) > rig->now + USEC_PER_SEC, true,
		     "nothing is tried any more");
	rig_free(rig);
}

Test(flush, an_entry_that_cannot_be_changed_stays_as_it_is_until_it_can)
{
	rig_each_net(changes_refused);
}

/* Groups are worked out anew only if something about them may have changed. */
Test(flush, a_change_that_moves_nobody_leaves_groups_alone)
{
	struct rig *rig = rig_new_to_7();

	rig_record(rig, 0, "10.100.0.11", RECORD_TO_EX, "239.1.1.1", "");
	rig_record(rig, 0, "10.100.0.11", RECORD_ALLOW, "232.1.1.1", "10.0.0.1");
	proxy_upstream_enable(rig->proxy, 1, false, rig->now);
	proxy_port_down(rig->proxy, 3, false, rig->now);
	cr_expect_null(rig->proxy->dirty);
	proxy_upstream_enable(rig->proxy, 0, false, rig->now);
	cr_expect_not_null(rig->proxy->dirty);
	rig_free(rig);
}
