/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the table share. */
#ifndef MUPI_MURT_PRIVATE_H
#define MUPI_MURT_PRIVATE_H

#include "policy/murt_space.h"

#include <uthash.h>

/* The fields that make two rows equal. Zeroed before it is filled: hashed as bytes. */
struct row_key {
	struct prefix client, group, source;
	uint32_t downstream, upstream;
	int32_t priority;
};

/* A row is in the spaces of the families it serves: by source, and without its source. */
#define NODE_LINKS 4

struct node {
	struct murt_row row;
	struct row_key key;
	uint64_t hits;			       /* before the entries below were linked */
	struct space_entry *links[NODE_LINKS]; /* NULL: not in that space */
	uint64_t hits_at_link[NODE_LINKS];
	UT_hash_handle hh;
};

/* Rows in order of ids. A deleted row leaves a hole until half are holes. */
struct node_slot {
	uint32_t id;
	struct node *node;
};

struct murt {
	enum murt_selection selection;
	enum murt_balance balance;
	int default_slot;
	uint32_t last_id;
	struct node *by_key;
	struct node_slot *slots;
	size_t n_slots, slots_size, n_rows;
	struct space *spaces[NODE_LINKS];
};

/* Which of the spaces serves a request. */
unsigned int murt_space_of(const struct murt_request *request);
/* Rows are ordered by this number: higher wins. */
int64_t murt_rank(enum murt_selection selection, const struct murt_row *row);
/* Specificity class of a row, 4 (a client) … 0 (nothing). */
unsigned int murt_class(const struct murt_row *row);
/* Narrow the winners to one when balancing asks for it. */
upset murt_narrow(enum murt_balance balance, const struct murt_request *request, upset winners);
/* Does a row, enabled or not, match: the rule in plain words, for explanations and tests. */
bool murt_row_matches(const struct murt_row *row, const struct murt_request *request);

#endif
