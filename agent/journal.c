// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "journal_private.h"
#include "lib/log.h"
#include "proxy/state.h"

#define RETRY (10 * USEC_PER_SEC)
/* The file is written anew when it holds this much more than what counts. */
#define SLACK 4096
/* As much is written in one piece. When more changes at once, the file is written anew. */
#define PIECE (1 << 20)

struct journal {
	char *path, *path_new; /* the latter until it is whole */
	int fd;		       /* -1: it could not be written */
	usec_t failed;
	char *text; /* not written yet */
	size_t len, size;
	size_t n_records; /* in the file */
	bool silent;	  /* nothing is noted: it is there already */
	bool stale;	  /* nor here: more than a piece has changed */
};

/* Zero bytes: what a structure leaves out says nothing of the memory that was there before. */
static void *reserve(struct journal *j, size_t size)
{
	void *room;

	if (j->len + size > j->size) {
		j->size = MAX(2 * j->size, j->len + size);
		j->text = xreallocarray(j->text, j->size, 1);
	}
	room = memset(j->text + j->len, 0, size);
	j->len += size;
	return room;
}

static struct journal_record *append(struct journal *j, enum kind kind, uint32_t port,
				     unsigned int served)
{
	size_t size = sizeof(struct journal_record) + served * sizeof(struct proxy_served);
	struct journal_record *r = reserve(j, size);

	r->size = (uint32_t)size;
	r->kind = kind;
	r->port = port;
	j->n_records++;
	return r;
}

static struct journal_record *append_member(struct agent *agent, const struct member *m,
					    enum kind kind, unsigned int served)
{
	uint32_t port = agent->ports[m->group->key.port].number;
	struct journal_record *r = append(agent->journal, kind, port, served);

	r->group = m->group->key.group;
	r->client = *member_addr(m);
	return r;
}

/* By member, which leaves its padding alone. */
static void note_source(struct proxy_served *ret, struct prefix source, upset upstreams, upset keep)
{
	ret->source.addr = source.addr;
	ret->source.family = source.family;
	ret->source.len = source.len;
	ret->upstreams = upstreams;
	ret->keep = keep;
}

static void note_served(const struct member *m, struct proxy_served *ret)
{
	for (unsigned int i = 0; i < m->n_sources; i++) {
		const struct source *s = &m->sources[i];

		if (source_listed(m, s))
			note_source(ret++, prefix_host(&s->addr), s->upstreams, s->keep);
	}
	for (unsigned int i = 0; i < m->n_carves; i++) {
		const struct carve *c = &m->extra->carves[i];

		note_source(ret++, c->source, c->upstreams, c->keep);
	}
}

static void note_member(struct agent *agent, const struct member *m)
{
	unsigned int n = m->n_carves;
	struct journal_record *r;

	for (unsigned int i = 0; i < m->n_sources; i++)
		n += source_listed(m, &m->sources[i]);
	r = append_member(agent, m, KIND_MEMBER, n);
	r->exclude = m->mode == MODE_EXCLUDE;
	r->generation = (uint8_t)m->generation;
	if (m->client)
		memcpy(r->mac, m->client->mac, ETH_ALEN);
	r->upstreams = m->upstreams;
	r->keep = member_keep(m);
	r->n_carves = m->n_carves;
	note_served(m, r->served);
}

static void note_address(struct agent *agent, const struct host_addr *a, enum kind kind)
{
	struct journal_record *r =
		append(agent->journal, kind, agent->ports[a->host->key.port].number, 0);

	memcpy(r->mac, a->host->key.mac, ETH_ALEN);
	r->group = a->addr;
}

void journal_event(struct agent *agent, const struct proxy_event *event)
{
	struct journal *j = agent->journal;

	if (!j || j->silent || j->stale)
		return;
	if (event->type <= PROXY_RESOLVED || event->type == PROXY_SETTLED)
		note_member(agent, event->member);
	else if (event->type == PROXY_LEAVE)
		append_member(agent, event->member, KIND_GONE, 0);
	else if (event->type == PROXY_IDENTITY)
		note_address(agent, event->address, KIND_IDENTITY);
	else if (event->type == PROXY_IDENTITY_GONE)
		note_address(agent, event->address, KIND_IDENTITY_GONE);
	j->stale = j->len > PIECE;
}

static bool is_out(const struct agent *agent, const struct agent_port *port)
{
	return agent->proxy->disabled >> port->slot & 1;
}

void journal_upstream(struct agent *agent, const struct agent_port *port)
{
	enum kind kind = is_out(agent, port) ? KIND_OUT : KIND_IN;

	if (agent->journal)
		append(agent->journal, kind, port->number, 0)->slot = (uint8_t)port->slot;
}

static void fail(struct journal *j, int error)
{
	if (!j->failed)
		log_error("%s: %s: a restart will not know the clients at once", j->path,
			  strerror(error));
	j->failed = agent_now();
	j->len = 0;
	if (j->fd >= 0)
		close(j->fd);
	j->fd = -1;
	unlink(j->path);
	unlink(j->path_new);
}

static void write_out(struct journal *j)
{
	size_t done = 0;

	while (j->fd >= 0 && done < j->len) {
		ssize_t n = write(j->fd, j->text + done, j->len - done);

		if (n < 0 && errno != EINTR)
			fail(j, errno);
		else if (n > 0)
			done += (size_t)n;
	}
	j->len = 0;
}

void journal_fill_header(struct journal_header *header)
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	memset(header, 0, sizeof(*header));
	strcpy(header->magic, MAGIC);
	if (file && !fgets(header->boot_id, sizeof(header->boot_id), file))
		*header->boot_id = '\0';
	if (file)
		fclose(file);
}

/* The oldest first; and of each host as well. */
static void note_identities(struct agent *agent, const struct identity *list)
{
	const struct identity *i;
	const struct host_addr *a;

	DL_FOREACH (list, i) {
		a = i->addrs;
		for (unsigned int n = i->n; n > 0; n--) {
			a = a->prev;
			note_address(agent, a, KIND_IDENTITY);
		}
	}
}

/* Its number may be another one's for the next agent. */
static void note_port(struct agent *agent, const struct agent_port *port)
{
	struct journal_record *r = append(agent->journal, KIND_PORT, port->number, 0);

	memcpy(&r->group, port->name, IFNAMSIZ);
}

static void note_all(struct agent *agent)
{
	const struct journal *j = agent->journal;
	const struct member *m;

	for (unsigned int k = 0; k < agent->n_ports; k++) {
		note_port(agent, &agent->ports[k]);
		if (agent->ports[k].slot >= 0)
			journal_upstream(agent, &agent->ports[k]);
		note_identities(agent, agent->proxy->ports[k].identities[0]);
		note_identities(agent, agent->proxy->ports[k].identities[1]);
	}
	for (m = member_first(agent->proxy); m && j->fd >= 0; m = member_following(m)) {
		note_member(agent, m);
		if (j->len > PIECE)
			write_out(agent->journal);
	}
}

/* A new file in the place of the old one. */
static void begin(struct agent *agent)
{
	struct journal *j = agent->journal;

	if (j->fd >= 0)
		close(j->fd);
	unlink(j->path_new);
	j->fd = open(j->path_new, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	j->len = j->n_records = 0;
	j->stale = false;
	if (j->fd < 0)
		return fail(j, errno);
	journal_fill_header(reserve(j, sizeof(struct journal_header)));
	note_all(agent);
	write_out(j);
	if (j->fd >= 0 && rename(j->path_new, j->path))
		fail(j, errno);
	if (j->fd >= 0)
		j->failed = 0;
}

void journal_flush(struct agent *agent)
{
	struct journal *j = agent->journal;
	size_t live;

	if (!j)
		return;
	if (j->fd < 0) {
		j->len = 0;
		if (agent_now() > j->failed + RETRY)
			begin(agent);
		return;
	}
	if (!j->stale)
		write_out(j);
	live = agent->proxy->members.n + agent->proxy->host_addrs.n;
	if (j->stale || j->n_records > 2 * live + SLACK)
		begin(agent);
}

/* ---- life ---- */

static char *path_of(const char *socket, const char *end)
{
	char *path;

	return asprintf(&path, "%s.state%s", socket, end) < 0 ? xstrdup("") : path;
}

void journal_open(struct agent *agent, const char *socket)
{
	struct journal *j = agent->journal = xcalloc(1, sizeof(*j));

	j->path = path_of(socket, "");
	j->path_new = path_of(socket, ".new");
	j->fd = -1;
	j->silent = true;
	journal_read(agent, j->path);
	j->silent = false;
	begin(agent);
}

void journal_close(struct agent *agent)
{
	struct journal *j = agent->journal;

	if (!j)
		return;
	journal_flush(agent);
	if (j->fd >= 0)
		close(j->fd);
	free(j->text);
	free(j->path);
	free(j->path_new);
	free(j);
	agent->journal = NULL;
}

void journal_remove(const char *socket)
{
	_cleanup_free_ char *path = path_of(socket, ""), *path_new = path_of(socket, ".new");

	unlink(path);
	unlink(path_new);
}
