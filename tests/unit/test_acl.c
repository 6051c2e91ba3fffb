// SPDX-License-Identifier: GPL-2.0-or-later
/* The access list: which rule decides, and the words of the configuration. */
#include <stdio.h>

#include "policy/acl.h"
#include "unit/config_rig.h"

static struct addr parse(const char *text)
{
	struct addr a = ADDR_NONE;

	cr_assert(!*text || !addr_parse(text, &a), "bad address in the test: %s", text);
	return a;
}

static struct config *configure(const char *text)
{
	struct config *config = NULL;
	struct problems p;

	cr_assert_eq(load(text, PORTS, &p, &config), 0, "%s", p.text);
	cr_assert_str_empty(p.text);
	return config;
}

/* 0: permitted; else the id of the rule. */
static uint32_t ask(struct acl *acl, const char *client, uint32_t port, const char *group,
		    const char *source)
{
	const struct murt_request request = {
		.client = parse(client),
		.group = parse(group),
		.source = parse(source),
		.downstream = port,
	};
	const struct acl_rule *rule = acl_denies(acl, &request, true);

	return rule ? rule->id : 0;
}

struct question {
	const char *client;
	uint32_t port;
	const char *group, *source;
	uint32_t denied_by;
};

static void check(const char *text, const struct question *questions, size_t n)
{
	struct config *config = configure(text);

	for (size_t i = 0; i < n; i++) {
		const struct question *q = &questions[i];

		cr_expect_eq(ask(config->acl, q->client, q->port, q->group, q->source),
			     q->denied_by, "%s%s, %u, %s, %s", text, q->client, q->port, q->group,
			     q->source);
	}
	config_free(config);
}
#define CHECK(text, ...)                                                                           \
	do {                                                                                       \
		static const struct question questions[] = {__VA_ARGS__};                          \
		check(text, questions, ARRAY_SIZE(questions));                                     \
	} while (0)

Test(acl, nothing_is_denied_without_rules)
{
	CHECK("", {"10.0.0.1", 1, "239.1.1.1", "", 0}, {"fe80::1", 1, "ff1e::1", "", 0});
	cr_expect_eq(ask(NULL, "10.0.0.1", 1, "239.1.1.1", ""), 0);
}

Test(acl, the_first_rule_that_matches_decides)
{
	CHECK("[acl]\npermit = 239.1.1.1\ndeny = 239.1.0.0/16\npermit = 239.1.2.0/24\n",
	      {"10.0.0.1", 1, "239.1.1.1", "", 0}, {"10.0.0.1", 1, "239.1.2.1", "", 2},
	      {"10.0.0.1", 1, "239.2.0.1", "", 0}, {"fe80::1", 1, "ff1e::1", "", 0});
	CHECK("[acl]\npermit = ff1e::1\ndeny = ff1e::/16\npermit = ff1e::2:0/112\n",
	      {"fe80::1", 1, "ff1e::1", "", 0}, {"fe80::1", 1, "ff1e::2:1", "", 2},
	      {"fe80::1", 1, "ff15::1", "", 0}, {"10.0.0.1", 1, "239.1.1.1", "", 0});
}

Test(acl, rules_ask_for_client_port_group_and_source)
{
	CHECK("[acl]\ndeny = 10.0.0.0/8, 2, 232.1.0.0/16, 10.9.0.1\ndeny = 10.1.0.0/16, "
	      "232.2.2.2,\n",
	      {"10.0.0.1", 2, "232.1.1.1", "10.9.0.1", 1},
	      {"11.0.0.1", 2, "232.1.1.1", "10.9.0.1", 0},
	      {"10.0.0.1", 1, "232.1.1.1", "10.9.0.1", 0},
	      {"10.0.0.1", 2, "232.2.1.1", "10.9.0.1", 0},
	      {"10.0.0.1", 2, "232.1.1.1", "10.9.0.2", 0}, {"10.1.0.1", 2, "232.2.2.2", "", 2},
	      {"10.1.0.1", 3, "232.2.2.2", "10.9.0.1", 2}, {"10.2.0.1", 2, "232.2.2.2", "", 0});
	CHECK("[acl]\ndeny = fe80::/64, d2, ff3e::/32, 2001:db8::1\ndeny = fe80::1, ff1e::1,\n",
	      {"fe80::1", 2, "ff3e::1", "2001:db8::1", 1},
	      {"fe80:1::1", 2, "ff3e::1", "2001:db8::1", 0},
	      {"fe80::1", 1, "ff3e::1", "2001:db8::1", 0},
	      {"fe80::1", 2, "ff3e:1::1", "2001:db8::1", 0},
	      {"fe80::1", 2, "ff3e::1", "2001:db8::2", 0}, {"fe80::1", 1, "ff1e::1", "", 2},
	      {"fe80::2", 1, "ff1e::1", "", 0});
}

Test(acl, rules_without_a_prefix_concern_both_families)
{
	CHECK("[acl]\npermit = , 1, 239.1.1.1,\npermit = , d1, ff1e::1,\ndeny = , 1, ,\n",
	      {"10.0.0.1", 1, "239.1.1.1", "", 0}, {"10.0.0.1", 1, "239.1.1.2", "", 3},
	      {"fe80::1", 1, "ff1e::1", "", 0}, {"fe80::1", 1, "ff1e::2", "2001:db8::1", 3},
	      {"10.0.0.1", 2, "239.1.1.2", "", 0}, {"fe80::1", 2, "ff1e::2", "", 0});
	CHECK("[acl]\ndeny =\n", {"10.0.0.1", 1, "239.1.1.1", "", 1},
	      {"fe80::1", 1, "ff1e::1", "", 1});
}

Test(acl, rules_with_a_prefix_of_any_length_concern_its_family)
{
	CHECK("[acl]\ndeny = 0.0.0.0/0, ,\n", {"10.0.0.1", 1, "239.1.1.1", "", 1},
	      {"0.0.0.0", 1, "239.1.1.1", "", 1}, {"fe80::1", 1, "ff1e::1", "", 0});
	CHECK("[acl]\ndeny = ::/0\n", {"10.0.0.1", 1, "239.1.1.1", "", 0},
	      {"fe80::1", 1, "ff1e::1", "", 1});
}

Test(acl, a_rule_with_a_source_does_not_concern_any_source)
{
	CHECK("[acl]\npermit = 239.1.1.1, 10.9.0.0/16\ndeny = 239.1.1.1\n",
	      {"10.0.0.1", 1, "239.1.1.1", "10.9.0.1", 0}, {"10.0.0.1", 1, "239.1.1.1", "", 2},
	      {"10.0.0.1", 1, "239.1.1.1", "10.8.0.1", 2});
	CHECK("[acl]\ndeny = ff1e::1, ::/64\ndeny = ff1e::2, 2001:db8::/32\n",
	      {"fe80::1", 1, "ff1e::1", "", 0}, {"fe80::1", 1, "ff1e::1", "::1", 1},
	      {"fe80::1", 1, "ff1e::2", "", 0}, {"fe80::1", 1, "ff1e::2", "2001:db8::1", 2});
	/* every source there is */
	CHECK("[acl]\ndeny = 239.1.1.1, 0.0.0.0/0\ndeny = ff1e::1, ::/0\n",
	      {"10.0.0.1", 1, "239.1.1.1", "", 1}, {"fe80::1", 1, "ff1e::1", "", 2});
}

Test(acl, a_client_without_an_address_matches_rules_without_a_client)
{
	CHECK("[acl]\ndeny = 0.0.0.0/8, 239.1.1.1,\ndeny = ::/8, ff1e::1,\n",
	      {"0.0.0.0", 1, "239.1.1.1", "", 0}, {"0.0.0.1", 1, "239.1.1.1", "", 1},
	      {"::", 1, "ff1e::1", "", 0}, {"::1", 1, "ff1e::1", "", 2});
	CHECK("[acl]\ndeny = 239.1.1.1\ndeny = ::/0, ff1e::1,\n",
	      {"0.0.0.0", 1, "239.1.1.1", "", 1}, {"::", 1, "ff1e::1", "", 2});
}

Test(acl, the_deciding_rule_counts)
{
	struct config *config =
		configure("[acl]\npermit = 239.1.1.1\ndeny = 239.1.1.0/24\ndeny = ff1e::1\n");
	const struct murt_request request = {.client = parse("10.0.0.1"),
					     .group = parse("239.1.1.9")};

	for (unsigned int i = 0; i < 3; i++)
		ask(config->acl, "10.0.0.1", 1, i < 2 ? "239.1.1.1" : "239.1.1.2", "");
	cr_expect_not_null(acl_denies(config->acl, &request, false));
	cr_assert_eq(acl_count(config->acl), 3);
	cr_expect_eq(acl_at(config->acl, 0)->hits, 2);
	cr_expect_eq(acl_at(config->acl, 1)->hits, 1);
	cr_expect_eq(acl_at(config->acl, 2)->hits, 0);
	config_free(config);
}

/* Rule by rule, as they are written. */
static const struct acl_rule *one_by_one(const struct acl *acl, const struct murt_request *request)
{
	for (size_t i = 0; i < acl_count(acl); i++) {
		const struct acl_rule *rule = acl_at(acl, i);

		if (prefix_match(&rule->group, &request->group) &&
		    prefix_match(&rule->client, &request->client) &&
		    (!rule->downstream || rule->downstream == request->downstream))
			return rule->deny ? rule : NULL;
	}
	return NULL;
}

static struct acl *thousand_rules(void)
{
	struct acl *acl = acl_new();
	char text[PREFIX_STRLEN];

	for (unsigned int i = 0; i < 1000; i++) {
		struct acl_rule rule = {.deny = i % 3, .downstream = i % 4};

		snprintf(text, sizeof(text), i % 2 ? "239.0.%u.%u/%u" : "ff1e::%x:%x/%u", i % 5,
			 i % 60, i % 2 ? 24 + i % 9 : 112 + i % 17);
		cr_assert_eq(prefix_parse(text, &rule.group), 0);
		snprintf(text, sizeof(text), i % 2 ? "10.0.0.0/%u" : "fe80::/%u",
			 i % 2 ? 24 + i % 8 : 120 + i % 8);
		if (i % 7)
			cr_assert_eq(prefix_parse(text, &rule.client), 0);
		acl_add(acl, &rule);
	}
	return acl;
}

Test(acl, thousand_rules_decide_as_one_by_one)
{
	struct acl *acl = thousand_rules();
	uint64_t seed = 1;

	for (unsigned int i = 0; i < 50000; i++) {
		uint32_t random = (uint32_t)((seed = seed * 6364136223846793005ULL + 1) >> 33);
		struct murt_request request = {.downstream = 1 + random / 768 % 4};
		char text[ADDR_STRLEN];

		snprintf(text, sizeof(text), random & 1 ? "239.0.%u.%u" : "ff1e::%x:%x",
			 random / 2 % 6, random / 12 % 64);
		request.group = parse(text);
		snprintf(text, sizeof(text), random & 1 ? "10.0.0.%u" : "fe80::%x",
			 1 + random / 3072 % 255);
		request.client = parse(text);
		cr_assert_eq(acl_denies(acl, &request, false), one_by_one(acl, &request), "%s",
			     text);
	}
	acl_free(acl);
}

/* ---- the words of the configuration ---- */

Test(acl, every_problem_names_its_line)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"[acl]\n\ndeny = 10.0.0.1\n",
		 ":3: deny: group \"10.0.0.1\" is not a multicast address\n"},
		{"[acl]\npermit = 239.1.1\n",
		 ":2: permit: group \"239.1.1\" is not accepted, expected an address, "
		 "ADDRESS/LENGTH or nothing\n"},
		{"[acl]\ndeny = 239.1.1.1/33\n",
		 ":2: deny: group \"239.1.1.1/33\" is not accepted, expected an address, "
		 "ADDRESS/LENGTH or nothing\n"},
		{"[acl]\ndeny = 239.1.1.1, 239.1.1.2\n",
		 ":2: deny: source \"239.1.1.2\" is a multicast address\n"},
		{"[acl]\ndeny = ff1e::1, some\n",
		 ":2: deny: source \"some\" is not accepted, expected an address, "
		 "ADDRESS/LENGTH or nothing\n"},
		{"[acl]\ndeny = ff02::1, ff1e::1,\n",
		 ":2: deny: client \"ff02::1\" is a multicast address\n"},
		{"[acl]\ndeny = client1, ff1e::1,\n",
		 ":2: deny: client \"client1\" is not accepted, expected an address, "
		 "ADDRESS/LENGTH or nothing\n"},
		{"[acl]\ndeny = , 0, ff1e::1,\n",
		 ":2: deny: port \"0\" is not accepted, expected the number or interface of a "
		 "port or nothing\n"},
		{"[acl]\npermit = , d99, ff1e::1,\n",
		 ":2: permit: port d99 is not a configured port\n"},
		{"[murt]\nmurt_entry = ,,,7,1\n[acl]\ndeny = , 7, ff1e::1,\n",
		 ":4: deny: port 7 is an upstream port, expected a downstream port\n"},
		{"[acl]\ndeny = 10.0.0.1, ff1e::1,\n",
		 ":2: deny: the rule mixes IPv4 and IPv6, expected one family\n"},
		{"[acl]\ndeny = ::/0, 1, , 10.0.0.1\n",
		 ":2: deny: the rule mixes IPv4 and IPv6, expected one family\n"},
		{"[acl]\ndeny = , , , ,\n",
		 ":2: deny has 5 fields, expected GROUP or GROUP, SOURCE or CLIENT, GROUP, SOURCE "
		 "or CLIENT, PORT, GROUP, SOURCE\n"},
		{"[acl]\nrefuse = 239.255.255.250\n",
		 ":2: unknown key \"refuse\" in [acl], expected one of: permit, deny\n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct config *config = NULL;
		struct problems p;

		cr_expect_eq(load(cases[i].text, PORTS, &p, &config), -EINVAL, "%s", cases[i].text);
		cr_expect_eq(p.errors, 1, "%s", cases[i].text);
		cr_expect_str_eq(p.text, cases[i].says);
		config_free(config);
	}
}

Test(acl, rules_about_link_local_groups_are_warned_of)
{
	struct config *config = NULL;
	struct problems p;

	cr_assert_eq(load("[acl]\ndeny = 224.0.0.251\ndeny = 224.0.0.0/16\ndeny = ff02::fb\n"
			  "deny = ff00::/12\n",
			  PORTS, &p, &config),
		     0);
	cr_expect_str_eq(p.text, ":2: deny: group 224.0.0.251 is link-local and never proxied: the "
				 "rule has no effect\n"
				 ":4: deny: group ff02::fb is link-local and never proxied: the "
				 "rule has no effect\n");
	config_free(config);
}
