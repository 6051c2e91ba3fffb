// SPDX-License-Identifier: GPL-2.0-or-later
/* As many control messages as the machine can send: one port's flood. Frames are made before, and
 * sent round about, from a socket or, several times as fast, as live frames of XDP. */
#include <bpf/bpf.h>
#include <getopt.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "flood.skel.h"
#include "tools/flood_shared.h"
#include "tools/raw.h"

#define FRAMES	    FLOOD_FRAMES
#define BATCH	    64
#define LIVE_FRAMES 65536 /* at a time */
#define TO_IN	    3
#define TO_EX	    4
#define ALLOW	    5
#define RECORDS	    60 /* of a long report */

static volatile sig_atomic_t ended;

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: flood -I IF --client ADDRESS --kind KIND[,KIND…] [--seconds N] [--live]\n"
	      "joins      random groups, some with random sources, from random clients\n"
	      "refresh    one client's group, again and again\n"
	      "long       as joins, 60 in a report\n"
	      "queries    random groups, random queriers\n"
	      "malformed  cut, wrong checksums, random bytes\n"
	      "--live    as live frames of XDP; the other end needs native XDP\n"
	      "Tells how many were sent, and how many a second.\n",
	      stderr);
	exit(2);
}

static void on_end(int number)
{
	(void)number;
	ended = 1;
}

static void random_bytes(uint8_t *ret, size_t len)
{
	while (len--)
		*ret++ = (uint8_t)(random() >> 7);
}

/* ---- messages -------------------------------------------------------------------------------- */

static void make_group(int family, bool varied, uint8_t ret[16])
{
	memcpy(ret, (uint8_t[16]){0xff, 0x1e, [15] = 1}, 16);
	if (family == AF_INET)
		memcpy(ret, (uint8_t[]){239, 9, 0, 1}, 4);
	if (varied)
		random_bytes(ret + (family == AF_INET ? 2 : 12), family == AF_INET ? 2 : 4);
}

static void put_record(struct buffer *b, int family, bool varied)
{
	unsigned int sources = varied ? (unsigned int)random() % 4 : 0;
	uint8_t source[16] = {0x20, 0x01, 0x0d, 0xb8}, group[16];

	if (family == AF_INET)
		source[0] = 10;
	put8(b, sources ? ALLOW : varied && random() % 4 == 0 ? TO_IN : TO_EX);
	put8(b, 0);
	put16(b, sources);
	make_group(family, varied, group);
	put(b, group, size_of(family));
	while (sources--) {
		random_bytes(source + size_of(family) - 2, 2);
		put(b, source, size_of(family));
	}
}

static void put_report(struct buffer *b, int family, unsigned int records, bool varied)
{
	put8(b, family == AF_INET ? 0x22 : 143);
	put8(b, 0);
	put16(b, 0);
	put16(b, 0);
	put16(b, records);
	while (records--)
		put_record(b, family, varied);
}

static void put_query(struct buffer *b, int family, const uint8_t *group)
{
	put8(b, family == AF_INET ? 0x11 : 130);
	put8(b, family == AF_INET ? 100 : 0);
	put16(b, 0);
	if (family == AF_INET6) {
		put16(b, 10000);
		put16(b, 0);
	}
	put(b, group, size_of(family));
	put8(b, 2);
	put8(b, 125);
	put16(b, 0);
}

static void put_kind(struct buffer *b, const struct envelope *e, char kind)
{
	int family = e->family;
	uint8_t noise[40];

	if (kind == 'q')
		put_query(b, family, e->to);
	else if (kind == 'l')
		put_report(b, family, family == AF_INET ? RECORDS : RECORDS / 3, true);
	else if (kind != 'm' || random() % 2)
		put_report(b, family, 1, kind != 'r');
	else {
		random_bytes(noise, sizeof(noise));
		put(b, noise, 8 + (size_t)random() % (sizeof(noise) - 8));
	}
}

/* `first`: of the clients, of which there are 256; a refresh comes from this one. */
static void make_frame(struct buffer *b, int family, const uint8_t *first, char kind)
{
	struct envelope e = {.family = family, .ttl = 1, .mac = {2, 0xaa}};

	memcpy(e.from, first, 16);
	if (kind != 'r') {
		random_bytes(&e.from[size_of(family) - 1], 1);
		e.mac[5] = e.from[size_of(family) - 1];
	}
	if (kind == 'q')
		make_group(family, true, e.to);
	else
		parse_address(family == AF_INET ? "224.0.0.22" : "ff02::16", e.to);
	e.bad_checksum = kind == 'm' && random() % 2;
	envelope_open(b, &e);
	put_kind(b, &e, kind);
	envelope_close(b, &e);
	if (kind == 'm' && random() % 4 == 0)
		b->len -= (size_t)random() % (b->len - b->message);
}

/* ---- sending --------------------------------------------------------------------------------- */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void prepare(struct buffer *frames, struct iovec *vectors, struct mmsghdr *messages,
		    struct sockaddr_ll *to)
{
	for (unsigned int i = 0; i < FRAMES; i++) {
		vectors[i] = (struct iovec){frames[i].data, frames[i].len};
		messages[i].msg_hdr = (struct msghdr){
			.msg_name = to,
			.msg_namelen = sizeof(*to),
			.msg_iov = &vectors[i],
			.msg_iovlen = 1,
		};
	}
}

/* The program that makes messages of live frames. */
static int load_program(unsigned int ifindex, const struct buffer *frames)
{
	struct flood_bpf *skel = flood_bpf__open();

	if (!skel)
		fail("opening the program");
	skel->rodata->ifindex = ifindex;
	if (flood_bpf__load(skel))
		fail("loading the program");
	for (uint32_t i = 0; i < FRAMES; i++) {
		struct flood_frame frame = {.len = (uint32_t)frames[i].len};

		memcpy(frame.data, frames[i].data, frames[i].len);
		if (bpf_map_update_elem(bpf_map__fd(skel->maps.frames), &i, &frame, BPF_ANY))
			fail("filling a map");
	}
	return bpf_program__fd(skel->progs.flood);
}

/* Each call waits for the other processors before it begins: many at a time. Returns how many. */
static unsigned long send_live(int prog)
{
	const uint8_t template[FLOOD_LIVE] = {0};
	DECLARE_LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = template,
			    .data_size_in = sizeof(template), .repeat = LIVE_FRAMES,
			    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = BATCH);

	if (bpf_prog_test_run_opts(prog, &opts) && errno != EINTR)
		fail("live frames");
	return LIVE_FRAMES;
}

static unsigned long send_batch(int fd, struct mmsghdr *messages)
{
	int n = sendmmsg(fd, messages, BATCH, 0);

	if (n < 0 && errno != ENOBUFS && errno != EINTR)
		fail("sendmmsg");
	return n > 0 ? (unsigned long)n : 0;
}

/* `prog`: for live frames, or -1. */
static void flood(int fd, int prog, struct mmsghdr *messages, double seconds)
{
	double start = now(), end = start + seconds;
	unsigned long sent = 0;

	for (unsigned int at = 0; !ended && now() < end; at = (at + BATCH) % FRAMES)
		sent += prog < 0 ? send_batch(fd, messages + at) : send_live(prog);
	printf("sent %lu, %.0f a second\n", sent, (double)sent / (now() - start));
}

struct options {
	const char *interface, *kinds;
	bool live;
	int family;
	uint8_t client[16];
	double seconds;
};

static void parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {{"client", 1, NULL, 'c'},
					      {"kind", 1, NULL, 'k'},
					      {"seconds", 1, NULL, 's'},
					      {"live", 0, NULL, 'l'},
					      {}};
	int c;

	while ((c = getopt_long(argc, argv, "I:", longs, NULL)) != -1) {
		if (c == 'I')
			o->interface = optarg;
		else if (c == 'c')
			o->family = parse_address(optarg, o->client);
		else if (c == 'k')
			o->kinds = optarg;
		else if (c == 's')
			o->seconds = atof(optarg);
		else if (c == 'l')
			o->live = true;
		else
			usage();
	}
	if (!o->interface || !o->family || !o->kinds)
		usage();
}

int main(int argc, char **argv)
{
	static struct buffer frames[FRAMES];
	static struct iovec vectors[FRAMES];
	static struct mmsghdr messages[FRAMES];
	struct options o = {.seconds = 3600};
	struct sockaddr_ll to;
	int fd, prog, on = 1;

	parse_options(argc, argv, &o);
	/* The first letters of the kinds, in turn. */
	for (unsigned int i = 0, at = 0; i < FRAMES; i++) {
		make_frame(&frames[i], o.family, o.client, o.kinds[at]);
		at += (unsigned int)strcspn(o.kinds + at, ",");
		at = o.kinds[at] ? at + 1 : 0;
	}
	signal(SIGTERM, on_end);
	fd = raw_open(o.interface, &to);
	setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on));
	prepare(frames, vectors, messages, &to);
	prog = o.live ? load_program((unsigned int)to.sll_ifindex, frames) : -1;
	flood(fd, prog, messages, o.seconds);
	close(fd);
	return 0;
}
