/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hosts of each version say about their memberships (RFC 9776 sections 6.4 and 7.3). */
#include "proxy/internal.h"

/* Is each member's own word final, or may hosts hide behind another's report (RFC 2236 section 3)?
 */
static bool group_exact(const struct proxy *p, const struct group *g)
{
	enum fast_leave fast_leave = p->ports[g->key.port].settings.fast_leave;

	if (fast_leave == FAST_LEAVE_AUTO)
		return g->n_old == 0;
	return fast_leave == FAST_LEAVE_ON;
}

/* Does the record ask for anything, or only take back? */
static bool record_joins(const struct record *r)
{
	if (r->type == RECORD_IS_EX || r->type == RECORD_TO_EX)
		return true;
	return r->type != RECORD_BLOCK && r->n_sources;
}

/* RFC 4604 section 2.2.1: joins for any source are ignored where a source is needed. */
static bool ssm_refuses(struct proxy *p, struct proxy_port *port, const struct record *r)
{
	if (p->params.ssm_any_source || (r->type != RECORD_IS_EX && r->type != RECORD_TO_EX))
		return false;
	for (size_t i = 0; i < p->params.n_ssm_ranges; i++) {
		if (!prefix_match(&p->params.ssm_ranges[i], &r->group))
			continue;
		port_count(port, PORT_SSM_REFUSED);
		return true;
	}
	return false;
}

/* RFC 9776 section 7.3.2: what a client that lately spoke an older version cannot say. */
static bool older_ignores(const struct member *m, struct record *r)
{
	if (m->generation == 3)
		return false;
	if (r->type == RECORD_TO_EX)
		r->n_sources = 0;
	return r->type == RECORD_BLOCK || (m->generation == 1 && r->type == RECORD_TO_IN);
}

/* The membership that the record is about, made if it asks for something. */
static struct member *record_member(struct proxy *p, unsigned int port, const struct message *m,
				    const struct record *r, bool *joined)
{
	struct group *g = group_find(p, port, &r->group);
	struct member *member = g ? member_find(p, g, &m->source) : NULL;

	*joined = false;
	if (member || !record_joins(r))
		return member;
	*joined = true;
	return member_new(p, port, &r->group, &m->source);
}

static void record_apply(struct proxy *p, unsigned int index, const struct message *message,
			 struct record *r, usec_t now)
{
	struct proxy_port *port = &p->ports[index];
	struct query_need need = {0};
	struct querier *querier;
	struct member *m;
	bool joined;

	if (addr_is_link_local_group(&r->group) || ssm_refuses(p, port, r))
		return;
	m = record_member(p, index, message, r, &joined);
	if (!m || older_ignores(m, r))
		return;
	memcpy(m->client->mac, message->source_mac, ETH_ALEN);
	querier = group_querier(p, m->key.group);
	if (message->generation < 3) {
		m->older_until[message->generation - 1] = now + group_membership_interval(querier);
		member_set_generation(m, MIN(m->generation, message->generation));
	}
	m->leaving = false;
	demand_remove(p, m);
	member_apply(p, m, r, group_exact(p, m->key.group), now, &need);
	querier_check(p, m->key.group, &need, now);
	member_update(p, m, joined, now);
	free(need.sources);
}

/*
 * Older hosts keep silent when they hear another's report for the group (RFC 2236 section 3, RFC
 * 2710 section 4), so one such report keeps alive all older members of the group on the port.
 */
static void refresh_silent(struct proxy *p, struct group *g, usec_t now)
{
	usec_t expires = now + group_membership_interval(group_querier(p, g));
	struct member *m;

	DL_FOREACH (g->members, m) {
		if (m->generation == 3 || m->leaving || m->mode != MODE_EXCLUDE)
			continue;
		m->expires = expires;
		m->older_until[m->generation - 1] = expires;
		member_rearm(p, m);
	}
}

void clients_report(struct proxy *p, unsigned int port, const struct message *m, usec_t now)
{
	struct record record;
	struct group *g;
	size_t offset = 0;

	if (m->generation == 3) {
		while (message_next_record(m, &offset, &record))
			record_apply(p, port, m, &record, now);
		return;
	}
	/* RFC 9776 section 7.3.2: an older report is IS_EX{}. */
	record = (struct record){.type = RECORD_IS_EX, .group = m->group, .family = m->family};
	record_apply(p, port, m, &record, now);
	g = group_find(p, port, &m->group);
	if (g)
		refresh_silent(p, g, now);
}

void clients_asked(struct proxy *p, struct group *g, usec_t due)
{
	struct member *m;

	DL_FOREACH (g->members, m) {
		if (m->generation == 3)
			continue;
		m->expires = MIN(m->expires, due);
		member_rearm(p, m);
	}
}

void clients_leave(struct proxy *p, unsigned int index, const struct message *message, usec_t now)
{
	struct proxy_port *port = &p->ports[index];
	struct query_need need = {.group = true};
	struct group *g = group_find(p, index, &message->group);
	struct member *m;

	/* RFC 9776 section 7.3.2: an IGMPv1 host would not answer the query. */
	if (!g || g->n_v1)
		return;
	m = member_find(p, g, &message->source);
	if (m && m->generation == 3) {
		struct record r = {.type = RECORD_TO_IN, .group = m->key.group->key.group};

		record_apply(p, index, message, &r, now);
		return;
	}
	if (m && port->settings.fast_leave == FAST_LEAVE_ON) {
		member_end(p, m);
		return;
	}
	if (m)
		m->leaving = true;
	/* RFC 2236 section 3: only the querier asks; the others wait for its question. */
	if (!g->n_old || !group_querier(p, g)->elected)
		return;
	clients_asked(p, g, now + last_member_query_time(port));
	querier_check(p, g, &need, now);
}
