// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as what clients of the control socket do: each event is a byte that names the client
 * and what it does, and for most one more. Whatever they do, each line that comes back is JSON of
 * the protocol, and when they are gone nothing of them is left.
 */
#include <event2/event.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "io/connection.h"

#define N_CLIENTS 3
#define FLOOD	  512 /* bytes for each that the input asks for */

struct client {
	int fd; /* -1: not connected */
	char *heard;
	size_t n, capacity;
};

struct setting {
	struct connections all;
	struct client clients[N_CLIENTS];
	const uint8_t *data;
	size_t len;
	unsigned int lists; /* that are not ended */
};

struct list {
	struct setting *setting;
	unsigned int left, to_prepare;
	unsigned int inner_left; /* of the last element's */
};

static uint8_t take_byte(struct setting *s)
{
	if (!s->len)
		return 0;
	s->len--;
	return *s->data++;
}

/* ---- the agent ------------------------------------------------------------------------------ */

static struct list *new_list(struct setting *s)
{
	struct list *list = xcalloc(1, sizeof(*list));

	s->lists++;
	*list = (struct list){.setting = s, .left = 3000, .to_prepare = 3};
	return list;
}

static bool prepare_some(void *state)
{
	struct list *list = state;

	return --list->to_prepare;
}

static json_t *next_element(void *state)
{
	struct list *list = state;

	CHECK(!list->to_prepare);
	return list->left-- ? json_string("an element, one of many that make a long answer") : NULL;
}

static json_t *next_object(void *state)
{
	struct list *list = state;

	CHECK(!list->inner_left);
	list->inner_left = list->left % 5 * 300;
	return list->left-- > 2990 ? json_pack("{si}", "n", (int)list->left) : NULL;
}

static json_t *next_inner(void *state)
{
	struct list *list = state;

	return list->inner_left ? json_integer(list->inner_left--) : NULL;
}

static void end_list(void *state)
{
	struct list *list = state;

	list->setting->lists--;
	free(list);
}

static json_t *on_request(void *ctx, struct control_request *request)
{
	struct setting *s = ctx;
	static char big[70000];

	CHECK(request->command && json_is_object(request->args) && !request->follow);
	switch (*request->command) {
	case 'm':
		request->follow = true;
		return control_result(json_object());
	case 'b':
		memset(big, 'b', sizeof(big));
		return control_result(json_stringn(big, sizeof(big)));
	case 'l':
		request->list = (struct control_list){.prepare = prepare_some,
						      .next = next_element,
						      .end = end_list,
						      .state = new_list(s),
						      .key = "l"};
		return NULL;
	case 'o':
		request->list = (struct control_list){.next = next_object,
						      .inner = next_inner,
						      .end = end_list,
						      .state = new_list(s),
						      .inner_key = "i"};
		return NULL;
	case 'e':
		return control_error(1, "no '%s'", request->command);
	case 'p':
		for (int i = 0; i < 100; i++)
			connections_tell(&s->all, "{\"event\":1}\n", 12);
		return control_result(json_null());
	case 'n':
		return NULL;
	default:
		return control_result(json_incref(request->args));
	}
}

/* ---- the clients ---------------------------------------------------------------------------- */

static void check_line(const char *line, size_t len)
{
	json_error_t error;
	json_t *json = json_loadb(line, len, 0, &error);

	if (!json)
		FAIL("a line is no JSON: %s", error.text);
	CHECK(json_object_size(json) >= 1 && json_object_size(json) <= 2);
	CHECK(json_object_get(json, "result") || json_object_get(json, "event") ||
	      (json_string_value(json_object_get(json, "error")) &&
	       !strchr(json_string_value(json_object_get(json, "error")), '\n') &&
	       json_is_integer(json_object_get(json, "exit"))));
	json_decref(json);
}

static void check_heard(struct client *c)
{
	size_t at = 0;
	char *end;

	while (at < c->n && (end = memchr(c->heard + at, '\n', c->n - at))) {
		size_t len = (size_t)(end - c->heard) + 1 - at;

		check_line(c->heard + at, len);
		at += len;
	}
	c->n -= at;
	if (c->n)
		memmove(c->heard, c->heard + at, c->n);
}

static void hang_up(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->heard);
	*c = (struct client){.fd = -1};
}

static void keep(struct client *c, const char *bytes, size_t n)
{
	if (c->n + n > c->capacity) {
		c->capacity = 2 * (c->n + n);
		c->heard = xreallocarray(c->heard, c->capacity, 1);
	}
	memcpy(c->heard + c->n, bytes, n);
	c->n += n;
}

static void hear(struct client *c)
{
	static char bytes[65536];
	ssize_t n;

	while ((n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		keep(c, bytes, (size_t)n);
	check_heard(c);
	if (!n)
		hang_up(c);
}

static void call(struct setting *s, struct client *c, bool may_write)
{
	int fds[2];

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds));
	c->fd = fds[0];
	connection_new(&s->all, fds[1], may_write, 0);
}

static void say(struct setting *s, struct client *c)
{
	size_t wanted = take_byte(s), len = MIN(wanted, s->len);

	send(c->fd, s->data, len, MSG_NOSIGNAL);
	s->data += len;
	s->len -= len;
}

static void flood(struct setting *s, struct client *c)
{
	char bytes[FLOOD];

	memset(bytes, take_byte(s), sizeof(bytes));
	for (unsigned int n = take_byte(s); n; n--)
		if (send(c->fd, bytes, sizeof(bytes), MSG_NOSIGNAL) < 0)
			event_base_loop(s->all.base, EVLOOP_NONBLOCK);
}

static void act(struct setting *s, struct client *c, uint8_t what)
{
	if (c->fd < 0)
		call(s, c, what & 1);
	switch (what) {
	case 0:
	case 1:
	case 2:
	case 3:
		say(s, c);
		break;
	case 4:
		hear(c);
		break;
	case 5:
		flood(s, c);
		break;
	case 6:
		shutdown(c->fd, SHUT_WR);
		break;
	case 7:
		hang_up(c);
		break;
	default:
		break;
	}
}

static void run_loop(struct setting *s, uint8_t times)
{
	for (unsigned int i = 0; i <= times; i++)
		event_base_loop(s->all.base, EVLOOP_NONBLOCK);
}

static struct event_base *base(void)
{
	static struct event_base *base;

	if (!base) {
		signal(SIGPIPE, SIG_IGN);
		base = event_base_new();
	}
	return base;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct setting s = {.data = data, .len = size};

	s.all = (struct connections){.base = base(), .handler = on_request, .ctx = &s};
	for (unsigned int i = 0; i < N_CLIENTS; i++)
		s.clients[i].fd = -1;
	while (s.len) {
		uint8_t event = take_byte(&s);

		act(&s, &s.clients[(event & 0x0f) % N_CLIENTS], event >> 4 & 7);
		if (event & 0x80)
			run_loop(&s, 3);
	}
	run_loop(&s, 20);
	for (unsigned int i = 0; i < N_CLIENTS; i++)
		if (s.clients[i].fd >= 0)
			hear(&s.clients[i]);
	connections_close(&s.all);
	/* libevent frees in its loop what was closed. */
	run_loop(&s, 1);
	CHECK(!s.all.n && !s.all.n_followers && !s.all.list && !s.lists);
	for (unsigned int i = 0; i < N_CLIENTS; i++)
		hang_up(&s.clients[i]);
	return 0;
}
