// SPDX-License-Identifier: GPL-2.0-or-later
/* Findings as a table for people. */
#include <ctype.h>
#include <string.h>

#include "check/check.h"
#include "lib/util.h"

#define PORT_LEN (IFNAMSIZ + 12)

const char *check_status_name(enum check_status status)
{
	static const char *const names[] = {"ok", "warn", "fail"};

	return names[status];
}

static void port_text(const struct finding *f, char buf[static PORT_LEN])
{
	if (f->port)
		snprintf(buf, PORT_LEN, "%u=%s", f->port->number, f->port->name);
	else
		snprintf(buf, PORT_LEN, "-");
}

/* Names come from outside: what would steer the terminal is shown as "?". */
static void print_tame(FILE *out, const char *text, size_t len)
{
	for (; len; len--, text++)
		fputc(iscntrl((unsigned char)*text) ? '?' : *text, out);
	fputc('\n', out);
}

/* How much of the text goes on a line: up to the last blank that fits, one word at least. */
static size_t line_length(const char *text, size_t room)
{
	size_t len = strcspn(text, " "), next = len;

	while (text[next] && (next += 1 + strcspn(text + next + 1, " ")) <= room)
		len = next;
	return len;
}

static void print_text(FILE *out, const char *text, int indent, size_t width)
{
	size_t room = width > (size_t)indent ? width - (size_t)indent : 0, len;

	if (!width)
		room = strlen(text);
	for (len = line_length(text, room); text[len]; len = line_length(text, room)) {
		print_tame(out, text, len);
		fprintf(out, "%*s", indent, "");
		text += len + 1;
	}
	print_tame(out, text, len);
}

/* Widest cell of the column, title included. */
static int check_width(const struct finding *findings, size_t n)
{
	size_t width = strlen("CHECK");

	for (size_t i = 0; i < n; i++)
		width = MAX(width, strlen(findings[i].check));
	return (int)width;
}

static int port_width(const struct finding *findings, size_t n)
{
	size_t width = strlen("PORT");
	char port[PORT_LEN];

	for (size_t i = 0; i < n; i++) {
		port_text(&findings[i], port);
		width = MAX(width, strlen(port));
	}
	return (int)width;
}

void check_print(FILE *out, const struct finding *findings, size_t n, size_t width)
{
	int checks = check_width(findings, n), ports = port_width(findings, n);
	int indent = (int)strlen("STATUS") + checks + ports + 6;
	unsigned int count[CHECK_FAIL + 1] = {0};
	char port[PORT_LEN];

	fprintf(out, "STATUS  %-*s  %-*s  FINDING\n", checks, "CHECK", ports, "PORT");
	for (const struct finding *f = findings; f < findings + n; f++) {
		port_text(f, port);
		fprintf(out, "%-6s  %-*s  %-*s  ", check_status_name(f->status), checks, f->check,
			ports, port);
		print_text(out, f->text, indent, width);
		if (f->cure[0]) {
			fprintf(out, "%*scure: ", indent, "");
			print_tame(out, f->cure, strlen(f->cure));
		}
		count[f->status]++;
	}
	fprintf(out, "%u ok, %u warn, %u fail\n", count[CHECK_OK], count[CHECK_WARN],
		count[CHECK_FAIL]);
}
