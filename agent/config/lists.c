// SPDX-License-Identifier: GPL-2.0-or-later
/* Values of several fields: rows, ports, and what the original's later files hold. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "config/config_private.h"

static char *trim(char *text)
{
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return text;
}

unsigned int split_fields(char *value, char *fields[], unsigned int max)
{
	unsigned int n = 0;

	for (char *field; (field = strsep(&value, ",")); n++) {
		if (n < max)
			fields[n] = trim(field);
	}
	return n;
}

uint32_t port_number(const char *text)
{
	long number;

	if (!isdigit((unsigned char)*text) || parse_long(text, 1, PORT_NUMBER_MAX, &number))
		return 0;
	return (uint32_t)number;
}

static bool interface_name_ok(const char *text)
{
	char shown[IFNAMSIZ];

	/* What cannot be shown cannot be said in JSON or to Prometheus. */
	snprintf(shown, sizeof(shown), "%s", text);
	mask_text(shown);
	return *text && !strcmp(shown, text) && !strpbrk(text, "/: \t=,") && strcmp(text, ".") &&
	       strcmp(text, "..") && text[strspn(text, "0123456789")];
}

bool port_reference_ok(const char *text)
{
	return port_number(text) || interface_name_ok(text);
}

/* ---- [murt] ------------------------------------------------------------------------------- */

/* "" and prefixes too short to tell are any. The shortest that is multicast: 224.0.0.0/4, ff00::/8.
 */
bool field_prefix(struct parser *p, const char *what, const char *text, bool multicast,
		  struct prefix *ret)
{
	unsigned int telling;

	if (!*text)
		return true;
	if (prefix_parse(text, ret)) {
		parser_error(p,
			     "%s: %s \"%s\" is not accepted, expected an address, "
			     "ADDRESS/LENGTH or nothing",
			     p->key, what, text);
		return false;
	}
	telling = ret->family == FAMILY_V4 ? 4 : 8;
	if (ret->len < telling || addr_is_multicast(&ret->addr) == multicast)
		return true;
	parser_error(p, "%s: %s \"%s\" is %sa multicast address", p->key, what, text,
		     multicast ? "not " : "");
	return false;
}

bool field_port(struct parser *p, const char *what, const char *text, bool needed,
		char ret[static IFNAMSIZ])
{
	if (!*text && !needed)
		return true;
	if (!port_reference_ok(text)) {
		parser_error(p,
			     "%s: %s \"%s\" is not accepted, expected the number or "
			     "interface of a port%s",
			     p->key, what, text, needed ? "" : " or nothing");
		return false;
	}
	snprintf(ret, IFNAMSIZ, "%s", text);
	return true;
}

static bool field_priority(struct parser *p, const char *text, int32_t *ret)
{
	long priority;

	if (parse_long(text, INT32_MIN, INT32_MAX, &priority)) {
		parser_error(p,
			     "murt_entry: priority \"%s\" is not accepted, expected a number "
			     "from %d to %d",
			     text, INT32_MIN, INT32_MAX);
		return false;
	}
	*ret = (int32_t)priority;
	return true;
}

bool one_family(struct parser *p, const char *what, const struct prefix *client,
		const struct prefix *group, const struct prefix *source)
{
	const struct prefix *prefixes[] = {client, group, source};
	bool found[FAMILY_V6 + 1] = {false};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		found[prefixes[i]->family] = true;
	if (!found[FAMILY_V4] || !found[FAMILY_V6])
		return true;
	parser_error(p, "%s: %s mixes IPv4 and IPv6, expected one family", p->key, what);
	return false;
}

static void row_append(struct config *config, const struct config_row *row)
{
	config->rows = xgrow(config->rows, config->n_rows, sizeof(*row));
	config->rows[config->n_rows++] = *row;
}

/* Words may stand behind the fields of a row; one that is misspelt is no field all the same. */
static bool is_word(const char *text)
{
	return !strncasecmp(text, "balance", strlen("balance")) ||
	       !strncasecmp(text, "disable", strlen("disable"));
}

static bool row_word(struct parser *p, const char *word, struct murt_row *row)
{
	const char *balance = "balance=";

	if (!strcmp(word, "disabled")) {
		row->enabled = false;
		return true;
	}
	if (!strncmp(word, balance, strlen(balance)) &&
	    config_parse_balance(word + strlen(balance), &row->balance))
		return true;
	parser_error(p,
		     "murt_entry: \"%s\" is not accepted, expected disabled, or balance= and one "
		     "of: all, hash, round-robin, random",
		     word);
	return false;
}

void parse_murt_entry(struct parser *p, char *value)
{
	struct config_row row = {
		.line = p->line, .row.enabled = true, .row.origin = MURT_FROM_FILE};
	char *f[8], *downstream = "", **rest = &f[1];
	unsigned int n = split_fields(value, f, ARRAY_SIZE(f));

	p->key = "murt_entry";
	while (n > 5 && n <= ARRAY_SIZE(f) && is_word(f[n - 1]))
		if (!row_word(p, f[--n], &row.row))
			return;
	if (n != 5 && n != 6) {
		parser_error(p,
			     "murt_entry has %u fields, expected CLIENT, GROUP, SOURCE, UPSTREAM, "
			     "PRIORITY or CLIENT, DOWNSTREAM, GROUP, SOURCE, UPSTREAM, PRIORITY",
			     n);
		return;
	}
	if (n == 6)
		downstream = *rest++;
	/* The last comes first: a word too many makes fields of the wrong ones. */
	if (field_priority(p, rest[3], &row.row.priority) &&
	    field_prefix(p, "client", f[0], false, &row.row.client) &&
	    field_port(p, "downstream", downstream, false, row.downstream) &&
	    field_prefix(p, "group", rest[0], true, &row.row.group) &&
	    field_prefix(p, "source", rest[1], false, &row.row.source) &&
	    field_port(p, "upstream", rest[2], true, row.upstream) &&
	    one_family(p, "the row", &row.row.client, &row.row.group, &row.row.source))
		row_append(p->config, &row);
}

/* ---- [ports] and -i ----------------------------------------------------------------------- */

static void port_append(struct config_port **ports, size_t *n, const struct config_port *port)
{
	*ports = xreallocarray(*ports, *n + 1, sizeof(*port));
	(*ports)[(*n)++] = *port;
}

void parse_port(struct parser *p, char *value)
{
	struct config_port port = {.line = p->line, .role_line = p->line};
	char *f[3];
	unsigned int n = split_fields(value, f, ARRAY_SIZE(f));

	if ((n != 2 && n != 3) || !(port.number = port_number(f[0])) || !interface_name_ok(f[1])) {
		parser_error(p,
			     "port: expected NUMBER, INTERFACE[, upstream|downstream], "
			     "with NUMBER from 1 to %d",
			     PORT_NUMBER_MAX);
		return;
	}
	if (n == 3 && !strcmp(f[2], "upstream")) {
		port.role = ROLE_UPSTREAM;
	} else if (n == 3 && !strcmp(f[2], "downstream")) {
		port.role = ROLE_DOWNSTREAM;
	} else if (n == 3) {
		parser_error(p,
			     "port: role \"%s\" is not accepted, expected one of: upstream, "
			     "downstream",
			     f[2]);
		return;
	}
	snprintf(port.name, sizeof(port.name), "%s", f[1]);
	port_append(&p->config->ports, &p->config->n_ports, &port);
}

static int parse_port_argument(char *text, struct config_port *port, char error[static 160])
{
	char *name = strchr(text, '=');

	if (name) {
		*name++ = '\0';
		port->number = port_number(text);
		if (!port->number) {
			snprintf(error, 160,
				 "port number \"%.32s\" is not accepted, expected 1 to %d", text,
				 PORT_NUMBER_MAX);
			return -EINVAL;
		}
	} else {
		name = text;
	}
	if (!interface_name_ok(name)) {
		snprintf(error, 160,
			 "\"%.32s\" is no interface name, expected "
			 "IFNAME or NUMBER=IFNAME, with commas between",
			 name);
		return -EINVAL;
	}
	snprintf(port->name, sizeof(port->name), "%s", name);
	return 0;
}

int config_parse_ports(const char *text, struct config_port **ports, size_t *n,
		       char error[static 160])
{
	_cleanup_free_ char *copy = xstrdup(text);
	size_t before = *n;

	for (char *rest = copy, *field; (field = strsep(&rest, ","));) {
		struct config_port port = {.line = LINE_OPTION};

		if (parse_port_argument(trim(field), &port, error)) {
			*n = before;
			return -EINVAL;
		}
		port_append(ports, n, &port);
	}
	return 0;
}

/* ---- the original's later version --------------------------------------------------------- */

void parse_interface(struct parser *p, char *value)
{
	struct config_port port = {.line = p->line, .role_line = p->line};
	char *f[2];
	unsigned int n = split_fields(value, f, ARRAY_SIZE(f));

	if (n == 2 && !strcmp(f[1], "Provider"))
		port.role = ROLE_UPSTREAM;
	else if (n == 2 && !strcmp(f[1], "Client"))
		port.role = ROLE_DOWNSTREAM;
	if (port.role == ROLE_UNSET || !port_reference_ok(f[0])) {
		parser_error(p, "interface: expected PORT, Client or PORT, Provider");
		return;
	}
	snprintf(port.name, sizeof(port.name), "%s", f[0]);
	port_append(&p->config->interfaces, &p->config->n_interfaces, &port);
}
