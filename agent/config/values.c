// SPDX-License-Identifier: GPL-2.0-or-later
/* Values that are single words. */
#include "config/config_private.h"

#define SHORTEST (10 * USEC_PER_MSEC)

static void *field(const struct parser *p, const struct key *key)
{
	char *base = (char *)p->config;

	if (key->per_port)
		base = (char *)(p->section ? &p->section->settings : &p->config->settings);
	return base + key->offset;
}

void parse_choice(struct parser *p, const struct key *key, char *value)
{
	char accepted[128] = "";
	size_t n = 0;

	for (unsigned int i = 0; key->words[i]; i++) {
		if (!strcmp(key->words[i], value)) {
			if (key->size == sizeof(bool))
				*(bool *)field(p, key) = i;
			else
				*(unsigned int *)field(p, key) = i;
			return;
		}
		n += (size_t)snprintf(accepted + n, sizeof(accepted) - n, "%s%s", i ? ", " : "",
				      key->words[i]);
	}
	parser_error(p, "%s: \"%s\" is not accepted, expected one of: %s", key->name, value,
		     accepted);
}

void parse_interval(struct parser *p, const struct key *key, char *value)
{
	usec_t duration = 0;
	bool never = key->never && !strcmp(value, "never");

	if (!never &&
	    (parse_duration(value, &duration) || duration < SHORTEST || duration > key->max)) {
		parser_error(p,
			     "%s: \"%s\" is not accepted, expected a duration from 10ms to %.9gs, "
			     "like 500ms, 1.5s, 2m or 10%s",
			     key->name, value, (double)key->max / USEC_PER_SEC,
			     key->never ? ", or never" : "");
		return;
	}
	*(usec_t *)field(p, key) = duration;
	if (!strncmp(key->name, "query_", 6))
		*(p->section ? &p->section->response_line : &p->response_line) = p->line;
}

void parse_number(struct parser *p, const struct key *key, char *value)
{
	long number;

	if (parse_long(value, key->min_number, key->max_number, &number))
		parser_error(p, "%s: \"%s\" is not accepted, expected a number from %ld to %ld",
			     key->name, value, key->min_number, key->max_number);
	else
		*(unsigned int *)field(p, key) = (unsigned int)number;
}

/* ---- [murt] ---- */

/* These two write enums through their own types. */
void parse_selection(struct parser *p, const struct key *key, char *value)
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

static const char *const balances[] = {
	[MURT_BALANCE_ALL] = "all",
	[MURT_BALANCE_HASH] = "hash",
	[MURT_BALANCE_ROUND_ROBIN] = "round-robin",
	[MURT_BALANCE_RANDOM] = "random",
};

bool config_parse_balance(const char *text, enum murt_balance *ret)
{
	for (unsigned int i = MURT_BALANCE_ALL; i < ARRAY_SIZE(balances); i++) {
		if (strcmp(balances[i], text))
			continue;
		*ret = (enum murt_balance)i;
		return true;
	}
	return false;
}

const char *config_balance_name(enum murt_balance balance)
{
	return balances[balance];
}

void parse_balance(struct parser *p, const struct key *key, char *value)
{
	if (!config_parse_balance(value, &p->config->balance))
		parser_error(p,
			     "%s: \"%s\" is not accepted, expected one of: all, hash, "
			     "round-robin, random",
			     key->name, value);
}

void parse_default_upstream(struct parser *p, const struct key *key, char *value)
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

/* ---- [proxy] ---- */

/* Unicast, or nothing at all: 0.0.0.0 is what a switch without an address asks from (RFC 4541
 * section 2.1.1). */
static bool igmp_source_ok(const struct addr *a)
{
	static const struct prefix no_host[] = {
		{.addr = {.b = {[10] = 0xff, [11] = 0xff, [12] = 0}},
		 .family = FAMILY_V4,
		 .len = 8},
		{.addr = {.b = {[10] = 0xff, [11] = 0xff, [12] = 127}},
		 .family = FAMILY_V4,
		 .len = 8},
		{.addr = {.b = {[10] = 0xff, [11] = 0xff, [12] = 224}},
		 .family = FAMILY_V4,
		 .len = 3},
	};

	if (addr_family(a) != FAMILY_V4)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(no_host); i++)
		if (prefix_match(&no_host[i], a))
			return addr_is_zero(a);
	return true;
}

static bool mld_source_ok(const struct addr *a)
{
	return addr_is_link_local(a);
}

static void parse_source(struct parser *p, const struct key *key, const char *value,
			 bool (*ok)(const struct addr *), const char *expected)
{
	struct addr a = ADDR_NONE;

	if (strcmp(value, "own") && (addr_parse(value, &a) || !ok(&a)))
		parser_error(p, "%s: \"%s\" is not accepted, expected own or %s", key->name, value,
			     expected);
	else
		*(struct addr *)field(p, key) = a;
}

void parse_igmp_source(struct parser *p, const struct key *key, char *value)
{
	parse_source(p, key, value, igmp_source_ok, "a unicast IPv4 address or 0.0.0.0");
}

/* RFC 9777: MLD comes from link-local addresses. */
void parse_mld_source(struct parser *p, const struct key *key, char *value)
{
	parse_source(p, key, value, mld_source_ok, "a link-local IPv6 address");
}

/* ---- [metrics] ---- */

/* ADDRESS:PORT, and in IPv6 [ADDRESS]:PORT. */
void parse_listen(struct parser *p, const struct key *key, char *value)
{
	char *colon = strrchr(value, ':'), *start = value, *end = colon;
	struct addr addr;
	long port;

	if (!colon || parse_long(colon + 1, 1, 65535, &port))
		goto refuse;
	if (*start == '[' && end[-1] == ']') {
		start++;
		end--;
	}
	*end = '\0';
	if (addr_parse(start, &addr) || (addr_family(&addr) == FAMILY_V6) != (start > value)) {
		*end = end == colon ? ':' : ']';
		goto refuse;
	}
	p->config->metrics_addr = addr;
	p->config->metrics_port = (unsigned int)port;
	p->config->metrics_line = p->line;
	return;
refuse:
	parser_error(p,
		     "%s: \"%s\" is not accepted, expected ADDRESS:PORT, like 127.0.0.1:9473 or "
		     "[::1]:9473",
		     key->name, value);
}
