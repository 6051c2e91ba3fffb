/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The groups that the proxy knows, each once, taken one by one while they come and go. */
#ifndef MUPI_COMMANDS_GROUPLIST_H
#define MUPI_COMMANDS_GROUPLIST_H

#include "agent.h"

/* As many are looked at before others have their turn: some milliseconds. */
#define GROUPLIST_PIECE 256

struct grouplist {
	struct addr *groups; /* some twice: on several ports, for instance */
	size_t n, at;
	struct grouplist_taken *taken; /* a hash of those that were, elements of `room` */
	struct grouplist_taken *room;
};

/* Those of now. */
void grouplist_open(struct grouplist *list, const struct agent *agent);
/* The next, which may have gone meanwhile; NULL: no more. */
const struct addr *grouplist_next(struct grouplist *list);
void grouplist_close(struct grouplist *list);

#endif
