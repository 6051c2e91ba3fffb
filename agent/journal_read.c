// SPDX-License-Identifier: GPL-2.0-or-later
/* What a former agent wrote down. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal_private.h"
#include "lib/log.h"
#include "proxy/state.h"

/* What a record is about. */
struct topic {
	struct {
		uint64_t kind, port;
		struct addr a, b;
	} key;
	const struct journal_record *last;
	UT_hash_handle hh;
};

static void set_topic(const struct journal_record *r, struct topic *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->key.port = r->port;
	ret->key.kind = r->kind == KIND_GONE ? KIND_MEMBER
			: r->kind == KIND_IN ? KIND_OUT
					     : r->kind;
	ret->key.a = r->group;
	ret->key.b = r->client;
	if (r->kind == KIND_IDENTITY)
		memcpy(ret->key.b.b, r->mac, ETH_ALEN);
	ret->last = r;
}

static void take_record(struct topic **topics, const struct journal_record *r)
{
	struct topic what, *t;

	set_topic(r, &what);
	HASH_FIND(hh, *topics, &what.key, sizeof(what.key), t);
	if (t) {
		HASH_DELETE(hh, *topics, t);
		free(t);
	}
	if (r->kind == KIND_GONE || r->kind == KIND_IN)
		return;
	t = xcalloc(1, sizeof(*t));
	*t = what;
	HASH_ADD(hh, *topics, key, sizeof(t->key), t);
}

static void restore(struct agent *agent, unsigned int port, const struct journal_record *r)
{
	struct neighbour neighbour = {.addr = r->group};
	struct proxy_membership what = {
		.group = r->group,
		.client = r->client,
		.generation = MIN(MAX(r->generation, 1), 3),
		.exclude = r->exclude,
		.sources = r->sources,
		.n_sources = (unsigned int)((r->size - sizeof(*r)) / sizeof(struct addr)),
	};

	memcpy(neighbour.mac, r->mac, ETH_ALEN);
	memcpy(what.mac, r->mac, ETH_ALEN);
	if (r->kind == KIND_MEMBER)
		proxy_restore(agent->proxy, port, &what, agent_now());
	else if (r->kind == KIND_IDENTITY)
		proxy_neighbour(agent->proxy, port, &neighbour, agent_now());
	else if (r->kind == KIND_OUT && agent->ports[port].slot >= 0)
		proxy_upstream_enable(agent->proxy, (unsigned int)agent->ports[port].slot, false,
				      agent_now());
}

/* Upstreams and addresses before the memberships that they matter to. */
static void restore_all(struct agent *agent, const struct topic *topics, bool members)
{
	for (const struct topic *t = topics; t; t = t->hh.next)
		for (unsigned int i = 0; i < agent->n_ports; i++)
			if (agent->ports[i].number == t->key.port &&
			    (t->key.kind == KIND_OUT || agent->ports[i].attached) &&
			    (t->key.kind == KIND_MEMBER) == members)
				restore(agent, i, t->last);
}

/* Records up to the first that is not whole: an agent crashed as it wrote. */
static void read_records(struct agent *agent, const char *text, size_t len)
{
	struct topic *topics = NULL, *t, *next;
	const struct journal_record *r;

	for (size_t at = sizeof(struct journal_header); at + sizeof(*r) <= len; at += r->size) {
		r = (const struct journal_record *)(text + at);
		if (r->size < sizeof(*r) || r->size > len - at ||
		    (r->size - sizeof(*r)) % sizeof(struct addr))
			break;
		take_record(&topics, r);
	}
	restore_all(agent, topics, false);
	restore_all(agent, topics, true);
	HASH_ITER (hh, topics, t, next) {
		HASH_DELETE(hh, topics, t);
		free(t);
	}
}

void journal_read(struct agent *agent, const char *path)
{
	_cleanup_close_ int fd = open_regular(path, O_RDONLY | O_NOFOLLOW);
	_cleanup_free_ char *text = NULL;
	struct journal_header header;
	struct stat st;
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0 || fstat(fd, &st))
		return;
	text = xcalloc(1, (size_t)st.st_size + 1);
	while (len < (size_t)st.st_size && (n = read(fd, text + len, (size_t)st.st_size - len)) > 0)
		len += (size_t)n;
	journal_fill_header(&header);
	if (len < sizeof(header) || memcmp(text, &header, sizeof(header)) != 0)
		return;
	read_records(agent, text, len);
	log_info("%zu memberships of a former agent", agent->proxy->members.n);
}
