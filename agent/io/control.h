/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's side of the control protocol of mupi/control.h, on a Unix stream socket. */
#ifndef MUPI_IO_CONTROL_H
#define MUPI_IO_CONTROL_H

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>

struct control; /* opaque */

/*
 * A result that is a long array, made element by element as the client takes it: neither the other
 * clients nor the proxy wait for the whole, and it is nowhere in memory. The world may change
 * between two elements.
 */
struct control_list {
	/* What has to be known before the first element, some of it at each call until it returns
	 * false; NULL: nothing. */
	bool (*prepare)(void *state);
	/* A new reference; NULL: the end; JSON's null: none yet, others have their turn first. */
	json_t *(*next)(void *state);
	/* Each element is an object and gets one more member, a long array too, made likewise
	 * before the next element; NULL: it does not. */
	json_t *(*inner)(void *state);
	/* At the end: why the list is not whole, borrowed; the answer is an error then, too. NULL:
	 * it is; or there is no such function. */
	const char *(*broken)(void *state);
	void (*end)(void *state); /* once, also when the client is gone before */
	void *state;
	const char *key; /* the result is an object with the array under it; NULL: the array */
	/* Other members of that object, a new reference, asked for once all is prepared; NULL: the
	 * array is the only one. */
	json_t *(*head)(void *state);
	const char *inner_key;
};

struct control_request {
	const char *command;
	json_t *args;		  /* an object (empty when the request had none), borrowed */
	bool may_write;		  /* who asks may change things */
	bool no_list;		  /* there are too many long answers for one more */
	bool follow;		  /* set by the handler: the connection is told every event */
	struct control_list list; /* set by the handler: its answer, if it returns NULL */
};

/*
 * Answers one request. Returns the whole answer, {"result": …} or {"error": "…", "exit": N}, as in
 * mupi/control.h, a new reference; NULL without a list is answered with "out of memory". Must not
 * call control_close(): to end the agent, break the event loop; the answer is still sent.
 */
typedef json_t *control_handler(void *ctx, struct control_request *request);

/*
 * Listen on `path`: makes its directory, removes a socket that a dead agent left, refuses when one
 * is alive on it. Who may connect is in rights.h. Returns 0, or a negative errno (-EADDRINUSE:
 * another agent) with one line in `error` and *ret untouched.
 */
int control_open(struct event_base *base, const char *path, control_handler *handler, void *ctx,
		 struct control **ret, char error[static 256]);
/* Sends waiting answers as far as the sockets take them, closes all connections, removes the socket
 * file. Accepts NULL. */
void control_close(struct control *control);
/* Remove the socket of an agent that crashed; one that is alive keeps its own. */
void control_remove(const char *path);
/* Who connects or asks from now on does so in vain, or is the next process's, see below. */
void control_deafen(struct control *control);
/*
 * The listening socket for the process that this one becomes: it stays open, and who connects
 * meanwhile waits. The descriptor, for control_give() just before execve(); or -1.
 */
int control_hand_over(struct control *control);
void control_give(int fd);

/* Does any connection follow the events? Accepts NULL. */
bool control_followed(const struct control *control);
/* Tell an event to all that follow; steals `event`. Whoever reads too slowly misses some and is
 * told how many. */
void control_publish(struct control *control, json_t *event);

/* Answers for handlers, new references. control_result() steals `value`. */
json_t *control_result(json_t *value);
json_t *control_error(int exit_code, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
