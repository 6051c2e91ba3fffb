/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers to the queries of upstream routers: RFC 9776 section 5.2, RFC 9777 section 6.2. */
#include <criterion/criterion.h>

#include "unit/rig.h"

#define SEC USEC_PER_SEC

static void ask(struct rig *rig, const struct rig_net *net, const char *group, const char *about,
		usec_t max_response)
{
	char text[256];

	if (*group)
		rig_query(rig, 2, group, rig_expand(net, about, text, sizeof(text)), max_response);
	else
		rig_query_from(rig, 2, net->router,
			       &(struct query){.generation = 3, .max_response = max_response});
}

static struct rig *rig_with(const struct rig_net *net, enum record_type type, const char *list)
{
	struct rig *rig = rig_new_to_7();

	rig_say(rig, net, type, list);
	rig_advance(rig, 3 * SEC);
	rig_reports(rig, 2);
	return rig;
}

/* The table of section 5.2: reception state, query → record. */
static void check_table(const struct rig_net *net)
{
	static const struct {
		enum record_type state;
		const char *list, *query, *answer;
	} rows[] = {
		{RECORD_ALLOW, "1 2", "", "IS_IN G 1 2"},
		{RECORD_TO_EX, "1 2", "", "IS_EX G 1 2"},
		{RECORD_ALLOW, "1 2", "2 3", "IS_IN G 2"},
		{RECORD_TO_EX, "1 2", "2 3", "IS_IN G 3"},
		{RECORD_ALLOW, "1 2", "3", ""},
		{RECORD_TO_EX, "1 2", "1", ""},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rig *rig = rig_with(net, rows[i].state, rows[i].list);

		ask(rig, net, net->group, rows[i].query, 2 * SEC);
		rig_told(rig, net, "", "not before the random delay");
		rig_advance(rig, 2 * SEC);
		rig_told(rig, net, rows[i].answer, "within the response time");
		rig_free(rig);
	}
}

Test(answer, state_and_query_make_the_record)
{
	rig_each_net(check_table);
}

static void check_rules(const struct rig_net *net)
{
	struct rig *rig = rig_with(net, RECORD_ALLOW, "1 2 3");

	ask(rig, net, "", "", 2 * SEC);
	ask(rig, net, net->group, "1", 10 * SEC);
	rig_advance(rig, 10 * SEC);
	rig_told(rig, net, "IS_IN G 1 2 3", "rule 1: a general answer comes sooner anyway");
	ask(rig, net, "", "", 10 * SEC);
	ask(rig, net, "", "", 2 * SEC);
	rig_advance(rig, 2 * SEC);
	rig_told(rig, net, "IS_IN G 1 2 3", "rule 2: the newer answer is sooner");
	rig_advance(rig, 10 * SEC);
	rig_told(rig, net, "", "rule 2: and the older is cancelled");
	ask(rig, net, net->group, "1 2", 10 * SEC);
	ask(rig, net, net->group, "", 2 * SEC);
	rig_advance(rig, 2 * SEC);
	rig_told(rig, net, "IS_IN G 1 2 3", "rule 4: about the whole group, at the earliest");
	ask(rig, net, net->group, "", 2 * SEC);
	ask(rig, net, net->group, "1", 2 * SEC);
	rig_advance(rig, 12 * SEC);
	rig_told(rig, net, "IS_IN G 1 2 3", "rule 4: the other way round");
	ask(rig, net, net->group, "1", 2 * SEC);
	ask(rig, net, net->group, "3", 10 * SEC);
	rig_advance(rig, 2 * SEC);
	rig_told(rig, net, "IS_IN G 1 3", "rule 5: both lists, at the earliest");
	rig_advance(rig, 10 * SEC);
	rig_told(rig, net, "", "once");
	rig_free(rig);
}

Test(answer, rules_1_to_5)
{
	rig_each_net(check_rules);
}

static void check_nothing(const struct rig_net *net)
{
	struct rig *rig = rig_with(net, RECORD_TO_EX, "");

	ask(rig, net, net->group, "", 10 * SEC);
	rig_record(rig, 0, net->client, RECORD_TO_IN, net->group, "");
	rig_advance(rig, 3 * SEC);
	rig_reports(rig, 2);
	rig_advance(rig, 10 * SEC);
	ask(rig, net, "", "", 2 * SEC);
	ask(rig, net, net->group, "", 2 * SEC);
	ask(rig, net, net->group, "1", 2 * SEC);
	rig_advance(rig, 2 * SEC);
	rig_told(rig, net, "", "nothing is wanted, nothing is said");
	rig_free(rig);
}

Test(answer, nothing_wanted_is_not_said)
{
	rig_each_net(check_nothing);
}
