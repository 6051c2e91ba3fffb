/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit/rig.h"

static struct addr parse(const char *text)
{
	struct addr a = ADDR_NONE;

	cr_assert(!*text || !addr_parse(text, &a), "bad address in the test: %s", text);
	return a;
}

/* ---- recorded effects ---- */

static void rig_send(void *ctx, unsigned int port, const struct frame *frame)
{
	struct rig *rig = ctx;

	cr_assert(rig->n_frames < RIG_FRAMES);
	rig->frame_port[rig->n_frames] = port;
	rig->frames[rig->n_frames++] = *frame;
}

static struct rig_flow *find_flow(struct rig *rig, unsigned int upstream, const struct addr *group,
				  const struct prefix *source)
{
	for (unsigned int i = 0; i < rig->n_flows; i++) {
		struct rig_flow *f = &rig->flows[i];

		if (f->upstream == upstream && addr_eq(&f->group, group) &&
		    !prefix_cmp(&f->source, source))
			return f;
	}
	return NULL;
}

/* What a packet follows. */
static struct rig_flow *packet_flow(struct rig *rig, unsigned int upstream, const char *group,
				    const char *source)
{
	struct rig_flow *longest = NULL;
	struct addr g = parse(group), s = parse(source);

	for (unsigned int i = 0; i < rig->n_flows; i++) {
		struct rig_flow *f = &rig->flows[i];

		if (f->upstream == upstream && addr_eq(&f->group, &g) &&
		    prefix_match(&f->source, &s) &&
		    (!longest || f->source.len > longest->source.len))
			longest = f;
	}
	return longest;
}

static int rig_flow_set(void *ctx, unsigned int upstream, const struct addr *group,
			const struct prefix *source, const struct portset *out, uint32_t below)
{
	struct rig *rig = ctx;
	struct rig_flow *f = find_flow(rig, upstream, group, source);

	(void)below;
	if (rig->flow_error) {
		rig->n_refused++;
		return rig->flow_error;
	}
	if (!f) {
		cr_assert(rig->n_flows < RIG_FLOWS);
		f = &rig->flows[rig->n_flows++];
		f->packets = 0;
	}
	f->upstream = upstream;
	f->group = *group;
	f->source = *source;
	f->out = *out;
	return 0;
}

static void rig_flow_del(void *ctx, unsigned int upstream, const struct addr *group,
			 const struct prefix *source)
{
	struct rig *rig = ctx;
	struct rig_flow *f = find_flow(rig, upstream, group, source);

	cr_assert_not_null(f, "an entry is deleted that was never made");
	*f = rig->flows[--rig->n_flows];
}

static uint64_t rig_flow_packets(void *ctx, unsigned int upstream, const struct addr *group,
				 const struct prefix *source)
{
	struct rig *rig = ctx;
	struct rig_flow *f = find_flow(rig, upstream, group, source);

	rig->n_reads++;
	return f ? f->packets : 0;
}

static uint32_t rig_random(void *ctx)
{
	struct rig *rig = ctx;

	if (!rig->seed)
		return 1u << 31; /* the middle of every range */
	rig->seed = rig->seed * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(rig->seed >> 32);
}

static void rig_warn(void *ctx, const char *text)
{
	struct rig *rig = ctx;

	(void)text;
	rig->n_warnings++;
}

/* ---- set-up ---- */

struct rig *rig_new(enum fast_leave fast_leave)
{
	const struct proxy_params params = {0};
	const struct port_settings settings = {
		.fast_leave = fast_leave,
		.robustness = 2,
		.query_interval = 125 * USEC_PER_SEC,
		.query_response_interval = 10 * USEC_PER_SEC,
		.last_member_query_interval = 1 * USEC_PER_SEC,
		.unsolicited_report_interval = 1 * USEC_PER_SEC,
		.querier = true,
	};
	struct rig *rig = xcalloc(1, sizeof(*rig));
	const struct proxy_ops ops = {
		.ctx = rig,
		.send = rig_send,
		.flow_set = rig_flow_set,
		.flow_del = rig_flow_del,
		.flow_packets = rig_flow_packets,
		.random = rig_random,
		.warn = rig_warn,
		.event = rig_event,
	};
	static const struct {
		uint32_t number;
		int slot;
	} ports[] = {{1, -1}, {2, -1}, {7, 0}, {8, 1}};

	rig->now = 1000 * USEC_PER_SEC;
	rig->murt = murt_new();
	rig->proxy = proxy_new(&params, &ops, rig->murt);
	for (unsigned int i = 0; i < ARRAY_SIZE(ports); i++) {
		struct sender sender = {.mac = {2, 0, 0, 0, 0, (uint8_t)i}};

		sender.v4 = parse("10.0.0.1");
		sender.v6 = parse("fe80::1");
		proxy_port_add(rig->proxy, i, ports[i].number, ports[i].slot, &settings);
		proxy_port_up(rig->proxy, i, &sender, 1500, rig->now);
	}
	return rig;
}

void rig_free(struct rig *rig)
{
	proxy_free(rig->proxy);
	murt_free(rig->murt);
	free(rig);
}

static void audit_differs(void *ctx, const char *text)
{
	(void)ctx;
	cr_expect_fail("audit: %s", text);
}

static void settle(struct rig *rig)
{
	proxy_flush(rig->proxy, rig->now);
	if (!rig->flow_error)
		cr_expect_eq(proxy_audit(rig->proxy, audit_differs, NULL), 0u);
}

void rig_row(struct rig *rig, const char *client, const char *group, const char *source,
	     uint32_t upstream, int32_t priority)
{
	struct murt_row row = {
		.upstream = upstream,
		.slot = upstream - 7,
		.priority = priority,
		.enabled = true,
	};
	uint32_t id;

	cr_assert(!*client || !prefix_parse(client, &row.client));
	cr_assert(!*group || !prefix_parse(group, &row.group));
	cr_assert(!*source || !prefix_parse(source, &row.source));
	cr_assert_eq(murt_add(rig->murt, &row, &id), 0);
	proxy_rows_changed(rig->proxy, &row, 1, rig->now);
	settle(rig);
}

struct rig *rig_quiet(enum fast_leave fast_leave)
{
	struct rig *rig = rig_new(fast_leave);

	rig_row(rig, "", "", "", 7, 0);
	rig_advance(rig, 40 * USEC_PER_SEC);
	rig_queries(rig, 0);
	rig_queries(rig, 1);
	return rig;
}

void rig_change(struct rig *rig, const struct murt_row *row)
{
	struct murt_row both[2] = {*murt_next(rig->murt, row->id - 1), *row};
	uint32_t twin;

	cr_assert_eq(murt_change(rig->murt, row, &twin), 0);
	proxy_rows_changed(rig->proxy, both, 2, rig->now);
	settle(rig);
}

void rig_advance(struct rig *rig, usec_t by)
{
	usec_t end = rig->now + by;

	while (proxy_next_timer(rig->proxy) <= end) {
		rig->now = proxy_next_timer(rig->proxy);
		proxy_run_timers(rig->proxy, rig->now);
		settle(rig);
	}
	rig->now = end;
}

/* ---- input: built by the builders, read by the decoders ---- */

static unsigned int parse_list(const char *text, struct addr *list, unsigned int max)
{
	char copy[512], *rest = copy, *word;
	unsigned int n = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	while ((word = strsep(&rest, " ")))
		if (*word && n < max)
			list[n++] = parse(word);
	return n;
}

/* A client may have any address; the builders take the sender's of the family. */
static struct sender sender_of(const char *client)
{
	struct sender s = {.mac = {2, 0, 0, 0, 1, 1}};

	s.v4 = s.v6 = parse(client);
	return s;
}

static void deliver(struct rig *rig, unsigned int port, const struct frame *frame,
		    enum family family)
{
	struct message m;
	enum decode_error error =
		message_decode(frame->data, frame->len, ETH_HLEN,
			       family == FAMILY_V4 ? ETHERTYPE_IP : ETHERTYPE_IPV6, true, &m);

	cr_assert_eq(error, DECODE_OK, "decode: %s", decode_error_name(error));
	proxy_input(rig->proxy, port, &m, rig->now);
	settle(rig);
}

void rig_record(struct rig *rig, unsigned int port, const char *client, enum record_type type,
		const char *group, const char *sources)
{
	struct sender sender = sender_of(client);
	struct addr list[64], g = parse(group);
	unsigned int n = parse_list(sources, list, ARRAY_SIZE(list));
	struct frame frame;

	frame_report_start(&frame, addr_family(&g), &sender);
	cr_assert_eq(frame_report_add(&frame, 1500, type, &g, list, n), (int)n);
	frame_report_finish(&frame);
	deliver(rig, port, &frame, addr_family(&g));
}

void rig_old_report(struct rig *rig, unsigned int port, const char *client, unsigned int generation,
		    const char *group)
{
	struct sender sender = sender_of(client);
	struct addr g = parse(group);
	struct frame frame;

	frame_old_report(&frame, addr_family(&g), &sender, generation, &g);
	deliver(rig, port, &frame, addr_family(&g));
}

void rig_leave(struct rig *rig, unsigned int port, const char *client, const char *group)
{
	struct sender sender = sender_of(client);
	struct addr g = parse(group);
	struct frame frame;

	frame_old_leave(&frame, addr_family(&g), &sender, &g);
	deliver(rig, port, &frame, addr_family(&g));
}

void rig_query_from(struct rig *rig, unsigned int port, const char *from, const struct query *q)
{
	enum family family = strchr(from, ':') ? FAMILY_V6 : FAMILY_V4;
	struct sender sender = sender_of(from);
	struct frame frame;

	frame_query(&frame, family, &sender, q, 1500);
	deliver(rig, port, &frame, family);
}

void rig_query(struct rig *rig, unsigned int port, const char *group, const char *sources,
	       usec_t max_response)
{
	struct addr list[64];
	struct query q = {
		.generation = 3,
		.group = parse(group),
		.max_response = max_response,
		.robustness = 2,
		.sources = list,
		.n_sources = parse_list(sources, list, ARRAY_SIZE(list)),
	};

	rig_query_from(rig, port, strchr(group, ':') ? "fe80::99" : "10.0.0.99", &q);
}

void rig_settings(struct rig *rig, unsigned int port, const struct port_settings *settings)
{
	proxy_port_set(rig->proxy, port, settings, rig->now);
	settle(rig);
}

void rig_deliver_data(struct rig *rig, unsigned int upstream, const char *group, const char *source)
{
	struct rig_flow *f = packet_flow(rig, upstream - 5, group, source);

	cr_assert_not_null(f);
	f->packets++;
}

/* ---- what can be seen ---- */

const char *rig_forwards(struct rig *rig, unsigned int upstream, const char *group,
			 const char *source)
{
	static const char *const names[] = {"", "1", "2", "1 2"};
	struct rig_flow *f = packet_flow(rig, upstream - 5, group, source);

	return f ? names[f->out.w[0] & 3] : "";
}

static struct member *find_member(struct rig *rig, unsigned int port, const char *client,
				  const char *group)
{
	struct addr c = parse(client), g = parse(group);
	struct member *m;

	for (m = member_first(rig->proxy); m; m = member_following(m))
		if (m->group->key.port == port && addr_eq(member_addr(m), &c) &&
		    addr_eq(&m->group->key.group, &g))
			return m;
	return NULL;
}

static char text[4096];

static void add(const char *separator, const char *word)
{
	size_t len = strlen(text);

	snprintf(text + len, sizeof(text) - len, "%s%s", len ? separator : "", word);
}

const char *rig_member(struct rig *rig, unsigned int port, const char *client, const char *group)
{
	struct member *m = find_member(rig, port, client, group);
	char a[ADDR_STRLEN];

	*text = 0;
	if (!m)
		return text;
	add("", m->mode == MODE_INCLUDE ? "INCLUDE" : "EXCLUDE");
	for (unsigned int i = 0; i < m->n_sources; i++)
		if (m->sources[i].expires)
			add(" ", addr_format(&m->sources[i].addr, a));
	if (m->mode == MODE_EXCLUDE)
		add(" ", "|");
	for (unsigned int i = 0; i < m->n_sources; i++)
		if (!m->sources[i].expires)
			add(" ", addr_format(&m->sources[i].addr, a));
	return text;
}

static void take_frame(struct rig *rig, unsigned int i)
{
	rig->n_frames--;
	memmove(&rig->frames[i], &rig->frames[i + 1], (rig->n_frames - i) * sizeof(*rig->frames));
	memmove(&rig->frame_port[i], &rig->frame_port[i + 1],
		(rig->n_frames - i) * sizeof(*rig->frame_port));
}

static void add_old(const struct message *m)
{
	static const char *const names[] = {"v1", "v2"};
	char a[ADDR_STRLEN];

	add(" | ", m->type == MESSAGE_LEAVE ? "leave" : names[m->generation - 1]);
	add(" ", addr_format(&m->group, a));
}

static void add_report(const struct message *m)
{
	static const char *const names[] = {"",	     "IS_IN", "IS_EX", "TO_IN",
					    "TO_EX", "ALLOW", "BLOCK"};
	struct record r;
	size_t offset = 0;
	char a[ADDR_STRLEN];

	while (message_next_record(m, &offset, &r)) {
		add(" | ", names[r.type]);
		add(" ", addr_format(&r.group, a));
		for (unsigned int i = 0; i < r.n_sources; i++) {
			struct addr s = record_source(&r, i);

			add(" ", addr_format(&s, a));
		}
	}
}

static void add_query(const struct message *m)
{
	char a[ADDR_STRLEN];

	if (addr_is_none(&m->group)) {
		add(" ", m->family == FAMILY_V4 ? "general4" : "general6");
		return;
	}
	add(" ", addr_format(&m->group, a));
	for (unsigned int i = 0; i < m->n; i++) {
		struct addr s = message_query_source(m, i);

		add("+", addr_format(&s, a));
	}
}

static const char *take(struct rig *rig, unsigned int port, enum message_type type)
{
	unsigned int i = 0;

	*text = 0;
	while (i < rig->n_frames) {
		const struct frame *f = &rig->frames[i];
		struct message m;

		if (rig->frame_port[i] != port) {
			i++;
			continue;
		}
		cr_assert_eq(message_decode(f->data, f->len, ETH_HLEN,
					    f->data[12] == 8 ? ETHERTYPE_IP : ETHERTYPE_IPV6, true,
					    &m),
			     DECODE_OK);
		if (type == MESSAGE_REPORT && (m.type == MESSAGE_LEAVE || m.generation < 3))
			add_old(&m);
		else if (m.type == type && type == MESSAGE_REPORT)
			add_report(&m);
		else if (m.type == type)
			add_query(&m);
		take_frame(rig, i);
	}
	return text;
}

const char *rig_reports(struct rig *rig, unsigned int port)
{
	return take(rig, port, MESSAGE_REPORT);
}

const char *rig_queries(struct rig *rig, unsigned int port)
{
	return take(rig, port, MESSAGE_QUERY);
}

void rig_addrs(struct rig *rig, unsigned int port, const char *client, enum record_type type,
	       const char *group, const struct addr *sources, unsigned int n)
{
	struct sender sender = sender_of(client);
	struct addr g = parse(group);
	struct frame frame;

	frame_report_start(&frame, addr_family(&g), &sender);
	cr_assert_eq(frame_report_add(&frame, 2000, type, &g, sources, n), (int)n);
	frame_report_finish(&frame);
	deliver(rig, port, &frame, addr_family(&g));
}
