// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration file: the exact words of what does not load, and of what is ignored. */
#include <stdio.h>
#include <unistd.h>

#include "unit/config_rig.h"

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
		{ROW ",,,7,10,balance=foo\n",
		 ":2: murt_entry: \"balance=foo\" is not accepted, expected disabled, or balance= "
		 "and one of: all, hash, round-robin, random"},
		{ROW ",,,,7,10,balance=foo\n", ":2: murt_entry: \"balance=foo\" is not accepted"},
		{ROW ",,,7,10,balance = hash\n", ":2: murt_entry: \"balance = hash\" is not"},
		{ROW ",,,7,10,Disabled\n", ":2: murt_entry: \"Disabled\" is not accepted"},
		{ROW ",,,7,10,balance=x,disabled\n", ":2: murt_entry: \"balance=x\" is not"},
		{ROW ",,,7,10,off\n", ":2: murt_entry: priority \"off\" is not accepted"},
		{ROW ",,,7,10,\n", ":2: murt_entry: priority \"\" is not accepted"},
		{"[murt]\nbalance = \033[2J\xff\n", ":2: balance: \"?[2J?\" is not accepted"},
		{"[murt]\nselection = best\n", ":2: selection: \"best\" is not accepted"},
		{"[metrics]\nlisten = localhost:9473\n",
		 ":2: listen: \"localhost:9473\" is not accepted"},
		{"[metrics]\nlisten = 127.0.0.1\n", ":2: listen: \"127.0.0.1\" is not accepted"},
		{"[metrics]\nlisten = ::1:9473\n", ":2: listen: \"::1:9473\" is not accepted"},
		{"[metrics]\nlisten = [::1:9473\n", ":2: listen: \"[::1:9473\" is not accepted"},
		{"[metrics]\nlisten = [::1]:0\n", ":2: listen: \"[::1]:0\" is not accepted"},
		{"[murt]\nbalance = some\n", ":2: balance: \"some\" is not accepted"},
		{"[murt]\ndefault_upstream = u99\n",
		 ":2: default_upstream u99 is not a configured"},
		{"[proxy]\nreports = none\n", ":2: reports: \"none\" is not accepted"},
		{"[proxy]\nfast_leave = yes\n", ":2: fast_leave: \"yes\" is not accepted"},
		{"[timers]\nrobustness = 8\n", ":2: robustness: \"8\" is not accepted"},
		{"[timers]\nquery_interval = 9ms\n", ":2: query_interval: \"9ms\" is not accepted"},
		{"[timers]\nquery_interval = 31744\n", ":2: query_interval: \"31744\" is not"},
		{"[timers]\nquery_interval = 10s\n",
		 ":2: query_response_interval (10s) must be less"},
		{"[timers]\nlast_member_query_interval = 3174.5\n",
		 ":2: last_member_query_interval: \"3174.5\" is not accepted, expected a duration "
		 "from 10ms to 3174.4s"},
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
		{"[limits]\nreports_per_second = 10000001\n",
		 ":2: reports_per_second: \"10000001\""},
		{"[limits]\nqueries_per_second = -1\n", ":2: queries_per_second: \"-1\" is not"},
		{"[limits]\nneighbours_per_second = x\n", ":2: neighbours_per_second: \"x\" is"},
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
		{"[port  3 ]\nquerier = on\n",
		 ":1: [port 3 ]: expected the number or interface of a port, without blanks"},
		{"[port 0]\nquerier = on\n", ":1: [port 0]: expected the number or interface"},
		{"[port 1]\nrobustness = 0\n", ":2: robustness: \"0\" is not accepted"},
		{"[port d1]\nmld_source = ff02::1\n", ":2: mld_source: \"ff02::1\" is not"},
		{"[port 1]\nquery_interval = 5\n",
		 ":2: query_response_interval (10s) must be less"},
		{"[port 1]\nquery_response_interval = 30\n[timers]\nquery_interval = 20.5\n",
		 ":2: query_response_interval (30s) must be less than query_interval (20.5s)"},
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
		{"[datapath]\nattach = tc\n", ":2: attach: \"tc\" is not accepted"},
		{"[datapath]\nhold_time = soon\n", ":2: hold_time: \"soon\" is not accepted, "
						   "expected a duration from 10ms to 86400s, "
						   "like 500ms, 1.5s, 2m or 10, or never"},
		{"[timers]\nquery_interval = never\n",
		 ":2: query_interval: \"never\" is not accepted"},
		{"[ports]\nport = x, eth0\n", ":2: port: expected NUMBER, INTERFACE"},
		{"[ports]\nport = 1, eth0, both\n", ":2: port: role \"both\" is not accepted"},
		{"[interfaces]\ninterface = 7, Client\n" ROW ",,,7,1\n",
		 ":4: upstream 7 is declared downstream in line 2, expected an upstream port"},
		{"[interfaces]\ninterface = u7, Client\n" ROW ",,,7,1\n",
		 ":4: upstream 7 is declared downstream in line 2, expected an upstream port"},
		{"[interfaces]\ninterface = 7, Other\n", ":2: interface: expected PORT, Client"},
		{"[interfaces]\ninterface = u/7, Client\n", ":2: interface: expected PORT, Client"},
		{"[providers]\nprovider = Name\n", ":2: provider: expected NAME"},
		{"# old\r[murt]\rmurt_entry = ,,,77,10\r",
		 ":1: a CR within the line, expected LF or"},
		{"[murt]\r\nselection = best\r\n", ":2: selection: \"best\" is not accepted"},
		{"[murt]\nbalance = hash\rselection = priority\n", ":2: a CR within the line"},
		{"[providers]\nprovider = 9, 10.0.0.1, 7\n",
		 ":2: provider: name \"9\" is not accepted, expected more than a number"},
		{ROW ",,,7,1\nmurt_entry = ,,,8,1\n[providers]\nprovider = X, , 7\n"
		     "provider = X, , 8\n",
		 ":6: provider X is on port 8, and on port 7 in line 5, expected one port for "
		 "each"},
		{ROW ",,,7,1\n[providers]\nprovider = u8, , 7\n",
		 ":4: provider u8: port 8 has this name, expected another one"},
		{"[murt\n", ":1: \"[murt\" is no section"},
		{"[murt]\n[acl] deny = [239.1.1.1]\n", ":2: \"[acl] deny = [239.1.1.1]\" is no "
						       "section, expected [NAME] on a line of its"},
		{"[acl]]\ndeny = ,\n", ":1: \"[acl]]\" is no section"},
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

Test(config, all_problems_are_told_but_no_consequences)
{
	static const struct {
		const char *text, *ports, *says;
	} cases[] = {
		{"[murt]\nmurt_entry = ,,,77,1\n[timers]\nrobustness = 99\n[static]\n"
		 "join = 55, 239.1.1.1\n",
		 PORTS,
		 ":4: robustness: \"99\" is not accepted, expected a number from 1 to 7\n"
		 ":2: upstream 77 is not a configured port\n"
		 ":6: join: port 55 is not a configured port\n"},
		{"[ports]\nport = 1, a\nport = 1, b\n" ROW ",,,99,1\n", NULL,
		 ":3: port number 1 is given twice\n:5: upstream 99 is not a configured port\n"},
		{ROW ",,,99,1\n", "1=a,1=b",
		 "-i: port number 1 is given twice\n:2: upstream 99 is not a configured port\n"},
		{"[ports]\nport = 1, a, upstream\nport = 1, b\n" ROW ",1,,,2,1\n"
		 "[timers]\nquery_interval = 5\n",
		 NULL,
		 ":7: query_response_interval (10s) must be less than query_interval (5s)\n"
		 ":3: port number 1 is given twice\n:5: upstream 2 is not a configured port\n"},
		/* Here, what the bad line meant might cure the other one. */
		{"[ports]\nport = 1, a\nport = 8, u8, up\n" ROW ",,,8,1\n", NULL,
		 ":3: port: role \"up\" is not accepted, expected one of: upstream, downstream\n"},
		{"[ports]\nport = 8\n" ROW ",,,8,1\n", NULL,
		 ":2: port: expected NUMBER, INTERFACE[, upstream|downstream], with NUMBER from 1 "
		 "to 65535\n"},
		{"[ports]\nport 8, u8\n" ROW ",,,8,1\n", NULL,
		 ":2: \"port 8, u8\" is no setting, expected KEY = VALUE or [SECTION]\n"},
		{"[timers]\nquery_interval = 1d\nquery_response_interval = 130\n", PORTS,
		 ":2: query_interval: \"1d\" is not accepted, expected a duration from 10ms to "
		 "31743s, like 500ms, 1.5s, 2m or 10\n"},
		{"[timers]\nquery_interval = 5\n[port 1]\nquery_response_interval = 8\n", PORTS,
		 ":2: query_response_interval (10s) must be less than query_interval (5s)\n"},
		{"[proxy]\nssm_any_source = yes\n[static]\njoin = 7, 232.1.1.1\n", PORTS,
		 ":2: ssm_any_source: \"yes\" is not accepted, expected one of: ignore, accept\n"},
		{ROW ",,,7,a\n[providers]\nprovider = one, , 7\n", PORTS,
		 ":2: murt_entry: priority \"a\" is not accepted, expected a number from "
		 "-2147483648 to 2147483647\n"},
		{"[acl]\ndeny =\n[murt\n"
		 "murt_entry = ,,,7,1\n",
		 PORTS, ":3: \"[murt\" is no section, expected [NAME] on a line of its own\n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct config *config = NULL;
		struct problems p;

		cr_expect_eq(load(cases[i].text, cases[i].ports, &p, &config), -EINVAL);
		cr_expect_str_eq(p.text, cases[i].says);
		config_free(config);
	}
}

/* Lines `from` to `to` of [ports], each of a port with that number. */
static void add_ports(FILE *file, unsigned int from, unsigned int to, const char *role)
{
	for (unsigned int i = from; i <= to; i++)
		fprintf(file, "port = %u, p%u%s\n", i, i, role);
}

Test(config, the_first_port_too_many_is_named)
{
	static char text[65536];
	struct config *config = NULL;
	struct problems p;
	FILE *file = fmemopen(text, sizeof(text), "w");

	fprintf(file, "[ports]\n");
	add_ports(file, 2, 258, "");
	fclose(file);
	cr_expect_eq(load(text, NULL, &p, &config), -EINVAL);
	cr_expect_str_eq(p.text, ":258: 257 ports, at most 256 are supported\n");
	file = fmemopen(text, sizeof(text), "w");
	fprintf(file, "[ports]\n");
	add_ports(file, 2, 67, ", upstream");
	fclose(file);
	cr_expect_eq(load(text, NULL, &p, &config), -EINVAL);
	cr_expect_str_eq(p.text, ":66: 66 upstream ports, at most 64 are supported\n");
}

Test(config, a_zero_byte_is_told_with_its_line)
{
	const char text[] = "[murt]\n\nbalance = \0hash\n";
	struct config *config = NULL;
	struct problems p = {0};
	char path[32];
	int fd = text_pipe(text, sizeof(text), path);

	cr_expect_eq(config_read(path, false, collect, &p, &config), -EINVAL);
	cr_expect_str_eq(p.text, ":3: cannot be read: a zero byte, expected text\n");
	close(fd);
}

Test(config, warnings_do_not_stop)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"[murt]\nmurt_rows = 1\n", ":2: unknown key \"murt_rows\" in [murt] is ignored\n"},
		{"[proxy]\nquery_interval = 60\n", ":2: unknown key \"query_interval\" in [proxy] "
						   "is ignored; it belongs in [timers]\n"},
		{"[more]\nx = 1\n", ":1: unknown section [more] is ignored\n"},
		{"[ACL]\ndeny = 239.1.1.1\n",
		 ":1: unknown section [ACL] is ignored; did you mean [acl]?\n"},
		{"[  murt ]\nx = 1\n",
		 ":1: unknown section [ murt ] is ignored; did you mean [murt]?\n"},
		{"[ Port  3 ]\nquerier = on\n", ":1: unknown section [ Port 3 ] is "
						"ignored; did you mean [port 3]?\n"},
		{"[ports 3]\nx = 1\n", ":1: unknown section [ports 3] is ignored\n"},
		{"[Port ]\nx = 1\n", ":1: unknown section [Port ] is ignored\n"},
		{"[nothing]\n", ":1: unknown section [nothing] is ignored\n"},
		{"[more]\nx = 1\ny = 2\n[murt]\n", ":1: unknown section [more] is ignored\n"},
		{"x = 1\n", ":1: key \"x\" before the first [SECTION] is ignored\n"},
		{ROW ",,,7,1\nmurt_entry = ,,,8,1\nmurt_entry = ,,,u7,1\n",
		 ":4: the row repeats line 2 and is ignored\n"},
		{"[DEFAULT]\nanything = 1\n", ""},
		{"[port 7]\nrow = 1\nreports = relay\n",
		 ":2: unknown key \"row\" in [port 7] is ignored\n"
		 ":3: unknown key \"reports\" in [port 7] is ignored; it belongs in [proxy]\n"},
		{"[port]\nquerier = on\n", ":1: unknown section [port] is ignored\n"},
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
