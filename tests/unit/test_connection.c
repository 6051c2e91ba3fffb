/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clients of the control socket, many at a time. */
#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/connection.h"
#include "lib/util.h"

#define CLIENTS	 20
#define PIECES	 50   /* that a list has to prepare */
#define ELEMENTS 3000 /* that it has */
#define RESTS	 30   /* before some of them */

struct world {
	struct connections all;
	int fds[CLIENTS];
	size_t heard[CLIENTS];
	int path[2]; /* stands for the data path: there is always something */
	struct event *packet;
	unsigned int work;  /* requests and pieces since the data path had its turn */
	unsigned int most;  /* that it ever was */
	unsigned int total; /* since the beginning */
	unsigned int lists; /* that are open */
	const char *broken; /* what their end says; NULL: they are whole */
};

struct list {
	struct world *world;
	unsigned int left, to_prepare;
	bool rests; /* has nothing yet */
};

static void work(struct world *world)
{
	world->total++;
	world->work++;
	world->most = MAX(world->most, world->work);
}

static void on_packet(evutil_socket_t fd, short what, void *ctx)
{
	struct world *world = ctx;

	(void)fd;
	(void)what;
	world->work = 0;
}

static bool prepare(void *state)
{
	struct list *list = state;

	work(list->world);
	return --list->to_prepare;
}

static json_t *next(void *state)
{
	struct list *list = state;

	if (list->left % (ELEMENTS / RESTS) == 1 && !list->rests) {
		work(list->world);
		list->rests = true;
		return json_null();
	}
	list->rests = false;
	return list->left-- ? json_string("an element") : NULL;
}

static void end(void *state)
{
	struct list *list = state;

	list->world->lists--;
	free(list);
}

static const char *broken(void *state)
{
	return ((struct list *)state)->world->broken;
}

static json_t *answer(void *ctx, struct control_request *request)
{
	struct world *world = ctx;
	struct list *list;

	work(world);
	if (request->no_list)
		return control_error(1, "too many");
	list = xcalloc(1, sizeof(*list));
	*list = (struct list){.world = world, .left = ELEMENTS, .to_prepare = PIECES};
	world->lists++;
	request->list = (struct control_list){
		.prepare = prepare, .next = next, .broken = broken, .end = end, .state = list};
	return NULL;
}

static json_t *head(void *state)
{
	const struct list *list = state;

	return json_pack("{s:i}", "unprepared", (int)list->to_prepare);
}

static json_t *answer_with_head(void *ctx, struct control_request *request)
{
	answer(ctx, request);
	((struct list *)request->list.state)->left = 2;
	request->list.head = head;
	request->list.key = "elements";
	return NULL;
}

/* All ask at the same time. */
static void begin(struct world *world, bool may_write)
{
	static const char request[] = "{\"command\":\"list\"}\n";

	*world = (struct world){.all = {.base = event_base_new(), .handler = answer, .ctx = world}};
	cr_assert(!pipe(world->path) && write(world->path[1], "", 1) == 1);
	world->packet =
		event_new(world->all.base, world->path[0], EV_READ | EV_PERSIST, on_packet, world);
	event_add(world->packet, NULL);
	for (unsigned int i = 0; i < CLIENTS; i++) {
		int fds[2];

		cr_assert(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
		world->fds[i] = fds[0];
		connection_new(&world->all, fds[1], may_write, 0);
		cr_assert(send(fds[0], request, strlen(request), 0) == (ssize_t)strlen(request));
	}
}

static void finish(struct world *world)
{
	connections_close(&world->all);
	cr_assert_eq(world->lists, 0);
	cr_assert_eq(world->all.n_lists, 0);
	for (unsigned int i = 0; i < CLIENTS; i++)
		close(world->fds[i]);
	event_free(world->packet);
	close(world->path[0]);
	close(world->path[1]);
	event_base_loop(world->all.base, EVLOOP_NONBLOCK);
	event_base_free(world->all.base);
}

static void hear(struct world *world)
{
	static char bytes[65536];
	ssize_t n;

	for (unsigned int i = 0; i < CLIENTS; i++)
		while ((n = recv(world->fds[i], bytes, sizeof(bytes), 0)) > 0)
			world->heard[i] += (size_t)n;
}

Test(connection, takes_a_piece_of_work_between_two_looks_at_the_data_path)
{
	const size_t whole = strlen("{\"result\":[]}\n") + (PIECES + RESTS) * strlen(" ") +
			     ELEMENTS * strlen("\"an element\",") - 1;
	struct world world;

	begin(&world, true);
	for (unsigned int round = 0; round < CLIENTS * (PIECES + RESTS + 20); round++) {
		event_base_loop(world.all.base, EVLOOP_ONCE);
		hear(&world);
	}
	cr_assert_eq(world.most, 1, "%u pieces in a row", world.most);
	cr_assert_eq(world.total, CLIENTS * (PIECES + 1 + RESTS));
	for (unsigned int i = 0; i < CLIENTS; i++)
		cr_assert_eq(world.heard[i], whole, "client %u heard %zu bytes", i, world.heard[i]);
	finish(&world);
}

/* mupictl takes an agent that says nothing for half a minute for stuck. */
Test(connection, does_not_fall_silent_while_a_long_answer_is_prepared)
{
	struct world world;
	unsigned int silent = 0;
	size_t before = 0;

	begin(&world, true);
	while (world.total < CLIENTS * PIECES) {
		event_base_loop(world.all.base, EVLOOP_ONCE);
		hear(&world);
		silent = world.heard[0] > before ? 0 : silent + 1;
		before = world.heard[0];
		cr_assert_lt(silent, 4 * CLIENTS);
	}
	finish(&world);
}

/* Those who may change things are not kept from it by those who may not. */
Test(connection, has_room_for_some_long_answers_of_readers)
{
	struct world world;

	for (int may_write = 0; may_write < 2; may_write++) {
		begin(&world, may_write);
		for (unsigned int round = 0; round < 3 * CLIENTS; round++)
			event_base_loop(world.all.base, EVLOOP_ONCE);
		cr_assert_eq(world.lists, may_write ? CLIENTS : 8);
		finish(&world);
	}
}

Test(connection, tells_the_head_of_a_long_answer_when_all_is_prepared)
{
	char bytes[1024] = "", *text = bytes;
	struct world world;
	json_t *heard;

	begin(&world, true);
	world.all.handler = answer_with_head;
	for (unsigned int round = 0; round < CLIENTS * (PIECES + 20); round++)
		event_base_loop(world.all.base, EVLOOP_ONCE);
	cr_assert_gt(recv(world.fds[0], bytes, sizeof(bytes) - 1, 0), 0);
	heard = json_loads(text, 0, NULL);
	text = json_dumps(heard, JSON_COMPACT);
	cr_expect_str_eq(text, "{\"result\":{\"unprepared\":0,"
			       "\"elements\":[\"an element\",\"an element\"]}}");
	free(text);
	json_decref(heard);
	finish(&world);
}

Test(connection, ends_a_list_that_breaks_off_in_an_error)
{
	static const char last[] = "\"an element\"],\"error\":\"no more\",\"exit\":1}\n";
	static char text[65536];
	struct world world;
	ssize_t n, len = 0;

	begin(&world, true);
	world.broken = "no more";
	while (!len || text[len - 1] != '\n') {
		event_base_loop(world.all.base, EVLOOP_ONCE);
		n = recv(world.fds[0], text + len, sizeof(text) - (size_t)len, 0);
		len += n > 0 ? n : 0;
	}
	cr_assert_eq(memcmp(text + len - strlen(last), last, strlen(last)), 0);
	finish(&world);
}

/* Its sender may then send it to the next process, as nobody has done it. */
Test(connection, a_request_behind_the_last_is_left_unread)
{
	struct world world;
	char byte;

	begin(&world, true);
	connections_deafen(&world.all);
	for (unsigned int round = 0; round < 3 * CLIENTS; round++)
		event_base_loop(world.all.base, EVLOOP_ONCE);
	cr_assert_eq(world.total, 0);
	connections_close(&world.all);
	event_base_loop(world.all.base, EVLOOP_ONCE);
	for (unsigned int i = 0; i < CLIENTS; i++) {
		int err = recv(world.fds[i], &byte, 1, 0) < 0 ? errno : 0;

		cr_assert_eq(err, ECONNRESET, "client %u: %d", i, err);
	}
	finish(&world);
}
