// SPDX-License-Identifier: GPL-2.0-or-later
/* Every section and key, and the values that are single words. */
#include <stdlib.h>

#include "config/config_private.h"

/* The largest Max Resp Code of IGMPv3, 31744 tenths of a second (RFC 9776 section 4.1.1). */
#define MAX_RESPONSE (31744 * 100 * USEC_PER_MSEC)
#define SHORTEST     (10 * USEC_PER_MSEC)

struct key;
typedef void key_parser(struct parser *p, const struct key *key, char *value);

struct key {
	const char *section, *name;
	key_parser *parse;
	const char *const *words; /* choice: accepted words, their index is the value */
	size_t offset;		  /* of the field in struct config */
	usec_t max;		  /* duration */
	long min_number, max_number;
};

static void parse_choice(struct parser *p, const struct key *key, char *value)
{
	char accepted[128] = "";
	size_t n = 0;

	for (unsigned int i = 0; key->words[i]; i++) {
		if (!strcmp(key->words[i], value)) {
			/* enums and bool alike: the widths differ */
			if (key->words[2])
				*(unsigned int *)((char *)p->config + key->offset) = i;
			else
				*(bool *)((char *)p->config + key->offset) = i;
			return;
		}
		n += (size_t)snprintf(accepted + n, sizeof(accepted) - n, "%s%s", i ? ", " : "",
				      key->words[i]);
	}
	parser_error(p, "%s: \"%s\" is not accepted, expected one of: %s", key->name, value,
		     accepted);
}

static void parse_interval(struct parser *p, const struct key *key, char *value)
{
	usec_t duration;

	if (parse_duration(value, &duration) || duration < SHORTEST || duration > key->max) {
		parser_error(p,
			     "%s: \"%s\" is not accepted, expected a duration from 10ms to %llus, "
			     "like 500ms, 1.5s, 2m or 10",
			     key->name, value, (unsigned long long)(key->max / USEC_PER_SEC));
		return;
	}
	*(usec_t *)((char *)p->config + key->offset) = duration;
	if (!strncmp(key->name, "query_", 6))
		p->response_line = p->line;
}

static void parse_number(struct parser *p, const struct key *key, char *value)
{
	long number;

	if (parse_long(value, key->min_number, key->max_number, &number))
		parser_error(p, "%s: \"%s\" is not accepted, expected a number from %ld to %ld",
			     key->name, value, key->min_number, key->max_number);
	else
		*(unsigned int *)((char *)p->config + key->offset) = (unsigned int)number;
}

static bool not_yet(struct parser *p, const char *key, const char *value, const char *const later[])
{
	for (; *later; later++) {
		if (strcmp(*later, value))
			continue;
		parser_error(p, "%s = %s is not supported yet", key, value);
		return true;
	}
	return false;
}

/* These two write enums through their own types. */
static void parse_selection(struct parser *p, const struct key *key, char *value)
{
	if (!strcmp(value, "priority"))
		p->config->selection = MURT_PRIORITY;
	else if (!strcmp(value, "specificity"))
		p->config->selection = MURT_SPECIFICITY;
	else
		parser_error(p,
			     "%s: \"%s\" is not accepted, expected one of: priority, specificity",
			     key->name, value);
}

static void parse_balance(struct parser *p, const struct key *key, char *value)
{
	static const char *const later[] = {"round-robin", "random", NULL};

	if (not_yet(p, key->name, value, later))
		return;
	if (!strcmp(value, "all"))
		p->config->balance = MURT_BALANCE_ALL;
	else if (!strcmp(value, "hash"))
		p->config->balance = MURT_BALANCE_HASH;
	else
		parser_error(p, "%s: \"%s\" is not accepted, expected one of: all, hash", key->name,
			     value);
}

static void parse_reports(struct parser *p, const struct key *key, char *value)
{
	static const char *const later[] = {"relay", NULL};

	if (not_yet(p, key->name, value, later) || !strcmp(value, "aggregate"))
		return;
	parser_error(p, "%s: \"%s\" is not accepted, expected: aggregate", key->name, value);
}

static void parse_default_upstream(struct parser *p, const struct key *key, char *value)
{
	struct config *config = p->config;

	if (!port_reference_ok(value)) {
		parser_error(
			p, "%s: \"%s\" is not accepted, expected the number or interface of a port",
			key->name, value);
		return;
	}
	snprintf(config->default_upstream, sizeof(config->default_upstream), "%s", value);
	config->default_upstream_line = p->line;
}

/* A deny that is ignored would let through what its author wanted stopped. */
static void parse_acl(struct parser *p, const struct key *key, char *value)
{
	parser_error(p, "[acl] %s = %s: access lists are not supported yet", key->name, value);
}

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

static const char *const words_fast_leave[] = {"off", "on", "auto", NULL};
static const char *const words_switch[] = {"off", "on", NULL};
static const char *const words_client[] = {"drop", "pass", NULL};

#define FIELD(f) .offset = offsetof(struct config, f)

#define KEY(s, n, p, ...)                                                                          \
	{                                                                                          \
		.section = s, .name = n, .parse = p, ##__VA_ARGS__                                 \
	}

static const struct key keys[] = {
	KEY("ports", "port", list_port),
	KEY("murt", "murt_entry", list_murt_entry),
	KEY("murt", "selection", parse_selection),
	KEY("murt", "balance", parse_balance),
	KEY("murt", "default_upstream", parse_default_upstream),
	KEY("proxy", "reports", parse_reports),
	KEY("proxy", "fast_leave", parse_choice, .words = words_fast_leave,
	    FIELD(settings.fast_leave)),
	KEY("proxy", "strict_router_alert", parse_choice, .words = words_switch,
	    FIELD(strict_router_alert)),
	KEY("timers", "robustness", parse_number, FIELD(settings.robustness), .min_number = 1,
	    .max_number = 7),
	KEY("timers", "query_interval", parse_interval, FIELD(settings.query_interval),
	    .max = 31743 * USEC_PER_SEC),
	KEY("timers", "query_response_interval", parse_interval,
	    FIELD(settings.query_response_interval), .max = MAX_RESPONSE),
	KEY("timers", "last_member_query_interval", parse_interval,
	    FIELD(settings.last_member_query_interval), .max = MAX_RESPONSE),
	KEY("acl", "permit", parse_acl),
	KEY("acl", "deny", parse_acl),
	KEY("limits", "groups_per_port", parse_number, FIELD(settings.groups_per_port),
	    .max_number = 1000000),
	KEY("datapath", "client_multicast", parse_choice, .words = words_client,
	    FIELD(pass_client_multicast)),
	KEY("datapath", "hold_time", parse_interval, FIELD(hold_time), .max = 86400 * USEC_PER_SEC),
	/* of the original's later version */
	KEY("interfaces", "interface", list_interface),
	KEY("providers", "provider", list_provider),
};

void parser_key(struct parser *p, const char *section, const char *name, char *value)
{
	bool known = false;

	if (!strcmp(section, "DEFAULT"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(keys[i].section, section))
			continue;
		known = true;
		if (strcmp(keys[i].name, name))
			continue;
		keys[i].parse(p, &keys[i], value);
		return;
	}
	if (!strcmp(section, "acl"))
		parse_acl(p, &(struct key){.name = name}, value);
	else if (known)
		parser_warning(p, "unknown key \"%s\" in [%s] is ignored", name, section);
	else if (*section)
		parser_warning(p, "unknown section [%s]: \"%s\" is ignored", section, name);
	else
		parser_warning(p, "key \"%s\" before the first [SECTION] is ignored", name);
}
