// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a configuration file, settled with fixed ports, and as a row of a live table. */
#include "config/config.h"
#include "fuzz/fuzz.h"

#define PORTS "1=d1,2=d2,3=d3,7=u7,8=u8,9=u9"
#define NAME  "file.conf"

/* Problems are one line each and name the file. */
static void on_problem(void *ctx, bool error, const char *text)
{
	unsigned int *errors = ctx;

	CHECK(!strncmp(text, NAME ":", strlen(NAME) + 1));
	CHECK(strlen(text) > strlen(NAME) + 2 && !strchr(text, '\n'));
	*errors += error;
}

static struct config *read_text(const void *text, size_t size)
{
	struct config_port *ports = NULL;
	struct config *config = NULL;
	unsigned int errors = 0;
	size_t n_ports = 0;
	char error[160];
	FILE *file = fmemopen((void *)text, size, "r");
	int r;

	CHECK(file && !config_parse_ports(PORTS, &ports, &n_ports, error));
	r = config_read_stream(file, NAME, on_problem, &errors, &config);
	CHECK(!r == (config != NULL) && (r || config->faulty == (errors > 0)));
	if (!r && config_settle(config, ports, n_ports, on_problem, &errors)) {
		config_free(config);
		config = NULL;
	}
	CHECK((config == NULL) == (errors > 0));
	fclose(file);
	free(ports);
	return config;
}

/* ---- what a settled configuration promises -------------------------------------------------- */

static bool is_port(const struct config *config, uint32_t number, enum config_role role)
{
	for (size_t i = 0; i < config->n_ports; i++)
		if (config->ports[i].number == number)
			return config->ports[i].role == role;
	return false;
}

static void check_settings(const struct port_settings *s)
{
	CHECK(s->robustness >= 1 && s->robustness <= 7);
	CHECK(s->query_interval < 31744 * USEC_PER_SEC);
	CHECK(s->query_response_interval < s->query_interval);
	CHECK(s->query_response_interval && s->last_member_query_interval);
	CHECK(s->unsolicited_report_interval);
	CHECK(addr_is_none(&s->igmp_source) || addr_family(&s->igmp_source) == FAMILY_V4);
	CHECK(addr_is_none(&s->mld_source) || addr_family(&s->mld_source) == FAMILY_V6);
}

static bool same_family(const struct prefix *a, const struct prefix *b)
{
	return !a->family || !b->family || a->family == b->family;
}

/* A row's text makes the row again. */
static void check_text(const struct config *config, const struct config *names,
		       const struct murt_row *row)
{
	char text[ROW_STRLEN], error[256];
	struct murt_row again;

	CHECK(same_family(&row->client, &row->group) && same_family(&row->client, &row->source) &&
	      same_family(&row->group, &row->source));
	config_format_row(names, row, text);
	CHECK(!config_parse_row(config, strchr(text, '=') + 1, &again, error));
	CHECK(again.upstream == row->upstream && again.downstream == row->downstream &&
	      again.priority == row->priority && again.enabled == row->enabled &&
	      again.balance == row->balance);
	CHECK(!prefix_cmp(&again.client, &row->client) && !prefix_cmp(&again.group, &row->group) &&
	      !prefix_cmp(&again.source, &row->source));
}

static void check_row(const struct config *config, const struct murt_row *row)
{
	check_text(config, NULL, row);
	check_text(config, config, row);
}

static void check_config(const struct config *config)
{
	for (size_t i = 0; i < config->n_ports; i++) {
		CHECK(config->ports[i].role != ROLE_UNSET);
		check_settings(&config->ports[i].settings);
	}
	for (size_t i = 0; i < config->n_rows; i++) {
		const struct murt_row *row = &config->rows[i].row;

		CHECK(is_port(config, row->upstream, ROLE_UPSTREAM));
		CHECK(!row->downstream || is_port(config, row->downstream, ROLE_DOWNSTREAM));
		check_row(config, row);
	}
	for (size_t i = 0; i < config->n_statics; i++)
		CHECK(addr_is_multicast(&config->statics[i].group) && config->statics[i].number);
	CHECK(!config->default_upstream_number ||
	      is_port(config, config->default_upstream_number, ROLE_UPSTREAM));
	CHECK(config->hold_time && config->handover_limit <= 3600 * USEC_PER_SEC);
}

/* As `murt import` does. */
static void check_live_rows(const struct config *config, const uint8_t *data, size_t size)
{
	FILE *file = fmemopen((void *)data, size, "r");
	struct config_row *rows;
	unsigned int errors = 0;
	size_t n;

	CHECK(config_read_rows(config, file, NAME, on_problem, &errors, &rows, &n) == errors);
	for (size_t i = 0; i < n; i++)
		check_row(config, &rows[i].row);
	free(rows);
	fclose(file);
}

/* As `murt add` does. */
static void check_live_row(const struct config *config, const uint8_t *data, size_t size)
{
	char *text = xcalloc(1, size + 1), error[256] = "";
	struct murt_row row;

	memcpy(text, data, size);
	if (config_parse_row(config, text, &row, error))
		CHECK(*error);
	else
		check_row(config, &row);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config *live;
	struct config *config;

	if (!live)
		live = read_text("#\n", 2);
	check_live_row(live, data, size);
	if (!size)
		return 0;
	check_live_rows(live, data, size);
	config = read_text(data, size);
	if (config)
		check_config(config);
	config_free(config);
	return 0;
}
