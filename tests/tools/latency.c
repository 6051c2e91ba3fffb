// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From a client's report on the wire to the first frame that it receives. A stream runs at a high
 * rate, whose group nobody has asked for; a client reports it; then comes the next group. Sender
 * and client are raw sockets in namespaces of their own; both times are the kernel's clock. Other
 * processes do not hold up the stream and the report: both are sent with real-time priority; with
 * --sender-cpu the stream has a processor for itself, as if it came from another machine.
 */
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "tools/raw.h"

#define TO_IN	     3
#define TO_EX	     4
#define PAYLOAD	     72 /* bytes of UDP */
#define WARM_UP_MS   5
#define PAUSE_USEC   20000
#define PATIENCE_MS  1000
#define SETTLED_SECS 60
#define LONG_GAP     50000 /* ns between two packets */

struct end {
	const char *netns, *interface;
	uint8_t address[16];
	struct sockaddr_ll to;
	int fd;
};

struct options {
	struct end provider, client;
	int family; /* the group's */
	uint8_t group[16];
	unsigned int joins, rate;
	int sender_cpu; /* -1: any */
};

static struct options o = {.joins = 200, .rate = 100000, .sender_cpu = -1};
static atomic_uint current; /* which group is streamed; 0: none */
static atomic_bool done;

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: latency --provider NETNS/IF/ADDRESS --client NETNS/IF/ADDRESS --group FIRST\n"
	      "               [--joins N] [--rate PACKETS-A-SECOND] [--sender-cpu NUMBER]\n"
	      "A line for each join: microseconds, or \"lost\".\n",
	      stderr);
	exit(2);
}

static int64_t nanoseconds(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* ---- the stream ------------------------------------------------------------------------------ */

static void group_at(unsigned int n, uint8_t ret[16])
{
	size_t size = size_of(o.family);

	memcpy(ret, o.group, 16);
	ret[size - 2] = (uint8_t)(ret[size - 2] + n / 250);
	ret[size - 1] = (uint8_t)(1 + n % 250);
}

static void put_data_ip(struct buffer *b, const struct envelope *e)
{
	static const uint8_t ip4[12] = {0x45, [3] = 20 + 8 + PAYLOAD, [8] = 16, IPPROTO_UDP};
	static const uint8_t ip6[8] = {0x60, [5] = 8 + PAYLOAD, IPPROTO_UDP, 16};
	size_t at = b->len;

	if (e->family == AF_INET)
		put(b, ip4, sizeof(ip4));
	else
		put(b, ip6, sizeof(ip6));
	put(b, e->from, size_of(e->family));
	put(b, e->to, size_of(e->family));
	if (e->family == AF_INET)
		store16(b->data + at + 10, fold(sum16(b->data + at, 20, 0)));
}

/* Nobody reads the UDP checksum. */
static void put_data(struct buffer *b, unsigned int n)
{
	static const uint8_t udp[8] = {0x13, 0x88, 0x13, 0x88, 0, 8 + PAYLOAD};
	struct envelope e = {.family = o.family, .mac = {2, 0xbb}};

	memcpy(e.from, o.provider.address, 16);
	group_at(n, e.to);
	b->len = 0;
	put_ethernet(b, &e);
	put_data_ip(b, &e);
	put(b, udp, sizeof(udp));
	memset(b->data + b->len, 0x5a, PAYLOAD);
	b->len += PAYLOAD;
}

static void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("--sender-cpu");
}

/* The thread is at real-time priority: it takes no processor from others while it can sleep. */
static void sleep_until(int64_t end)
{
	const struct timespec ts = {end / 1000000000, end % 1000000000};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static void *stream(void *unused)
{
	int64_t gap = 1000000000 / o.rate, next = nanoseconds(CLOCK_MONOTONIC);
	static struct buffer b;

	(void)unused;
	if (o.sender_cpu >= 0)
		stay_on(o.sender_cpu);
	while (!done) {
		int64_t now = nanoseconds(CLOCK_MONOTONIC);
		unsigned int group = current;

		if (!group)
			usleep(500);
		if (group && next - now > LONG_GAP)
			sleep_until(next);
		if (!group || now < next)
			continue;
		next = now - next > 1000000 ? now + gap : next + gap;
		put_data(&b, group);
		raw_send(o.provider.fd, &b, &o.provider.to);
	}
	return NULL;
}

/* ---- the client ------------------------------------------------------------------------------ */

static void report(unsigned int n, unsigned int type)
{
	struct envelope e = {.family = o.family, .mac = {2, 0xaa}, .ttl = 1};
	static struct buffer b;
	uint8_t group[16];

	parse_address(o.family == AF_INET ? "224.0.0.22" : "ff02::16", e.to);
	memcpy(e.from, o.client.address, 16);
	group_at(n, group);
	envelope_open(&b, &e);
	put8(&b, o.family == AF_INET ? 0x22 : 143);
	put8(&b, 0);
	put16(&b, 0);
	put16(&b, 0);
	put16(&b, 1);
	put8(&b, type);
	put8(&b, 0);
	put16(&b, 0);
	put(&b, group, size_of(o.family));
	envelope_close(&b, &e);
	raw_send(o.client.fd, &b, &o.client.to);
}

/* When the kernel received a frame of the group; 0: it is another's. */
static int64_t read_frame(unsigned int n)
{
	size_t size = size_of(o.family), to = 14 + (o.family == AF_INET ? 16 : 24);
	uint8_t frame[256], group[16];
	char control[64];
	struct iovec iov = {frame, sizeof(frame)};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct timespec ts;

	if (recvmsg(o.client.fd, &msg, MSG_DONTWAIT) < (ssize_t)(to + size))
		return 0;
	group_at(n, group);
	if (memcmp(frame + to, group, size) || !CMSG_FIRSTHDR(&msg))
		return 0;
	memcpy(&ts, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(ts));
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* The first frame of the group within the time, or 0. */
static int64_t await(unsigned int n, int milliseconds)
{
	int64_t end = nanoseconds(CLOCK_MONOTONIC) + milliseconds * 1000000LL, left, at = 0;
	struct pollfd fd = {.fd = o.client.fd, .events = POLLIN};

	while (!at && (left = end - nanoseconds(CLOCK_MONOTONIC)) > 0)
		if (poll(&fd, 1, (int)(left / 1000000) + 1) > 0)
			at = read_frame(n);
	return at;
}

/* Until what nobody asked for does not arrive: a bridge floods before it knows of a querier. */
static void settle(void)
{
	int64_t end = nanoseconds(CLOCK_MONOTONIC) + SETTLED_SECS * 1000000000LL;

	current = o.joins + 1;
	while (await(current, 300))
		if (nanoseconds(CLOCK_MONOTONIC) > end) {
			fputs("latency: what nobody asked for arrives\n", stderr);
			exit(1);
		}
	current = 0;
}

static void join(unsigned int n)
{
	int64_t sent, first;

	usleep(PAUSE_USEC + (useconds_t)rand() % 4096);
	current = n;
	if (await(n, WARM_UP_MS)) {
		puts("unasked");
		return;
	}
	sent = nanoseconds(CLOCK_REALTIME);
	report(n, TO_EX);
	first = await(n, PATIENCE_MS);
	if (first)
		printf("%.1f\n", (double)(first - sent) / 1000);
	else
		puts("lost");
	current = 0;
	report(n, TO_IN);
}

/* ---- set-up ---------------------------------------------------------------------------------- */

static void parse_end(char *text, struct end *ret)
{
	ret->netns = strtok(text, "/");
	ret->interface = strtok(NULL, "/");
	text = strtok(NULL, "/");
	if (!text)
		usage();
	parse_address(text, ret->address);
}

static void open_end(struct end *end, int protocol)
{
	char path[128];
	int netns, on = 1;

	snprintf(path, sizeof(path), "/run/netns/%s", end->netns);
	netns = open(path, O_RDONLY | O_CLOEXEC);
	if (netns < 0 || setns(netns, CLONE_NEWNET))
		fail(path);
	close(netns);
	end->fd = raw_open(end->interface, &end->to);
	end->to.sll_protocol = htons((uint16_t)protocol);
	if (setsockopt(end->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) ||
	    bind(end->fd, (struct sockaddr *)&end->to, sizeof(end->to)))
		fail(end->interface);
}

static const struct option longs[] = {
	{"provider", 1, NULL, 'p'},
	{"client", 1, NULL, 'c'},
	{"group", 1, NULL, 'g'},
	{"joins", 1, NULL, 'j'},
	{"rate", 1, NULL, 'r'},
	{"sender-cpu", 1, NULL, 's'},
	{},
};

int main(int argc, char **argv)
{
	const struct sched_param first = {.sched_priority = 1};
	pthread_t sender;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'p')
			parse_end(optarg, &o.provider);
		else if (c == 'c')
			parse_end(optarg, &o.client);
		else if (c == 'g')
			o.family = parse_address(optarg, o.group);
		else if (c == 'j')
			o.joins = (unsigned int)atoi(optarg);
		else if (c == 'r')
			o.rate = (unsigned int)atoi(optarg);
		else if (c == 's')
			o.sender_cpu = atoi(optarg);
		else
			usage();
	}
	if (!o.provider.netns || !o.client.netns || !o.group[0] || !o.rate)
		usage();
	sched_setscheduler(0, SCHED_FIFO, &first);
	open_end(&o.provider, 0);
	open_end(&o.client, o.family == AF_INET ? ETH_P_IP : ETH_P_IPV6);
	if (pthread_create(&sender, NULL, stream, NULL))
		fail("thread");
	settle();
	for (unsigned int i = 1; i <= o.joins; i++)
		join(i);
	done = true;
	pthread_join(sender, NULL);
	return 0;
}
