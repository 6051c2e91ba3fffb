/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of the proxy as text. */
#include <stdarg.h>
#include <stdio.h>

#include "unit/rig.h"

static void __printf(2, 3) say(struct rig *rig, const char *format, ...)
{
	size_t len = strlen(rig->events);
	va_list ap;

	va_start(ap, format);
	vsnprintf(rig->events + len, sizeof(rig->events) - len, format, ap);
	va_end(ap);
}

static void say_upstreams(struct rig *rig, const char *word, upset set)
{
	say(rig, " %s", word);
	for (upset rest = set; rest; rest &= rest - 1)
		say(rig, " %u", 7 + (unsigned int)__builtin_ctzll(rest));
}

static void say_member(struct rig *rig, const struct member *m)
{
	char client[ADDR_STRLEN], group[ADDR_STRLEN], source[ADDR_STRLEN];

	say(rig, " %s %s", addr_format(member_addr(m), client),
	    addr_format(&m->group->key.group, group));
	if (!m->joined)
		return;
	say(rig, " %s", m->mode == MODE_INCLUDE ? "include" : "exclude");
	for (unsigned int i = 0; i < m->n_sources; i++)
		if (source_listed(m, &m->sources[i]))
			say(rig, " %s", addr_format(&m->sources[i].addr, source));
}

static void say_querier(struct rig *rig, const struct querier *q)
{
	char text[ADDR_STRLEN];

	say(rig, " %s %s", q->family == FAMILY_V4 ? "v4" : "v6",
	    q->elected		      ? "self"
	    : addr_is_none(&q->other) ? "none"
				      : addr_format(&q->other, text));
}

void rig_event(void *ctx, const struct proxy_event *event)
{
	static const char *const names[] = {"join",   "change", "resolved", "refused",
					    "denied", "leave",	"limit",    "querier"};
	static const char *const whys[] = {"left", "expired", "port", "ssm"};
	struct rig *rig = ctx;

	rig->n_settled += event->type == PROXY_SETTLED;
	if (event->type >= PROXY_IDENTITY)
		return;
	say(rig, "%s %u", names[event->type], rig->proxy->ports[event->port].number);
	if (event->member)
		say_member(rig, event->member);
	if (event->type <= PROXY_RESOLVED)
		say_upstreams(rig, ">", member_upstreams(event->member));
	if (event->type == PROXY_CHANGE || event->type == PROXY_RESOLVED)
		say_upstreams(rig, "was", event->was);
	if (event->type == PROXY_LEAVE)
		say(rig, " %s", whys[event->why]);
	if (event->type == PROXY_LIMIT)
		say(rig, " %s", event->limit);
	if (event->type == PROXY_QUERIER)
		say_querier(rig, event->querier);
	say(rig, "\n");
}

const char *rig_events(struct rig *rig)
{
	static char text[sizeof(rig->events)];

	memcpy(text, rig->events, sizeof(text));
	*rig->events = '\0';
	return text;
}
