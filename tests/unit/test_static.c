/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Joins that nobody reports. */
#include <criterion/criterion.h>

#include "unit/rig.h"

#define SEC USEC_PER_SEC

static const char *const G = "239.1.1.1";
static const char *const A = "10.100.0.11";

static void join(struct rig *rig, unsigned int port, const char *group, const char *source)
{
	struct addr g, s = ADDR_NONE;

	cr_assert_eq(addr_parse(group, &g), 0);
	cr_assert(!*source || !addr_parse(source, &s));
	proxy_static_join(rig->proxy, port, &g, &s, rig->now);
	rig_advance(rig, 0);
	proxy_flush(rig->proxy, rig->now);
}

static void leave(struct rig *rig, unsigned int port, const char *group, const char *source)
{
	struct addr g, s = ADDR_NONE;

	cr_assert_eq(addr_parse(group, &g), 0);
	cr_assert(!*source || !addr_parse(source, &s));
	proxy_static_leave(rig->proxy, port, &g, &s, rig->now);
	rig_advance(rig, 0);
	proxy_flush(rig->proxy, rig->now);
}

Test(static_joins, hold_without_a_report)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);

	join(rig, 3, "239.9.9.9", "");
	cr_expect_str_eq(rig_reports(rig, 3), "TO_EX 239.9.9.9", "on the upstream itself");
	cr_expect_str_eq(rig_forwards(rig, 8, "239.9.9.9", "10.0.0.1"), "");
	join(rig, 3, "ff3e::9", "2001:db8::1");
	cr_expect_str_eq(rig_reports(rig, 3), "ALLOW ff3e::9 2001:db8::1");
	join(rig, 0, G, "");
	join(rig, 0, "232.1.1.1", "10.0.0.1");
	join(rig, 1, "ff1e::1", "");
	rig_advance(rig, 1000 * SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, "232.1.1.1", "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, "232.1.1.1", "10.0.0.2"), "");
	cr_expect_str_eq(rig_forwards(rig, 7, "ff1e::1", "2001:db8::5"), "2");
	leave(rig, 3, "239.9.9.9", "");
	leave(rig, 3, "ff3e::9", "2001:db8::1");
	leave(rig, 0, G, "");
	leave(rig, 0, "232.1.1.1", "10.0.0.1");
	leave(rig, 1, "ff1e::1", "");
	rig_advance(rig, 10 * SEC);
	proxy_flush(rig->proxy, rig->now);
	cr_expect_eq(rig->proxy->members.n, 0u);
	cr_expect_eq(rig->n_flows, 0u);
	rig_free(rig);
}

Test(static_joins, one_is_taken_back_and_others_of_its_group_stay)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);

	join(rig, 0, G, "10.0.0.1");
	join(rig, 0, G, "");
	join(rig, 0, G, "10.0.0.2");
	leave(rig, 0, G, "10.0.0.2");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.2"), "1", "any source is wanted");
	leave(rig, 0, G, "");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.2"), "");
	leave(rig, 0, G, "10.0.0.2");
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1", "that is no join any more");
	rig_events(rig);
	leave(rig, 0, G, "10.0.0.1");
	cr_expect_str_eq(rig_events(rig), "leave 1  239.1.1.1 include left\n");
	cr_expect_eq(proxy_audit(rig->proxy, NULL, NULL), 0u);
	rig_free(rig);
}

Test(static_joins, follow_their_port)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);
	struct sender sender = rig->proxy->ports[0].own;

	join(rig, 0, G, "");
	join(rig, 2, "239.9.9.9", "");
	proxy_port_down(rig->proxy, 0, true, rig->now);
	proxy_port_down(rig->proxy, 2, true, rig->now);
	proxy_flush(rig->proxy, rig->now);
	cr_expect_eq(rig->n_flows, 0u);
	rig_reports(rig, 2);
	proxy_port_up(rig->proxy, 2, &sender, 1500, rig->now);
	proxy_port_up(rig->proxy, 0, &sender, 1500, rig->now);
	proxy_flush(rig->proxy, rig->now);
	rig_advance(rig, SEC);
	cr_expect_str_eq(rig_forwards(rig, 7, G, "10.0.0.1"), "1");
	cr_expect_not_null(strstr(rig_reports(rig, 2), "TO_EX 239.9.9.9"));
	rig_free(rig);
}

/* They limit what clients take, which a static join is none of. */
Test(static_joins, are_not_subject_to_limits)
{
	struct rig *rig = rig_quiet(FAST_LEAVE_AUTO);
	struct port_settings settings = rig->proxy->ports[0].settings;

	settings.groups_per_port = 1;
	settings.sources_per_group = 1;
	settings.memberships_per_port = 1;
	rig_settings(rig, 0, &settings);
	rig_record(rig, 0, A, RECORD_TO_EX, G, "");
	join(rig, 0, "239.9.9.9", "");
	join(rig, 0, "232.1.1.1", "10.0.0.1");
	join(rig, 0, "232.1.1.1", "10.0.0.2");
	cr_expect_str_eq(rig_forwards(rig, 7, "239.9.9.9", "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, "232.1.1.1", "10.0.0.1"), "1");
	cr_expect_str_eq(rig_forwards(rig, 7, "232.1.1.1", "10.0.0.2"), "1");
	rig_free(rig);
}
