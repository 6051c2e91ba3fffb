/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the parser share. */
#ifndef MUPI_CONFIG_PRIVATE_H
#define MUPI_CONFIG_PRIVATE_H

#include <assert.h>
#include <stdio.h>

#include "config/config.h"

/* A reading or settling under way. */
struct parser {
	struct config *config;
	config_report *report;
	void *ctx;
	FILE *file;
	int line; /* read last */
	int errors;
	int response_line; /* of the interval that was set last, for the check of both */
	const char *key;   /* whose fields are being read */
	bool ssm_given;	   /* the file has an ssm_range */
	bool ssm_doubtful; /* not all of ssm_* is known */
	bool rows_only;	   /* of [murt], and nothing else */
	struct config_section *section; /* [port X] that the key is in, or NULL */
};

/* The longest text of a problem, its end included. */
#define PROBLEM_SIZE 512

/* Report a problem of a line; 0 leaves the number out, LINE_OPTION stands for -i. */
void parser_problem(struct parser *p, bool error, int line, const char *format, ...) __printf(4, 5);
#define parser_error(p, ...)   parser_problem(p, true, (p)->line, __VA_ARGS__)
#define parser_warning(p, ...) parser_problem(p, false, (p)->line, __VA_ARGS__)

/* All lines of p->file. 0, or a negative errno (reported) when it cannot be read. */
int parser_read(struct parser *p);

/* query_response_interval and query_interval fit. False after an error. */
bool check_response(struct parser *p, int line, const struct port_settings *settings);

/* ---- keys.c ---- */

struct key;
typedef void key_parser(struct parser *p, const struct key *key, char *value);

struct key {
	const char *section, *name;
	key_parser *parse;
	const char *const *words; /* choice: accepted words, their index is the value */
	bool per_port;	     /* the field is one of struct port_settings, not of struct config */
	size_t offset, size; /* of the field */
	usec_t max;	     /* interval */
	bool never;	     /* interval: accepted too, as 0 */
	long min_number, max_number;
};

/* A heading, as "[NAME]"; an unknown one is warned of, whatever follows it. */
void parser_section(struct parser *p, const char *heading);
/* One key of one section; unknown ones of a known section are warned of. */
void parser_key(struct parser *p, const char *section, const char *key, char *value);
/* Put what the section sets into *settings. */
void section_apply(const struct config_section *section, struct port_settings *settings);

/* ---- values.c: values that are single words ---- */

key_parser parse_choice;
key_parser parse_interval;
key_parser parse_number;
key_parser parse_selection;
key_parser parse_balance;
key_parser parse_default_upstream;
key_parser parse_igmp_source;
key_parser parse_mld_source;
key_parser parse_listen;

/* ---- acl.c ---- */

key_parser parse_acl;
/* Once the ports are known: the list that the rules make. */
void settle_acl(struct parser *p);

/* ---- ssm.c ---- */

key_parser parse_ssm_range;
void ssm_defaults(struct config *config);
bool ssm_contains(const struct config *config, const struct addr *group);

/* ---- lists.c, static.c: values that are lists with commas; `value` is cut up ---- */

void parse_murt_entry(struct parser *p, char *value);
void parse_port(struct parser *p, char *value);
void parse_interface(struct parser *p, char *value);
void parse_provider(struct parser *p, char *value);
void settle_providers(struct parser *p);
void free_providers(struct config *config);
void parse_join(struct parser *p, char *value);

/* Once the whole file is known. */
void check_statics(struct parser *p);
/* Once the ports are known. */
void settle_statics(struct parser *p);

/*
 * Fields of rows and rules. False after an error, in which `what` names the field and p->key the
 * key. A prefix of no family, and a port "", is any.
 */
bool field_prefix(struct parser *p, const char *what, const char *text, bool multicast,
		  struct prefix *ret);
bool field_port(struct parser *p, const char *what, const char *text, bool needed,
		char ret[static IFNAMSIZ]);
/* `what` is the whole: "the row". */
bool one_family(struct parser *p, const char *what, const struct prefix *client,
		const struct prefix *group, const struct prefix *source);

/* Cut at commas and strip each field. Returns how many fields there are, also beyond `max`. */
unsigned int split_fields(char *value, char *fields[], unsigned int max);
/* A port as rows name it: "7" or "prov1". False when it is neither. */
bool port_reference_ok(const char *text);
/* "7" is 7; 0 for anything that is no number of a port. */
uint32_t port_number(const char *text);

#define PORT_NUMBER_MAX 65535
static_assert(PORT_NUMBER_MAX <= MURT_MAX_PORT, "the table takes every port");

/* ---- settle.c ---- */

/* The configured port with the number, or NULL. */
struct config_port *find_number(const struct config *config, uint32_t number);
/* The configured port that `text` names; NULL after an error, "WHAT TEXT is not a configured port".
 */
struct config_port *reference(struct parser *p, int line, const char *what, const char *text);
/* The number of the downstream port that `text` names; 0 after an error. */
uint32_t take_downstream(struct parser *p, int line, const char *what, const char *text);

#endif
