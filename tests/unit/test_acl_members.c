// SPDX-License-Identifier: GPL-2.0-or-later
/* What the access list does to memberships. */
#include <stdio.h>

#include "policy/acl.h"
#include "unit/config_rig.h"
#include "unit/rig.h"

/* As a reload does. */
static void use(struct rig *rig, struct config **config, const char *text)
{
	struct proxy_params params = rig->proxy->params;
	struct config *old = *config;
	struct problems problems;

	cr_assert_eq(load(text, PORTS, &problems, config), 0, "%s", problems.text);
	params.acl = (*config)->acl;
	proxy_set_params(rig->proxy, &params);
	proxy_set_murt(rig->proxy, rig->murt, rig->now);
	proxy_flush(rig->proxy, rig->now);
	config_free(old);
}

static void deny_and_permit_again(const struct rig_net *net)
{
	struct rig *rig = rig_new_to_7();
	struct config *config = NULL;
	char rules[128];

	snprintf(rules, sizeof(rules), "[acl]\ndeny = %s, %s,\n", net->client, net->group);
	use(rig, &config, rules);
	rig_record(rig, 0, net->client, RECORD_TO_EX, net->group, "");
	rig_record(rig, 1, net->other, RECORD_TO_EX, net->group, "");
	cr_expect_str_eq(rig_forwards(rig, 7, net->group, ""), "2");
	cr_expect_str_eq(rig_member(rig, 0, net->client, net->group), "EXCLUDE |");
	cr_expect(member_denied(rig->proxy, member_first(rig->proxy)));
	cr_expect_eq(rig->proxy->ports[0].stats[PORT_DENIED], 1);
	cr_expect_eq(rig->proxy->ports[0].stats[PORT_REFUSED], 0);
	cr_expect_eq(acl_at(config->acl, 0)->hits, 1);

	use(rig, &config, "");
	cr_expect_str_eq(rig_forwards(rig, 7, net->group, ""), "1 2");
	cr_expect_not(member_denied(rig->proxy, member_first(rig->proxy)));
	use(rig, &config, "[acl]\ndeny = , 1, ,\n");
	cr_expect_str_eq(rig_forwards(rig, 7, net->group, ""), "2");
	use(rig, &config, "[acl]\ndeny =\n");
	cr_expect_str_eq(rig_forwards(rig, 7, net->group, ""), "");
	rig_free(rig);
	config_free(config);
}

Test(acl, changes_reach_who_is_joined_already)
{
	rig_each_net(deny_and_permit_again);
}

static void watch(const struct rig_net *net)
{
	struct rig *rig = rig_new_to_7();
	struct config *config = NULL;
	char expected[512];

	use(rig, &config, "[acl]\ndeny =\n");
	rig_events(rig);
	rig_say(rig, net, RECORD_TO_EX, "");
	use(rig, &config, "");
	use(rig, &config, "[acl]\ndeny = , 1, ,\n");
	snprintf(
		expected, sizeof(expected),
		"join 1 %s %s exclude >\ndenied 1 %s %s exclude\nresolved 1 %s %s exclude > 7 was\n"
		"resolved 1 %s %s exclude > was 7\ndenied 1 %s %s exclude\n",
		net->client, net->group, net->client, net->group, net->client, net->group,
		net->client, net->group, net->client, net->group);
	cr_expect_str_eq(rig_events(rig), expected);
	rig_free(rig);
	config_free(config);
}

Test(acl, who_watches_is_told_of_denials)
{
	rig_each_net(watch);
}

static void deny_one_source(const struct rig_net *net)
{
	struct rig *rig = rig_new_to_7();
	struct config *config = NULL;
	char rules[128], one[64], two[64];

	rig_expand(net, "1", one, sizeof(one));
	rig_expand(net, "2", two, sizeof(two));
	snprintf(rules, sizeof(rules), "[acl]\ndeny = %s, %s\n", net->group, one);
	use(rig, &config, rules);
	rig_say(rig, net, RECORD_ALLOW, "1 2");
	cr_expect_str_eq(rig_forwards(rig, 7, net->group, one), "");
	cr_expect_str_eq(rig_forwards(rig, 7, net->group, two), "1");
	cr_expect(member_denied(rig->proxy, member_first(rig->proxy)));
	cr_expect_eq(rig->proxy->ports[0].stats[PORT_DENIED], 1);
	rig_free(rig);
	config_free(config);
}

Test(acl, sources_are_denied_one_by_one)
{
	rig_each_net(deny_one_source);
}

static void permit(const struct rig_net *net)
{
	struct rig *rig = rig_new_to_7();
	struct config *config = NULL;
	char rules[128], one[64];

	rig_expand(net, "1", one, sizeof(one));
	murt_set_selection(rig->murt, MURT_SPECIFICITY);
	snprintf(rules, sizeof(rules), "[acl]\npermit = , , %s,\n", net->group);
	use(rig, &config, rules);
	rig_say(rig, net, RECORD_TO_EX, "");
	cr_expect_eq(acl_at(config->acl, 0)->hits, 1, "nothing is carved out");
	rig_say(rig, net, RECORD_TO_IN, "");
	rig_row(rig, "", "", one, 8, 10);
	rig_say(rig, net, RECORD_TO_EX, "");
	cr_expect_str_eq(rig_forwards(rig, 8, net->group, one), "1");
	cr_expect_eq(acl_at(config->acl, 0)->hits, 2);
	cr_expect_eq(murt_next(rig->murt, 1)->hits, 1);
	rig_free(rig);
	config_free(config);
}

Test(acl, a_permit_counts_once_whether_sources_are_carved_out_or_not)
{
	rig_each_net(permit);
}

static void static_join(const struct rig_net *net)
{
	const struct addr any = ADDR_NONE;
	struct addr group;
	struct rig *rig = rig_new_to_7();
	struct config *config = NULL;

	cr_assert_eq(addr_parse(net->group, &group), 0);
	use(rig, &config, "[acl]\ndeny =\n");
	proxy_static_join(rig->proxy, 0, &group, &any, rig->now);
	proxy_flush(rig->proxy, rig->now);
	cr_expect_str_eq(rig_forwards(rig, 7, net->group, ""), "1");
	cr_expect_not(member_denied(rig->proxy, member_first(rig->proxy)));
	rig_free(rig);
	config_free(config);
}

Test(acl, static_joins_are_not_subject_to_it)
{
	rig_each_net(static_join);
}
