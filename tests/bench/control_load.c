// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "bench/control_load.h"

#define MTU 1500

static struct addr group_of(const struct load *l, unsigned int client, unsigned int i)
{
	unsigned int n = l->own ? client * l->groups + i : i;
	uint8_t low[4] = {l->ssm ? 232 : 239, (uint8_t)(1 + (n >> 16)), (uint8_t)(n >> 8),
			  (uint8_t)n};
	uint8_t v6[16] = {0xff, l->ssm ? 0x3e : 0x1e, [12] = 0x80, low[1], low[2], low[3]};

	return l->family == FAMILY_V4 ? addr_from_v4(low) : addr_from_v6(v6);
}

static struct addr source_of(const struct load *l, unsigned int i)
{
	uint8_t v4[4] = {198, 18, (uint8_t)(i >> 8), (uint8_t)i};
	uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [14] = v4[2], v4[3]};

	return l->family == FAMILY_V4 ? addr_from_v4(v4) : addr_from_v6(v6);
}

static struct sender client(unsigned int i)
{
	struct sender s = {.mac = {2, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i}};
	uint8_t v4[4] = {10, 0, (uint8_t)(i >> 8), (uint8_t)i};
	uint8_t v6[16] = {0xfe, 0x80, [8] = 2, [11] = 0xff, 0xfe, [14] = v4[2], v4[3]};

	s.v4 = addr_from_v4(v4);
	s.v6 = addr_from_v6(v6);
	return s;
}

static void keep(const struct load *l, struct packets *p, unsigned int who, const struct frame *f)
{
	if (p->used + f->len > p->room) {
		p->room = MAX(1 << 20, 2 * p->room);
		p->data = xreallocarray(p->data, p->room, 1);
	}
	p->list = xgrow(p->list, p->n, sizeof(*p->list));
	p->list[p->n++] = (struct packet){who % l->ports, (uint32_t)p->used, (uint32_t)f->len};
	memcpy(p->data + p->used, f->data, f->len);
	p->used += f->len;
}

static enum record_type record_of(const struct load *l, enum phase phase)
{
	static const enum record_type types[PHASES][2] = {
		[PHASE_JOIN] = {RECORD_TO_EX, RECORD_ALLOW},
		[PHASE_REFRESH] = {RECORD_IS_EX, RECORD_IS_IN},
		[PHASE_LEAVE] = {RECORD_TO_IN, RECORD_BLOCK},
	};

	return types[phase][l->ssm];
}

static void say_records(const struct load *l, unsigned int who, enum phase phase, struct packets *p)
{
	const struct sender from = client(who);
	enum record_type type = record_of(l, phase);
	struct frame f;

	frame_report_start(&f, l->family, &from);
	for (unsigned int i = 0; i < l->groups; i++) {
		struct addr group = group_of(l, who, i), source = source_of(l, i);

		if (!frame_report_fits(&f, MTU, l->ssm)) {
			frame_report_finish(&f);
			keep(l, p, who, &f);
			frame_report_start(&f, l->family, &from);
		}
		frame_report_add(&f, MTU, type, &group, &source, l->ssm);
	}
	frame_report_finish(&f);
	keep(l, p, who, &f);
}

static void say_old(const struct load *l, unsigned int who, enum phase phase, struct packets *p)
{
	const struct sender from = client(who);
	struct frame f;

	for (unsigned int i = 0; i < l->groups; i++) {
		struct addr group = group_of(l, who, i);

		if (phase == PHASE_LEAVE)
			frame_old_leave(&f, l->family, &from, &group);
		else
			frame_old_report(&f, l->family, &from, l->generation, &group);
		keep(l, p, who, &f);
	}
}

static void shuffle(struct packets *p)
{
	uint64_t state = 1;

	for (size_t i = p->n; i > 1; i--) {
		size_t k;
		struct packet swap;

		state = state * 6364136223846793005 + 1442695040888963407;
		k = (state >> 33) % i;
		swap = p->list[i - 1];
		p->list[i - 1] = p->list[k];
		p->list[k] = swap;
	}
}

void load_packets(const struct load *l, enum phase phase, struct packets *ret)
{
	*ret = (struct packets){0};
	for (unsigned int i = 0; i < l->clients; i++) {
		if (l->generation == 3)
			say_records(l, i, phase, ret);
		else
			say_old(l, i, phase, ret);
	}
	shuffle(ret);
}

void packets_free(struct packets *p)
{
	free(p->list);
	free(p->data);
	*p = (struct packets){0};
}
