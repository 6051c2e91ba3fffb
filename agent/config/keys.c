// SPDX-License-Identifier: GPL-2.0-or-later
/* Every section and key. */
#include <assert.h>
#include <strings.h>

#include "config/config_private.h"

/* The largest Max Resp Code of IGMPv3, 31744 tenths of a second (RFC 9776 section 4.1.1). */
#define MAX_RESPONSE (31744 * 100 * USEC_PER_MSEC)
/* The largest QQIC, 31744 s, is for those who cannot tell (RFC 9776 section 4.1.7). */
#define MAX_INTERVAL (31743 * USEC_PER_SEC)
#define LIMIT_MAX    100000000
#define RATE_MAX     10000000

#define LIST(fn)                                                                                   \
	static void list_##fn(struct parser *p, const struct key *key, char *value)                \
	{                                                                                          \
		(void)key;                                                                         \
		parse_##fn(p, value);                                                              \
	}
LIST(murt_entry)
LIST(port)
LIST(interface)
LIST(provider)
LIST(join)

static const char *const words_fast_leave[] = {"off", "on", "auto", NULL};
static const char *const words_switch[] = {"off", "on", NULL};
static const char *const words_client[] = {"drop", "pass", NULL};
static const char *const words_attach[] = {"auto", "link", "libxdp", NULL};
static const char *const words_reports[] = {"aggregate", "relay", NULL};
static const char *const words_any_source[] = {"ignore", "accept", NULL};

#define OF(type, f)   .offset = offsetof(type, f), .size = sizeof(((type *)NULL)->f)
#define FIELD(f)      OF(struct config, f)
#define PORT_FIELD(f) .per_port = true, OF(struct port_settings, f)

#define KEY(s, n, p, ...)                                                                          \
	{                                                                                          \
		.section = s, .name = n, .parse = p, ##__VA_ARGS__                                 \
	}
#define CHOICE(s, n, w, ...) KEY(s, n, parse_choice, .words = w, __VA_ARGS__)
/* The field has the name of the key. */
#define INTERVAL(s, n, m)    KEY(s, #n, parse_interval, PORT_FIELD(n), .max = m)
#define NUMBER(s, n, lo, hi)                                                                       \
	KEY(s, #n, parse_number, PORT_FIELD(n), .min_number = lo, .max_number = hi)

static const struct key keys[] = {
	KEY("ports", "port", list_port),
	KEY("murt", "murt_entry", list_murt_entry),
	KEY("murt", "selection", parse_selection),
	KEY("murt", "balance", parse_balance),
	KEY("murt", "default_upstream", parse_default_upstream),
	CHOICE("proxy", "reports", words_reports, FIELD(relay)),
	CHOICE("proxy", "fast_leave", words_fast_leave, PORT_FIELD(fast_leave)),
	CHOICE("proxy", "querier", words_switch, PORT_FIELD(querier)),
	CHOICE("proxy", "query_guard", words_switch, PORT_FIELD(query_guard)),
	KEY("proxy", "igmp_source", parse_igmp_source, PORT_FIELD(igmp_source)),
	KEY("proxy", "mld_source", parse_mld_source, PORT_FIELD(mld_source)),
	CHOICE("proxy", "strict_router_alert", words_switch, FIELD(strict_router_alert)),
	KEY("proxy", "ssm_range", parse_ssm_range),
	CHOICE("proxy", "ssm_any_source", words_any_source, FIELD(ssm_any_source)),
	KEY("proxy", "handover_limit", parse_interval, FIELD(handover_limit),
	    .max = 3600 * USEC_PER_SEC),
	KEY("proxy", "handover_overlap", parse_interval, FIELD(handover_overlap),
	    .max = 60 * USEC_PER_SEC),
	NUMBER("timers", robustness, 1, 7),
	INTERVAL("timers", query_interval, MAX_INTERVAL),
	INTERVAL("timers", query_response_interval, MAX_RESPONSE),
	INTERVAL("timers", last_member_query_interval, MAX_RESPONSE),
	NUMBER("timers", last_member_query_count, 1, 255),
	INTERVAL("timers", startup_query_interval, MAX_INTERVAL),
	NUMBER("timers", startup_query_count, 1, 255),
	INTERVAL("timers", unsolicited_report_interval, MAX_RESPONSE),
	KEY("acl", "permit", parse_acl),
	KEY("acl", "deny", parse_acl),
	NUMBER("limits", groups_per_port, 0, LIMIT_MAX),
	NUMBER("limits", sources_per_group, 0, LIMIT_MAX),
	NUMBER("limits", memberships_per_client, 0, LIMIT_MAX),
	NUMBER("limits", memberships_per_port, 0, LIMIT_MAX),
	NUMBER("limits", reports_per_second, 0, RATE_MAX),
	NUMBER("limits", queries_per_second, 0, RATE_MAX),
	NUMBER("limits", neighbours_per_second, 0, RATE_MAX),
	KEY("limits", "memberships", parse_number, FIELD(memberships), .max_number = LIMIT_MAX),
	CHOICE("datapath", "client_multicast", words_client, FIELD(pass_client_multicast)),
	CHOICE("datapath", "attach", words_attach, FIELD(attach)),
	KEY("datapath", "hold_time", parse_interval, FIELD(hold_time), .max = 86400 * USEC_PER_SEC,
	    .never = true),
	KEY("metrics", "listen", parse_listen),
	KEY("static", "join", list_join),
	/* of the original's later version */
	KEY("interfaces", "interface", list_interface),
	KEY("providers", "provider", list_provider),
};

static_assert(ARRAY_SIZE(keys) <= 64, "a bit each in struct config_section");

/* What a bad value was to say, nobody knows. */
static void parse_value(struct parser *p, const struct key *key, char *value)
{
	int errors = p->errors;

	key->parse(p, key, value);
	if (p->errors == errors)
		return;
	p->config->ports_doubtful |= !strcmp(key->section, "ports");
	p->config->intervals_doubtful |= key->parse == parse_interval;
	p->ssm_doubtful |= !strncmp(key->name, "ssm_", 4);
}

/* In many files only the section is wrong. */
static void unknown_key(struct parser *p, const char *section, const char *name)
{
	const char *place = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(keys) && !place; i++)
		if (!strcmp(keys[i].name, name))
			place = keys[i].section;
	if (place)
		parser_warning(p, "unknown key \"%s\" in [%s] is ignored; it belongs in [%s]", name,
			       section, place);
	else
		parser_warning(p, "unknown key \"%s\" in [%s] is ignored", name, section);
}

static void port_key(struct parser *p, const char *section, const char *name, char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!keys[i].per_port || strcmp(keys[i].name, name))
			continue;
		p->section = &p->config->sections[p->config->n_sections - 1];
		p->section->set |= 1ULL << i;
		parse_value(p, &keys[i], value);
		p->section = NULL;
		return;
	}
	unknown_key(p, section, name);
}

void section_apply(const struct config_section *section, struct port_settings *settings)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (section->set & 1ULL << i)
			memcpy((char *)settings + keys[i].offset,
			       (const char *)&section->settings + keys[i].offset, keys[i].size);
}

/* What was meant, if only case and blanks are wrong: "; did you mean [acl]?", or "". */
static void guess_section(const char *section, char buf[static 96])
{
	const char *port = "port ";
	size_t len;

	section += strspn(section, " ");
	len = strlen(section);
	while (len && section[len - 1] == ' ')
		len--;
	*buf = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(keys) && !*buf; i++)
		if (len == strlen(keys[i].section) && !strncasecmp(keys[i].section, section, len))
			snprintf(buf, 96, "; did you mean [%s]?", keys[i].section);
	if (len > strlen(port) && !strncasecmp(section, port, strlen(port)))
		snprintf(buf, 96, "; did you mean [port %.*s]?", (int)(len - strlen(port)),
			 section + strlen(port));
}

void parser_section(struct parser *p, const char *heading)
{
	_cleanup_free_ char *section = xstrdup(heading + 1);
	char guess[96];

	section[strlen(section) - 1] = '\0';
	if (!strcmp(section, "DEFAULT") || !strncmp(section, "port ", 5))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].section, section))
			return;
	guess_section(section, guess);
	parser_warning(p, "unknown section [%s] is ignored%s", section, guess);
}

void parser_key(struct parser *p, const char *section, const char *name, char *value)
{
	bool known = false;

	if (p->rows_only && strcmp(name, "murt_entry")) {
		parser_error(p,
			     "\"%s\" is not accepted among rows, expected murt_entry; the rest "
			     "belongs in the configuration",
			     name);
		return;
	}
	if (p->rows_only)
		section = "murt"; /* its heading may be left out; another one is an error already */
	if (!strcmp(section, "DEFAULT"))
		return;
	if (!strncmp(section, "port ", 5)) {
		port_key(p, section, name, value);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(keys[i].section, section))
			continue;
		known = true;
		if (strcmp(keys[i].name, name))
			continue;
		parse_value(p, &keys[i], value);
		return;
	}
	/* A deny that is ignored would let through what its author wanted stopped. */
	if (!strcmp(section, "acl"))
		parser_error(p, "unknown key \"%s\" in [acl], expected one of: permit, deny", name);
	else if (known)
		unknown_key(p, section, name);
	else if (!*section)
		parser_warning(p, "key \"%s\" before the first [SECTION] is ignored", name);
}
