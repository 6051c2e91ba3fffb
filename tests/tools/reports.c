// SPDX-License-Identifier: GPL-2.0-or-later
/* Reports and leaves of every version as raw frames, from made-up clients. */
#include <getopt.h>
#include <unistd.h>

#include "tools/raw.h"

#define MAX_SOURCES 64
#define TO_IN	    3
#define TO_EX	    4
#define ALLOW	    5
#define BLOCK	    6

struct options {
	const char *interface;
	struct envelope envelope;
	uint8_t group[16], sources[MAX_SOURCES][16];
	unsigned int n_sources, joins, clients, records, type, version, zaps, channels, first;
	bool leave, has_to;
};

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: reports -I IF --client FIRST --group FIRST [--joins N] [--clients N] "
	      "[--records N]\n"
	      "               [--type 1…6 | is_in is_ex to_in to_ex allow block] [--source S]…\n"
	      "N joins of groups counted up from FIRST, by clients counted up from FIRST in turn, "
	      "so many\n"
	      "records in one report (default: 1 join, 1 client, 1 record, to_ex);\n"
	      "with --channels N the groups begin again after so many\n"
	      "  --version V [--leave]     IGMPv1 or v2, MLDv1: report, or leave\n"
	      "  --zaps N --channels N [--start TURN]\n"
	      "      each turn a client leaves its group and joins the next of the channels, in\n"
	      "      one report; with --source for that source only\n"
	      "  --extra BYTES             behind the message\n"
	      "  --ttl N --no-alert --bad-checksum --to ADDRESS     as it should not be\n",
	      stderr);
	exit(2);
}

/* address + n */
static void counted(int family, const uint8_t *first, unsigned int n, uint8_t *ret)
{
	memcpy(ret, first, 16);
	for (size_t i = size_of(family); i-- > 0 && n; n >>= 8) {
		n += ret[i];
		ret[i] = (uint8_t)n;
	}
}

/* ---- messages -------------------------------------------------------------------------------- */

static void put_record(struct buffer *b, const struct options *o, unsigned int type,
		       unsigned int channel)
{
	size_t size = size_of(o->envelope.family);
	uint8_t group[16];

	counted(o->envelope.family, o->group, channel, group);
	put8(b, type);
	put8(b, 0);
	put16(b, o->n_sources);
	put(b, group, size);
	for (unsigned int s = 0; s < o->n_sources; s++)
		put(b, o->sources[s], size);
}

/* IGMPv3 or MLDv2; the records follow. */
static void put_report(struct buffer *b, const struct options *o, unsigned int records)
{
	put8(b, o->envelope.family == AF_INET ? 0x22 : 143);
	put8(b, 0);
	put16(b, 0);
	put16(b, 0);
	put16(b, records);
}

/* IGMPv1, IGMPv2, MLDv1: eight bytes, or so with a longer address. */
static void put_old(struct buffer *b, const struct options *o, unsigned int channel)
{
	int family = o->envelope.family;
	uint8_t group[16];

	counted(family, o->group, channel, group);
	if (family == AF_INET6)
		put8(b, o->leave ? 132 : 131);
	else if (o->leave)
		put8(b, 0x17);
	else
		put8(b, o->version == 1 ? 0x12 : 0x16);
	put8(b, 0);
	put16(b, 0);
	if (family == AF_INET6) {
		put16(b, 0);
		put16(b, 0);
	}
	put(b, group, size_of(family));
}

static bool old(const struct options *o)
{
	return o->version && o->version < (o->envelope.family == AF_INET ? 3u : 2u);
}

/* Where the message goes: newer reports to a group of their own, leaves to all routers, older
 * reports to the group. */
static void address(struct options *o, unsigned int channel)
{
	static const char *const newer[] = {"224.0.0.22", "ff02::16"}, *const routers[] = {
									       "224.0.0.2",
									       "ff02::2"};
	struct envelope *e = &o->envelope;
	bool v6 = e->family == AF_INET6;

	if (o->has_to)
		return;
	if (!old(o))
		parse_address(newer[v6], e->to);
	else if (o->leave)
		parse_address(routers[v6], e->to);
	else
		counted(e->family, o->group, channel, e->to);
}

/* ---- turns ----------------------------------------------------------------------------------- */

static void zap(struct buffer *b, const struct options *o, unsigned int turn)
{
	unsigned int at = turn % o->clients + turn / o->clients;

	put_report(b, o, 2);
	put_record(b, o, o->n_sources ? BLOCK : TO_IN, at % o->channels);
	put_record(b, o, o->n_sources ? ALLOW : TO_EX, (at + 1) % o->channels);
}

static unsigned int channel_at(const struct options *o, unsigned int n)
{
	return o->channels > 1 ? n % o->channels : n;
}

static void join(struct buffer *b, const struct options *o, unsigned int first, unsigned int n)
{
	if (old(o)) {
		put_old(b, o, channel_at(o, first));
		return;
	}
	put_report(b, o, n);
	for (unsigned int i = 0; i < n; i++)
		put_record(b, o, o->type, channel_at(o, first + i));
}

/* Returns how many of the joins or zaps it was. */
static unsigned int take_turn(struct buffer *b, struct options *o, const uint8_t *first_client,
			      unsigned int turn, unsigned int at)
{
	struct envelope *e = &o->envelope;
	unsigned int n = o->joins - at < o->records ? o->joins - at : o->records;
	unsigned int client = turn % o->clients;

	counted(e->family, first_client, client, e->from);
	e->mac[4] = (uint8_t)(client >> 8);
	e->mac[5] = (uint8_t)client;
	address(o, channel_at(o, at));
	envelope_open(b, e);
	if (o->zaps)
		zap(b, o, turn);
	else
		join(b, o, at, n);
	envelope_close(b, e);
	return o->zaps ? 1 : n;
}

/* ---- options --------------------------------------------------------------------------------- */

static unsigned int parse_type(const char *text)
{
	static const char *const names[] = {"",	     "is_in", "is_ex", "to_in",
					    "to_ex", "allow", "block"};

	for (unsigned int i = 1; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], text))
			return i;
	return (unsigned int)atoi(text);
}

static const struct option longs[] = {
	{"client", 1, NULL, 'c'},	{"clients", 1, NULL, 'C'},  {"group", 1, NULL, 'g'},
	{"joins", 1, NULL, 'j'},	{"records", 1, NULL, 'r'},  {"type", 1, NULL, 't'},
	{"source", 1, NULL, 's'},	{"version", 1, NULL, 'v'},  {"leave", 0, NULL, 'l'},
	{"zaps", 1, NULL, 'z'},		{"channels", 1, NULL, 'n'}, {"start", 1, NULL, 'f'},
	{"ttl", 1, NULL, 'T'},		{"extra", 1, NULL, 'E'},    {"no-alert", 0, NULL, 'A'},
	{"bad-checksum", 0, NULL, 'B'}, {"to", 1, NULL, 'D'},	    {},
};

static void parse_options(int argc, char **argv, struct options *o)
{
	unsigned int *const numbers[128] = {
		['C'] = &o->clients, ['j'] = &o->joins,	       ['r'] = &o->records,
		['v'] = &o->version, ['z'] = &o->zaps,	       ['n'] = &o->channels,
		['f'] = &o->first,   ['T'] = &o->envelope.ttl, ['E'] = &o->envelope.extra,
	};
	int c;

	while ((c = getopt_long(argc, argv, "I:", longs, NULL)) != -1) {
		if (numbers[c])
			*numbers[c] = (unsigned int)atoi(optarg);
		else if (c == 'I')
			o->interface = optarg;
		else if (c == 'c')
			parse_address(optarg, o->envelope.from);
		else if (c == 'g')
			o->envelope.family = parse_address(optarg, o->group);
		else if (c == 't')
			o->type = parse_type(optarg);
		else if (c == 's' && o->n_sources < MAX_SOURCES)
			parse_address(optarg, o->sources[o->n_sources++]);
		else if (c == 'D')
			o->has_to = parse_address(optarg, o->envelope.to);
		else if (c == 'l')
			o->leave = true;
		else if (c == 'A')
			o->envelope.no_alert = true;
		else if (c == 'B')
			o->envelope.bad_checksum = true;
		else
			usage();
	}
	if (!o->interface || !o->envelope.family || !o->clients || !o->records || !o->channels)
		usage();
	if (old(o))
		o->records = 1;
}

int main(int argc, char **argv)
{
	static struct options o = {
		.joins = 1, .clients = 1, .records = 1, .type = TO_EX, .channels = 1};
	static struct buffer b;
	struct sockaddr_ll to;
	uint8_t first_client[16];
	int fd;

	o.envelope.ttl = 1;
	memcpy(o.envelope.mac, "\x02\xaa", 2);
	parse_options(argc, argv, &o);
	memcpy(first_client, o.envelope.from, 16);
	fd = raw_open(o.interface, &to);
	for (unsigned int at = 0, turn = o.first; at < (o.zaps ? o.zaps : o.joins); turn++) {
		at += take_turn(&b, &o, first_client, turn, at);
		raw_send(fd, &b, &to);
	}
	close(fd);
	return 0;
}
