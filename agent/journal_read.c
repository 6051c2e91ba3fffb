// SPDX-License-Identifier: GPL-2.0-or-later
/* What a former agent wrote down. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal_private.h"
#include "lib/log.h"
#include "proxy/state.h"

struct reader {
	struct agent *agent;
	struct topic *topics;
	upset upstreams[MURT_MAX_UPSTREAMS]; /* by the former slot: that of now, or none */
};

/* What a record is about. */
struct topic {
	struct {
		uint64_t kind, port;
		struct addr a, b;
	} key;
	const struct journal_record *last;
	UT_hash_handle hh;
};

static enum kind topic_kind(enum kind kind)
{
	switch (kind) {
	case KIND_GONE:
		return KIND_MEMBER;
	case KIND_IDENTITY_GONE:
		return KIND_IDENTITY;
	case KIND_IN:
		return KIND_OUT;
	default:
		return kind;
	}
}

static void set_topic(const struct journal_record *r, struct topic *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->key.port = r->port;
	ret->key.kind = topic_kind((enum kind)r->kind);
	ret->key.a = r->group;
	ret->key.b = r->client;
	if (ret->key.kind == KIND_IDENTITY)
		memcpy(ret->key.b.b, r->mac, ETH_ALEN);
	ret->last = r;
}

static void take_record(struct reader *reader, const struct journal_record *r)
{
	struct topic what, *t;

	set_topic(r, &what);
	HASH_FIND(hh, reader->topics, &what.key, sizeof(what.key), t);
	if (t) {
		HASH_DELETE(hh, reader->topics, t);
		free(t);
	}
	if (r->kind == KIND_GONE || r->kind == KIND_IDENTITY_GONE)
		return;
	t = xcalloc(1, sizeof(*t));
	*t = what;
	HASH_ADD(hh, reader->topics, key, sizeof(t->key), t);
}

static void restore_upstream(struct reader *reader, const struct agent_port *port,
			     const struct journal_record *r)
{
	if (port->slot < 0 || r->slot >= MURT_MAX_UPSTREAMS)
		return;
	reader->upstreams[r->slot] = 1ULL << port->slot;
	if (r->kind == KIND_OUT)
		proxy_upstream_enable(reader->agent->proxy, (unsigned int)port->slot, false,
				      agent_now());
}

static void restore_identity(struct reader *reader, unsigned int port,
			     const struct journal_record *r)
{
	struct neighbour neighbour = {.addr = r->group};

	memcpy(neighbour.mac, r->mac, ETH_ALEN);
	proxy_neighbour(reader->agent->proxy, port, &neighbour, agent_now());
}

/* Those that are still there. */
static upset upstreams_now(const struct reader *reader, upset former)
{
	upset now = 0;

	for (upset rest = former; rest; rest &= rest - 1)
		now |= reader->upstreams[__builtin_ctzll(rest)];
	return now;
}

static unsigned int count_served(const struct journal_record *r)
{
	return (unsigned int)((r->size - sizeof(*r)) / sizeof(*r->served));
}

static void restore_member(struct reader *reader, unsigned int port, const struct journal_record *r)
{
	unsigned int n = count_served(r);
	_cleanup_free_ struct proxy_served *served = xcalloc(n + 1, sizeof(*served));
	struct proxy_membership what = {
		.group = r->group,
		.client = r->client,
		.generation = MIN(MAX(r->generation, 1), 3),
		.exclude = r->exclude,
		.upstreams = upstreams_now(reader, r->upstreams),
		.keep = upstreams_now(reader, r->keep),
		.sources = served,
		.n_sources = n - r->n_carves,
		.carves = served + n - r->n_carves,
		.n_carves = r->n_carves,
	};

	memcpy(what.mac, r->mac, ETH_ALEN);
	for (unsigned int i = 0; i < n; i++) {
		served[i].source = r->served[i].source;
		served[i].upstreams = upstreams_now(reader, r->served[i].upstreams);
		served[i].keep = upstreams_now(reader, r->served[i].keep);
	}
	proxy_restore(reader->agent->proxy, port, &what, agent_now());
}

static void restore(struct reader *reader, unsigned int port, const struct journal_record *r)
{
	const struct agent_port *p = &reader->agent->ports[port];

	if (r->kind == KIND_OUT || r->kind == KIND_IN)
		restore_upstream(reader, p, r);
	else if (r->kind == KIND_IDENTITY && p->attached)
		restore_identity(reader, port, r);
	else if (r->kind == KIND_MEMBER && p->attached)
		restore_member(reader, port, r);
}

/* Upstreams and addresses before the memberships that they matter to; static joins are there. */
enum turn { TURN_OTHERS, TURN_STATICS, TURN_CLIENTS, N_TURNS };

static enum turn turn_of(const struct journal_record *r)
{
	if (r->kind != KIND_MEMBER)
		return TURN_OTHERS;
	return addr_is_none(&r->client) ? TURN_STATICS : TURN_CLIENTS;
}

static void restore_all(struct reader *reader, enum turn turn)
{
	const struct agent *agent = reader->agent;

	for (const struct topic *t = reader->topics; t; t = t->hh.next)
		for (unsigned int i = 0; i < agent->n_ports; i++)
			if (agent->ports[i].number == t->key.port && turn_of(t->last) == turn)
				restore(reader, i, t->last);
}

static bool is_whole(const struct journal_record *r, size_t room)
{
	return r->size >= sizeof(*r) && r->size <= room &&
	       (r->size - sizeof(*r)) % sizeof(*r->served) == 0 && r->n_carves <= count_served(r);
}

/* The proxy relies on what a decoder would have refused. */
static bool is_sound(const struct journal_record *r)
{
	enum family family = addr_family(&r->group);

	if (r->kind != KIND_MEMBER)
		return true;
	if (!addr_is_multicast(&r->group) ||
	    (!addr_is_none(&r->client) && addr_family(&r->client) != family))
		return false;
	for (unsigned int i = 0; i < count_served(r); i++)
		if (addr_family(&r->served[i].source.addr) != family)
			return false;
	return true;
}

/* Records up to the first that is not whole: an agent crashed as it wrote. */
static void read_records(struct reader *reader, const char *text, size_t len)
{
	const struct journal_record *r;
	struct topic *t, *next;

	for (size_t at = 0; at + sizeof(*r) <= len; at += r->size) {
		r = (const struct journal_record *)(text + at);
		if (!is_whole(r, len - at) || !is_sound(r))
			break;
		take_record(reader, r);
	}
	for (enum turn turn = 0; turn < N_TURNS; turn++)
		restore_all(reader, turn);
	HASH_ITER (hh, reader->topics, t, next) {
		HASH_DELETE(hh, reader->topics, t);
		free(t);
	}
}

/* And of this version. */
static bool is_of_this_boot(int fd)
{
	struct journal_header header, found;

	journal_fill_header(&header);
	return read(fd, &found, sizeof(found)) == sizeof(found) &&
	       !memcmp(&found, &header, sizeof(header));
}

void journal_read(struct agent *agent, const char *path)
{
	_cleanup_close_ int fd = open_regular(path, O_RDONLY | O_NOFOLLOW);
	_cleanup_free_ char *text = NULL;
	struct reader reader = {.agent = agent};
	struct stat st;
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0 || fstat(fd, &st))
		return;
	/* Else its size says nothing. */
	if (!is_of_this_boot(fd))
		return;
	text = xcalloc(1, (size_t)st.st_size);
	while (len < (size_t)st.st_size && (n = read(fd, text + len, (size_t)st.st_size - len)) > 0)
		len += (size_t)n;
	read_records(&reader, text, len);
	log_info("%zu memberships of a former agent", agent->proxy->members.n);
}
