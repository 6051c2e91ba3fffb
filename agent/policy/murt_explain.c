// SPDX-License-Identifier: GPL-2.0-or-later
/* The explanation of a resolution, for people. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/util.h"
#include "policy/murt_private.h"

/* ---- the rows that match ------------------------------------------------------------------ */

/* Best first; enabled before disabled; then as they were added. */
static int compare(const void *a, const void *b, void *ctx)
{
	const struct murt_row *x = ((const struct murt_match *)a)->row;
	const struct murt_row *y = ((const struct murt_match *)b)->row;
	const struct murt *murt = ctx;
	int64_t rx = murt_rank(murt->selection, x), ry = murt_rank(murt->selection, y);

	if (rx != ry)
		return rx < ry ? 1 : -1;
	if (x->enabled != y->enabled)
		return x->enabled ? -1 : 1;
	return x->id < y->id ? -1 : 1;
}

static void say_unusable(struct murt_match *m, upset up, upset disabled)
{
	const struct murt_row *row = m->row;

	if (!row->enabled)
		snprintf(m->why, sizeof(m->why), "disabled");
	else if (disabled >> row->slot & 1)
		snprintf(m->why, sizeof(m->why), "upstream %u is out of service", row->upstream);
	else if (!(up >> row->slot & 1))
		snprintf(m->why, sizeof(m->why), "upstream %u is down", row->upstream);
}

void explain_collect(const struct murt *murt, const struct murt_request *request, upset up,
		     upset disabled, struct murt_explanation *ret)
{
	const struct store *store = &murt->store;

	*ret = (struct murt_explanation){0};
	for (size_t i = 0; i < store->n_slots; i++) {
		const struct stored_row *row = store->slots[i].row;

		if (!row || !murt_row_matches(&row->row, request))
			continue;
		ret->matches = xgrow(ret->matches, ret->n, sizeof(*ret->matches));
		ret->matches[ret->n] = (struct murt_match){.row = &row->row};
		say_unusable(&ret->matches[ret->n++], up, disabled);
	}
	if (ret->n)
		qsort_r(ret->matches, ret->n, sizeof(*ret->matches), compare, (void *)murt);
}

void murt_explanation_free(struct murt_explanation *e)
{
	free(e->matches);
	free(e->carves);
}

/* ---- who wins ----------------------------------------------------------------------------- */

static bool is_best(const struct murt *murt, const struct contest *c, const struct murt_row *row)
{
	return murt_rank(murt->selection, row) == murt_rank(murt->selection, c->best);
}

void contest_enter(const struct murt *murt, struct contest *c, const struct murt_row *row)
{
	if (!c->best)
		c->best = row;
	if (!is_best(murt, c, row))
		return;
	c->winners++;
	c->slots |= 1ULL << row->slot;
}

bool contest_wins(const struct murt *murt, const struct contest *c, const struct murt_row *row)
{
	return is_best(murt, c, row) && (c->chosen >> row->slot & 1);
}

void contest_narrow(const struct murt *murt, struct contest *c, enum murt_balance balance,
		    const struct murt_request *request, const struct murt_explanation *e)
{
	static const char *const how[] = {
		[MURT_BALANCE_HASH] = "hash chose upstream",
		[MURT_BALANCE_ROUND_ROBIN] = "round-robin: next is upstream",
		[MURT_BALANCE_RANDOM] = "random: next is upstream",
	};
	size_t i = 0;

	if (balance == MURT_BALANCE_ALL || !(c->slots & (c->slots - 1)))
		return;
	while (!contest_wins(murt, c, e->matches[i].row))
		i++;
	if (c->slots & (request->current | request->flowing))
		snprintf(c->narrowed, sizeof(c->narrowed), "channel flows from upstream %u already",
			 e->matches[i].row->upstream);
	else
		snprintf(c->narrowed, sizeof(c->narrowed), "%s %u", how[balance],
			 e->matches[i].row->upstream);
}

void contest_say_lost(const struct contest *c, enum murt_selection selection, struct murt_match *m)
{
	static const char *const classes[] = {"no field", "group only", "source only",
					      "source and group", "client"};
	const struct murt_row *row = m->row;

	if (selection == MURT_SPECIFICITY && murt_class(row) < murt_class(c->best))
		snprintf(m->why, sizeof(m->why), "less specific: %s", classes[murt_class(row)]);
	else if (row->priority < c->best->priority)
		snprintf(m->why, sizeof(m->why), "priority %d is lower than %d", row->priority,
			 c->best->priority);
	else
		snprintf(m->why, sizeof(m->why), "%s", c->narrowed);
}

/* ---- one request -------------------------------------------------------------------------- */

static void say_won(const struct contest *c, enum murt_selection selection, upset *named,
		    struct murt_match *m)
{
	const char *why = selection == MURT_SPECIFICITY ? "most specific, highest priority"
							: "highest priority";

	if (*named >> m->row->slot & 1)
		why = "duplicate upstream";
	else if (*c->narrowed)
		why = c->narrowed;
	*named |= 1ULL << m->row->slot;
	m->selected = true;
	snprintf(m->why, sizeof(m->why), "%s", why);
}

void explain_say_reason(const struct contest *c, enum murt_selection selection,
			struct murt_explanation *e)
{
	static const char *const names[] = {"no field", "group", "source", "source and group",
					    "client"};
	char by[48] = ""; /* with the longest name: 42 */

	if (selection == MURT_SPECIFICITY)
		snprintf(by, sizeof(by), "most specific: %s set, ", names[murt_class(c->best)]);
	if (c->winners == 1)
		snprintf(e->reason, sizeof(e->reason), "%shighest priority %d", by,
			 c->best->priority);
	else
		snprintf(e->reason, sizeof(e->reason),
			 "%s%zu rows share the highest priority %d%s%s", by, c->winners,
			 c->best->priority, *c->narrowed ? ", " : "", c->narrowed);
}

static void judge(const struct murt *murt, const struct contest *c, struct murt_explanation *e)
{
	upset named = 0;

	for (size_t i = 0; i < e->n; i++) {
		struct murt_match *m = &e->matches[i];

		if (*m->why)
			continue;
		if (contest_wins(murt, c, m->row))
			say_won(c, murt->selection, &named, m);
		else
			contest_say_lost(c, murt->selection, m);
	}
	explain_say_reason(c, murt->selection, e);
}

/* No row serves. */
static void say_default(const struct murt *murt, upset up, upset disabled,
			struct murt_explanation *e)
{
	const char *what = "";

	e->upstreams = murt_default(murt, up & ~disabled);
	if (e->upstreams)
		what = ": default upstream";
	else if (murt_default(murt, disabled))
		what = ": default upstream is out of service";
	else if (murt_default(murt, ~up))
		what = ": default upstream is down";
	snprintf(e->reason, sizeof(e->reason), "%s%s",
		 e->n ? "no matching row can serve" : "no row matches", what);
}

void murt_explain(const struct murt *murt, const struct murt_request *request, upset up,
		  upset disabled, struct murt_explanation *ret)
{
	struct murt_winners found =
		murt_search(murt, murt_tree_of(request), request, up & ~disabled);
	struct balance_state state = murt->balance_state; /* no turn is taken */
	struct contest contest = {0};

	explain_collect(murt, request, up, disabled, ret);
	if (!found.upstreams) {
		say_default(murt, up, disabled, ret);
		return;
	}
	ret->upstreams = murt_narrow(murt, found.balance, request, found.upstreams, &state);
	contest.chosen = ret->upstreams;
	for (size_t i = 0; i < ret->n; i++)
		if (!*ret->matches[i].why)
			contest_enter(murt, &contest, ret->matches[i].row);
	contest_narrow(murt, &contest, found.balance, request, ret);
	judge(murt, &contest, ret);
}
