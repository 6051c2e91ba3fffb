/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Multicast Upstream Routing Table: which upstream serves which client's request.
 * Pure: no I/O, no clock. Rows match by client, downstream port, group and source; the
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
/* Which of several winners serves. A row that says DEFAULT goes by the table, a table by ALL. */
enum murt_balance {
	MURT_BALANCE_DEFAULT,
	MURT_BALANCE_ALL,
	MURT_BALANCE_HASH,	  /* of the channel: the same takes always the same */
	MURT_BALANCE_ROUND_ROBIN, /* each new channel the next */
	MURT_BALANCE_RANDOM,	  /* each new channel any */
};
enum murt_origin { MURT_FROM_FILE, MURT_FROM_CTL };

#define MURT_ANY_PORT 0		       /* port numbers start at 1 */
#define MURT_MAX_PORT ((1U << 30) - 1) /* two bits of 32 are flags, see murt_pattern.h */
#define MURT_MAX_ID   (UINT32_MAX - 1) /* so that there is one after each */

struct murt_row {
	struct prefix client;
	struct prefix group;
	struct prefix source;
	uint32_t downstream; /* port number, or MURT_ANY_PORT */
	uint32_t upstream;   /* port number */
	int32_t priority;
	bool enabled;
	enum murt_origin origin;
	/* Of rows that win together and differ, the first of enum murt_balance holds. */
	enum murt_balance balance;
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
	/* More addresses of the client: a row matches by any of them. Borrowed. */
	const struct addr *others;
	unsigned int n_others;
	/*
	 * Upstreams that carry this channel already, to whomever; 0 for a new channel. A winner
	 * among them is kept, so that the clients of a channel share one upstream. The caller fills
	 * it from its channels, with those for which balancing decided; it matters only where
	 * balancing narrows several winners.
	 */
	upset flowing;
	/* Upstreams that serve this client already: one of them comes before `flowing`. */
	upset current;
	/* Where murt_carve() divides the request, the two for the sources of a prefix, or for the
	 * rest (no family). NULL: as above. */
	void (*flows)(const void *ctx, const struct prefix *source, upset *flowing, upset *current);
	const void *flows_ctx;
};

/* Does a row, enabled or not, match: the rule in plain words, for explanations and tests. */
bool murt_row_matches(const struct murt_row *row, const struct murt_request *request);

/* Without rows and a default upstream; by priority, all winners serve. */
struct murt *murt_new(void);
void murt_free(struct murt *murt); /* accepts NULL */

void murt_set_selection(struct murt *murt, enum murt_selection selection);
void murt_set_balance(struct murt *murt, enum murt_balance balance);
enum murt_selection murt_get_selection(const struct murt *murt);
/* Can several winners be narrowed? If not, `flowing` of a request does not matter. */
bool murt_balances(const struct murt *murt);
/* Where random balancing begins; a fixed number unless set. */
void murt_set_seed(struct murt *murt, uint64_t seed);
/* Slot that serves what no row matches; -1: none. */
void murt_set_default(struct murt *murt, int slot);

/* The family a row is limited to, 0 for none. */
int murt_row_family(const struct murt_row *row);

/*
 * Copy a row into the table. Returns 0 and its id in *id; -EINVAL when it mixes families or
 * a number is out of range; -EEXIST when an equal row (all fields but id, origin, hits, enabled,
 * balance) exists, its id in *id; -ENOSPC when all ids were used.
 */
int murt_add(struct murt *murt, const struct murt_row *row, uint32_t *id);
int murt_del(struct murt *murt, uint32_t id); /* 0 or -ENOENT */
/*
 * Many changes at once: between the two nothing is found, and the end enters all rows together.
 * Worth it from a quarter of the rows up. A second begin, and an end without one, change nothing.
 */
void murt_begin(struct murt *murt);
void murt_end(struct murt *murt);
/*
 * Give the row with row->id new contents (enabled, too); id and hits stay. 0, -ENOENT, or as
 * murt_add() with the table unchanged; *id is set with -EEXIST only.
 */
int murt_change(struct murt *murt, const struct murt_row *row, uint32_t *id);

size_t murt_count(const struct murt *murt);
/* So many rows can still be added. */
uint32_t murt_ids_left(const struct murt *murt);
/* Another number after each change of rows, or of what ranks them. */
uint64_t murt_changes(const struct murt *murt);
/* The row after `id` in order of ids, the first for 0; NULL at the end. Valid until the next
 * change. */
const struct murt_row *murt_next(const struct murt *murt, uint32_t id);

/*
 * The upstreams that serve a request, as slots. Only upstreams in `usable` count: rows of others
 * are passed over, so that the next priority takes over when all of the best are down. 0: refused.
 * Does not allocate. Hits of the winning rows are counted with `count_hits`. Where a new channel is
 * balanced in turn or at random, each call takes a turn.
 */
upset murt_resolve(struct murt *murt, const struct murt_request *request, upset usable,
		   bool count_hits);

/*
 * The draft's carve-out: a request for any source meets rows that name sources. Each
 * of those sources is served by its own upstream, the rest by the rows that name none.
 */
struct murt_carve {
	struct prefix source;
	upset upstreams; /* for its addresses that no longer prefix of the list has */
};

#define MURT_MAX_CARVES 256

/*
 * The source prefixes of the rows that match request->client, downstream and group, longest first,
 * with the upstreams that serve them; *rest serves all other sources (rows without a source, else
 * the default). Rows that rank below those without a source carve out nothing. Returns how many, or
 * -E2BIG when they are more than MURT_MAX_CARVES, or their rows more than sixteen times that: *rest
 * serves every source then, and has the upstreams of them all. Narrowing is by hash where nothing
 * flows, whatever the balance is: no turn is taken. With `count_hits` each row that serves a carve
 * or the rest counts a hit (after -E2BIG only some, where they have thousands of ranks); none where
 * nothing is carved out (0), since murt_resolve() answers then.
 */
int murt_carve(struct murt *murt, const struct murt_request *request, upset usable, bool count_hits,
	       struct murt_carve carves[static MURT_MAX_CARVES], upset *rest);

/* ---- explanations ------------------------------------------------------------------------- */

/* A row that matches, enabled or not. */
struct murt_match {
	const struct murt_row *row; /* without its hits; valid until the next change */
	bool selected;
	char why[96]; /* why it is or not, a few words: "priority 20 is lower than 30" */
};

struct explain_work;

struct murt_explanation {
	upset upstreams;  /* who serves */
	char reason[128]; /* "2 rows share the highest priority 10" */
	/* of murt_explain_carves(): what is served otherwise than the rest, and what lies inside */
	struct murt_carve *carves;
	size_t n_carves;
	struct explain_work *work;
};

/*
 * What murt_resolve() answers with these upstreams up and those taken out of service, and why.
 * Takes no turn, counts no hit. A table may be large, so it is not told at once: it is told when
 * murt_explain_rows() has returned false. Give *ret to murt_explanation_free().
 */
void murt_explain(const struct murt *murt, const struct murt_request *request, upset up,
		  upset disabled, struct murt_explanation *ret);
/* The same for murt_carve(); false: nothing is carved out, and there is nothing to free. */
bool murt_explain_carves(const struct murt *murt, const struct murt_request *request, upset up,
			 upset disabled, struct murt_explanation *ret);
/* Look at some thousand rows; false: at the last. The table, and what the request borrows, must be
 * those of the beginning: see murt_changes(). */
bool murt_explain_rows(const struct murt *murt, struct murt_explanation *explanation);
/*
 * From then on, the rows that match, in order of falling precedence; false: there is no other. The
 * table may change: what is told stays what was found, and a row that is another now is left out.
 */
bool murt_explain_next(const struct murt *murt, struct murt_explanation *explanation,
		       struct murt_match *ret);
void murt_explanation_free(struct murt_explanation *explanation);

#define MURT_ROWS 100

/* The rows that serve a membership; zeroed at first. */
struct murt_rows {
	uint32_t ids[MURT_ROWS]; /* rising */
	size_t n;
	bool more; /* there are others, or may be; which of them all are told is open */
};

/*
 * Add the rows that win for a request and have an upstream of `serving`. Costs as much as they are,
 * whatever the size of the table: where rows name more sources than can be searched for those of a
 * request for any source, there may be more.
 */
void murt_rows_of(const struct murt *murt, const struct murt_request *request, upset usable,
		  upset serving, struct murt_rows *rows);
/* Add those that serve what murt_carve() divides the request into. False: it does not. */
bool murt_rows_of_carves(const struct murt *murt, const struct murt_request *request, upset usable,
			 struct murt_rows *rows);

#endif
