// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every row of conformance/rows.h against the real agent: the clients' packets go in on the ports,
 * then `mupictl members` and `flows` must agree with the row, and data frames of each source must
 * come out of the port or not.
 *
 * All rows run side by side, each in both families and each mode with a group of its own: mode
 * EXACT on port 1, OFF on port 2. Rows in which another router asks have ports 3 and 4 to
 * themselves, since the agent is no querier there any more.
 */
#include <time.h>

#include "conformance/agent.h"
#include "conformance/lab.h"
#include "conformance/rows.h"

#define MS 1000

/* RFC 9776 sections 8.4, 8.13, 8.10 with the [timers] of the selftest. */
static const struct script_clock wall_clock = {
	.gmi = (2 * 4000 + 2 * 1000) * MS,
	.ohp = (2 * 4000 + 1000) * MS,
	.lmqt = 2 * 1500 * MS,
	.margin = 800 * MS,
};
/* An outcome is looked at no earlier and no later: before the margin is over, and the next query.
 */
#define SETTLE (50 * MS)
#define LATEST (700 * MS)
/* A row that fails on a machine too busy to keep these times is run anew, with another group. */
#define TRIES  5

/* A row in one mode and family. */
struct instance {
	const struct row *row;
	enum row_mode mode;
	unsigned int port;
	struct cast cast;
	char group[INET6_ADDRSTRLEN];
	const char *words; /* still to be said */
	enum { GIVEN, NOW, THEN, OVER } step;
	int64_t due, since;
	bool asked;	  /* an outcome that is being found out */
	int64_t boundary; /* queries heard before belong to the first outcome */
	char queries[2][128];
	unsigned int tries;
	bool slow;	       /* this machine was too busy to tell */
	unsigned int data[10]; /* frames by source */
	unsigned int strays;   /* data and queries on other ports */
	bool matches;
	char got[3][256];
};

static struct instance instances[1024];
static unsigned int n_instances, n_failed, n_again;
static struct lab lab;
static struct question members, flows;
static int64_t asked_at;

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- set-up ---------------------------------------------------------------------------------- */

static void start(struct instance *i, int64_t due)
{
	bool v6 = i->cast.family == AF_INET6;

	snprintf(i->group, sizeof(i->group), v6 ? "ff1e::%x:%x" : "239.7.%u.%u",
		 i->mode * TRIES + i->tries++, (unsigned int)(i->row - rows) + 1);
	parse_address(i->group, i->cast.group);
	i->words = i->row->given;
	i->step = GIVEN;
	i->due = due;
	i->slow = false;
	i->strays = 0;
	i->boundary = INT64_MAX;
}

static void add_instance(const struct row *row, enum row_mode mode, int family)
{
	struct instance *i = &instances[n_instances];
	bool v6 = family == AF_INET6;

	i->row = row;
	i->mode = mode;
	i->port = (mode == EXACT ? 1 : 2) +
		  (strstr(row->event, "QUERY") || strstr(row->given, "QUERY") ? 2 : 0);
	i->cast.family = family;
	i->cast.response = wall_clock.lmqt / 2 / MS;
	i->cast.interval = 4;
	parse_address(v6 ? "fe80::51" : "10.100.0.51", i->cast.clients[0]);
	parse_address(v6 ? "fe80::52" : "10.100.0.52", i->cast.clients[1]);
	/* Not all at once. */
	start(i, now_us() + n_instances * 2 * MS);
	n_instances++;
}

static void add_instances(void)
{
	for (const struct row *row = rows; row < rows + sizeof(rows) / sizeof(*rows); row++) {
		for (int mode = OFF; mode <= EXACT; mode++) {
			if (!(row->mode & mode))
				continue;
			add_instance(row, mode, AF_INET);
			if (row->mld)
				add_instance(row, mode, AF_INET6);
		}
	}
}

/* ---- what comes out of the ports
 * -------------------------------------------------------------------------- */

static void heard(const struct heard *h, unsigned int port)
{
	struct instance *i = instances;

	while (i < instances + n_instances &&
	       (i->cast.family != h->family ||
		memcmp(i->cast.group, h->group, size_of(h->family)) != 0))
		i++;
	if (i == instances + n_instances)
		return;
	if (i->port != port)
		i->strays++;
	else if (h->data)
		i->data[h->sources[0] - '0']++;
	else
		script_query(i->queries[now_us() > i->boundary], sizeof(i->queries[0]), h->sources,
			     h->suppress);
}

/* ---- what the agent says --------------------------------------------------------------------- */

/* "EXCLUDE 2 | 3" as members has it: the sources that the mode is about. */
static void member_text(const char *state, char *ret, size_t size)
{
	const char *excluded = strchr(state, '|');

	if (!*state)
		snprintf(ret, size, "none");
	else if (excluded)
		snprintf(ret, size, "exclude %s", excluded + 1 + (excluded[1] == ' '));
	else
		snprintf(ret, size, "include %s", state + strlen("INCLUDE "));
}

static bool flows_to(const struct instance *i, char source)
{
	bool v6 = i->cast.family == AF_INET6;
	char beginning[128], port[8], out[128];

	snprintf(beginning, sizeof(beginning), "%s %s%c ", i->group, v6 ? SOURCE_NET6 : SOURCE_NET4,
		 source);
	snprintf(port, sizeof(port), "<%u>", i->port);
	if (answer_line(&flows, beginning, out, sizeof(out)))
		return !strcmp(out, port);
	snprintf(beginning, sizeof(beginning), "%s any ", i->group);
	return answer_line(&flows, beginning, out, sizeof(out)) && !strcmp(out, port);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static const struct outcome *outcome(const struct instance *i)
{
	return i->step == NOW ? &i->row->now : &i->row->then;
}

/* The sources of a yes and no for each, as rows have them; one that came twice is there twice. */
static void source_text(char ret[static 32], const struct instance *i, bool by_flows)
{
	*ret = 0;
	for (const char *s = SOURCES; *s; s++)
		for (unsigned int n = by_flows ? flows_to(i, *s) : i->data[*s - '0']; n; n--)
			if (strlen(ret) < 28)
				sprintf(ret + strlen(ret), "%s%c", *ret ? " " : "", *s);
}

static void compare(struct instance *i)
{
	const struct outcome *want = outcome(i);
	char prefix[128], client[INET6_ADDRSTRLEN], state[64], by_flows[32], by_data[32];
	const char *queries = i->queries[i->step == THEN];
	char member[64];

	inet_ntop(i->cast.family, i->cast.clients[0], client, sizeof(client));
	snprintf(prefix, sizeof(prefix), "%u %s %s ", i->port, i->group, client);
	if (!answer_line(&members, prefix, member, sizeof(member)))
		strcpy(member, "none");
	member_text(want->state, state, sizeof(state));
	source_text(by_flows, i, true);
	source_text(by_data, i, false);
	snprintf(i->got[0], sizeof(i->got[0]), "member '%s', not '%s'", member, state);
	snprintf(i->got[1], sizeof(i->got[1]), "flows '%s' and data '%s', not '%s'", by_flows,
		 by_data, want->delivered);
	snprintf(i->got[2], sizeof(i->got[2]), "queries '%s', not '%s'; %u frames on other ports",
		 queries, want->queries, i->strays);
	i->matches = !strcmp(member, state) && !strcmp(by_flows, want->delivered) &&
		     !strcmp(by_data, want->delivered) && !strcmp(queries, want->queries) &&
		     !i->strays;
}

static void report(const struct instance *i)
{
	const struct row *r = i->row;

	n_failed++;
	printf("RFC %s section %s, %s, '%s' then '%s'%s%s (%s):\n",
	       i->cast.family == AF_INET ? "9776" : "9777",
	       i->cast.family == AF_INET ? r->igmp : r->mld, i->mode == OFF ? "off" : "exact",
	       r->given, r->event, i->step == THEN ? " " : "", i->step == THEN ? r->wait : "",
	       i->group);
	for (int n = 0; n < 3; n++)
		printf("\t%s\n", i->got[n]);
}

static void send_all_data(void)
{
	unsigned int sent = 0;

	lab.serial++;
	for (struct instance *i = instances; i < instances + n_instances; i++) {
		if (!i->asked)
			continue;
		memset(i->data, 0, sizeof(i->data));
		for (const char *s = SOURCES; *s; s++)
			lab_data(&lab, i->cast.family, i->cast.group, *s);
		/* The ports' rings are short. */
		if (++sent % 8 == 0)
			lab_flush(&lab);
	}
	lab_flush(&lab);
}

static void after_check(struct instance *i)
{
	const char *wait = i->row->wait;
	struct word w;

	if (!i->matches && i->slow && i->tries < TRIES) {
		n_again++;
		start(i, now_us());
		return;
	}
	if (!i->matches)
		report(i);
	if (i->step == THEN || !wait || !i->matches) {
		i->step = OVER;
		return;
	}
	script_next(&wait, &wall_clock, &w);
	i->step = THEN;
	i->since = i->due = i->since + w.wait;
}

/* Ask about all whose outcome is due; data goes along. */
static void ask(int64_t now)
{
	bool any = false;

	for (struct instance *i = instances; i < instances + n_instances; i++) {
		i->asked = (i->step == NOW || i->step == THEN) && i->due <= now;
		any = any || i->asked;
	}
	if (!any)
		return;
	asked_at = now;
	question_ask(&members);
	question_ask(&flows);
	send_all_data();
}

/* What does not match yet is looked at again until it is late. */
static void judge(void)
{
	bool slow = now_us() > asked_at + LATEST / 2;

	for (struct instance *i = instances; i < instances + n_instances; i++) {
		if (!i->asked)
			continue;
		i->slow = i->slow || slow;
		compare(i);
		if (i->matches || now_us() > i->since + LATEST)
			after_check(i);
		else
			i->due = now_us() + SETTLE;
	}
}

static void check(void)
{
	bool asked = members.pipe || flows.pipe;
	/* Both, not one after the other. */
	bool members_known = question_answered(&members), flows_known = question_answered(&flows);

	if (!members_known || !flows_known)
		return;
	if (asked)
		judge();
	ask(now_us());
}

/* The next word: time passes, or a packet goes out. */
static void go_on(struct instance *i, int64_t now)
{
	bool event = !*i->words;
	struct word w;

	if (event)
		i->words = i->row->event;
	if (!script_next(&i->words, &wall_clock, &w)) {
		fprintf(stderr, "conformance: a word is wrong in '%s'\n", i->row->given);
		exit(2);
	}
	if (event)
		i->queries[0][0] = i->queries[1][0] = 0;
	if (w.kind == WORD_WAIT) {
		i->due = now + w.wait;
		return;
	}
	lab_say(&lab, i->port, &i->cast, &w);
	i->due = now;
	if (!event)
		return;
	i->step = NOW;
	i->since = now;
	i->boundary = now + wall_clock.lmqt / 8;
	i->due = now + SETTLE;
}

static void run_due(void)
{
	static int64_t last;
	int64_t now = now_us();
	bool slow = last && now > last + LATEST / 4;

	last = now;
	for (struct instance *i = instances; i < instances + n_instances; i++) {
		i->slow = i->slow || slow;
		while (i->step == GIVEN && i->due <= now)
			go_on(i, now);
	}
}

static bool all_over(void)
{
	for (unsigned int n = 0; n < n_instances; n++)
		if (instances[n].step != OVER)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fputs("usage: conformance LAB MUPICTL SOCKET\n", stderr);
		return 2;
	}
	lab.heard = heard;
	lab_open(&lab, argv[1]);
	question_members(&members, argv[2], argv[3]);
	question_flows(&flows, argv[2], argv[3]);
	lab_flush(&lab);
	add_instances();
	while (!all_over()) {
		run_due();
		lab_listen(&lab, 5);
		check();
	}
	printf("%u rows and ways to run them, %u failed, %u run again\n", n_instances, n_failed,
	       n_again);
	return n_failed > 0;
}
