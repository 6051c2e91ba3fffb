// SPDX-License-Identifier: GPL-2.0-or-later
/* What the operator can change while the core runs: table, settings, static joins, links. */
#include "fuzz/world.h"

#define N_ROWS 8

/* ---- table ------------------------------------------------------------------- */

static void parse(const char *text, struct prefix *ret)
{
	if (*text)
		CHECK(!prefix_parse(text, ret));
}

static void add_row(struct murt *murt, unsigned int i)
{
	static const struct {
		const char *client, *group, *source;
		uint32_t downstream, upstream;
		int32_t priority;
	} rows[N_ROWS] = {
		{"", "", "", MURT_ANY_PORT, 7, 0},
		{"", "", "", MURT_ANY_PORT, 8, 0},
		{"10.0.1.0/31", "239.0.0.0/8", "", MURT_ANY_PORT, 8, 10},
		{"2001:db8:1::/127", "", "", MURT_ANY_PORT, 9, 10},
		{"", "", "10.0.9.0/30", MURT_ANY_PORT, 9, 20},
		{"", "", "2001:db8::/126", MURT_ANY_PORT, 8, 20},
		{"", "232.1.1.1", "10.0.9.1", 1, 7, 30},
		{"", "ff1e::1", "2001:db8::1", 2, 7, 30},
	};
	struct murt_row row = {
		.downstream = rows[i].downstream,
		.upstream = rows[i].upstream,
		.slot = rows[i].upstream - 7,
		.priority = rows[i].priority,
		.enabled = true,
	};
	uint32_t id;

	parse(rows[i].client, &row.client);
	parse(rows[i].group, &row.group);
	parse(rows[i].source, &row.source);
	CHECK(!murt_add(murt, &row, &id));
}

/* The table without its rows; seldom a new one, as those are large. */
static struct murt *bare_table(struct murt *old, bool replace)
{
	const struct murt_row *row;

	if (!old || replace)
		return murt_new();
	while ((row = murt_next(old, 0)))
		CHECK(!murt_del(old, row->id));
	return old;
}

void set_table(struct world *w, uint8_t rows, uint8_t how)
{
	struct murt *old = w->murt;

	w->murt = bare_table(old, how >> 4 == 1);
	murt_set_default(w->murt, (how & 3) - 1);
	murt_set_selection(w->murt, how & 4 ? MURT_SPECIFICITY : MURT_PRIORITY);
	murt_set_balance(w->murt, how & 8 ? MURT_BALANCE_HASH : MURT_BALANCE_ALL);
	for (unsigned int i = 0; i < N_ROWS; i++)
		if (rows >> i & 1)
			add_row(w->murt, i);
	if (w->proxy)
		proxy_set_murt(w->proxy, w->murt, w->now);
	if (old != w->murt)
		murt_free(old);
}

void set_row(struct world *w, uint8_t which, uint8_t how)
{
	const struct murt_row *at = murt_next(w->murt, 0);
	struct murt_row row;
	uint32_t twin;

	while (at && which-- % N_ROWS)
		at = murt_next(w->murt, at->id);
	if (!at)
		return;
	row = *at;
	if (how & 1)
		row.enabled = !row.enabled;
	if (how & 2)
		row.priority += (int8_t)how / 4;
	if (how & 4)
		row.slot = (row.slot + 1) % N_UPSTREAM;
	row.upstream = 7 + row.slot;
	if (how & 8)
		murt_del(w->murt, row.id);
	else
		murt_change(w->murt, &row, &twin);
	proxy_set_murt(w->proxy, w->murt, w->now);
}

void set_params(struct world *w, uint8_t how)
{
	static const struct prefix ranges[] = {
		{.addr = {.b = {[10] = 0xff, 0xff, 232}}, .family = FAMILY_V4, .len = 8},
		{.addr = {.b = {0xff, 0x3e}}, .family = FAMILY_V6, .len = 32},
	};

	w->params = (struct proxy_params){
		.ssm_ranges = ranges,
		.n_ssm_ranges = how & 1 ? ARRAY_SIZE(ranges) : 0,
		.ssm_any_source = how & 2,
		.memberships = how & 4 ? 5 : 0,
		.handover_limit = how & 16 ? 3 * USEC_PER_SEC : 0,
		.relay = how & 8,
	};
	if (w->params.relay)
		memset(w->open, true, sizeof(w->open));
	if (!w->proxy)
		return;
	/* As a reload does. */
	proxy_set_params(w->proxy, &w->params);
	proxy_set_murt(w->proxy, w->murt, w->now);
}

static struct port_settings settings_of(uint8_t timers, uint8_t rest)
{
	static const unsigned int robustness[] = {2, 1, 3, MAX_ROBUSTNESS};

	return (struct port_settings){
		.robustness = robustness[timers & 3],
		.query_interval = (timers & 0x04 ? 20 : 125) * USEC_PER_SEC,
		.query_response_interval = (timers & 0x08 ? 2 : 10) * USEC_PER_SEC,
		.last_member_query_interval = (timers & 0x10 ? 10 : 1000) * USEC_PER_MSEC,
		.last_member_query_count = timers & 0x20 ? 3 : 0,
		.startup_query_interval = (timers & 0x40 ? 1 : 0) * USEC_PER_SEC,
		.unsolicited_report_interval = (timers & 0x80 ? 10 : 1000) * USEC_PER_MSEC,
		.fast_leave = (FAST_LEAVE_AUTO + (rest & 3)) % 3,
		.querier = !(rest & 0x04),
		.query_guard = rest & 0x08,
		.igmp_source = rest & 0x10 ? addr_zero(FAMILY_V4) : ADDR_NONE,
		.groups_per_port = rest & 0x20 ? 2 : 0,
		.sources_per_group = rest & 0x40 ? 3 : 0,
		.memberships_per_client = rest & 0x80 ? 2 : 0,
	};
}

void set_port(struct world *w, uint8_t which, uint8_t timers, uint8_t rest)
{
	unsigned int index = which % N_PORTS;

	w->settings[index] = settings_of(timers, rest);
	if (w->proxy->ports[index].known)
		proxy_port_set(w->proxy, index, &w->settings[index], w->now);
}

void set_static(struct world *w, uint8_t where, uint8_t what)
{
	enum family family = where & 0x80 ? FAMILY_V6 : FAMILY_V4;
	struct addr group = nth_group(family, (what & 3) % 3), source = ADDR_NONE;

	if (what & 4)
		source = nth_source(family, what >> 3 & 3);
	if (where & 0x40)
		proxy_static_leave(w->proxy, where % N_PORTS, &group, &source, w->now);
	else
		proxy_static_join(w->proxy, where % N_PORTS, &group, &source, w->now);
}

/* ---- ports ------------------------------------------------------------------------- */

static struct sender sender_of(unsigned int index, bool bare)
{
	uint8_t v4[] = {10, 0, 0, (uint8_t)(index + 1)};
	uint8_t v6[16] = {0xfe, 0x80, [15] = (uint8_t)(index + 1)};
	struct sender s = {.mac = {2, 0, 0, 0, 0, (uint8_t)index}};

	s.v4 = bare ? addr_zero(FAMILY_V4) : addr_from_v4(v4);
	s.v6 = addr_from_v6(v6);
	return s;
}

void set_link(struct world *w, uint8_t which, uint8_t how)
{
	static const size_t mtus[] = {1500, 576, 9000, 1280};
	unsigned int index = which % N_PORTS;
	struct sender sender = sender_of(index, how & 0x04);

	if (how & 0x01) {
		proxy_port_up(w->proxy, index, &sender, mtus[how >> 6], w->now);
		return;
	}
	proxy_port_down(w->proxy, index, how & 0x02, w->now);
	router_forget(w, index);
}
