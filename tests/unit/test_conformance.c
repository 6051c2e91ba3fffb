/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every row of the RFCs' state tables (conformance/rows.h) on the virtual clock of rig.h. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "conformance/rows.h"
#include "conformance/script.h"
#include "unit/rig.h"

/* RFC 9776 sections 8.4, 8.13 and 8.10 with the settings of rig_new(). */
static const struct script_clock rig_clock = {
	.gmi = (2 * 125 + 2 * 10) * USEC_PER_SEC,
	.ohp = (2 * 125 + 10) * USEC_PER_SEC,
	.lmqt = 2 * 1 * USEC_PER_SEC,
	.margin = 1 * USEC_PER_MSEC,
};

/* A row in one mode and family. */
struct run {
	const struct row *row;
	struct rig *rig;
	bool v6;
	const char *group;
	char name[200];
};

/* "EXCLUDE 2 | 3" with the addresses of the sources. */
static void expand(const struct run *r, const char *text, char *ret, size_t size)
{
	*ret = 0;
	for (; *text; text++) {
		size_t len = strlen(ret);

		snprintf(ret + len, size - len, "%s%c",
			 !strchr(SOURCES, *text) ? ""
			 : r->v6		 ? SOURCE_NET6
						 : SOURCE_NET4,
			 *text);
	}
}

static const char *client(const struct run *r, bool other)
{
	if (r->v6)
		return other ? "fe80::12" : "fe80::11";
	return other ? "10.100.0.12" : "10.100.0.11";
}

/* From a lower address than the proxy's own, so that it is the querier from now on. */
static void say_query(const struct run *r, const struct word *w)
{
	struct addr sources[8];
	struct query q = {
		.generation = 3,
		.max_response = 1 * USEC_PER_SEC,
		.robustness = 2,
		.query_interval = 125 * USEC_PER_SEC,
		.suppress = w->suppress,
		.sources = sources,
	};

	addr_parse(r->group, &q.group);
	for (const char *s = w->sources; *s; s++) {
		char digit[2] = {*s}, text[ADDR_STRLEN];

		expand(r, digit, text, sizeof(text));
		addr_parse(text, &sources[q.n_sources++]);
	}
	rig_query_from(r->rig, 0, r->v6 ? "fe80::5" : "10.0.0.5", &q);
}

static void say_record(const struct run *r, const struct word *w)
{
	char list[256], spaced[16] = "";

	for (size_t i = 0; w->sources[i]; i++) {
		spaced[2 * i] = w->sources[i];
		spaced[2 * i + 1] = ' ';
	}
	expand(r, spaced, list, sizeof(list));
	rig_record(r->rig, 0, client(r, w->other), (enum record_type)w->kind, r->group, list);
}

static void say(const struct run *r, const char *script)
{
	struct word w;

	while (*script) {
		cr_assert(script_next(&script, &rig_clock, &w), "%s: a word is wrong", r->name);
		if (w.kind == WORD_WAIT)
			rig_advance(r->rig, w.wait);
		else if (w.kind == WORD_QUERY)
			say_query(r, &w);
		else if (w.kind == WORD_LEAVE)
			rig_leave(r->rig, 0, client(r, w.other), r->group);
		else if (w.kind == WORD_V1 || w.kind == WORD_V2)
			rig_old_report(r->rig, 0, client(r, w.other), w.kind == WORD_V1 ? 1 : 2,
				       r->group);
		else
			say_record(r, &w);
	}
}

/* The specific queries sent to the clients since the last call. */
static const char *queries(struct rig *rig)
{
	static char text[256];

	*text = 0;
	for (unsigned int i = 0; i < rig->n_frames; i++) {
		const struct frame *f = &rig->frames[i];
		char sources[16] = "", a[ADDR_STRLEN];
		struct message m;

		cr_assert_eq(message_decode(f->data, f->len, ETH_HLEN,
					    f->data[12] == 8 ? ETHERTYPE_IP : ETHERTYPE_IPV6, true,
					    &m),
			     DECODE_OK);
		if (rig->frame_port[i] != 0 || m.type != MESSAGE_QUERY || addr_is_none(&m.group))
			continue;
		for (unsigned int s = 0; s < m.n && s < sizeof(sources) - 1; s++) {
			struct addr addr = message_query_source(&m, s);

			addr_format(&addr, a);
			sources[s] = a[strlen(a) - 1];
		}
		script_query(text, sizeof(text), sources, m.suppress);
	}
	rig->n_frames = 0;
	return text;
}

static const char *delivered(const struct run *r)
{
	static char text[16];

	*text = 0;
	for (const char *s = SOURCES; *s; s++) {
		char digit[2] = {*s}, source[ADDR_STRLEN];
		size_t len = strlen(text);

		expand(r, digit, source, sizeof(source));
		if (!strcmp(rig_forwards(r->rig, 7, r->group, source), "1"))
			snprintf(text + len, sizeof(text) - len, "%s%c", len ? " " : "", *s);
	}
	return text;
}

static void check(const struct run *r, const struct outcome *want, const char *when)
{
	char state[256];

	expand(r, want->state, state, sizeof(state));
	cr_expect_str_eq(rig_member(r->rig, 0, client(r, false), r->group), state,
			 "%s %s: state '%s', not '%s'", r->name, when,
			 rig_member(r->rig, 0, client(r, false), r->group), state);
	cr_expect_str_eq(delivered(r), want->delivered, "%s %s: delivered '%s', not '%s'", r->name,
			 when, delivered(r), want->delivered);
	const char *sent = queries(r->rig);

	cr_expect_str_eq(sent, want->queries, "%s %s: queries '%s', not '%s'", r->name, when, sent,
			 want->queries);
}

/* The settings of rig.h, and addresses that another router's can be lower than. */
static struct rig *start(enum row_mode mode)
{
	struct rig *rig = rig_new(mode == OFF ? FAST_LEAVE_OFF : FAST_LEAVE_AUTO);
	struct sender sender = {.mac = {2}};

	addr_parse("10.0.0.9", &sender.v4);
	addr_parse("fe80::9", &sender.v6);
	proxy_port_up(rig->proxy, 0, &sender, 1500, rig->now);
	rig_row(rig, "", "", "", 7, 0);
	rig_advance(rig, 0);
	return rig;
}

static void run(const struct row *row, enum row_mode mode, bool v6)
{
	struct run r = {.row = row, .v6 = v6, .group = v6 ? "ff1e::1" : "239.1.1.1"};

	r.rig = start(mode);
	snprintf(r.name, sizeof(r.name), "RFC %s section %s, %s, '%s' then '%s'",
		 v6 ? "9777" : "9776", v6 ? row->mld : row->igmp, mode == OFF ? "off" : "exact",
		 row->given, row->event);
	say(&r, row->given);
	queries(r.rig);
	say(&r, row->event);
	check(&r, &row->now, "at once");
	if (row->wait) {
		say(&r, row->wait);
		check(&r, &row->then, row->wait);
	}
	rig_free(r.rig);
}

static void run_all(enum row_mode mode, bool v6)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].mode & mode && (!v6 || rows[i].mld))
			run(&rows[i], mode, v6);
}

Test(conformance, igmp_to_the_letter)
{
	run_all(OFF, false);
}

Test(conformance, igmp_with_exact_tracking)
{
	run_all(EXACT, false);
}

Test(conformance, mld_to_the_letter)
{
	run_all(OFF, true);
}

Test(conformance, mld_with_exact_tracking)
{
	run_all(EXACT, true);
}
