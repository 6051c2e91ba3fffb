// SPDX-License-Identifier: GPL-2.0-or-later
/* top: channels by rate, as tables one after the other; on a terminal see top_screen.c. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "top.h"

#define DELAY_SECONDS 1.0

/* ---- order ---- */

static double number_of(const json_t *channel, const char *key)
{
	return json_number_value(json_object_get(channel, key));
}

static int compare(const json_t *a, const json_t *b, enum top_sort sort)
{
	static const char *const keys[] = {"bits_per_s", "packets_per_s", "viewers"};
	double x, y;

	if (sort < SORT_GROUP) {
		x = number_of(a, keys[sort]);
		y = number_of(b, keys[sort]);
		if (x != y)
			return x < y ? 1 : -1;
	}
	return strcmp(json_string_value(json_object_get(a, "group")),
		      json_string_value(json_object_get(b, "group")));
}

static int compare_channels(const void *a, const void *b, void *sort)
{
	return compare(*(json_t *const *)a, *(json_t *const *)b, *(const enum top_sort *)sort);
}

void top_sort_channels(json_t *rates, enum top_sort sort)
{
	json_t *channels = json_object_get(rates, "channels"), *sorted = json_array(), *v;
	size_t n = json_array_size(channels), i;
	json_t **list = calloc(n + 1, sizeof(*list));

	json_array_foreach (channels, i, v)
		list[i] = v;
	qsort_r(list, n, sizeof(*list), compare_channels, &sort);
	for (i = 0; i < n; i++)
		json_array_append(sorted, list[i]);
	free(list);
	json_object_set_new(rates, "channels", sorted);
}

/* ---- tables ---- */

static void print_totals(const struct output *out, const json_t *rates)
{
	static const struct column columns[] = {
		{"CHANNELS", "channels", NUMBER}, {"VIEWERS", "viewers", NUMBER},
		{"UNSERVED", "unserved", NUMBER}, {"PACKETS/s", "packets_per_s", SI},
		{"BITS/s", "bits_per_s", SI},	  {"LOST/s", "lost_per_s", SI},
	};
	json_t *array = json_pack("[O]", json_object_get(rates, "totals"));

	PRINT(out, array, NULL, columns);
	json_decref(array);
}

static void print_channels(const struct output *out, const json_t *channels)
{
	static const struct column columns[] = {
		{"GROUP", "group", TEXT},	  {"SOURCE", "source", TEXT},
		{"UPSTREAMS", "upstreams", TEXT}, {"PORTS", "ports", TEXT},
		{"VIEWERS", "viewers", NUMBER},	  {"PACKETS/s", "packets_per_s", SI},
		{"BITS/s", "bits_per_s", SI},
	};

	PRINT(out, channels, NULL, columns);
}

static void print_ports(const struct output *out, const json_t *ports)
{
	static const struct column columns[] = {
		{"PORT", "port", NUMBER},
		{"NAME", "name", TEXT},
		{"ROLE", "role", TEXT},
		{"STATE", "state", TEXT},
		{"PACKETS/s", "packets_per_s", SI},
		{"UNWANTED/s", "unwanted_per_s", SI},
		{"LOST/s", "lost_per_s", SI},
	};

	PRINT(out, ports, NULL, columns);
}

static json_t *first_of(const json_t *array, size_t n)
{
	json_t *head = json_array(), *v;
	size_t i;

	json_array_foreach (array, i, v)
		if (i < n)
			json_array_append(head, v);
	return head;
}

static bool is_quiet(const json_t *port)
{
	return !number_of(port, "packets_per_s") && !number_of(port, "unwanted_per_s") &&
	       !number_of(port, "lost_per_s") &&
	       !strcmp(json_string_value(json_object_get(port, "state")), "up");
}

/* Where not all have room, those where something happens go first. */
static json_t *first_ports(const json_t *ports, size_t n)
{
	json_t *order = json_array(), *head, *port;
	bool all = n == json_array_size(ports);
	size_t i;

	json_array_foreach (ports, i, port)
		if (all || !is_quiet(port))
			json_array_append(order, port);
	json_array_foreach (ports, i, port)
		if (!all && is_quiet(port))
			json_array_append(order, port);
	head = first_of(order, n);
	json_decref(order);
	return head;
}

/* The line behind a table. */
static void print_rest(const struct output *out, size_t rest)
{
	if (rest)
		fprintf(out->file, "(%zu more)", rest);
	fputc('\n', out->file);
}

/* Totals and ports are short; channels get what they leave, half of the lines at least. */
void top_print(const struct output *out, const json_t *rates, size_t lines)
{
	const json_t *channels = json_object_get(rates, "channels");
	const json_t *ports = json_object_get(rates, "ports");
	size_t all_channels = json_array_size(channels), n_channels = all_channels;
	size_t all_ports = json_array_size(ports), n_ports = all_ports;
	size_t room = lines > 7 ? lines - 7 : 0; /* for rows, beside titles and lines between */
	json_t *head;

	if (lines && n_channels + n_ports > room) {
		if (n_ports > room / 2)
			n_ports = n_channels < room / 2 ? room - n_channels : room / 2;
		n_channels = n_channels < room - n_ports ? n_channels : room - n_ports;
	}
	print_totals(out, rates);
	fputc('\n', out->file);
	head = first_of(channels, n_channels);
	print_channels(out, head);
	json_decref(head);
	print_rest(out, all_channels - n_channels);
	head = first_ports(ports, n_ports);
	print_ports(out, head);
	json_decref(head);
	if (n_ports < all_ports)
		print_rest(out, all_ports - n_ports);
}

/* ---- samples ---- */

int top_update(struct session *session, struct top *top)
{
	int code;
	json_t *now = top_sample(session, top, &code);

	if (now && top->last) {
		json_decref(top->rates);
		top->rates = top_rates(top->last, now);
	}
	json_decref(top->last);
	top->last = now;
	return code;
}

static int print_samples(struct session *session, struct top *top, bool json)
{
	int code = top_update(session, top);

	for (long i = 0; !code && i < top->count; i++) {
		sleep_seconds(top->pause);
		code = top_update(session, top);
		if (code)
			break;
		top_sort_channels(top->rates, SORT_BITS);
		if (json) {
			code = print_json(session, top->rates);
			continue;
		}
		if (i)
			fputc('\n', session->out.file);
		top_print(&session->out, top->rates, 0);
		fflush(session->out.file);
	}
	if (code)
		say(session, "%s", session->agent.error);
	return code;
}

static bool parse_options(const struct session *session, const json_t *args, struct top *top)
{
	const char *count = json_string_value(json_object_get(args, "count"));
	const char *delay = json_string_value(json_object_get(args, "delay"));
	char *end = "";

	top->count = count ? strtol(count, &end, 10) : 0;
	top->delay = delay ? parse_seconds(delay) : DELAY_SECONDS;
	if (*end || (count && top->count <= 0))
		say(session, "-n %s is no number above 0", count);
	else if (top->delay <= 0)
		refuse_interval(session, delay);
	else
		return true;
	return false;
}

int run_top(struct session *session, const struct request *request)
{
	struct top top = {0};
	bool screen = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !request->json;
	int code;

	if (!parse_options(session, request->args, &top))
		return EXIT_USAGE;
	if (!screen && !top.count) {
		say(session, "this is no terminal; say how many tables with -n COUNT");
		return EXIT_USAGE;
	}
	if (!screen)
		end_well_on_signals();
	code = screen ? top_screen(session, &top) : print_samples(session, &top, request->json);
	json_decref(top.last);
	json_decref(top.rates);
	return code;
}
