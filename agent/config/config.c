// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading the file: lines for libinih, problems for the caller. */
#include "config/config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>

#include "config/config_private.h"

void parser_problem(struct parser *p, bool error, int line, const char *format, ...)
{
	char text[PROBLEM_SIZE];
	int n = 0;
	va_list ap;

	if (line == LINE_OPTION)
		n = snprintf(text, sizeof(text), "-i: ");
	else if (line)
		n = snprintf(text, sizeof(text), "%s:%d: ", p->config->path, line);
	else if (p->config->path)
		n = snprintf(text, sizeof(text), "%s: ", p->config->path);
	n = MIN(n, (int)sizeof(text) - 1);
	va_start(ap, format);
	vsnprintf(text + n, sizeof(text) - (size_t)n, format, ap);
	va_end(ap);
	mask_text(text);
	p->errors += error;
	p->report(p->ctx, error, text);
}

/* A CR that ends no line: whoever wrote it meant one, and what follows would be lost. */
static bool has_stray_cr(const char *line)
{
	line += strcspn(line, "\r");
	return line[strspn(line, "\r\n")];
}

/*
 * Strip comments and white space at both ends, and make one blank of every run of white space, so
 * that the padded tables people write fit libinih's line buffer. Leading white space must go: to
 * libinih it means "continued".
 */
static size_t strip(char *line)
{
	size_t n = 0;

	line[strcspn(line, "#;\r\n")] = '\0';
	for (const char *c = line; *c; c++) {
		if (!isspace((unsigned char)*c))
			line[n++] = *c;
		else if (n && line[n - 1] != ' ')
			line[n++] = ' ';
	}
	if (n && line[n - 1] == ' ')
		n--;
	line[n] = '\0';
	return n;
}

static void check_section(struct parser *p, const char *line)
{
	if (!p->rows_only)
		parser_section(p, line);
	else if (strcmp(line, "[murt]") != 0)
		parser_error(p, "\"%s\" is not accepted among rows, expected [murt] or none", line);
}

/* [port X] begins. An empty one is checked all the same. */
static void begin_section(struct parser *p, const char *line)
{
	_cleanup_free_ char *name = xstrdup(line + strlen("[port "));
	struct config_section section = {.line = p->line};
	struct config *config = p->config;

	name[strcspn(name, "]")] = '\0';
	if (port_reference_ok(name))
		snprintf(section.port, sizeof(section.port), "%s", name);
	else
		parser_error(
			p, "[port %s]: expected the number or interface of a port, without blanks",
			name);
	config->sections = xreallocarray(config->sections, config->n_sections + 1, sizeof(section));
	config->sections[config->n_sections++] = section;
}

/* Strip a line. False after an error: those that libinih would reject (it tells of the first only)
 * are reported here. */
static bool acceptable(struct parser *p, char *line, size_t size)
{
	size_t len;

	if (has_stray_cr(line)) {
		parser_error(p, "a CR within the line, expected LF or CRLF at the end of each, "
				"as tr '\\r' '\\n' makes them");
		return false;
	}
	len = strip(line);
	if (!len)
		return true;
	if (len + 2 > size) {
		parser_error(p,
			     "the line is too long: %zu characters, runs of white space counted as "
			     "one, at most %zu are accepted",
			     len, size - 2);
		return false;
	}
	if (line[0] == '[') {
		if (strchr(line, ']') == line + len - 1 && len > 2) {
			check_section(p, line);
			return true;
		}
		parser_error(p, "\"%s\" is no section, expected [NAME] on a line of its own", line);
		return false;
	}
	if (strchr(line, '=') && line[0] != '=')
		return true;
	parser_error(p, "\"%s\" is no setting, expected KEY = VALUE or [SECTION]", line);
	return false;
}

/* Whatever it said. What follows a heading is taken for nobody's: [DEFAULT] is ignored. */
static const char *drop_line(struct parser *p, const char *line)
{
	p->config->ports_doubtful = true;
	p->config->intervals_doubtful = true;
	p->ssm_doubtful = true;
	return *line == '[' ? "[DEFAULT]" : "";
}

static char *read_line(char *buffer, int size, void *stream)
{
	_cleanup_free_ char *line = NULL;
	struct parser *p = stream;
	const char *text;
	size_t capacity = 0;

	if (getline(&line, &capacity, p->file) < 0)
		return NULL;
	p->line++;
	/* a byte order mark, as some editors write */
	if (p->line == 1 && !strncmp(line, "\xef\xbb\xbf", 3))
		memset(line, ' ', 3);
	text = line;
	if (!acceptable(p, line, (size_t)size))
		text = drop_line(p, line);
	else if (!p->rows_only && !strncmp(line, "[port ", 6))
		begin_section(p, line);
	snprintf(buffer, (size_t)size, "%s\n", text);
	return buffer;
}

static int on_key(void *ctx, const char *section, const char *key, const char *value)
{
	_cleanup_free_ char *copy = xstrdup(value ? value : "");

	if (key)
		parser_key(ctx, section, key, copy);
	return 1;
}

bool check_response(struct parser *p, int line, const struct port_settings *settings)
{
	if (p->config->intervals_doubtful ||
	    settings->query_response_interval < settings->query_interval)
		return true;
	parser_problem(p, true, line,
		       "query_response_interval (%.9gs) must be less than "
		       "query_interval (%.9gs)",
		       (double)settings->query_response_interval / USEC_PER_SEC,
		       (double)settings->query_interval / USEC_PER_SEC);
	return false;
}

static void defaults(struct config *config)
{
	config->settings = (struct port_settings){
		.robustness = 2,
		.query_interval = 125 * USEC_PER_SEC,
		.query_response_interval = 10 * USEC_PER_SEC,
		.last_member_query_interval = USEC_PER_SEC,
		.unsolicited_report_interval = USEC_PER_SEC,
		.fast_leave = FAST_LEAVE_AUTO,
		.querier = true,
		.sources_per_group = 1000,
		.memberships_per_port = 500000,
		.reports_per_second = RATE_SHARED,
		.queries_per_second = RATE_SHARED,
		.neighbours_per_second = RATE_SHARED,
		.memberships_per_client = 10000,
	};
	config->memberships = 1000000;
	config->handover_limit = 5 * USEC_PER_SEC;
	config->handover_overlap = 200 * USEC_PER_MSEC;
	config->hold_time = 300 * USEC_PER_SEC;
}

int parser_read(struct parser *p)
{
	int r;

	errno = 0;
	ini_parse_stream(read_line, p, on_key, p);
	r = ferror(p->file) ? -(errno ? errno : EIO) : 0;
	if (r)
		parser_problem(p, true, 0, "cannot be read: %s", strerror(-r));
	return r;
}

static int read_whole(struct parser *p)
{
	int r = parser_read(p);

	if (r)
		return r;
	if (!p->ssm_given)
		ssm_defaults(p->config);
	check_statics(p);
	if (!check_response(p, p->response_line, &p->config->settings))
		p->config->intervals_doubtful = true;
	p->config->faulty = p->errors;
	return 0;
}

int config_read_stream(FILE *file, const char *name, config_report *report, void *ctx,
		       struct config **ret)
{
	struct config *config = xcalloc(1, sizeof(*config));
	struct parser p = {.config = config, .report = report, .ctx = ctx, .file = file};
	int r;

	config->path = xstrdup(name);
	defaults(config);
	r = read_whole(&p);
	if (r)
		config_free(config);
	else
		*ret = config;
	return r;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	free(config->path);
	free(config->text);
	free(config->ports);
	free(config->interfaces);
	free(config->rows);
	free(config->sections);
	free(config->ssm_ranges);
	free(config->statics);
	free_providers(config);
	free(config->rules);
	acl_free(config->acl);
	free(config);
}
