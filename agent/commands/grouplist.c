/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "commands/grouplist.h"

#include <stdlib.h>

#include "proxy/state.h"

struct grouplist_taken {
	struct addr group;
	UT_hash_handle hh;
};

void grouplist_open(struct grouplist *list, const struct agent *agent)
{
	*list = (struct grouplist){0};
	list->n = proxy_groups(agent->proxy, &list->groups);
	list->room = xcalloc(list->n + 1, sizeof(*list->room));
}

const struct addr *grouplist_next(struct grouplist *list)
{
	while (list->at < list->n) {
		const struct addr *group = &list->groups[list->at];
		struct grouplist_taken *taken = NULL, *new = &list->room[list->at++];

		HASH_FIND(hh, list->taken, group, sizeof(*group), taken);
		if (taken)
			continue;
		new->group = *group;
		HASH_ADD(hh, list->taken, group, sizeof(new->group), new);
		return group;
	}
	return NULL;
}

void grouplist_close(struct grouplist *list)
{
	HASH_CLEAR(hh, list->taken);
	free(list->room);
	free(list->groups);
}
