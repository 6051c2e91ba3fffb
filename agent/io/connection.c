// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/connection.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "io/request.h"
#include "lib/util.h"
#include "mupi/control.h"

/* A client that has this much unread gets no further answer until it reads. */
#define MAX_UNREAD     (64 * 1024)
/* No answers to those who may only read while so much is unread by all together. */
#define MAX_UNREAD_ALL (64 * 1024 * 1024)
/* So many long answers at a time for those who may only read: each remembers what it has to say. */
#define MAX_LISTS      8
/* So much is read at most before it is taken. */
#define MAX_INPUT      (64 * 1024)
/* So much of a list is said at a time. */
#define LIST_PIECE     (16 * 1024)
/* Of events that a follower has not read yet; it is told of the rest only that it missed them. */
#define MAX_EVENTS     (1024 * 1024)
/* Seconds: for a whole request, and from the connection to the first; between requests; for a
 * client that reads nothing; for one that is to be closed but still sends. */
#define REQUEST_TIME   30
#define IDLE_TIME      600
#define WRITE_TIME     10
#define LINGER_TIME    5

struct connection {
	struct connection *next;
	struct connection **link; /* what points here */
	struct connections *all;
	struct bufferevent *bev;
	struct event *deadline;
	struct connection *behind; /* whose turn is the next */
	bool queued;		   /* waits for its turn */
	bool may_write;
	uid_t user;
	bool eof;		  /* sends nothing more, may wait for answers */
	bool following;		  /* is told events */
	bool closing;		  /* what it still sends is thrown away */
	char *request;		  /* what is there of it, not yet a line */
	size_t len, size;	  /* of that; allocated */
	uint64_t missed;	  /* events, since it was told of the last */
	struct control_list list; /* that is being said; `next` NULL: none */
	bool prepared;		  /* as far as its first element */
	bool begun;		  /* an element of it is, or of the one within */
	bool within;		  /* the array of an element is being said */
};

static void forget_request(struct connection *c)
{
	free(c->request);
	c->request = NULL;
	c->len = c->size = 0;
	if (c->all->large == c)
		c->all->large = NULL;
}

static void forget_list(struct connection *c)
{
	if (!c->list.next)
		return;
	c->list.end(c->list.state);
	c->list.next = NULL;
	c->all->n_lists -= !c->may_write;
}

static void end(struct connection *c)
{
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	c->all->n--;
	if (c->queued)
		LL_DELETE2(c->all->queue, c, behind);
	forget_request(c);
	forget_list(c);
	c->all->n_followers -= c->following;
	event_free(c->deadline);
	bufferevent_free(c->bev);
	free(c);
}

static void set_deadline(struct connection *c, time_t seconds)
{
	evtimer_add(c->deadline, &(struct timeval){.tv_sec = seconds});
}

static size_t unread(const struct connection *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

static int append(const char *buffer, size_t size, void *out)
{
	return evbuffer_add(out, buffer, size);
}

/* Steals `json`. */
static void say_json(struct connection *c, json_t *json, size_t flags)
{
	json_dump_callback(json, append, bufferevent_get_output(c->bev),
			   JSON_COMPACT | JSON_ENCODE_ANY | flags);
	json_decref(json);
}

static void say_text(struct connection *c, const char *text)
{
	evbuffer_add(bufferevent_get_output(c->bev), text, strlen(text));
}

static void say(struct connection *c, json_t *json)
{
	if (!json)
		return;
	say_json(c, json, 0);
	say_text(c, "\n");
}

/* ---- long answers ---- */

static void begin_list(struct connection *c, const struct control_list *list)
{
	c->list = *list;
	c->all->n_lists += !c->may_write;
	c->prepared = c->begun = c->within = false;
	say_text(c, "{\"result\":");
}

static void begin_array(struct connection *c)
{
	if (c->list.key)
		say_text(c, "{");
	if (c->list.head) {
		say_json(c, c->list.head(c->list.state), JSON_EMBED);
		say_text(c, ",");
	}
	if (c->list.key)
		evbuffer_add_printf(bufferevent_get_output(c->bev), "\"%s\":", c->list.key);
	say_text(c, "[");
	c->prepared = true;
}

static void end_list(struct connection *c)
{
	const char *why = c->list.broken ? c->list.broken(c->list.state) : NULL;

	say_text(c, c->list.key ? "]}" : "]");
	if (why) {
		say_text(c, ",");
		say_json(c, control_error(1, "%s", why), JSON_EMBED);
	}
	say_text(c, "}\n");
	forget_list(c);
}

static void begin_inner(struct connection *c, json_t *object)
{
	say_text(c, "{");
	say_json(c, object, JSON_EMBED);
	evbuffer_add_printf(bufferevent_get_output(c->bev), ",\"%s\":[", c->list.inner_key);
	c->within = true;
	c->begun = false;
}

static void end_inner(struct connection *c)
{
	say_text(c, "]}");
	c->within = false;
	c->begun = true;
}

/* Steals `element`, of the list, or of the array of its last element. */
static void say_element(struct connection *c, json_t *element)
{
	if (c->begun)
		say_text(c, ",");
	c->begun = true;
	if (c->list.inner && !c->within)
		begin_inner(c, element);
	else
		say_json(c, element, 0);
}

/* False: others have their turn first, or that was all. */
static bool say_next(struct connection *c)
{
	json_t *element = c->within ? c->list.inner(c->list.state) : c->list.next(c->list.state);
	bool none_yet = json_is_null(element);

	if (none_yet)
		say_text(c, " "); /* as below */
	else if (element)
		say_element(c, element);
	else if (c->within)
		end_inner(c);
	else
		end_list(c);
	return c->list.next && !none_yet;
}

static void say_piece(struct connection *c)
{
	size_t before = unread(c);

	if (c->list.prepare) {
		if (!c->list.prepare(c->list.state))
			c->list.prepare = NULL;
		/* A blank where JSON may have some: an agent that is silent for long seems stuck.
		 */
		say_text(c, " ");
		return;
	}
	if (!c->prepared)
		begin_array(c);
	while (unread(c) < before + LIST_PIECE && say_next(c))
		;
}

/* ---- the end ---- */

static void throw_input_away(struct connection *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);

	evbuffer_drain(in, evbuffer_get_length(in));
	forget_request(c);
}

/*
 * Say why, and hang up. The socket stays open until the client hangs up too, for a while: to close
 * it under a client that is still sending would take the last words from it.
 */
static void hang_up(struct connection *c, json_t *why)
{
	say(c, why);
	c->closing = true;
	throw_input_away(c);
	set_deadline(c, LINGER_TIME);
}

static void on_deadline(evutil_socket_t fd, short what, void *ctx)
{
	struct connection *c = ctx;

	(void)fd;
	(void)what;
	if (c->closing)
		end(c);
	else if (unread(c) || c->list.next)
		set_deadline(c, REQUEST_TIME);
	else
		hang_up(c, control_error(1, "no whole request in time"));
}

/* ---- requests ---- */

static size_t longest_request(const struct connection *c)
{
	return c->may_write ? MUPI_CONTROL_MAX_REQUEST : MUPI_CONTROL_MAX_READ_REQUEST;
}

/* Is the request too long, or a large one beside another? Then the connection is done with. */
static bool refuse_long(struct connection *c, size_t len)
{
	struct connections *all = c->all;

	if (len > longest_request(c))
		hang_up(c,
			control_error(2, "request is longer than %zu bytes", longest_request(c)));
	else if (len > MUPI_CONTROL_LARGE_REQUEST && all->large && all->large != c)
		hang_up(c, control_error(1, "another large request is being read, try again"));
	else if (len > MUPI_CONTROL_LARGE_REQUEST)
		all->large = c;
	return c->closing;
}

static bool too_much_unread(const struct connections *all)
{
	size_t sum = 0;

	for (const struct connection *c = all->list; c; c = c->next)
		sum += unread(c);
	return sum > MAX_UNREAD_ALL;
}

/* Whoever follows is no longer expected to ask, nor to read in time. */
static void begin_following(struct connection *c)
{
	c->following = true;
	c->all->n_followers++;
	evtimer_del(c->deadline);
	bufferevent_set_timeouts(c->bev, NULL, NULL);
	throw_input_away(c);
}

static void serve_line(struct connection *c)
{
	_cleanup_free_ char *line = TAKE_PTR(c->request);
	struct control_request request = {.may_write = c->may_write,
					  .no_list = !c->may_write && c->all->n_lists >= MAX_LISTS};
	size_t len = c->len - 1;
	json_t *answer;

	line[len] = 0;
	forget_request(c);
	if (!c->may_write && too_much_unread(c->all))
		answer =
			control_error(1, "too many answers are unread by other clients, try again");
	else
		answer = request_answer(c->all->handler, c->all->ctx, line, len, &request);
	/* However long it took, the time to read the answer begins now. */
	event_base_update_cache_time(c->all->base);
	set_deadline(c, IDLE_TIME);
	say(c, answer);
	if (request.list.next)
		begin_list(c, &request.list);
	if (request.follow)
		begin_following(c);
}

/*
 * Input becomes part of the request, up to the end of a line. Taken out at once, it is searched
 * once, however long the request gets. Is the line complete?
 */
static bool take_input(struct connection *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	ssize_t eol = evbuffer_search_eol(in, NULL, NULL, EVBUFFER_EOL_LF).pos;
	size_t n = eol < 0 ? evbuffer_get_length(in) : (size_t)eol + 1;

	if (n && !c->len)
		set_deadline(c, REQUEST_TIME);
	if (c->len + n > c->size) {
		c->size = MAX(c->len + n, 2 * c->size);
		c->request = xreallocarray(c->request, c->size, 1);
	}
	if (n)
		evbuffer_remove(in, c->request + c->len, n);
	c->len += n;
	return eol >= 0;
}

/* The input, up to one request. */
static void serve_input(struct connection *c)
{
	bool complete = take_input(c);

	if (refuse_long(c, c->len - complete))
		return;
	if (complete)
		serve_line(c);
	else if (c->eof)
		hang_up(c, c->len ? control_error(2, "the request has no end of line") : NULL);
}

/* ---- turns ---- */

/*
 * One connection has its turn, then the data path, then the next: however many ask for much, they
 * keep no packet waiting longer than one of them. A timer: libevent runs dozens of deferred
 * callbacks before it looks at other sockets.
 */
static void next_turn(struct connections *all)
{
	static const struct timeval at_once;

	if (all->queue)
		event_add(all->turn, &at_once);
}

static void queue_up(struct connection *c)
{
	if (c->queued)
		return;
	c->queued = true;
	LL_APPEND2(c->all->queue, c, behind);
	next_turn(c->all);
}

/*
 * One request, or a piece of an answer; nothing while the last answers lie unread, so that a client
 * that does not read cannot grow our memory.
 */
static void serve_next(struct connection *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);

	if (unread(c) > MAX_UNREAD) {
		/* Not only left alone: libevent calls again and again while its input is full. */
		bufferevent_disable(c->bev, EV_READ);
		return;
	}
	if (c->list.next)
		say_piece(c);
	else
		serve_input(c);
	if (!c->closing && (c->list.next || evbuffer_get_length(in) || c->eof))
		queue_up(c);
}

static void serve(struct connection *c)
{
	if (c->following && c->eof)
		hang_up(c, NULL);
	else if (c->closing || c->following)
		throw_input_away(c);
	else
		serve_next(c);
	if (c->closing && c->eof && !unread(c))
		end(c);
}

static void on_turn(evutil_socket_t fd, short what, void *ctx)
{
	struct connections *all = ctx;
	struct connection *c = all->queue;

	(void)fd;
	(void)what;
	if (!c)
		return;
	LL_DELETE2(all->queue, c, behind);
	c->queued = false;
	serve(c);
	next_turn(all);
}

/* ---- events ---- */

static void tell_missed(struct connection *c)
{
	if (c->missed)
		say(c, json_pack("{s:s, s:I}", "event", "missed", "count", (json_int_t)c->missed));
	c->missed = 0;
}

/* Once something was missed, half of the room must be free before it goes on. */
static void tell(struct connection *c, const char *line, size_t len)
{
	if (unread(c) + len > (c->missed ? MAX_EVENTS / 2 : MAX_EVENTS)) {
		c->missed++;
		return;
	}
	tell_missed(c);
	evbuffer_add(bufferevent_get_output(c->bev), line, len);
}

void connections_tell(struct connections *all, const char *line, size_t len)
{
	for (struct connection *c = all->list; c; c = c->next)
		if (c->following && !c->closing)
			tell(c, line, len);
}

/* ---- callbacks of the connection ---- */

static void on_read(struct bufferevent *bev, void *ctx)
{
	(void)bev;
	queue_up(ctx);
}

/* All output is sent. */
static void on_write(struct bufferevent *bev, void *ctx)
{
	struct connection *c = ctx;

	if (c->closing && c->eof) {
		end(c);
	} else if (c->closing) {
		shutdown(bufferevent_getfd(bev), SHUT_WR);
	} else if (c->following) {
		tell_missed(c);
	} else {
		bufferevent_enable(bev, c->eof || c->all->deaf ? 0 : EV_READ);
		queue_up(c);
	}
}

static void on_event(struct bufferevent *bev, short what, void *ctx)
{
	struct connection *c = ctx;

	(void)bev;
	if (!(what & BEV_EVENT_EOF) || (what & (BEV_EVENT_ERROR | BEV_EVENT_WRITING))) {
		end(c);
		return;
	}
	c->eof = true;
	queue_up(c);
}

/* ---- life ---- */

void connection_new(struct connections *all, int fd, bool may_write, uid_t user)
{
	const struct timeval write_time = {.tv_sec = WRITE_TIME};
	struct connection *c = xcalloc(1, sizeof(*c));

	c->all = all;
	c->may_write = may_write;
	c->user = user;
	c->bev = bufferevent_socket_new(all->base, fd, BEV_OPT_CLOSE_ON_FREE);
	c->deadline = evtimer_new(all->base, on_deadline, c);
	if (!all->turn)
		all->turn = evtimer_new(all->base, on_turn, all);
	c->next = all->list;
	c->link = &all->list;
	if (c->next)
		c->next->link = &c->next;
	all->list = c;
	all->n++;
	bufferevent_setcb(c->bev, on_read, on_write, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, MAX_INPUT);
	bufferevent_set_timeouts(c->bev, NULL, &write_time);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	set_deadline(c, REQUEST_TIME);
}

unsigned int connections_of(const struct connections *all, uid_t user)
{
	unsigned int n = 0;

	for (const struct connection *c = all->list; c; c = c->next)
		n += c->user == user;
	return n;
}

void connections_deafen(struct connections *all)
{
	all->deaf = true;
	for (struct connection *c = all->list; c; c = c->next)
		bufferevent_disable(c->bev, EV_READ);
}

void connections_close(struct connections *all)
{
	while (all->list) {
		struct connection *c = all->list;
		struct evbuffer *out = bufferevent_get_output(c->bev);

		/* libevent guards its buffer against foreign writers: thaw its head. */
		evbuffer_unfreeze(out, 1);
		evbuffer_write(out, bufferevent_getfd(c->bev));
		end(c);
	}
	if (all->turn)
		event_free(all->turn);
	all->turn = NULL;
}
