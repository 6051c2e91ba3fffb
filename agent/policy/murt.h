/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Multicast Upstream Routing Table: which upstream serves which client's request.
 * Pure: no I/O, no clock. design: rows match by client, downstream port, group and source; the
 * highest priority wins, all of them; a request for any source ignores the source field.
 */
#ifndef MUPI_MURT_H
#define MUPI_MURT_H

#include "lib/addr.h"

/* Upstream ports have slots 0 … 63 beside their port index, so that a set of upstreams is one word.
 */
typedef uint64_t upset;
#define MURT_MAX_UPSTREAMS 64

enum murt_selection { MURT_PRIORITY, MURT_SPECIFICITY };
enum murt_balance { MURT_BALANCE_ALL, MURT_BALANCE_HASH };
enum murt_origin { MURT_FROM_FILE, MURT_FROM_CTL };

#define MURT_ANY_PORT 0 /* port numbers start at 1 */

struct murt_row {
	struct prefix client;
	struct prefix group;
	struct prefix source;
	uint32_t downstream; /* port number, or MURT_ANY_PORT */
	uint32_t upstream;   /* port number */
	int32_t priority;
	bool enabled;
	enum murt_origin origin;
	/* owned by the table */
	uint32_t id;	   /* 1, 2, … in the order of murt_add(); never used twice */
	unsigned int slot; /* of the upstream, set by the caller of murt_add() */
	uint64_t hits;
};

struct murt; /* opaque */

struct murt_request {
	struct addr client; /* 0.0.0.0 and :: match only rows with no client prefix or a /0 */
	struct addr group;
	struct addr source;  /* ADDR_NONE: any source */
	uint32_t downstream; /* port number */
};

struct murt *murt_new(void);
void murt_free(struct murt *murt); /* accepts NULL */

void murt_set_selection(struct murt *murt, enum murt_selection selection);
void murt_set_balance(struct murt *murt, enum murt_balance balance);
enum murt_selection murt_get_selection(const struct murt *murt);
enum murt_balance murt_get_balance(const struct murt *murt);
/* Slot that serves what no row matches; -1: none. */
void murt_set_default(struct murt *murt, int slot);

/* The family a row is limited to, 0 for none. */
int murt_row_family(const struct murt_row *row);

/*
 * Copy a row into the table. Returns 0 and its id in *id; -EINVAL when it mixes families;
 * -EEXIST when an equal row (all fields but id, origin, hits, enabled) exists, its id in *id.
 */
int murt_add(struct murt *murt, const struct murt_row *row, uint32_t *id);
int murt_del(struct murt *murt, uint32_t id); /* 0 or -ENOENT */
/*
 * Give the row with row->id new contents (enabled, too); id and hits stay. 0, -ENOENT, or as
 * murt_add() with the table unchanged.
 */
int murt_change(struct murt *murt, const struct murt_row *row);

size_t murt_count(const struct murt *murt);
/* The row after `id` in order of ids, the first for 0; NULL at the end. Valid until the next
 * change. */
const struct murt_row *murt_next(const struct murt *murt, uint32_t id);

/*
 * The upstreams that serve a request, as slots. Only upstreams in `usable` count: rows of others
 * are passed over, so that the next priority takes over when all of the best are down. 0: refused.
 * Does not allocate. Hits of the winning rows are counted with `count_hits`.
 */
upset murt_resolve(struct murt *murt, const struct murt_request *request, upset usable,
		   bool count_hits);

/* Every enabled or disabled row that matches, in order of falling precedence, for people. */
struct murt_match {
	const struct murt_row *row;
	bool selected;
};

/*
 * Explain a resolution: fills *matches (caller frees) and returns how many; *selected is what
 * murt_resolve() answers; `reason` is one sentence, e.g. "highest priority 30", "2 rows share the
 * highest priority 10", "no row matches", "default upstream".
 */
size_t murt_explain(struct murt *murt, const struct murt_request *request, upset usable,
		    struct murt_match **matches, upset *selected, char reason[static 128]);

#endif
