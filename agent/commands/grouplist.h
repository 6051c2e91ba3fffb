/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The groups that the proxy knows, each once, taken one by one while they come and go. */
#ifndef MUPI_COMMANDS_GROUPLIST_H
#define MUPI_COMMANDS_GROUPLIST_H

#include "agent.h"
#include "lib/hashtable.h"

/* As many steps are taken before others have their turn: some milliseconds. */
#define GROUPLIST_PIECE 256

struct grouplist {
	const struct proxy *proxy;
	/* How many chains of the proxy's hash tables were looked at. */
	size_t members, upstreams;
	struct hashtable taken; /* of the entries of all pieces */
	struct grouplist_piece *first, *last;
	struct grouplist_piece *piece; /* whose next is the `at`th */
	size_t at;
};

/* Those that are there from now to the end, and some of the others. */
void grouplist_open(struct grouplist *list, const struct agent *agent);
/* A step: the next, which may have gone meanwhile; NULL: no more, or none was found yet. */
const struct addr *grouplist_next(struct grouplist *list, bool *more);
/* A list of zeros is closed, too. */
void grouplist_close(struct grouplist *list);

#endif
