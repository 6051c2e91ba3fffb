/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens, for whoever watches. A membership is compared with what it was before, so that a
 * report that only refreshes it says nothing.
 */
#include "proxy/internal.h"

static void emit(struct proxy *p, const struct proxy_event *event)
{
	if (p->ops.event)
		p->ops.event(p->ops.ctx, event);
}

upset member_upstreams(const struct member *m)
{
	upset set = 0;

	if (m->mode == MODE_EXCLUDE) {
		set = m->upstreams;
		for (unsigned int i = 0; i < m->n_carves; i++)
			set |= m->extra->carves[i].upstreams;
		return set;
	}
	for (unsigned int i = 0; i < m->n_sources; i++)
		set |= m->sources[i].upstreams;
	return set;
}

static uint64_t digest_carve(uint64_t digest, const struct carve *c)
{
	digest = hash_words(hash_words(digest, c->source.addr.q[0]), c->source.addr.q[1]);
	return hash_words(hash_words(digest, c->source.len), c->upstreams);
}

/* Nothing kept: 0. */
static uint64_t digest_keeps(const struct member *m)
{
	uint64_t digest = member_keep(m);

	for (unsigned int i = 0; i < m->n_carves; i++)
		digest = hash_words(digest, m->extra->carves[i].keep);
	for (unsigned int i = 0; m->extra && i < m->n_sources; i++)
		digest = hash_words(digest, m->sources[i].keep);
	return digest;
}

struct told event_before(const struct member *m)
{
	struct told told = {
		.asks = m->mode, .upstreams = member_upstreams(m), .keeps = digest_keeps(m)};

	told.serves = m->mode == MODE_EXCLUDE ? m->upstreams : 0;
	for (unsigned int i = 0; i < m->n_carves; i++)
		if (!m->extra->carves[i].past)
			told.serves = digest_carve(told.serves, &m->extra->carves[i]);
	for (unsigned int i = 0; i < m->n_sources; i++) {
		const struct source *s = &m->sources[i];

		if (!source_listed(m, s))
			continue;
		told.asks = hash_words(hash_words(told.asks, s->addr.q[0]), s->addr.q[1]);
		if (m->mode == MODE_INCLUDE)
			told.serves = hash_words(told.serves, s->upstreams);
	}
	return told;
}

static bool refused(const struct member *m)
{
	if (m->mode == MODE_EXCLUDE)
		return !member_upstreams(m);
	for (unsigned int i = 0; i < m->n_sources; i++)
		if (!m->sources[i].upstreams)
			return true;
	return false;
}

void event_member(struct proxy *p, struct member *m, const struct told *before)
{
	struct proxy_event event = {.port = (unsigned int)m->group->key.port, .member = m};
	const struct told told = event_before(m);

	if (!m->joined)
		event.type = PROXY_JOIN;
	else if (told.asks != before->asks)
		event.type = PROXY_CHANGE;
	else if (told.serves != before->serves)
		event.type = PROXY_RESOLVED;
	else if (told.keeps != before->keeps)
		event.type = PROXY_SETTLED; /* one that was kept lost its carrier */
	else
		return;
	event.was = before->upstreams;
	m->joined = true;
	emit(p, &event);
	if (event.type == PROXY_SETTLED || !refused(m))
		return;
	event.type = member_denied(p, m) ? PROXY_DENIED : PROXY_REFUSED;
	emit(p, &event);
}

void event_leave(struct proxy *p, struct member *m, enum proxy_leave why)
{
	if (m->joined)
		emit(p, &(struct proxy_event){.type = PROXY_LEAVE,
					      .port = (unsigned int)m->group->key.port,
					      .member = m,
					      .why = why});
}

void event_settled(struct proxy *p, const struct member *m)
{
	emit(p, &(struct proxy_event){.type = PROXY_SETTLED,
				      .port = (unsigned int)m->group->key.port,
				      .member = m});
}

void event_limit(struct proxy *p, struct proxy_port *port, enum port_stat which)
{
	static const char *const names[] = PORT_STAT_NAMES;

	emit(p, &(struct proxy_event){.type = PROXY_LIMIT,
				      .port = port->index,
				      .limit = names[which] + strlen("over_")});
}

void event_querier(struct proxy *p, struct querier *q)
{
	if (q->elected == q->told_elected && addr_eq(&q->other, &q->told_other))
		return;
	q->told_elected = q->elected;
	q->told_other = q->other;
	emit(p, &(struct proxy_event){.type = PROXY_QUERIER, .port = q->port->index, .querier = q});
}

void event_identity(struct proxy *p, enum proxy_event_type type, const struct host_addr *a)
{
	emit(p, &(struct proxy_event){.type = type, .port = a->host->key.port, .address = a});
}
