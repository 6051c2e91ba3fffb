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
		{"[proxy]\nreports = relay\n", ":2: reports = relay is not supported yet"},
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
