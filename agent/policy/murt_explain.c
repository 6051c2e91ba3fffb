// SPDX-License-Identifier: GPL-2.0-or-later
/* The explanation of a resolution, for people. */
#include <stdio.h>

#include "lib/util.h"
#include "policy/murt_private.h"

/* ---- who wins ----------------------------------------------------------------------------- */

static bool is_best(const struct murt *murt, const struct contest *c, const struct murt_row *row)
{
	return murt_rank(murt->selection, row) == c->best;
}

void contest_enter(const struct murt *murt, struct contest *c, const struct murt_row *row)
{
	if (!c->winners)
		c->best = murt_rank(murt->selection, row);
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
		    upset flowing)
{
	static const char *const how[] = {
		[MURT_BALANCE_HASH] = "hash chose upstream",
		[MURT_BALANCE_ROUND_ROBIN] = "round-robin: next is upstream",
		[MURT_BALANCE_RANDOM] = "random: next is upstream",
	};
	upset chosen = c->slots & c->chosen;
	unsigned int upstream;

	if (balance == MURT_BALANCE_ALL || !(c->slots & (c->slots - 1)))
		return;
	upstream = murt->numbers[__builtin_ctzll(chosen)];
	if (c->slots & flowing)
		snprintf(c->narrowed, sizeof(c->narrowed), "channel flows from upstream %u already",
			 upstream);
	else
		snprintf(c->narrowed, sizeof(c->narrowed), "%s %u", how[balance], upstream);
}

void contest_of(const struct murt *murt, struct contest *c, const struct murt_winners *found,
		upset chosen, upset flowing)
{
	*c = (struct contest){.best = found->best, .slots = found->upstreams, .chosen = chosen};
	contest_narrow(murt, c, found->balance, flowing);
}

void contest_say_lost(const struct contest *c, enum murt_selection selection, struct murt_match *m)
{
	static const char *const classes[] = {"no field", "group only", "source only",
					      "source and group", "client"};
	const struct murt_row *row = m->row;
	int best = murt_rank_priority(selection, c->best);

	if (selection == MURT_SPECIFICITY && murt_class(row) < murt_rank_class(selection, c->best))
		snprintf(m->why, sizeof(m->why), "less specific: %s", classes[murt_class(row)]);
	else if (row->priority < best)
		snprintf(m->why, sizeof(m->why), "priority %d is lower than %d", row->priority,
			 best);
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
	int best = murt_rank_priority(selection, c->best);

	if (selection == MURT_SPECIFICITY)
		snprintf(by, sizeof(by), "most specific: %s set, ",
			 names[murt_rank_class(selection, c->best)]);
	if (c->winners == 1)
		snprintf(e->reason, sizeof(e->reason), "%shighest priority %d", by, best);
	else
		snprintf(e->reason, sizeof(e->reason),
			 "%s%zu rows share the highest priority %d%s%s", by, c->winners, best,
			 *c->narrowed ? ", " : "", c->narrowed);
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

void explain_judge(const struct murt *murt, struct explain_work *work, struct murt_match *m)
{
	say_unusable(m, work->up, work->disabled);
	if (*m->why)
		return;
	if (work->kind == EXPLAIN_TOGETHER)
		explain_judge_together(murt, work, m);
	else if (work->kind == EXPLAIN_REQUEST && contest_wins(murt, &work->contest, m->row))
		say_won(&work->contest, murt->selection, &work->named, m);
	else
		contest_say_lost(&work->contest, murt->selection, m);
}

/* No row serves. */
static void say_default(const struct murt *murt, struct murt_explanation *e)
{
	upset up = e->work->up, disabled = e->work->disabled;
	const char *what = "";

	e->upstreams = murt_default(murt, up & ~disabled);
	if (e->upstreams)
		what = ": default upstream";
	else if (murt_default(murt, disabled))
		what = ": default upstream is out of service";
	else if (murt_default(murt, ~up))
		what = ": default upstream is down";
	snprintf(e->reason, sizeof(e->reason), "%s%s",
		 e->work->n ? "no matching row can serve" : "no row matches", what);
}

void explain_end(const struct murt *murt, struct murt_explanation *e)
{
	if (e->work->kind != EXPLAIN_REQUEST)
		explain_carves_end(murt, e);
	else if (e->work->contest.slots)
		explain_say_reason(&e->work->contest, murt->selection, e);
	else
		say_default(murt, e);
}

void murt_explain(const struct murt *murt, const struct murt_request *request, upset up,
		  upset disabled, struct murt_explanation *ret)
{
	struct murt_winners found =
		murt_search(murt, murt_tree_of(request), request, up & ~disabled);
	struct balance_state state = murt->balance_state; /* no turn is taken */

	explain_begin(request, up, disabled, ret);
	if (found.upstreams)
		ret->upstreams = murt_narrow(murt, found.balance, request, found.upstreams, &state);
	contest_of(murt, &ret->work->contest, &found, ret->upstreams,
		   request->current | request->flowing);
}
