// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration file: what loads, and the exact words of what does not. Run from the top of the
 * tree. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/config.h"

#define PORTS "1=d1,2=d2,3=d3,4=d4,5=d5,6=d6,7=u7,8=u8,9=u9"

struct problems {
	unsigned int errors, warnings;
	char text[4096]; /* one a line, the path cut off */
};

static void collect(void *ctx, bool error, const char *text)
{
	struct problems *p = ctx;
	size_t n = strlen(p->text);

	if (error)
		p->errors++;
	else
		p->warnings++;
	if (*text == '/')
		text = strchr(text, ':');
	snprintf(p->text + n, sizeof(p->text) - n, "%s\n", text);
}

/* Read text as a file, and settle it with PORTS (unless NULL). */
static int load(const char *text, const char *ports, struct problems *p, struct config **ret)
{
	char path[] = "/tmp/test-config-XXXXXX", error[160];
	struct config_port *list = NULL;
	int fd = mkstemp(path), r;
	size_t n = 0;

	*p = (struct problems){0};
	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	if (ports)
		cr_assert_eq(config_parse_ports(ports, &list, &n, error), 0);
	r = config_read(path, collect, p, ret);
	if (!r) {
		r = config_settle(*ret, list, n, collect, p);
		if (r) {
			config_free(*ret);
			*ret = NULL;
		}
	}
	unlink(path);
	free(list);
	return r;
}

#define ROW "[murt]\nmurt_entry = "

Test(config, every_problem_names_its_line)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"[murt]\n\n  murt_entry = 1,2,3\n", ":3: murt_entry has 3 fields"},
		{ROW ",,,7,high\n", ":2: murt_entry: priority \"high\" is not accepted"},
		{ROW ",,,7,2147483648\n",
		 ":2: murt_entry: priority \"2147483648\" is not accepted"},
		{ROW "10.0.0.300,,,7,1\n", ":2: murt_entry: client \"10.0.0.300\" is not accepted"},
		{ROW ",10.0.0.1,,7,1\n", ":2: murt_entry: group \"10.0.0.1\" is not a multicast"},
		{ROW ",,224.1.1.1,7,1\n", ":2: murt_entry: source \"224.1.1.1\" is a multicast"},
		{ROW ",,,,1\n", ":2: murt_entry: upstream \"\" is not accepted"},
		{ROW ",,,0,1\n", ":2: murt_entry: upstream \"0\" is not accepted"},
		{ROW ",,,12,1\n", ":2: upstream 12 is not a configured port"},
		{ROW ",11,,,7,1\n", ":2: downstream 11 is not a configured port"},
		{ROW ",7,,,7,1\n", ":2: downstream 7 is an upstream port"},
		{ROW "10.0.0.1,ff1e::1,,7,1\n", ":2: murt_entry: the row mixes IPv4 and IPv6"},
		{"[murt]\nselection = best\n", ":2: selection: \"best\" is not accepted"},
		{"[murt]\nbalance = some\n", ":2: balance: \"some\" is not accepted"},
		{"[murt]\nbalance = round-robin\n",
		 ":2: balance = round-robin is not supported yet"},
		{"[murt]\nbalance = random\n", ":2: balance = random is not supported yet"},
		{"[murt]\ndefault_upstream = u99\n",
		 ":2: default_upstream u99 is not a configured"},
		{"[proxy]\nreports = none\n", ":2: reports: \"none\" is not accepted"},
		{"[proxy]\nfast_leave = yes\n", ":2: fast_leave: \"yes\" is not accepted"},
		{"[acl]\n# no\ndeny = 239.255.255.250\n",
		 ":3: [acl] deny = 239.255.255.250: access"},
		{"[acl]\nrefuse = 239.255.255.250\n", ":2: [acl] refuse = 239.255.255.250: access"},
		{"[timers]\nrobustness = 8\n", ":2: robustness: \"8\" is not accepted"},
		{"[timers]\nquery_interval = 9ms\n", ":2: query_interval: \"9ms\" is not accepted"},
		{"[timers]\nquery_interval = 31744\n", ":2: query_interval: \"31744\" is not"},
		{"[timers]\nquery_interval = 10s\n", ":2: query_response_interval must be less"},
		{"[limits]\ngroups_per_port = -1\n", ":2: groups_per_port: \"-1\" is not accepted"},
		{"[timers]\nlast_member_query_count = 0\n",
		 ":2: last_member_query_count: \"0\" is not accepted"},
		{"[timers]\nstartup_query_count = 256\n",
		 ":2: startup_query_count: \"256\" is not accepted"},
		{"[timers]\nstartup_query_interval = 9ms\n", ":2: startup_query_interval: \"9ms\""},
		{"[timers]\nunsolicited_report_interval = no\n",
		 ":2: unsolicited_report_interval: \"no\" is not"},
		{"[limits]\nsources_per_group = x\n", ":2: sources_per_group: \"x\" is not"},
		{"[limits]\nmemberships_per_client = -1\n", ":2: memberships_per_client: \"-1\""},
		{"[limits]\nmemberships = -1\n", ":2: memberships: \"-1\" is not accepted"},
		{"[proxy]\nquerier = yes\n",
		 ":2: querier: \"yes\" is not accepted, expected one of: off, on"},
		{"[proxy]\nquery_guard = 1\n", ":2: query_guard: \"1\" is not accepted"},
		{"[proxy]\nigmp_source = 224.0.0.1\n",
		 ":2: igmp_source: \"224.0.0.1\" is not accepted, expected own or a unicast IPv4"},
		{"[proxy]\nigmp_source = 0.0.0.1\n", ":2: igmp_source: \"0.0.0.1\" is not"},
		{"[proxy]\nigmp_source = 127.0.0.1\n", ":2: igmp_source: \"127.0.0.1\" is not"},
		{"[proxy]\nigmp_source = 255.255.255.255\n",
		 ":2: igmp_source: \"255.255.255.255\""},
		{"[proxy]\nigmp_source = fe80::1\n", ":2: igmp_source: \"fe80::1\" is not"},
		{"[proxy]\nmld_source = 2001:db8::1\n",
		 ":2: mld_source: \"2001:db8::1\" is not accepted, expected own or a link-local"},
		{"[proxy]\nmld_source = 10.0.0.1\n", ":2: mld_source: \"10.0.0.1\" is not"},
		{"[proxy]\nmld_source = ::\n", ":2: mld_source: \"::\" is not accepted"},
		{"[proxy]\nssm_range = 10.0.0.0/8\n",
		 ":2: ssm_range: \"10.0.0.0/8\" is not accepted, expected a multicast prefix"},
		{"[proxy]\nssm_range = 224.0.0.0/3\n", ":2: ssm_range: \"224.0.0.0/3\" is not"},
		{"[proxy]\nssm_range = ff30::/7\n", ":2: ssm_range: \"ff30::/7\" is not"},
		{"[proxy]\nssm_range = all\n", ":2: ssm_range: \"all\" is not accepted"},
		{"[proxy]\nssm_any_source = drop\n", ":2: ssm_any_source: \"drop\" is not"},
		{"[port 12]\n", ":1: port 12 is not a configured port"},
		{"\n[port u99]\nquerier = off\n", ":2: port u99 is not a configured port"},
		{"[port a b]\n", ":1: [port a b]: expected the number or interface of a port"},
		{"[port 0]\nquerier = on\n", ":1: [port 0]: expected the number or interface"},
		{"[port 1]\nrobustness = 0\n", ":2: robustness: \"0\" is not accepted"},
		{"[port d1]\nmld_source = ff02::1\n", ":2: mld_source: \"ff02::1\" is not"},
		{"[port 1]\nquery_interval = 5\n", ":2: query_response_interval must be less"},
		{"[port 1]\nquery_response_interval = 30\n[timers]\nquery_interval = 20\n",
		 ":2: query_response_interval must be less"},
		{"[static]\njoin = 7\n", ":2: join: expected PORT, GROUP[, SOURCE]"},
		{"[static]\njoin = 0, 239.1.1.1\n", ":2: join: expected PORT, GROUP[, SOURCE]"},
		{"[static]\njoin = 7, 239.1.1.1, 10.0.0.1, 1\n", ":2: join: expected PORT"},
		{"[static]\njoin = 12, 239.1.1.1\n", ":2: join: port 12 is not a configured port"},
		{"[static]\njoin = 7, 10.0.0.1\n",
		 ":2: join: group \"10.0.0.1\" is not accepted, expected a multicast address"},
		{"[static]\njoin = 7, 224.0.0.251\n", ":2: join: group \"224.0.0.251\" is not"},
		{"[static]\njoin = 7, ff32::1\n", ":2: join: group \"ff32::1\" is not accepted"},
		{"[static]\njoin = 7, 239.1.1.1, 224.1.1.1\n",
		 ":2: join: source \"224.1.1.1\" is not accepted, expected a unicast IPv4"},
		{"[static]\njoin = 7, ff1e::1, 10.0.0.1\n",
		 ":2: join: source \"10.0.0.1\" is not accepted, expected a unicast IPv6"},
		{"[static]\njoin = 7, 239.1.1.1, 0.0.0.0\n", ":2: join: source \"0.0.0.0\" is"},
		{"[static]\njoin = 7, 232.1.1.1\n",
		 ":2: join: group 232.1.1.1 is source-specific (ssm_range), expected a source"},
		{"[static]\njoin = 7, ff3e::1\n", ":2: join: group ff3e::1 is source-specific"},
		{"[static]\njoin = 7, 239.1.1.1\n[proxy]\nssm_range = 239.1.0.0/16\n",
		 ":2: join: group 239.1.1.1 is source-specific"},
		{"[datapath]\nclient_multicast = no\n",
		 ":2: client_multicast: \"no\" is not accepted"},
		{"[datapath]\nhold_time = soon\n", ":2: hold_time: \"soon\" is not accepted"},
		{"[ports]\nport = x, eth0\n", ":2: port: expected NUMBER, INTERFACE"},
		{"[ports]\nport = 1, eth0, both\n", ":2: port: role \"both\" is not accepted"},
		{"[interfaces]\ninterface = 7, Client\n" ROW ",,,7,1\n",
		 ":4: upstream 7 is declared"},
		{"[interfaces]\ninterface = 7, Other\n", ":2: interface: expected NUMBER"},
		{"[providers]\nprovider = Name\n", ":2: provider: expected NAME"},
		{"[murt\n", ":1: \"[murt\" is no section"},
		{"[murt]\nmurt_entry\n", ":2: \"murt_entry\" is no setting"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct config *config = NULL;
		struct problems p;

		cr_expect_eq(load(cases[i].text, PORTS, &p, &config), -EINVAL, "%s", cases[i].text);
		cr_expect_eq(p.errors, 1, "%s: %s", cases[i].text, p.text);
		cr_expect_eq(strncmp(p.text, cases[i].says, strlen(cases[i].says)), 0,
			     "\"%s\", expected \"%s\"", p.text, cases[i].says);
		config_free(config);
	}
}

Test(config, warnings_do_not_stop)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"[murt]\nmurt_rows = 1\n", ":2: unknown key \"murt_rows\" in [murt] is ignored\n"},
		{"[more]\nx = 1\n", ":2: unknown section [more]: \"x\" is ignored\n"},
		{"x = 1\n", ":1: key \"x\" before the first [SECTION] is ignored\n"},
		{ROW ",,,7,1\nmurt_entry = ,,,8,1\nmurt_entry = ,,,u7,1\n",
		 ":4: the row repeats line 2 and is ignored\n"},
		{"[DEFAULT]\nanything = 1\n", ""},
		{"[port 7]\nrow = 1\nreports = relay\n",
		 ":2: unknown key \"row\" in [port 7] is ignored\n"
		 ":3: unknown key \"reports\" in [port 7] is ignored\n"},
		{"[port]\nquerier = on\n", ":2: unknown section [port]: \"querier\" is ignored\n"},
		{"[static]\njoin = 7, ff1e::1\njoin = 8, ff1e::1\njoin = u7, ff1e::1,\n"
		 "join = 7, ff1e::1, 2001:db8::1\n",
		 ":4: the join repeats line 2 and is ignored\n"},
		{"[static]\njoin = 7, 232.1.1.1\njoin = 7, ff3e::1\n[proxy]\n"
		 "ssm_any_source = accept\n",
		 ""},
		{"[static]\njoin = 7, 232.1.1.1\njoin = 7, ff3e::1\n[proxy]\n"
		 "ssm_range = none\nreports = relay\n",
		 ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct config *config = NULL;
		struct problems p;

		cr_expect_eq(load(cases[i].text, PORTS, &p, &config), 0);
		cr_expect_str_eq(p.text, cases[i].says);
		config_free(config);
	}
}

Test(config, files_of_the_tree_load_without_a_word)
{
	static const struct {
		const char *path;
		size_t rows;
	} files[] = {
		{"conf/mode1-client.conf", 6}, {"conf/mode2-ssm.conf", 3},
		{"conf/mode3-asm.conf", 4},    {"conf/mode4-source.conf", 3},
		{"conf/mode5-port.conf", 9},   {"conf/murt.conf", 3},
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct config_port *ports = NULL;
		struct config *config = NULL;
		struct problems p = {0};
		char error[160];
		size_t n = 0;

		cr_assert_eq(config_parse_ports(PORTS, &ports, &n, error), 0);
		cr_assert_eq(config_read(files[i].path, collect, &p, &config), 0, "%s", p.text);
		cr_expect_eq(config_settle(config, ports, n, collect, &p), 0, "%s", p.text);
		cr_expect_str_eq(p.text, "");
		cr_expect_eq(config->n_rows, files[i].rows);
		cr_expect_eq(config->ports[6].role, ROLE_UPSTREAM);
		cr_expect_eq(config->ports[0].role, ROLE_DOWNSTREAM);
		config_free(config);
		free(ports);
	}
}

Test(config, values_and_ports)
{
	struct config *config = NULL;
	struct problems p;

	cr_assert_eq(
		load("[ports]\nport = 2, a ; first\n\tport = 7, prov1, upstream # second\n"
		     "[murt]\nmurt_entry = , 2, ff1e::/16, , prov1, -10\nselection = specificity\n"
		     "balance = hash\ndefault_upstream = 7\n[proxy]\nfast_leave = off\n"
		     "[timers]\nquery_interval = 2m\nquery_response_interval = 1.5s\n"
		     "last_member_query_interval = 10ms\n[datapath]\nclient_multicast = pass\n",
		     NULL, &p, &config),
		0, "%s", p.text);
	cr_expect_eq(config->rows[0].row.downstream, 2);
	cr_expect_eq(config->rows[0].row.upstream, 7);
	cr_expect_eq(config->rows[0].row.priority, -10);
	cr_expect_eq(config->rows[0].line, 5);
	cr_expect_eq(config->default_upstream_number, 7);
	cr_expect_eq(config->selection, MURT_SPECIFICITY);
	cr_expect_eq(config->balance, MURT_BALANCE_HASH);
	cr_expect_eq(config->settings.fast_leave, FAST_LEAVE_OFF);
	cr_expect_eq(config->settings.query_interval, 120 * USEC_PER_SEC);
	cr_expect_eq(config->settings.query_response_interval, 1500 * USEC_PER_MSEC);
	cr_expect_eq(config->settings.last_member_query_interval, 10 * USEC_PER_MSEC);
	cr_expect(config->pass_client_multicast);
	config_free(config);
}

Test(config, ports_without_a_number_skip_numbers_given)
{
	struct config *config = NULL;
	struct problems p;

	cr_assert_eq(load("", "a,2=b,c,1=d,e", &p, &config), 0);
	cr_expect_eq(config->ports[0].number, 3);
	cr_expect_eq(config->ports[2].number, 4);
	cr_expect_eq(config->ports[4].number, 5);
	config_free(config);
	cr_expect_eq(load("", "1=a,1=b", &p, &config), -EINVAL);
	cr_expect_str_eq(p.text, ": port number 1 is given twice\n");
	cr_expect_eq(load("", "1=a,2=a", &p, &config), -EINVAL);
	cr_expect_eq(load("", NULL, &p, &config), -EINVAL);
	cr_expect_str_eq(p.text, ": no ports: name them with -i or in [ports]\n");
}

Test(config, bad_port_arguments_leave_the_list)
{
	static const char *const bad[] = {
		"", "a,", "0=a", "x=a", "1=", "7", "averyverylonginterface"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct config_port *ports = NULL;
		char error[160] = "";
		size_t n = 0;

		cr_expect_eq(config_parse_ports(bad[i], &ports, &n, error), -EINVAL, "%s", bad[i]);
		cr_expect_eq(n, 0);
		cr_expect(*error);
		free(ports);
	}
}

Test(config, long_lines_are_read_or_one_clear_error)
{
	struct config *config = NULL;
	char text[2000];
	struct problems p;

	snprintf(text, sizeof(text), ROW "%400s,%400s,,7,1\n", "10.0.0.1", "224.1.1.1");
	cr_expect_eq(load(text, PORTS, &p, &config), 0, "%s", p.text);
	config_free(config);
	snprintf(text, sizeof(text), "[murt]\nmurt_entry = %0400d,,,7,1\nselection = priority\n",
		 1);
	cr_expect_eq(load(text, PORTS, &p, &config), -EINVAL);
	cr_expect_eq(p.errors, 1);
	cr_expect_eq(strncmp(p.text, ":2: the line is too long", 24), 0, "%s", p.text);
}

Test(config, a_missing_file_is_said)
{
	struct config *config = NULL;
	struct problems p = {0};

	cr_expect_eq(config_read("no-such-file", collect, &p, &config), -ENOENT);
	cr_expect_str_eq(p.text, "no-such-file: cannot be opened: No such file or directory\n");
}

/* What a port has of its own counts, before or after the settings of all; two sections add up. */
Test(config, settings_of_a_port_override_those_of_all)
{
	const struct port_settings *first, *last, *upstream;
	struct config *config = NULL;
	struct problems p;

	cr_assert_eq(load("[port 1]\nrobustness = 3\nigmp_source = own\nfast_leave = off\n"
			  "query_interval = 20s\nquery_response_interval = 2s\n"
			  "[timers]\nrobustness = 5\nlast_member_query_count = 4\n"
			  "query_response_interval = 8s\nstartup_query_interval = 10ms\n"
			  "startup_query_count = 6\nunsolicited_report_interval = 2s\n"
			  "[proxy]\nfast_leave = on\nquerier = off\nigmp_source = 0.0.0.0\n"
			  "mld_source = fe80::7\n"
			  "[limits]\ngroups_per_port = 10\nsources_per_group = 20\n"
			  "memberships_per_client = 30\nmemberships = 40\n"
			  "[port u7]\nigmp_source = 10.0.0.7\nunsolicited_report_interval = 10ms\n"
			  "[port d1]\nquerier = on\nquery_guard = on\ngroups_per_port = 0\n",
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
	cr_expect_eq(config->memberships, 40);
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
	for (char scope = '0'; scope <= 'f'; scope = scope == '9' ? 'a' : scope + 1) {
		char group[] = "ff3x::8000:1";

		group[3] = scope;
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
