// SPDX-License-Identifier: GPL-2.0-or-later
/* What mupictl(8) explains. Run from the top of the tree. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "mupi/dataplane.h"
#include "proxy/state.h"
#include "wire/message.h"

/* As one of the words of a line in section COUNTERS. */
static bool has_counter(FILE *manual, const char *name)
{
	bool within = false;
	char line[256];

	rewind(manual);
	while (fgets(line, sizeof(line), manual)) {
		char *word = strtok(line, " ,\n");

		if (word && !strcmp(word, ".Sh"))
			within = !strcmp(strtok(NULL, "\n"), "COUNTERS");
		for (; within && word; word = strtok(NULL, " ,\n"))
			if (!strcmp(word, name))
				return true;
	}
	return false;
}

static void expect_counters(FILE *manual, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cr_expect(has_counter(manual, names[i]), "COUNTERS lacks %s", names[i]);
}

Test(manual, explains_every_counter)
{
	static const char *const packets[] = MUPI_STAT_NAMES;
	static const char *const events[] = PORT_STAT_NAMES;
	static const char *const agent[] = {"send_errors", "flow_errors"};
	FILE *manual = fopen("tools/mupictl/mupictl.8", "re");

	cr_assert(manual);
	expect_counters(manual, packets, ARRAY_SIZE(packets));
	expect_counters(manual, events, ARRAY_SIZE(events));
	expect_counters(manual, agent, ARRAY_SIZE(agent));
	for (unsigned int i = DECODE_OK + 1; i < DECODE_ERRORS; i++) {
		char name[64];

		snprintf(name, sizeof(name), "refused_%s", decode_error_name((enum decode_error)i));
		cr_expect(has_counter(manual, name), "COUNTERS lacks %s", name);
	}
	fclose(manual);
}
