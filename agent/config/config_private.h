/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the parser share. */
#ifndef MUPI_CONFIG_PRIVATE_H
#define MUPI_CONFIG_PRIVATE_H

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
};

/* The longest text of a problem, its end included. */
#define PROBLEM_SIZE 512

/* Report a problem of a line; line 0 leaves the number out. */
void parser_problem(struct parser *p, bool error, int line, const char *format, ...) __printf(4, 5);
#define parser_error(p, ...)   parser_problem(p, true, (p)->line, __VA_ARGS__)
#define parser_warning(p, ...) parser_problem(p, false, (p)->line, __VA_ARGS__)

/* One key of one section; unknown ones are warned of. */
void parser_key(struct parser *p, const char *section, const char *key, char *value);

/* Values that are lists with commas. `value` is cut up. */
void parse_murt_entry(struct parser *p, char *value);
void parse_port(struct parser *p, char *value);
void parse_interface(struct parser *p, char *value);
void parse_provider(struct parser *p, char *value);

/* Cut at commas and strip each field. Returns how many fields there are, also beyond `max`. */
unsigned int split_fields(char *value, char *fields[], unsigned int max);
/* A port as rows name it: "7" or "prov1". False when it is neither. */
bool port_reference_ok(const char *text);
bool interface_name_ok(const char *text);
/* "7" is 7; 0 for anything that is no number of a port. */
uint32_t port_number(const char *text);

#define PORT_NUMBER_MAX 65535

#endif
