/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the table share. */
#ifndef MUPI_MURT_PRIVATE_H
#define MUPI_MURT_PRIVATE_H

#include "policy/murt_store.h"
#include "policy/murt_tree.h"

/* What round-robin and random balancing remember. */
struct balance_state {
	unsigned int last; /* slot that had its turn */
	uint64_t random;
};

struct murt {
	enum murt_selection selection;
	enum murt_balance balance;
	struct balance_state balance_state;
	int default_slot;
	bool loading; /* the trees are empty */
	uint64_t changes;
	size_t n_balanced;		      /* rows with a balance of their own */
	uint32_t numbers[MURT_MAX_UPSTREAMS]; /* ports of the slots that rows name */
	struct store store;
	struct tree *trees[N_TREES];
};

/* Trees: 0 and 1 IPv4, 2 and 3 IPv6; odd ones without the source. */
static inline enum family tree_family(unsigned int tree)
{
	return tree < 2 ? FAMILY_V4 : FAMILY_V6;
}

/* Which of the trees serves a request. */
unsigned int murt_tree_of(const struct murt_request *request);
/* And which one knows the sources of rows, also where the request is for any source. */
static inline unsigned int murt_named_tree(const struct murt_request *request)
{
	return murt_tree_of(request) & ~1U;
}

/* What the winning rows say, before balancing. */
struct murt_winners {
	int64_t best;
	upset upstreams;
	enum murt_balance balance;
};

/* `tree` is that of the request; or the one with sources, where a request for any source meets only
 * rows that name none. */
struct murt_winners murt_search(const struct murt *murt, unsigned int tree,
				const struct murt_request *request, upset usable);

/*
 * A winning entry: of one row, or of several that cannot be told apart by requests of its tree.
 * False: that is enough.
 */
typedef tree_visit murt_winner;
/* Visit each entry of rank `best` or higher and these slots that matches, once. Does not allocate.
 */
void murt_visit_winners(const struct murt *murt, unsigned int tree,
			const struct murt_request *request, int64_t best, upset slots,
			murt_winner *winner, void *ctx);
/* A murt_winner. */
bool murt_count_hit(const struct ternary *pattern, struct tree_key key, struct tree_entry *entry,
		    void *ctx);
/* As murt_carve(), without hits: visit each entry that serves a carve or the rest, once. `winner`
 * may be NULL. */
int murt_carve_visit(const struct murt *murt, const struct murt_request *request, upset usable,
		     struct murt_carve carves[static MURT_MAX_CARVES], upset *rest,
		     murt_winner *winner, void *ctx);
/* The request for the sources of a carve, or for the rest, with what flows of them. */
static inline struct murt_request murt_carve_request(const struct murt_request *request,
						     const struct prefix *source)
{
	struct murt_request ret = *request;

	ret.source = source->addr;
	if (ret.flows)
		ret.flows(ret.flows_ctx, source, &ret.flowing, &ret.current);
	return ret;
}

/* What narrows winners of a carve: no turn is taken. */
static inline enum murt_balance murt_carve_balance(enum murt_balance balance)
{
	return balance == MURT_BALANCE_ALL ? balance : MURT_BALANCE_HASH;
}

/* Does a row with the source prefix `outer` serve all of `inner`? */
static inline bool murt_covers(const struct prefix *outer, const struct prefix *inner)
{
	return !outer->len || prefix_covers(outer, inner);
}

/* The default upstream, if it is usable. */
static inline upset murt_default(const struct murt *murt, upset usable)
{
	return murt->default_slot < 0 ? 0 : usable & 1ULL << murt->default_slot;
}

/* Rows are ordered by this number: higher wins. */
int64_t murt_rank(enum murt_selection selection, const struct murt_row *row);
/* What it is made of. */
unsigned int murt_rank_class(enum murt_selection selection, int64_t rank);
int murt_rank_priority(enum murt_selection selection, int64_t rank);
/* Specificity class of a row, 4 (a client) … 0 (nothing). */
unsigned int murt_class(const struct murt_row *row);
/* The balance that holds for rows that have these (bits). */
enum murt_balance murt_balance_of(const struct murt *murt, unsigned int bits);
/* Narrow the winners as a balance asks for. */
upset murt_narrow(const struct murt *murt, enum murt_balance balance,
		  const struct murt_request *request, upset winners, struct balance_state *state);

/*
 * Explanations. The rows that compete for a request, or for the sources of one carve.
 */
struct contest {
	int64_t best;	   /* rank; RANK_NONE: no row can serve */
	size_t winners;	   /* rows of the best rank */
	upset slots;	   /* their upstreams */
	upset chosen;	   /* what serves */
	char narrowed[64]; /* how balancing chose; empty: it did not */
};

/* A row that matches, as it was when it was found. */
struct candidate {
	int64_t rank;
	uint32_t id;
	uint8_t slot;
	bool disabled;
};

/* A row that may serve a carve or the rest; they are sorted by compare_u32(). */
struct contender {
	uint32_t id;
	struct murt_match match; /* its row is valid until the table changes */
};

/* How far an explanation is. */
struct explain_work {
	enum { EXPLAIN_REQUEST, EXPLAIN_CARVES, EXPLAIN_TOGETHER } kind;
	struct murt_request request;
	upset up, disabled;
	struct contest contest; /* for the request, or for the rest of a carve-out */
	upset named;		/* upstreams of the winners that are told */
	size_t at;		/* slot of the store */
	struct candidate *heap; /* the best is the first */
	size_t n;
	/* of EXPLAIN_CARVES, a few thousand; in the end in order of ids, and with what became of
	 * them */
	struct contender *contenders;
	size_t n_contenders;
	struct murt_carve found[MURT_MAX_CARVES + 1]; /* the last is the rest */
	upset flowing[MURT_MAX_CARVES + 1];	      /* of each, when it began */
	size_t n_found;
};

void explain_begin(const struct murt_request *request, upset up, upset disabled,
		   struct murt_explanation *ret);
/* All rows were looked at. */
void explain_end(const struct murt *murt, struct murt_explanation *e);
void explain_carves_end(const struct murt *murt, struct murt_explanation *e);
/* Best first; enabled before disabled; then as they were added. */
int explain_order(const struct candidate *a, const struct candidate *b);
struct candidate explain_candidate(const struct murt *murt, const struct murt_row *row);
/* Why a row serves or does not; contenders know. */
void explain_judge(const struct murt *murt, struct explain_work *work, struct murt_match *m);
void explain_judge_together(const struct murt *murt, const struct explain_work *work,
			    struct murt_match *m);

/* The winners of a search, of whom `chosen` serve; `flowing`: who carried it already. */
void contest_of(const struct murt *murt, struct contest *c, const struct murt_winners *found,
		upset chosen, upset flowing);
/* Let a usable row take part; from the best to the worst. */
void contest_enter(const struct murt *murt, struct contest *c, const struct murt_row *row);
/* All have: how are several upstreams narrowed? */
void contest_narrow(const struct murt *murt, struct contest *c, enum murt_balance balance,
		    upset flowing);
/* Was the row of the best rank, and its upstream chosen? */
bool contest_wins(const struct murt *murt, const struct contest *c, const struct murt_row *row);
/* Why a usable row that took part does not serve. */
void contest_say_lost(const struct contest *c, enum murt_selection selection, struct murt_match *m);
/* Why those that serve do. */
void explain_say_reason(const struct contest *c, enum murt_selection selection,
			struct murt_explanation *e);

#endif
