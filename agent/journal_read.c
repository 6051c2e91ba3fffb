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
	char *text; /* records, one after the other, all of them sound */
	size_t len, n_records;
	uint32_t numbers[MUPI_MAX_PORTS];    /* of our ports, what they were; 0: none of them */
	upset upstreams[MURT_MAX_UPSTREAMS]; /* by the former slot: that of now, or none */
};

/* A record that a later one has made void. */
#define KIND_VOID 0

static struct journal_record *record_at(const struct reader *reader, size_t at)
{
	return (struct journal_record *)(reader->text + at);
}

static int topic_kind(const struct journal_record *r)
{
	switch (r->kind) {
	case KIND_GONE:
		return KIND_MEMBER;
	case KIND_IDENTITY_GONE:
		return KIND_IDENTITY;
	case KIND_IN:
		return KIND_OUT;
	default:
		return r->kind;
	}
}

static bool same_topic(const struct journal_record *a, const struct journal_record *b)
{
	return topic_kind(a) == topic_kind(b) && a->port == b->port &&
	       addr_eq(&a->group, &b->group) && addr_eq(&a->client, &b->client) &&
	       (topic_kind(a) != KIND_IDENTITY || !memcmp(a->mac, b->mac, ETH_ALEN));
}

/* The proxy's secret keeps strangers from choosing addresses that collide. */
static uint32_t hash_topic(const struct reader *reader, const struct journal_record *r)
{
	const struct hashtable *secret = &reader->agent->proxy->host_addrs;
	struct addr who = r->client;

	if (topic_kind(r) == KIND_IDENTITY)
		memcpy(who.b, r->mac, ETH_ALEN);
	return (uint32_t)(hash_words(hash_addr(secret, &r->group) + r->port,
				     hash_addr(secret, &who)) >>
			  32);
}

/* The last record so far of a topic: at its hash, or in the first place behind that was free. */
struct place {
	uint32_t hash;
	uint32_t at; /* where the record is, in words, and 1; 0: free */
};
#define WORD sizeof(uint64_t)
_Static_assert(sizeof(struct journal_record) % WORD == 0 && sizeof(struct proxy_served) % WORD == 0,
	       "records begin at words");

/* Of the record's topic, or free. */
static struct place *find_place(const struct reader *reader, struct place *places, size_t n,
				uint32_t hash, const struct journal_record *r)
{
	size_t i = hash & (n - 1);

	while (places[i].at && (places[i].hash != hash ||
				!same_topic(record_at(reader, (places[i].at - 1) * WORD), r)))
		i = (i + 1) & (n - 1);
	return &places[i];
}

/* All but the last of each topic. A sort would take a fifth of a restart's time. */
static void void_records(struct reader *reader)
{
	_cleanup_free_ struct place *places = NULL;
	struct journal_record *r;
	size_t n = 2;

	while (n < 2 * reader->n_records)
		n *= 2;
	places = xcalloc(n, sizeof(*places));
	for (size_t at = 0; at < reader->len; at += r->size) {
		uint32_t hash;
		struct place *place;

		r = record_at(reader, at);
		hash = hash_topic(reader, r);
		place = find_place(reader, places, n, hash, r);
		if (place->at)
			record_at(reader, (place->at - 1) * WORD)->kind = KIND_VOID;
		*place = (struct place){hash, (uint32_t)(at / WORD + 1)};
	}
}

/* An interface is the same port, whatever its number. */
static void restore_port(struct reader *reader, const struct journal_record *r)
{
	for (unsigned int i = 0; i < reader->agent->n_ports; i++) {
		if (!memcmp(reader->agent->ports[i].name, &r->group, IFNAMSIZ))
			reader->numbers[i] = r->port;
		else if (reader->numbers[i] == r->port)
			reader->numbers[i] = 0;
	}
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

/* Ports first, upstreams and addresses before the memberships that they matter to; static joins are
 * there. */
enum turn { TURN_PORTS, TURN_OTHERS, TURN_STATICS, TURN_CLIENTS, N_TURNS };

static enum turn turn_of(const struct journal_record *r)
{
	if (r->kind == KIND_PORT)
		return TURN_PORTS;
	if (r->kind != KIND_MEMBER)
		return TURN_OTHERS;
	return addr_is_none(&r->client) ? TURN_STATICS : TURN_CLIENTS;
}

static void restore_all(struct reader *reader, enum turn turn)
{
	const struct agent *agent = reader->agent;
	const struct journal_record *r;

	for (size_t at = 0; at < reader->len; at += r->size) {
		r = record_at(reader, at);
		if (turn_of(r) != turn)
			continue;
		if (turn == TURN_PORTS)
			restore_port(reader, r);
		for (unsigned int i = 0; turn != TURN_PORTS && i < agent->n_ports; i++)
			if (reader->numbers[i] == r->port)
				restore(reader, i, r);
	}
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
static void read_records(struct reader *reader, size_t len)
{
	const struct journal_record *r;

	while (reader->len + sizeof(*r) <= len) {
		r = record_at(reader, reader->len);
		if (!is_whole(r, len - reader->len) || !is_sound(r))
			break;
		reader->len += r->size;
		reader->n_records++;
	}
	void_records(reader);
	for (enum turn turn = 0; turn < N_TURNS; turn++)
		restore_all(reader, turn);
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
	_cleanup_close_ int fd = open_own(path, O_RDONLY);
	_cleanup_free_ char *text = NULL;
	struct reader reader = {.agent = agent};
	struct stat st;
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0 && fd != -ENOENT)
		log_warning("%s: %s: clients of a former agent are not known", path,
			    open_strerror(fd));
	if (fd < 0 || fstat(fd, &st))
		return;
	/* Else its size says nothing. */
	if (!is_of_this_boot(fd))
		return;
	text = xcalloc(1, (size_t)st.st_size);
	while (len < (size_t)st.st_size && (n = read(fd, text + len, (size_t)st.st_size - len)) > 0)
		len += (size_t)n;
	/* A journal of an older agent does not say. */
	for (unsigned int i = 0; i < agent->n_ports; i++)
		reader.numbers[i] = agent->ports[i].number;
	reader.text = text;
	read_records(&reader, len);
	log_info("%zu memberships of a former agent", agent->proxy->members.n);
}
