// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench-control [-j] [-l LOAD]: what memberships cost in the core: from the frame of a report to
 * the calls that would write the kernel's tables and tell the upstream. No I/O.
 *
 * One thread, time of the processor: other processes do not count. All is worked out after each
 * frame, though the agent gathers those of a burst. The core's clock is ours: what a query
 * interval costs is measured by living through one.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "bench/measure.h"
#include "bench/control_load.h"
#include "proxy/state.h"

#define INTERVAL (125 * USEC_PER_SEC)
#define RESPONSE (10 * USEC_PER_SEC)
#define ROWS	 1000 /* of the table; the last two serve everybody */

static const struct load loads[] = {
	{"burst-v2", FAMILY_V4, 2, false, 1000, 100, 32, false},
	{"burst-v3", FAMILY_V4, 3, false, 1000, 100, 32, false},
	{"burst-ssm", FAMILY_V4, 3, true, 1000, 100, 32, false},
	{"burst-mld1", FAMILY_V6, 2, false, 1000, 100, 32, false},
	{"burst-mld2", FAMILY_V6, 3, false, 1000, 100, 32, false},
	{"burst-ssm6", FAMILY_V6, 3, true, 1000, 100, 32, false},
	{"one-port-v2", FAMILY_V4, 2, false, 1000, 100, 1, false},
	{"one-port-v3", FAMILY_V4, 3, false, 1000, 100, 1, false},
	{"own-v3", FAMILY_V4, 3, false, 1000, 100, 32, true},
	{"own-ssm6", FAMILY_V6, 3, true, 1000, 100, 32, true},
	{"1k-groups-v2", FAMILY_V4, 2, false, 1000, 1000, 32, false},
	{"1k-groups-v3", FAMILY_V4, 3, false, 1000, 1000, 32, false},
	{"1k-groups-ssm", FAMILY_V4, 3, true, 1000, 1000, 32, false},
	{"1k-groups-ssm6", FAMILY_V6, 3, true, 1000, 1000, 32, false},
	{"10k-groups-v3", FAMILY_V4, 3, false, 100, 10000, 32, false},
	{"10k-groups-ssm", FAMILY_V4, 3, true, 100, 10000, 32, false},
	{"10k-groups-ssm6", FAMILY_V6, 3, true, 100, 10000, 32, false},
};

struct result {
	double seconds[PHASES]; /* for all memberships */
	double share;		/* of a processor, while all are refreshed each query interval */
	double expire;		/* seconds, until the last has expired */
	double bytes;		/* a membership, as allocated */
	double resident;	/* bytes in all */
};

/* ---- the proxy ---- */

struct bench {
	const struct load *load;
	struct proxy *proxy;
	struct murt *murt;
	usec_t now;
	uint64_t seed;
	unsigned int sent, flows; /* effects */
};

static void op_send(void *ctx, unsigned int port, const struct frame *frame)
{
	struct bench *b = ctx;

	(void)port;
	(void)frame;
	b->sent++;
}

static int op_flow_set(void *ctx, unsigned int upstream, const struct addr *group,
		       const struct prefix *source, const struct portset *out, uint32_t below)
{
	struct bench *b = ctx;

	(void)upstream;
	(void)group;
	(void)source;
	(void)out;
	(void)below;
	b->flows++;
	return 0;
}

static void op_flow_del(void *ctx, unsigned int upstream, const struct addr *group,
			const struct prefix *source)
{
	op_flow_set(ctx, upstream, group, source, NULL, 0);
}

static uint64_t op_flow_packets(void *ctx, unsigned int upstream, const struct addr *group,
				const struct prefix *source)
{
	op_flow_set(ctx, upstream, group, source, NULL, 0);
	return 0;
}

static uint32_t op_random(void *ctx)
{
	struct bench *b = ctx;

	b->seed = b->seed * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(b->seed >> 32);
}

static void op_warn(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

static void op_event(void *ctx, const struct proxy_event *event)
{
	(void)ctx;
	(void)event;
}

static void fill_table(struct bench *b)
{
	uint32_t id;

	for (unsigned int i = 0; i < ROWS; i++) {
		struct murt_row row = {.upstream = 1001 + i % 2, .slot = i % 2, .enabled = true};
		char group[PREFIX_STRLEN];

		if (i < ROWS - 2) {
			snprintf(group, sizeof(group), i % 2 ? "225.%u.%u.0/24" : "ff1e:%x:%x::/48",
				 i >> 8, i & 255);
			prefix_parse(group, &row.group);
			row.priority = 1;
		} else {
			prefix_parse(i % 2 ? "224.0.0.0/4" : "ff00::/8", &row.group);
		}
		murt_add(b->murt, &row, &id);
	}
}

static void add_ports(struct bench *b)
{
	const struct port_settings settings = {
		.fast_leave = FAST_LEAVE_AUTO,
		.robustness = 2,
		.query_interval = INTERVAL,
		.query_response_interval = RESPONSE,
		.last_member_query_interval = USEC_PER_SEC,
		.unsolicited_report_interval = USEC_PER_SEC,
		.querier = true,
	};

	for (unsigned int i = 0; i < b->load->ports + 2; i++) {
		int slot = (int)(i - b->load->ports);
		struct sender sender = {.mac = {2, 0, 0, 1, 0, (uint8_t)i}};

		addr_parse("10.255.0.1", &sender.v4);
		addr_parse("fe80::1", &sender.v6);
		proxy_port_add(b->proxy, i, slot < 0 ? i + 1 : 1001 + (unsigned int)slot,
			       MAX(slot, -1), &settings);
		proxy_port_up(b->proxy, i, &sender, 1500, b->now);
	}
}

static void open_proxy(struct bench *b, const struct load *load)
{
	const struct proxy_params params = {0};
	const struct proxy_ops ops = {
		.ctx = b,
		.send = op_send,
		.flow_set = op_flow_set,
		.flow_del = op_flow_del,
		.flow_packets = op_flow_packets,
		.random = op_random,
		.warn = op_warn,
		.event = op_event,
	};

	*b = (struct bench){.load = load, .now = 1000 * USEC_PER_SEC, .murt = murt_new()};
	b->proxy = proxy_new(&params, &ops, b->murt);
	fill_table(b);
	add_ports(b);
}

/* ---- phases ---- */

static void advance(struct bench *b, usec_t to)
{
	while (proxy_next_timer(b->proxy) <= to) {
		b->now = MAX(b->now, proxy_next_timer(b->proxy));
		proxy_run_timers(b->proxy, b->now);
		proxy_flush(b->proxy, b->now);
	}
	b->now = to;
}

static void hear(struct bench *b, const struct packets *p, size_t i)
{
	const struct packet *packet = &p->list[i];
	uint16_t type = b->load->family == FAMILY_V4 ? ETHERTYPE_IP : ETHERTYPE_IPV6;
	struct message m;

	if (message_decode(p->data + packet->offset, packet->len, ETH_HLEN, type, true, &m))
		abort();
	proxy_input(b->proxy, packet->port, &m, b->now);
	proxy_flush(b->proxy, b->now);
}

/* All frames, spread over `time` of the core's clock. Returns seconds. */
static double say_all(struct bench *b, enum phase phase, usec_t time)
{
	usec_t begin = b->now;
	struct packets packets;
	double start;

	load_packets(b->load, phase, &packets);
	start = cpu();
	for (size_t i = 0; i < packets.n; i++) {
		advance(b, begin + time * i / packets.n);
		hear(b, &packets, i);
	}
	advance(b, begin + time);
	start = cpu() - start;
	packets_free(&packets);
	return start;
}

static void expect(struct bench *b, unsigned int n)
{
	if (b->proxy->members.n == n)
		return;
	fprintf(stderr, "%s: %zu memberships, should be %u\n", b->load->name, b->proxy->members.n,
		n);
	exit(1);
}

static void measure(const struct load *load, struct result *r)
{
	unsigned int n = load_memberships(load);
	double before, pages;
	struct bench b;

	open_proxy(&b, load);
	malloc_trim(0);
	before = heap();
	pages = resident();
	r->seconds[PHASE_JOIN] = say_all(&b, PHASE_JOIN, USEC_PER_SEC);
	expect(&b, n);
	malloc_trim(0);
	r->bytes = (heap() - before) / n;
	r->resident = resident() - pages;
	advance(&b, b.now + RESPONSE);
	r->seconds[PHASE_REFRESH] = say_all(&b, PHASE_REFRESH, RESPONSE);
	/* One more, with all its timers. */
	r->share = cpu();
	advance(&b, b.now + INTERVAL - RESPONSE);
	r->share = cpu() - r->share + say_all(&b, PHASE_REFRESH, RESPONSE);
	r->share /= (double)(INTERVAL / USEC_PER_SEC);
	expect(&b, n);
	/* Older versions leave when nobody answers the querier's question. */
	r->seconds[PHASE_LEAVE] = say_all(&b, PHASE_LEAVE, 10 * USEC_PER_SEC);
	expect(&b, 0);
	say_all(&b, PHASE_JOIN, USEC_PER_SEC);
	r->expire = cpu();
	advance(&b, b.now + 3 * INTERVAL);
	r->expire = cpu() - r->expire;
	expect(&b, 0);
	proxy_free(b.proxy);
	murt_free(b.murt);
}

/* A process of its own for each: the heap begins empty. */
static int measure_apart(const struct load *load, struct result *r)
{
	pid_t child = fork();
	int status = 1;

	if (!child) {
		measure(load, r);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return status ? -1 : 0;
}

/* ---- output ---- */

static void print_head(void)
{
	printf("%-16s %9s %33s %8s %8s %8s\n", "", "member-", "thousands a second", "", "bytes",
	       "");
	printf("%-16s %9s %8s %8s %8s %8s %7s %8s %8s\n", "load", "ships", "joins", "refresh",
	       "leaves", "expire", "core %", "each", "MiB");
}

static void print_text(const struct load *l, const struct result *r)
{
	double n = load_memberships(l) / 1e3;

	printf("%-16s %9.0f %8.0f %8.0f %8.0f %8.0f %7.2f %8.0f %8.1f\n", l->name, n * 1e3,
	       n / r->seconds[PHASE_JOIN], n / r->seconds[PHASE_REFRESH],
	       n / r->seconds[PHASE_LEAVE], n / r->expire, r->share * 100, r->bytes,
	       r->resident / (1 << 20));
	fflush(stdout);
}

static void print_json(const struct load *l, const struct result *r, bool first)
{
	double n = load_memberships(l);

	printf("%s{\"load\":\"%s\",\"family\":%d,\"generation\":%u,\"ssm\":%s,\"clients\":%u,"
	       "\"memberships\":%.0f,\"per_second\":{\"join\":%.0f,\"refresh\":%.0f,"
	       "\"leave\":%.0f,\"expire\":%.0f},\"refresh_core_share\":%.5f,"
	       "\"bytes_per_membership\":%.0f,\"resident_bytes\":%.0f}",
	       first ? "[" : ",\n ", l->name, l->family, l->generation, l->ssm ? "true" : "false",
	       l->clients, n, n / r->seconds[PHASE_JOIN], n / r->seconds[PHASE_REFRESH],
	       n / r->seconds[PHASE_LEAVE], n / r->expire, r->share, r->bytes, r->resident);
}

int main(int argc, char **argv)
{
	struct result *result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const char *only = NULL;
	bool json = false, first = true;
	int c;

	while ((c = getopt(argc, argv, "jl:")) >= 0) {
		if (c == 'j')
			json = true;
		else if (c == 'l')
			only = optarg;
		else
			return 2;
	}
	if (!json)
		print_head();
	for (size_t i = 0; i < ARRAY_SIZE(loads) && result != MAP_FAILED; i++) {
		if (only && !strstr(loads[i].name, only))
			continue;
		if (measure_apart(&loads[i], result))
			return 1;
		if (json)
			print_json(&loads[i], result, first);
		else
			print_text(&loads[i], result);
		first = false;
	}
	if (json)
		puts(first ? "[]" : "]");
	return 0;
}
