// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbered multicast packets, sent and counted: the tests' sender and receiver.
 *
 * A packet carries the number of its sender and a sequence number, so that a receiver can tell
 * which sender it came from (also when several share an address), what was lost and what came
 * twice. Senders with a common epoch (seconds of CLOCK_MONOTONIC) send the same numbers at the same
 * time, as two providers of one stream do. A receiver says on stderr when its first packet came;
 * SIGTERM makes it leave and tell what it got.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <math.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MIN(a, b)   ((a) < (b) ? (a) : (b))
#define MAGIC	    0x6d757069u
#define MAX_ADDRS   64
#define MAX_SENDERS 16
#define MAX_SEQ	    (1u << 26)

struct payload {
	uint32_t magic;
	uint32_t sender;
	uint64_t seq;
};

struct options {
	const char *interface;
	struct sockaddr_storage groups[MAX_ADDRS];
	unsigned int n_groups;
	struct sockaddr_storage sources[MAX_ADDRS];
	unsigned int n_sources;
	struct sockaddr_storage from;
	bool has_from;
	unsigned int port;
	unsigned int proto; /* 0: UDP, else raw IP with this protocol */
	unsigned int sender;
	double rate;
	double epoch; /* 0: when the sender starts */
	uint64_t count;
	double seconds;
};

struct tally {
	uint32_t sender;
	uint64_t packets, distinct, min, max;
	struct sockaddr_storage from;
	uint8_t *seen;
};

static void __attribute__((noreturn)) fail(const char *what)
{
	fprintf(stderr, "mcast: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: mcast send -I IF -g GROUP… -p PORT|-P PROTOCOL [-S ADDRESS] [-i SENDER] -r "
	      "RATE "
	      "-n COUNT|-t SECONDS [-e EPOCH]\n"
	      "       mcast recv -I IF -g GROUP [-s SOURCE]… -p PORT|-P PROTOCOL -t SECONDS [-n "
	      "COUNT]\n",
	      stderr);
	exit(2);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void parse_address(const char *text, struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
	} else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
	} else {
		errno = EINVAL;
		fail(text);
	}
}

static struct sockaddr_storage *next_slot(struct sockaddr_storage *list, unsigned int *n)
{
	if (*n == MAX_ADDRS)
		usage();
	return &list[(*n)++];
}

static void parse_options(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt(argc, argv, "I:g:s:S:p:P:i:r:n:t:e:")) != -1) {
		switch (c) {
		case 'I':
			o->interface = optarg;
			break;
		case 'g':
			parse_address(optarg, next_slot(o->groups, &o->n_groups));
			break;
		case 's':
			parse_address(optarg, next_slot(o->sources, &o->n_sources));
			break;
		case 'S':
			parse_address(optarg, &o->from);
			o->has_from = true;
			break;
		case 'p':
			o->port = (unsigned int)atoi(optarg);
			break;
		case 'P':
			o->proto = (unsigned int)atoi(optarg);
			break;
		case 'i':
			o->sender = (unsigned int)atoi(optarg);
			break;
		case 'e':
			o->epoch = atof(optarg);
			break;
		case 'r':
			o->rate = atof(optarg);
			break;
		case 'n':
			o->count = strtoull(optarg, NULL, 0);
			break;
		case 't':
			o->seconds = atof(optarg);
			break;
		default:
			usage();
		}
	}
	if (!o->interface || !o->n_groups || (!o->port && !o->proto))
		usage();
}

static socklen_t with_port(struct sockaddr_storage *ss, unsigned int port, unsigned int scope)
{
	if (ss->ss_family == AF_INET) {
		((struct sockaddr_in *)ss)->sin_port = htons((uint16_t)port);
		return sizeof(struct sockaddr_in);
	}
	((struct sockaddr_in6 *)ss)->sin6_port = htons((uint16_t)port);
	((struct sockaddr_in6 *)ss)->sin6_scope_id = scope;
	return sizeof(struct sockaddr_in6);
}

static int open_socket(const struct options *o)
{
	int family = o->groups[0].ss_family, on = 1;
	int fd = o->proto ? socket(family, SOCK_RAW, (int)o->proto) : socket(family, SOCK_DGRAM, 0);

	if (fd < 0)
		fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return fd;
}

/* ---- send ------------------------------------------------------------------------------------ */

static void prepare_sender(int fd, const struct options *o)
{
	struct ip_mreqn interface = {.imr_ifindex = (int)if_nametoindex(o->interface)};
	int ttl = 8, family = o->groups[0].ss_family, index = interface.imr_ifindex;
	struct sockaddr_storage from = o->from;

	if (o->has_from && bind(fd, (struct sockaddr *)&from, with_port(&from, 0, 0)) < 0)
		fail("bind");
	if (family == AF_INET) {
		if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof(interface)) < 0)
			fail("IP_MULTICAST_IF");
		setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof(ttl));
	} else {
		if (setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof(index)) < 0)
			fail("IPV6_MULTICAST_IF");
		setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &ttl, sizeof(ttl));
	}
}

static void sleep_until(double when)
{
	struct timespec ts = {.tv_sec = (time_t)when};

	ts.tv_nsec = (long)((when - (double)ts.tv_sec) * 1e9);
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static void send_one(int fd, struct options *o, unsigned int scope, uint64_t seq)
{
	struct payload p = {htobe32(MAGIC), htobe32(o->sender), htobe64(seq)};

	for (unsigned int i = 0; i < o->n_groups; i++) {
		socklen_t len = with_port(&o->groups[i], o->proto ? 0 : o->port, scope);

		if (sendto(fd, &p, sizeof(p), 0, (struct sockaddr *)&o->groups[i], len) < 0)
			fail("sendto");
	}
}

static int run_send(struct options *o)
{
	int fd = open_socket(o);
	unsigned int scope = if_nametoindex(o->interface);
	double begin = now(), start = o->epoch > 0 ? o->epoch : begin;
	uint64_t first = (uint64_t)((begin - start) * o->rate), seq = first;
	/* Whoever was kept from the processor catches up, but not in a burst that overruns queues:
	 * a millisecond's packets at once. */
	unsigned int burst = (unsigned int)fmax(1, o->rate / 1000);

	if (o->rate <= 0 || (!o->count && o->seconds <= 0))
		usage();
	prepare_sender(fd, o);
	while (o->count ? seq - first < o->count : now() - begin < o->seconds) {
		uint64_t due = (uint64_t)fmax(0, (now() - start) * o->rate) + 1;

		due = o->count ? MIN(due, first + o->count) : due;
		for (unsigned int i = 0; i < burst && seq < due; i++)
			send_one(fd, o, scope, seq++);
		sleep_until(
			fmax(start + (double)(seq + 1) / o->rate, now() + 0.25 * burst / o->rate));
	}
	printf("sent %llu\n", (unsigned long long)(seq - first));
	return 0;
}

/* ---- recv ------------------------------------------------------------------------------------ */

static void join(int fd, const struct options *o)
{
	int level = o->groups[0].ss_family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6, off = 0;
	struct group_req any = {.gr_interface = if_nametoindex(o->interface),
				.gr_group = o->groups[0]};

	if (level == IPPROTO_IP)
		setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof(off));
	else
		setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, &off, sizeof(off));
	if (!o->n_sources && setsockopt(fd, level, MCAST_JOIN_GROUP, &any, sizeof(any)) < 0)
		fail("join");
	for (unsigned int i = 0; i < o->n_sources; i++) {
		struct group_source_req one = {.gsr_interface = any.gr_interface,
					       .gsr_group = o->groups[0],
					       .gsr_source = o->sources[i]};

		if (setsockopt(fd, level, MCAST_JOIN_SOURCE_GROUP, &one, sizeof(one)) < 0)
			fail("join source");
	}
}

static struct tally *tally_of(struct tally *tallies, unsigned int *n, uint32_t sender)
{
	for (unsigned int i = 0; i < *n; i++)
		if (tallies[i].sender == sender)
			return &tallies[i];
	if (*n == MAX_SENDERS)
		return NULL;
	tallies[*n] = (struct tally){.sender = sender, .min = MAX_SEQ, .seen = calloc(1, MAX_SEQ)};
	return &tallies[(*n)++];
}

static bool count_packet(const uint8_t *data, size_t len, const struct sockaddr_storage *from,
			 struct tally *tallies, unsigned int *n)
{
	struct payload p;
	struct tally *t;
	uint64_t seq;

	if (len < sizeof(p))
		return false;
	memcpy(&p, data, sizeof(p));
	seq = be64toh(p.seq);
	if (be32toh(p.magic) != MAGIC || seq >= MAX_SEQ)
		return false;
	t = tally_of(tallies, n, be32toh(p.sender));
	if (!t || !t->seen)
		return false;
	t->packets++;
	if (!t->seen[seq]) {
		t->seen[seq] = 1;
		t->distinct++;
	}
	t->min = seq < t->min ? seq : t->min;
	t->max = seq > t->max ? seq : t->max;
	t->from = *from;
	return true;
}

static volatile sig_atomic_t stopped;

static void on_stop(int signal)
{
	(void)signal;
	stopped = 1;
}

#define BATCH 64

/* What one call receives. */
struct batch {
	struct mmsghdr headers[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_storage from[BATCH];
	uint8_t data[BATCH][2048];
};

static int receive_batch(int fd, struct batch *b)
{
	for (int i = 0; i < BATCH; i++) {
		b->iov[i] = (struct iovec){b->data[i], sizeof(b->data[i])};
		b->headers[i].msg_hdr = (struct msghdr){.msg_iov = &b->iov[i],
							.msg_iovlen = 1,
							.msg_name = &b->from[i],
							.msg_namelen = sizeof(b->from[i])};
	}
	return recvmmsg(fd, b->headers, BATCH, MSG_DONTWAIT, NULL);
}

static void receive(int fd, const struct options *o, struct tally *tallies, unsigned int *n)
{
	static struct batch b;
	double end = now() + o->seconds;
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	uint64_t total = 0;

	while (!stopped && now() < end && (!o->count || total < o->count)) {
		int received = poll(&pfd, 1, 100) > 0 ? receive_batch(fd, &b) : 0;

		for (int i = 0; i < received && (!o->count || total < o->count); i++) {
			size_t len = b.headers[i].msg_len, skip = 0;

			/* a raw IPv4 socket sees the IP header */
			if (o->proto && b.from[i].ss_family == AF_INET && len)
				skip = (size_t)(b.data[i][0] & 0xf) * 4;
			if (len >= skip &&
			    count_packet(b.data[i] + skip, len - skip, &b.from[i], tallies, n) &&
			    !total++)
				fputs("mcast: first packet\n", stderr);
		}
	}
}

static void print_tally(const struct tally *t)
{
	const void *addr = t->from.ss_family == AF_INET
				   ? (const void *)&((const struct sockaddr_in *)&t->from)->sin_addr
				   : &((const struct sockaddr_in6 *)&t->from)->sin6_addr;
	char from[INET6_ADDRSTRLEN];

	printf("sender %u packets %llu gaps %llu duplicates %llu from %s\n", t->sender,
	       (unsigned long long)t->packets,
	       (unsigned long long)(t->max - t->min + 1 - t->distinct),
	       (unsigned long long)(t->packets - t->distinct),
	       inet_ntop(t->from.ss_family, addr, from, sizeof(from)));
}

/* On stderr, for whoever looks for the reason: a common epoch tells when the numbers were sent. */
static void print_gaps(const struct tally *t)
{
	uint64_t from = t->min;

	for (uint64_t seq = t->min; seq <= t->max; seq++) {
		if (!t->seen[seq])
			continue;
		if (seq > from)
			fprintf(stderr, "mcast: sender %u: %llu to %llu are missing\n", t->sender,
				(unsigned long long)from, (unsigned long long)(seq - 1));
		from = seq + 1;
	}
}

static int run_recv(struct options *o)
{
	struct tally tallies[MAX_SENDERS] = {};
	unsigned int n = 0, scope = if_nametoindex(o->interface);
	int fd = open_socket(o), size = 64 << 20;
	socklen_t len = with_port(&o->groups[0], o->proto ? 0 : o->port, scope);

	if (o->seconds <= 0)
		usage();
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&o->groups[0], len) < 0)
		fail("bind");
	sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_stop}, NULL);
	join(fd, o);
	receive(fd, o, tallies, &n);
	for (unsigned int i = 0; i < n; i++) {
		print_tally(&tallies[i]);
		print_gaps(&tallies[i]);
		free(tallies[i].seen);
	}
	close(fd);
	return n ? 0 : 1;
}

int main(int argc, char **argv)
{
	static struct options o;

	if (argc < 2)
		usage();
	o.rate = 10;
	parse_options(argc - 1, argv + 1, &o);
	if (!strcmp(argv[1], "send"))
		return run_send(&o);
	if (!strcmp(argv[1], "recv"))
		return run_recv(&o);
	usage();
}
