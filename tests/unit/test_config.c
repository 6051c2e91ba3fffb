// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration file: what loads. Run from the top of the tree. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit/config_rig.h"

Test(config, files_of_the_tree_load_without_a_word)
{
	static const struct {
		const char *path;
		size_t rows;
	} files[] = {
		{"conf/mode1-client.conf", 6}, {"conf/mode2-ssm.conf", 3},
		{"conf/mode3-asm.conf", 4},    {"conf/mode4-source.conf", 3},
		{"conf/mode5-port.conf", 9},   {"conf/murt.conf", 3},
		{"conf/iptv.conf", 2},
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct config_port *ports = NULL;
		struct config *config = NULL;
		struct problems p = {0};
		char error[160];
		size_t n = 0;

		cr_assert_eq(config_parse_ports(PORTS, &ports, &n, error), 0);
		cr_assert_eq(config_read(files[i].path, false, collect, &p, &config), 0, "%s",
			     p.text);
		cr_expect_eq(config_settle(config, ports, n, collect, &p), 0, "%s", p.text);
		cr_expect_str_eq(p.text, "");
		cr_expect_eq(config->n_rows, files[i].rows);
		cr_expect_eq(config->ports[6].role, ROLE_UPSTREAM);
		cr_expect_eq(config->ports[0].role, ROLE_DOWNSTREAM);
		config_free(config);
		free(ports);
	}
}

/* Set or as a comment. */
static bool has_key(FILE *file, const char *key)
{
	char line[256], name[64];

	rewind(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "#%63[a-z_] =", name) == 1 ||
		    sscanf(line, "%63[a-z_] =", name) == 1)
			if (!strcmp(name, key))
				return true;
	return false;
}

Test(config, example_has_every_key_of_the_manual)
{
	FILE *manual = fopen("conf/murt.conf.5", "re"), *example = fopen("conf/murt.conf", "re");
	char line[256], key[64];
	unsigned int n = 0;

	cr_assert(manual && example);
	while (fgets(line, sizeof(line), manual)) {
		if (sscanf(line, ".It Ic %63s No =", key) != 1)
			continue;
		cr_expect(has_key(example, key), "%s", key);
		n++;
	}
	cr_expect_gt(n, 40);
	fclose(manual);
	fclose(example);
}

Test(config, values_and_ports)
{
	struct config *config = NULL;
	struct problems p;

	cr_assert_eq(
		load("[ports]\nport = 2, a ; first\n\tport = 7, prov1, upstream # second\n"
		     "[murt]\nmurt_entry = , 2, ff1e::/16, , prov1, -10\nselection = specificity\n"
		     "balance = round-robin\ndefault_upstream = 7\n[proxy]\nfast_leave = off\n"
		     "[timers]\nquery_interval = 2m\nquery_response_interval = 1.5s\n"
		     "last_member_query_interval = 10ms\n[datapath]\nclient_multicast = "
		     "pass\nattach = libxdp\n",
		     NULL, &p, &config),
		0, "%s", p.text);
	cr_expect_eq(config->rows[0].row.downstream, 2);
	cr_expect_eq(config->rows[0].row.upstream, 7);
	cr_expect_eq(config->rows[0].row.priority, -10);
	cr_expect_eq(config->rows[0].line, 5);
	cr_expect_eq(config->default_upstream_number, 7);
	cr_expect_eq(config->selection, MURT_SPECIFICITY);
	cr_expect_eq(config->balance, MURT_BALANCE_ROUND_ROBIN);
	cr_expect_eq(config->settings.fast_leave, FAST_LEAVE_OFF);
	cr_expect_eq(config->settings.query_interval, 120 * USEC_PER_SEC);
	cr_expect_eq(config->settings.query_response_interval, 1500 * USEC_PER_MSEC);
	cr_expect_eq(config->settings.last_member_query_interval, 10 * USEC_PER_MSEC);
	cr_expect(config->pass_client_multicast);
	cr_expect_eq(config->attach, ATTACH_LIBXDP);
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
	cr_expect_str_eq(p.text, "-i: port number 1 is given twice\n");
	cr_expect_eq(load("", "1=a,2=a", &p, &config), -EINVAL);
	cr_expect_eq(load("", NULL, &p, &config), -EINVAL);
	cr_expect_str_eq(p.text, ": no ports: name them with -i or in [ports]\n");
}

Test(config, bad_port_arguments_leave_the_list)
{
	static const char *const bad[] = {
		"",	  "a,",	   "0=a",   "x=a", "1=", "7", "averyverylonginterface",
		"eth0:1", "a\xff", "a\033b"};

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

Test(config, lines_may_end_with_crlf)
{
	struct config *config = NULL;
	struct problems p;

	cr_assert_eq(load("[murt]\r\nbalance = hash\r\n\r\nselection = specificity\r", PORTS, &p,
			  &config),
		     0, "%s", p.text);
	cr_expect_eq(config->balance, MURT_BALANCE_HASH);
	cr_expect_eq(config->selection, MURT_SPECIFICITY);
	config_free(config);
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
	cr_expect_str_eq(p.text, ":2: the line is too long: 419 characters, runs of white space "
				 "counted as one, at most 198 are accepted\n");
}

/* For more sources, or groups, than one line holds. */
Test(config, a_provider_may_have_several_lines)
{
	struct config *config = NULL;
	struct problems p;

	cr_assert_eq(load(ROW ",,,7,1\n[providers]\nprovider = one, 10.0.0.1, 7, 239.1.1.1\n"
			      "provider = one, 10.0.0.2, u7, 239.1.1.2\n",
			  PORTS, &p, &config),
		     0, "%s", p.text);
	cr_expect_str_eq(p.text, "");
	cr_expect_eq(config->n_providers, 2);
	config_free(config);
}

Test(config, a_provider_waits_for_its_port_to_be_an_upstream)
{
	struct config *config = NULL;
	struct problems p;

	cr_assert_eq(load(ROW ",,,7,1\n[ports]\nport = 6, d6, downstream\n[providers]\n"
			      "provider = later, , d5\nprovider = never, , 6\n"
			      "provider = elsewhere, , 10\n",
			  PORTS, &p, &config),
		     0, "%s", p.text);
	cr_expect_str_eq(p.text,
			 ":6: provider later: port d5 is no upstream, the provider waits for a row "
			 "that makes it one, or [ports] port = 5, d5, upstream\n"
			 ":7: provider never: port 6 is declared downstream in line 4, the "
			 "provider is left out\n"
			 ":8: provider elsewhere: port 10 is not configured, the provider is left "
			 "out\n");
	cr_assert_eq(config->n_providers, 1);
	cr_expect_str_eq(config->providers[0].name, "later");
	cr_expect_eq(config->providers[0].number, 5);
	config_free(config);
}

Test(config, a_missing_file_is_said)
{
	struct config *config = NULL;
	struct problems p = {0};

	cr_expect_eq(config_read("no-such-file", false, collect, &p, &config), -EINVAL);
	cr_expect_str_eq(p.text, "no-such-file: cannot be opened: No such file or directory\n");
}

Test(config, a_pipe_will_do_at_the_start)
{
	const char text[] = "[murt]\nbalance = hash\n";
	struct config *config = NULL;
	struct problems p = {0};
	char path[32];
	int fd = text_pipe(text, strlen(text), path);

	cr_expect_eq(config_read(path, true, collect, &p, &config), -EINVAL);
	cr_expect_str_eq(p.text, ": cannot be opened: not a regular file\n");
	cr_assert_eq(config_read(path, false, collect, &p, &config), 0, "%s", p.text);
	cr_expect_eq(config->balance, MURT_BALANCE_HASH);
	config_free(config);
	close(fd);
}

Test(config, what_never_ends_is_refused)
{
	static const char *const files[] = {"/dev/zero", "/dev/urandom", "/dev"};
	struct config *config = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct problems live = {0}, p = {0};

		cr_expect_eq(config_read(files[i], true, collect, &live, &config), -EINVAL);
		cr_expect_str_eq(live.text, ": cannot be opened: not a regular file\n");
		cr_expect_eq(config_read(files[i], false, collect, &p, &config), -EINVAL);
		cr_expect_eq(p.errors, 1);
	}
	cr_expect_null(config);
}

Test(config, a_file_may_be_empty)
{
	struct config *config = NULL;
	struct problems p = {0};

	cr_assert_eq(config_read("/dev/null", false, collect, &p, &config), 0, "%s", p.text);
	config_free(config);
}

Test(config, each_of_many_static_joins_is_found)
{
	const unsigned int n = 5000;
	struct config *config = NULL;
	unsigned int found = 0, wrong = 0;
	struct config_static other;
	struct problems p;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	fprintf(file, "[static]\n");
	for (unsigned int i = n; i; i--)
		fprintf(file, "join = %u, ff1e::%x:%x\n", 1 + i % 2, i >> 16, i & 0xffff);
	fclose(file);
	cr_assert_eq(load(text, PORTS, &p, &config), 0, "%s", p.text);
	cr_assert_eq(config->n_statics, n);
	for (unsigned int i = 0; i < n; i++) {
		other = config->statics[i];
		found += config_has_static(config, &other);
		other.number += 2;
		wrong += config_has_static(config, &other);
	}
	cr_expect_eq(found, n);
	cr_expect_eq(wrong, 0);
	config_free(config);
	free(text);
}
