// SPDX-License-Identifier: GPL-2.0-or-later
/* Queries of every version as raw frames: another router, as the tests need it. */
#include <getopt.h>
#include <unistd.h>

#include "tools/raw.h"

#define MAX_SOURCES 16

struct options {
	const char *interface;
	struct envelope envelope;
	uint8_t group[16], sources[MAX_SOURCES][16];
	unsigned int n_sources, version, response, interval, robustness, count, every;
	bool has_group, has_to, suppress;
};

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: query -I IF --from ADDRESS [--group G [--source S]…] [--version 1…3]\n"
	      "             [--response MILLISECONDS] [--interval SECONDS] [--robustness N] "
	      "[--suppress]\n"
	      "             [--count N --every MILLISECONDS]\n"
	      "             [--to ADDRESS] [--ttl N] [--no-alert] [--bad-checksum] [--extra "
	      "BYTES]\n"
	      "A general query unless a group is given (default: the newest version, 1000 ms, QQIC "
	      "125, QRV 2)\n",
	      stderr);
	exit(2);
}

/* IGMP's code is in tenths of a second, MLD's in milliseconds; no floating-point codes here. */
static void put_query(struct buffer *b, const struct options *o)
{
	bool v6 = o->envelope.family == AF_INET6;
	size_t size = size_of(o->envelope.family);

	put8(b, v6 ? 130 : 0x11);
	put8(b, v6 || o->version == 1 ? 0 : o->response / 100);
	put16(b, 0);
	if (v6) {
		put16(b, o->response);
		put16(b, 0);
	}
	put(b, o->group, size);
	if (o->version < (v6 ? 2 : 3))
		return;
	put8(b, (o->suppress ? 8 : 0) | o->robustness);
	put8(b, o->interval);
	put16(b, o->n_sources);
	for (unsigned int i = 0; i < o->n_sources; i++)
		put(b, o->sources[i], size);
}

static const struct option longs[] = {
	{"from", 1, NULL, 'f'},		{"group", 1, NULL, 'g'},
	{"source", 1, NULL, 's'},	{"version", 1, NULL, 'v'},
	{"response", 1, NULL, 'r'},	{"interval", 1, NULL, 'i'},
	{"suppress", 0, NULL, 'S'},	{"robustness", 1, NULL, 'R'},
	{"count", 1, NULL, 'c'},	{"every", 1, NULL, 'e'},
	{"to", 1, NULL, 'D'},		{"ttl", 1, NULL, 'T'},
	{"extra", 1, NULL, 'E'},	{"no-alert", 0, NULL, 'A'},
	{"bad-checksum", 0, NULL, 'B'}, {},
};

static void parse_options(int argc, char **argv, struct options *o)
{
	unsigned int *const numbers[128] = {
		['v'] = &o->version,	  ['r'] = &o->response,	      ['i'] = &o->interval,
		['R'] = &o->robustness,	  ['c'] = &o->count,	      ['e'] = &o->every,
		['T'] = &o->envelope.ttl, ['E'] = &o->envelope.extra,
	};
	int c;

	while ((c = getopt_long(argc, argv, "I:", longs, NULL)) != -1) {
		if (numbers[c])
			*numbers[c] = (unsigned int)atoi(optarg);
		else if (c == 'I')
			o->interface = optarg;
		else if (c == 'f')
			o->envelope.family = parse_address(optarg, o->envelope.from);
		else if (c == 'g')
			o->has_group = parse_address(optarg, o->group);
		else if (c == 's' && o->n_sources < MAX_SOURCES)
			parse_address(optarg, o->sources[o->n_sources++]);
		else if (c == 'D')
			o->has_to = parse_address(optarg, o->envelope.to);
		else if (c == 'S')
			o->suppress = true;
		else if (c == 'A')
			o->envelope.no_alert = true;
		else if (c == 'B')
			o->envelope.bad_checksum = true;
		else
			usage();
	}
	if (!o->interface || !o->envelope.family)
		usage();
}

static void settle_options(struct options *o)
{
	struct envelope *e = &o->envelope;

	if (!o->version)
		o->version = e->family == AF_INET ? 3 : 2;
	if (o->has_to)
		return;
	if (o->has_group)
		memcpy(e->to, o->group, 16);
	else
		parse_address(e->family == AF_INET ? "224.0.0.1" : "ff02::1", e->to);
}

int main(int argc, char **argv)
{
	static struct options o = {
		.response = 1000, .interval = 125, .robustness = 2, .count = 1, .every = 100};
	static struct buffer b;
	struct sockaddr_ll to;
	int fd;

	o.envelope.ttl = 1;
	memcpy(o.envelope.mac, "\x02\xbb", 2);
	parse_options(argc, argv, &o);
	settle_options(&o);
	fd = raw_open(o.interface, &to);
	envelope_open(&b, &o.envelope);
	put_query(&b, &o);
	envelope_close(&b, &o.envelope);
	for (unsigned int i = 0; i < o.count; i++) {
		if (i)
			usleep(o.every * 1000);
		raw_send(fd, &b, &to);
	}
	close(fd);
	return 0;
}
