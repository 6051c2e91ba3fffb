// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random membership sequences, one for each group, and what the upstreams must believe after them.
 *
 * The sequences follow from the seed alone. Step N of them is sent as raw IGMPv3 or MLDv2 reports
 * (-I, -p), or the state after it is printed, one line for each upstream and group, by a model that
 * shares nothing with the agent: neither its state, nor its builders.
 */
#include <unistd.h>

#include "tools/raw.h"

#define CLIENTS		4
#define SOURCES		8
#define MAX_RECORD_SIZE (4 + 16 * (1 + SOURCES))
#define MAX_RECORDS	3 /* of a group in a step */

enum { IS_IN = 1, IS_EX, TO_IN, TO_EX, ALLOW, BLOCK };
enum { INCLUDE, EXCLUDE };

static const struct client {
	const char *v4, *v6;
	int port;
} clients[CLIENTS] = {
	{"10.100.0.65", "fe80::1:1", 1},
	{"10.100.0.129", "fe80::2:1", 2},
	{"10.100.0.66", "fe80::1:2", 1},
	{"10.100.0.130", "fe80::2:2", 3},
};

struct options {
	const char *interface;
	int port;
	bool v6;
	unsigned int groups, seed, step;
};

/* Sources are bits. */
struct record {
	unsigned int client, type, sources;
};

struct filter {
	unsigned int mode, sources;
};

/* ---- sequences ---- */

static unsigned int draw(uint64_t *state, unsigned int below)
{
	/* splitmix64 */
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (unsigned int)((z ^ (z >> 31)) >> 32) % below;
}

/* The records of a group in a step, in order. Returns how many. */
static unsigned int draw_records(const struct options *o, unsigned int group, unsigned int step,
				 struct record ret[MAX_RECORDS])
{
	/* One EXCLUDE member hides much of the others: the fewer, the more is left to compare. */
	static const uint8_t types[] = {IS_IN, IS_IN, IS_EX, TO_IN, TO_IN, TO_IN, TO_IN, TO_IN,
					TO_EX, ALLOW, ALLOW, ALLOW, BLOCK, BLOCK, BLOCK};
	uint64_t state = ((uint64_t)o->seed << 40) + ((uint64_t)group << 16) + step * 2 + o->v6;
	unsigned int n = 1 + draw(&state, MAX_RECORDS);

	for (unsigned int i = 0; i < n; i++) {
		unsigned int n_sources = draw(&state, 5);

		ret[i].client = draw(&state, CLIENTS);
		ret[i].type = types[draw(&state, sizeof(types))];
		ret[i].sources = 0;
		while (n_sources--)
			ret[i].sources |= 1u << draw(&state, SOURCES);
	}
	return n;
}

/* ---- model ---- */

/* A client's word is final: what it gives up ends at once. */
static void apply(struct filter *f, const struct record *r)
{
	bool add = r->type == BLOCK ? f->mode == EXCLUDE : f->mode == INCLUDE;

	if (r->type == TO_IN || r->type == TO_EX || r->type == IS_EX)
		*f = (struct filter){r->type == TO_IN ? INCLUDE : EXCLUDE, r->sources};
	else if (add)
		f->sources |= r->sources;
	else
		f->sources &= ~r->sources;
}

/* Does upstream 7 + `up` serve it, as the table in selftests/judge.bash says? Source -1: any. */
static bool served(unsigned int group, unsigned int client, int source, unsigned int up)
{
	switch (group % 4) {
	case 0:
		return up == 0;
	case 1:
		return up == client % 2;
	case 2:
		return source < 0 || up == (unsigned int)source / (SOURCES / 2);
	default:
		return true;
	}
}

/* RFC 9776 section 3.2 over what the upstream serves. */
static struct filter merge(const struct filter f[CLIENTS], unsigned int group, unsigned int up)
{
	unsigned int included = 0, excluded = ~0u, any = 0;

	for (unsigned int c = 0; c < CLIENTS; c++) {
		if (f[c].mode == EXCLUDE && served(group, c, -1, up)) {
			any = 1;
			excluded &= f[c].sources;
		}
		for (int s = 0; f[c].mode == INCLUDE && s < SOURCES; s++)
			if (f[c].sources & 1u << s && served(group, c, s, up))
				included |= 1u << s;
	}
	return any ? (struct filter){EXCLUDE, excluded & ~included}
		   : (struct filter){INCLUDE, included};
}

/* ---- addresses ---- */

static const char *group_text(const struct options *o, unsigned int group)
{
	static char text[INET6_ADDRSTRLEN];

	if (o->v6)
		snprintf(text, sizeof(text), "ff1e:%x::%x", 1 + group % 4, group + 1);
	else
		snprintf(text, sizeof(text), "239.%u.%u.%u", 1 + group % 4, group >> 8,
			 group & 255);
	return text;
}

static const char *source_text(const struct options *o, unsigned int source)
{
	static char text[INET6_ADDRSTRLEN];
	unsigned int net = 1 + source / (SOURCES / 2), host = 1 + source % (SOURCES / 2);

	snprintf(text, sizeof(text), o->v6 ? "2001:db8:%u::%u" : "10.%u.0.%u", net, host);
	return text;
}

static void print_state(const struct options *o, unsigned int group)
{
	struct filter f[CLIENTS] = {0};

	for (unsigned int step = 1; step <= o->step; step++) {
		struct record records[MAX_RECORDS];
		unsigned int n = draw_records(o, group, step, records);

		for (unsigned int i = 0; i < n; i++)
			apply(&f[records[i].client], &records[i]);
	}
	for (unsigned int up = 0; up < 2; up++) {
		struct filter m = merge(f, group, up);

		if (m.mode == INCLUDE && !m.sources)
			continue;
		printf("%u %s %s", 7 + up, group_text(o, group),
		       m.mode == EXCLUDE ? "exclude" : "include");
		for (unsigned int s = 0; s < SOURCES; s++)
			if (m.sources & 1u << s)
				printf(" %s", source_text(o, s));
		printf("\n");
	}
}

/* ---- packets ---- */

/* A report that is being filled. */
struct report {
	struct buffer buffer;
	struct envelope envelope;
	unsigned int records;
};

static void start(struct report *r, const struct options *o, unsigned int client)
{
	const char *from = o->v6 ? clients[client].v6 : clients[client].v4;
	uint8_t head[8] = {o->v6 ? 143 : 0x22};

	*r = (struct report){.envelope = {.mac = {2, 0xaa, [5] = (uint8_t)client}, .ttl = 1}};
	r->envelope.family = parse_address(from, r->envelope.from);
	parse_address(o->v6 ? "ff02::16" : "224.0.0.22", r->envelope.to);
	envelope_open(&r->buffer, &r->envelope);
	put(&r->buffer, head, sizeof(head));
}

static void send_report(struct report *r, int fd, const struct sockaddr_ll *to)
{
	if (!r->records)
		return;
	store16(r->buffer.data + r->buffer.message + 6, r->records);
	envelope_close(&r->buffer, &r->envelope);
	raw_send(fd, &r->buffer, to);
}

static void put_address(struct report *r, const char *text)
{
	uint8_t bytes[16];

	put(&r->buffer, bytes, size_of(parse_address(text, bytes)));
}

static void put_record(struct report *r, const struct options *o, unsigned int group,
		       const struct record *record)
{
	put8(&r->buffer, record->type);
	put8(&r->buffer, 0);
	put16(&r->buffer, (unsigned int)__builtin_popcount(record->sources));
	put_address(r, group_text(o, group));
	for (unsigned int s = 0; s < SOURCES; s++)
		if (record->sources & 1u << s)
			put_address(r, source_text(o, s));
	r->records++;
}

/* A client's records of the step: the first of every group, then the second, and so on. */
static void send_client(const struct options *o, unsigned int client, int fd,
			const struct sockaddr_ll *to)
{
	struct report r;

	start(&r, o, client);
	for (unsigned int turn = 0; turn < MAX_RECORDS; turn++)
		for (unsigned int group = 0; group < o->groups; group++) {
			struct record records[MAX_RECORDS];
			unsigned int n = draw_records(o, group, o->step, records);

			if (turn >= n || records[turn].client != client)
				continue;
			if (r.buffer.len + MAX_RECORD_SIZE > sizeof(r.buffer.data)) {
				send_report(&r, fd, to);
				start(&r, o, client);
			}
			put_record(&r, o, group, &records[turn]);
		}
	send_report(&r, fd, to);
}

/* ---- */

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: judge -4|-6 -g GROUPS -s SEED -n STEP: print the state after STEP\n"
	      "       judge -4|-6 -g GROUPS -s SEED -n STEP -I IF -p PORT: send STEP's records of\n"
	      "              the clients on downstream port PORT\n",
	      stderr);
	exit(2);
}

static void parse_options(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt(argc, argv, "46g:s:n:I:p:")) != -1) {
		if (c == '4' || c == '6')
			o->v6 = c == '6';
		else if (c == 'g')
			o->groups = (unsigned int)atoi(optarg);
		else if (c == 's')
			o->seed = (unsigned int)atoi(optarg);
		else if (c == 'n')
			o->step = (unsigned int)atoi(optarg);
		else if (c == 'I')
			o->interface = optarg;
		else if (c == 'p')
			o->port = atoi(optarg);
		else
			usage();
	}
	if (!o->groups || !o->step || !o->interface != !o->port)
		usage();
}

int main(int argc, char **argv)
{
	struct options o = {0};
	struct sockaddr_ll to;
	int fd;

	parse_options(argc, argv, &o);
	if (!o.interface) {
		for (unsigned int group = 0; group < o.groups; group++)
			print_state(&o, group);
		return 0;
	}
	fd = raw_open(o.interface, &to);
	for (unsigned int c = 0; c < CLIENTS; c++)
		if (clients[c].port == o.port)
			send_client(&o, c, fd, &to);
	close(fd);
	return 0;
}
