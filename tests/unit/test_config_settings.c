// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration file: settings of all and of single ports, ranges, static joins. */
#include "unit/config_rig.h"

/* What a port has of its own counts, before or after the settings of all; two sections add up. */
Test(config, settings_of_a_port_override_those_of_all)
{
	const struct port_settings *first, *last, *upstream;
	struct config *config = NULL;
	struct problems p;

	cr_assert_eq(
		load("[port 1]\nrobustness = 3\nigmp_source = own\nfast_leave = off\n"
		     "query_interval = 20s\nquery_response_interval = 2s\n"
		     "[timers]\nrobustness = 5\nlast_member_query_count = 4\n"
		     "query_response_interval = 8s\nstartup_query_interval = 10ms\n"
		     "startup_query_count = 6\nunsolicited_report_interval = 2s\n"
		     "[proxy]\nfast_leave = on\nquerier = off\nigmp_source = 0.0.0.0\n"
		     "mld_source = fe80::7\n"
		     "[limits]\ngroups_per_port = 10\nsources_per_group = 20\n"
		     "memberships_per_client = 30\nmemberships_per_port = 35\nmemberships = 40\n"
		     "queries_per_second = 0\nneighbours_per_second = 60\n"
		     "[port u7]\nigmp_source = 10.0.0.7\nunsolicited_report_interval = 10ms\n"
		     "[port d1]\nquerier = on\nquery_guard = on\ngroups_per_port = 0\n"
		     "neighbours_per_second = 70\n",
		     PORTS, &p, &config),
		0, "%s", p.text);
	cr_expect_str_eq(p.text, "");
	first = &config->ports[0].settings;
	last = &config->ports[5].settings;
	upstream = &config->ports[6].settings;

	cr_expect_eq(first->robustness, 3);
	cr_expect_eq(last->robustness, 5);
	cr_expect_eq(first->query_interval, 20 * USEC_PER_SEC);
	cr_expect_eq(last->query_interval, 125 * USEC_PER_SEC);
	cr_expect_eq(first->query_response_interval, 2 * USEC_PER_SEC);
	cr_expect_eq(last->query_response_interval, 8 * USEC_PER_SEC);
	cr_expect_eq(first->last_member_query_count, 4);
	cr_expect_eq(first->startup_query_interval, 10 * USEC_PER_MSEC);
	cr_expect_eq(first->startup_query_count, 6);
	cr_expect_eq(first->fast_leave, FAST_LEAVE_OFF);
	cr_expect_eq(last->fast_leave, FAST_LEAVE_ON);
	cr_expect(first->querier && !last->querier);
	cr_expect(first->query_guard && !last->query_guard);
	cr_expect(addr_is_none(&first->igmp_source));
	cr_expect(addr_is_zero(&last->igmp_source) && !addr_is_none(&last->igmp_source));
	cr_expect(!addr_is_zero(&upstream->igmp_source));
	cr_expect(addr_is_link_local(&first->mld_source));
	cr_expect_eq(upstream->unsolicited_report_interval, 10 * USEC_PER_MSEC);
	cr_expect_eq(last->unsolicited_report_interval, 2 * USEC_PER_SEC);
	cr_expect_eq(first->groups_per_port, 0);
	cr_expect_eq(last->groups_per_port, 10);
	cr_expect_eq(last->sources_per_group, 20);
	cr_expect_eq(last->memberships_per_client, 30);
	cr_expect_eq(last->memberships_per_port, 35);
	cr_expect_eq(config->memberships, 40);
	cr_expect_eq(last->queries_per_second, 0);
	cr_expect_eq(first->neighbours_per_second, 70);
	cr_expect_eq(last->neighbours_per_second, 60);
	config_free(config);
}

/* All ports share what the agent can do. */
Test(config, rates_are_shared_by_the_ports)
{
	struct config *config = NULL;
	struct problems p;

	cr_assert_eq(load("[port 1]\nreports_per_second = 7\n", PORTS, &p, &config), 0);
	cr_expect_eq(config->ports[0].settings.reports_per_second, 7);
	cr_expect_eq(config->ports[1].settings.reports_per_second, 20000 / config->n_ports);
	cr_expect_eq(config->ports[1].settings.queries_per_second, 10000 / config->n_ports);
	cr_expect_eq(config->ports[1].settings.neighbours_per_second, 10000 / config->n_ports);
	config_free(config);
}

static bool in_ranges(const struct config *config, const char *group)
{
	struct addr a;

	cr_assert_eq(addr_parse(group, &a), 0);
	for (size_t i = 0; i < config->n_ssm_ranges; i++)
		if (prefix_match(&config->ssm_ranges[i], &a))
			return true;
	return false;
}

/* RFC 4607 section 1: 232/8 and FF3x::/32. */
Test(config, source_specific_ranges)
{
	struct config *config = NULL;
	struct problems p;

	cr_assert_eq(load("", PORTS, &p, &config), 0);
	cr_expect(in_ranges(config, "232.255.0.1"));
	cr_expect(!in_ranges(config, "233.0.0.1"));
	for (int scope = '0'; scope <= 'f'; scope = scope == '9' ? 'a' : scope + 1) {
		char group[] = "ff3x::8000:1";

		group[3] = (char)scope;
		cr_expect(in_ranges(config, group), "%s", group);
	}
	cr_expect(!in_ranges(config, "ff3e:40::1"));
	cr_expect(!in_ranges(config, "ff1e::1"));
	config_free(config);

	cr_assert_eq(load("[proxy]\nssm_range = 239.232.0.0/16\nssm_range = ff3e::/96\n", PORTS, &p,
			  &config),
		     0);
	cr_expect(in_ranges(config, "239.232.1.1") && in_ranges(config, "ff3e::1"));
	cr_expect(!in_ranges(config, "232.1.1.1") && !in_ranges(config, "ff35::1"));
	config_free(config);

	cr_assert_eq(load("[proxy]\nssm_range = none\n", PORTS, &p, &config), 0);
	cr_expect_eq(config->n_ssm_ranges, 0);
	config_free(config);
}

Test(config, static_joins)
{
	struct config *config = NULL;
	struct problems p;

	cr_assert_eq(load("[static]\njoin = u7, 232.1.1.1, 10.0.0.1\njoin = 2, ff1e::1\n"
			  "[proxy]\nreports = relay\n",
			  PORTS, &p, &config),
		     0, "%s", p.text);
	cr_expect(config->relay);
	cr_assert_eq(config->n_statics, 2);
	cr_expect_eq(config->statics[0].number, 7);
	cr_expect_eq(addr_family(&config->statics[0].source), FAMILY_V4);
	cr_expect_eq(config->statics[1].number, 2);
	cr_expect(addr_is_none(&config->statics[1].source));
	config_free(config);
}
