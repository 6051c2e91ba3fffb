// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IGMPv3 and MLDv2 reports as raw frames, from made-up clients.
 *
 * Builds its packets on its own and not with the agent's builders: a mistake there must not cancel
 * itself out here.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_SOURCES 16

struct options {
	const char *interface;
	int family;
	uint8_t client[16], group[16], sources[MAX_SOURCES][16];
	unsigned int n_sources, joins, clients, records, type;
};

struct buffer {
	uint8_t data[1514];
	size_t len;
};

static void __attribute__((noreturn)) fail(const char *what)
{
	fprintf(stderr, "reports: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: reports -I IF --client FIRST --group FIRST [--joins N] [--clients N] "
	      "[--records N]\n"
	      "               [--type 1…6 | is_in is_ex to_in to_ex allow block] [--source S]…\n"
	      "N joins of groups counted up from FIRST, by clients counted up from FIRST in turn, "
	      "so many\n"
	      "records in one report (default: 1 join, 1 client, 1 record, to_ex)\n",
	      stderr);
	exit(2);
}

static size_t size_of(const struct options *o)
{
	return o->family == AF_INET ? 4 : 16;
}

static void put(struct buffer *b, const void *data, size_t len)
{
	if (b->len + len > sizeof(b->data)) {
		errno = EMSGSIZE;
		fail("report");
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

static void put16(struct buffer *b, unsigned int value)
{
	uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};

	put(b, bytes, 2);
}

static void store16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint32_t sum16(const uint8_t *data, size_t len, uint32_t sum)
{
	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? data[i] : (uint32_t)data[i] << 8;
	return sum;
}

static unsigned int fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* address + n */
static void counted(const struct options *o, const uint8_t *first, unsigned int n, uint8_t *ret)
{
	memcpy(ret, first, 16);
	for (size_t i = size_of(o); i-- > 0 && n; n >>= 8) {
		n += ret[i];
		ret[i] = (uint8_t)n;
	}
}

static void put_records(struct buffer *b, const struct options *o, unsigned int first,
			unsigned int n)
{
	put16(b, 0);
	put16(b, n);
	for (unsigned int i = 0; i < n; i++) {
		uint8_t group[16], head[2] = {(uint8_t)o->type, 0};

		counted(o, o->group, first + i, group);
		put(b, head, 2);
		put16(b, o->n_sources);
		put(b, group, size_of(o));
		for (unsigned int s = 0; s < o->n_sources; s++)
			put(b, o->sources[s], size_of(o));
	}
}

static void build_v4(struct buffer *b, const struct options *o, const uint8_t *client,
		     unsigned int first, unsigned int n)
{
	static const uint8_t head[] = {0x46, 0xc0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0};
	static const uint8_t to_and_alert[] = {224, 0, 0, 22, 0x94, 4, 0, 0};
	static const uint8_t report[] = {0x22, 0, 0, 0};
	size_t ip = b->len, igmp;

	put(b, head, sizeof(head));
	put(b, client, 4);
	put(b, to_and_alert, sizeof(to_and_alert));
	igmp = b->len;
	put(b, report, sizeof(report));
	put_records(b, o, first, n);
	store16(b->data + ip + 2, (unsigned int)(b->len - ip));
	store16(b->data + ip + 10, fold(sum16(b->data + ip, igmp - ip, 0)));
	store16(b->data + igmp + 2, fold(sum16(b->data + igmp, b->len - igmp, 0)));
}

static void build_v6(struct buffer *b, const struct options *o, const uint8_t *client,
		     unsigned int first, unsigned int n)
{
	static const uint8_t head[] = {0x60, 0, 0, 0, 0, 0, 0, 1};
	static const uint8_t to[] = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x16};
	static const uint8_t alert[] = {58, 0, 5, 2, 0, 0, 1, 0};
	static const uint8_t report[] = {143, 0, 0, 0};
	size_t ip = b->len, mld;
	uint32_t sum;

	put(b, head, sizeof(head));
	put(b, client, 16);
	put(b, to, sizeof(to));
	put(b, alert, sizeof(alert));
	mld = b->len;
	put(b, report, sizeof(report));
	put_records(b, o, first, n);
	store16(b->data + ip + 4, (unsigned int)(b->len - ip - 40));
	sum = sum16(b->data + ip + 8, 32, (uint32_t)(b->len - mld) + 58);
	store16(b->data + mld + 2, fold(sum16(b->data + mld, b->len - mld, sum)));
}

static void build(struct buffer *b, const struct options *o, unsigned int turn, unsigned int first,
		  unsigned int n)
{
	static const uint8_t to_v4[] = {0x01, 0, 0x5e, 0, 0, 0x16},
			     to_v6[] = {0x33, 0x33, 0, 0, 0, 0x16};
	uint8_t client[16], mac[6] = {0x02, 0xaa, 0, 0, (uint8_t)(turn >> 8), (uint8_t)turn};

	counted(o, o->client, turn, client);
	b->len = 0;
	put(b, o->family == AF_INET ? to_v4 : to_v6, 6);
	put(b, mac, 6);
	put16(b, o->family == AF_INET ? ETH_P_IP : ETH_P_IPV6);
	if (o->family == AF_INET)
		build_v4(b, o, client, first, n);
	else
		build_v6(b, o, client, first, n);
}

static int parse_address(const char *text, uint8_t *ret)
{
	if (inet_pton(AF_INET, text, ret) == 1)
		return AF_INET;
	if (inet_pton(AF_INET6, text, ret) == 1)
		return AF_INET6;
	errno = EINVAL;
	fail(text);
}

static unsigned int parse_type(const char *text)
{
	static const char *const names[] = {"",	     "is_in", "is_ex", "to_in",
					    "to_ex", "allow", "block"};

	for (unsigned int i = 1; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], text))
			return i;
	return (unsigned int)atoi(text);
}

static void parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{"client", 1, NULL, 'c'},  {"clients", 1, NULL, 'C'},
		{"group", 1, NULL, 'g'},   {"joins", 1, NULL, 'j'},
		{"records", 1, NULL, 'r'}, {"type", 1, NULL, 't'},
		{"source", 1, NULL, 's'},  {},
	};
	int c;

	while ((c = getopt_long(argc, argv, "I:", longs, NULL)) != -1) {
		if (c == 'I')
			o->interface = optarg;
		else if (c == 'c')
			parse_address(optarg, o->client);
		else if (c == 'C')
			o->clients = (unsigned int)atoi(optarg);
		else if (c == 'g')
			o->family = parse_address(optarg, o->group);
		else if (c == 'j')
			o->joins = (unsigned int)atoi(optarg);
		else if (c == 'r')
			o->records = (unsigned int)atoi(optarg);
		else if (c == 't')
			o->type = parse_type(optarg);
		else if (c == 's' && o->n_sources < MAX_SOURCES)
			parse_address(optarg, o->sources[o->n_sources++]);
		else
			usage();
	}
	if (!o->interface || !o->family || !o->clients || !o->records)
		usage();
}

static void send_frame(int fd, const struct buffer *b, const struct sockaddr_ll *to)
{
	while (sendto(fd, b->data, b->len, 0, (const struct sockaddr *)to, sizeof(*to)) < 0)
		if (errno != ENOBUFS)
			fail("sendto");
}

int main(int argc, char **argv)
{
	static struct options o;
	static struct buffer b;
	struct sockaddr_ll to = {.sll_family = AF_PACKET};
	unsigned int turn = 0;
	int fd;

	o.joins = o.clients = o.records = 1;
	o.type = 4;
	parse_options(argc, argv, &o);
	to.sll_ifindex = (int)if_nametoindex(o.interface);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || !to.sll_ifindex)
		fail(o.interface);
	for (unsigned int i = 0; i < o.joins; i += o.records, turn++) {
		unsigned int n = o.joins - i < o.records ? o.joins - i : o.records;

		build(&b, &o, turn % o.clients, i, n);
		send_frame(fd, &b, &to);
	}
	close(fd);
	return 0;
}
