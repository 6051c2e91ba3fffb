// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows read by themselves; what a reload finds unchanged; numbers of ports. */
#include <stdio.h>
#include <stdlib.h>

#include "unit/config_rig.h"

static unsigned int read_rows(const char *text, struct problems *p, struct config_row **rows,
			      size_t *n)
{
	FILE *file = fmemopen((char *)text, strlen(text), "r");
	struct config *config = NULL;
	unsigned int r;

	cr_assert_eq(load("", PORTS, p, &config), 0);
	r = config_read_rows(config, file, "rows", collect, p, rows, n);
	fclose(file);
	config_free(config);
	return r;
}

Test(config_rows, are_read_as_in_the_configuration)
{
	const char *text =
		"# a comment\n  murt_entry = , 239.0.0.0/8, , u7, 10 ; of one\n[murt]\n\n"
		"murt_entry=2001:db8::/32, d2, , , 8, -1, balance=hash, disabled";
	struct config_row *rows;
	struct problems p;
	size_t n;

	cr_expect_eq(read_rows(text, &p, &rows, &n), 0, "%s", p.text);
	cr_assert_eq(n, 2);
	cr_expect_eq(rows[0].row.upstream, 7);
	cr_expect_eq(rows[0].row.priority, 10);
	cr_expect_eq(rows[0].line, 2);
	cr_expect_eq(rows[1].row.downstream, 2);
	cr_expect_eq(rows[1].row.balance, MURT_BALANCE_HASH);
	cr_expect_not(rows[1].row.enabled);
	cr_expect_eq(rows[1].line, 5);
	free(rows);
	cr_expect_eq(read_rows("", &p, &rows, &n), 0);
	cr_expect_eq(n, 0);
	free(rows);
}

Test(config_rows, what_is_no_row_is_told_with_its_line)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
		{"selection = priority",
		 "\"selection\" is not accepted among rows, expected murt_entry; "
		 "the rest belongs in the configuration"},
		{"[port 1]", "\"[port 1]\" is not accepted among rows, expected [murt] or none"},
		{"murt_entry", "\"murt_entry\" is no setting, expected KEY = VALUE or [SECTION]"},
		{"[murt]\rmurt_entry = , , , 7, 2",
		 "a CR within the line, expected LF or CRLF at the end of each, as tr '\\r' '\\n' "
		 "makes them"},
		{"murt_entry = , , , 99, 1", "upstream 99 is not a configured port"},
		{"murt_entry = , eth9, , , 7, 1", "downstream eth9 is not a configured port"},
		{"murt_entry = 10.0.0.1, ff1e::1, , 7, 1",
		 "murt_entry: the row mixes IPv4 and IPv6, expected one family"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[256], problem[256];
		struct config_row *rows;
		struct problems p;
		size_t n;

		snprintf(text, sizeof(text),
			 "murt_entry = , , , 7, 1\n%s\nmurt_entry = , , , 8, 1\n", cases[i].text);
		snprintf(problem, sizeof(problem), "rows:2: %s\n", cases[i].problem);
		cr_expect_eq(read_rows(text, &p, &rows, &n), 1);
		cr_expect_str_eq(p.text, problem);
		cr_expect_eq(n, 2, "the others are taken");
		free(rows);
	}
}

/* Do two files have the same by `same`? */
static bool compare(bool (*same)(const struct config *, const struct config *), const char *a,
		    const char *b)
{
	struct config *first = NULL, *second = NULL;
	struct problems p;
	bool equal;

	cr_assert_eq(load(a, PORTS, &p, &first), 0, "%s", p.text);
	cr_assert_eq(load(b, PORTS, &p, &second), 0, "%s", p.text);
	equal = same(first, second);
	config_free(first);
	config_free(second);
	return equal;
}

static bool has_first_static(const struct config *a, const struct config *b)
{
	return config_has_static(b, &a->statics[0]);
}

#define ADDR1 "2001:db8:1111:1111:1111:1111:1111:1111"
#define LONG                                                                                       \
	ADDR1 ", 1, ff1e:1111:1111:1111:1111:1111:1111:1111, " ADDR1                               \
	      ", 2, -2147483648, balance=round-robin, disabled"

/* Numbers change as interfaces come in front of others. */
Test(config_rows, interfaces_are_written_where_a_line_takes_them)
{
	static const struct {
		const char *ports, *row, *by_name, *by_number;
	} cases[] = {
		{"d1,u2", ", 1, 239.1.0.0/16, , 2, 5, disabled",
		 ", d1, 239.1.0.0/16, , u2, 5, disabled", ", 1, 239.1.0.0/16, , 2, 5, disabled"},
		{"d1,u#2", ",, , 2, 5", ", , , 2, 5", ", , , 2, 5"},
		{"fifteen-letters,fifteen-letter2", LONG, LONG, LONG},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct config *config = NULL;
		char text[256], line[ROW_STRLEN];
		struct problems p;

		snprintf(text, sizeof(text), ROW "%s\n", cases[i].row);
		cr_assert_eq(load(text, cases[i].ports, &p, &config), 0, "%s", p.text);
		config_format_row(config, &config->rows[0].row, line);
		cr_expect_str_eq(line + strlen("murt_entry = "), cases[i].by_name);
		config_format_row(NULL, &config->rows[0].row, line);
		cr_expect_str_eq(line + strlen("murt_entry = "), cases[i].by_number);
		config_free(config);
	}
}

Test(config_rows, equal_access_lists_and_joins_are_known)
{
	const char *rules =
		"[acl]\ndeny = 10.0.0.0/8, 3, 239.1.1.1, 10.1.1.1\npermit = ff1e::/16\n";
	const char *joins = "[static]\njoin = 3, 239.1.1.1\njoin = d4, ff3e::1, 2001:db8::1\n";

	cr_expect(compare(config_same_acl, rules,
			  "[acl]\ndeny = 10.0.0.0/8,d3,239.1.1.1,10.1.1.1 ; as before\n"
			  "permit=ff1e::/16\n"));
	cr_expect_not(compare(config_same_acl, rules, ""));
	cr_expect_not(compare(config_same_acl, rules,
			      "[acl]\npermit = ff1e::/16\n"
			      "deny = 10.0.0.0/8, 3, 239.1.1.1, 10.1.1.1\n"));
	cr_expect_not(compare(config_same_acl, rules,
			      "[acl]\ndeny = 10.0.0.0/8, 3, 239.1.1.1, 10.1.1.1\n"
			      "permit = ff1e::/17\n"));
	cr_expect(compare(has_first_static, joins, "[static]\njoin = d3, 239.1.1.1\n"));
	cr_expect(compare(has_first_static, joins,
			  "[static]\njoin = 4, 239.1.1.2\njoin = 3, 239.1.1.1\n"));
	cr_expect_not(compare(has_first_static, joins, "[static]\njoin = 4, 239.1.1.1\n"));
	cr_expect_not(
		compare(has_first_static, joins, "[static]\njoin = 3, 239.1.1.1, 10.0.0.1\n"));
}

Test(config_rows, ports_have_numbers_that_the_table_takes)
{
	struct config_port *ports = NULL;
	struct config *config = NULL;
	struct problems p;
	char error[160];
	size_t n = 0;

	cr_expect_eq(config_parse_ports("65536=a", &ports, &n, error), -EINVAL);
	cr_expect_str_eq(error, "port number \"65536\" is not accepted, expected 1 to 65535");
	cr_expect_eq(load("[ports]\nport = 65536, a\n", NULL, &p, &config), -EINVAL);
	cr_expect_str_eq(p.text, ":2: port: expected NUMBER, INTERFACE[, upstream|downstream], "
				 "with NUMBER from 1 to 65535\n");
	cr_assert_eq(load("[murt]\nmurt_entry = , 65535, , , 65534, 1\n", "65535=a,65534=b", &p,
			  &config),
		     0, "%s", p.text);
	config_free(config);
}
