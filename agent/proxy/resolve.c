/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Membership × table × ports → upstreams. */
#include "proxy/internal.h"

/* A static join is a client without an address, which rows with a client prefix do not serve. */
static struct addr client_of(const struct member *m)
{
	return m->client ? m->key.client : addr_zero(addr_family(&m->key.group->key.group));
}

static struct murt_request request_of(const struct proxy *p, const struct member *m,
				      const struct addr *source)
{
	return (struct murt_request){
		.client = client_of(m),
		.group = m->key.group->key.group,
		.source = *source,
		.downstream = p->ports[m->key.group->key.port].number,
	};
}

/* Static joins are the operator's own word, which the list does not judge. */
static bool denied(const struct proxy *p, const struct member *m,
		   const struct murt_request *request, bool hits)
{
	return m->client && acl_denies(p->params.acl, request, hits);
}

bool member_denied(const struct proxy *p, const struct member *m)
{
	struct murt_request request = request_of(p, m, &ADDR_NONE);

	if (m->mode == MODE_EXCLUDE)
		return denied(p, m, &request, false);
	for (unsigned int i = 0; i < m->n_sources; i++) {
		request.source = m->sources[i].addr;
		if (denied(p, m, &request, false))
			return true;
	}
	return false;
}

static upset resolve(struct proxy *p, const struct member *m, const struct addr *source, bool hits)
{
	struct proxy_port *port = &p->ports[m->key.group->key.port];
	struct murt_request request = request_of(p, m, source);
	upset upstreams;

	if (denied(p, m, &request, hits)) {
		port->stats[PORT_DENIED] += hits;
		return 0;
	}
	upstreams = murt_resolve(p->murt, &request, usable_upstreams(p), hits);
	if (hits && !upstreams)
		port_count(port, PORT_REFUSED);
	return upstreams;
}

void member_resolve(struct proxy *p, struct member *m, bool count_hits)
{
	const struct addr any = ADDR_NONE;

	if (m->mode == MODE_EXCLUDE) {
		m->upstreams = resolve(p, m, &any, count_hits);
		return;
	}
	m->upstreams = 0;
	for (unsigned int i = 0; i < m->n_sources; i++)
		m->sources[i].upstreams = resolve(p, m, &m->sources[i].addr, count_hits);
}

void resolve_again(struct proxy *p, struct member *m, usec_t now)
{
	struct route before = {0};

	if (p->params.relay)
		route_of(m, &before);
	demand_remove(p, m);
	handover_prepare(p, m);
	member_resolve(p, m, false);
	handover_begin(p, m, now);
	demand_add(p, m);
	event_member(p, m);
	if (p->params.relay)
		relay_moved(p, m, &before);
	route_free(&before);
}

void resolve_all(struct proxy *p, usec_t now)
{
	struct member *m, *next;

	HASH_ITER (hh, p->members, m, next)
		resolve_again(p, m, now);
}
