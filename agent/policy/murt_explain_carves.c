// SPDX-License-Identifier: GPL-2.0-or-later
/* The explanation of a carve-out: which row serves which sources. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "policy/murt_private.h"

/* The rows that cover a source prefix compete for it. */
static void hold(const struct murt *murt, const struct explain_work *work, size_t at,
		 struct contest *ret)
{
	const struct murt_carve *carve = &work->found[at];
	unsigned int balances = 0;

	*ret = (struct contest){.best = RANK_NONE, .chosen = carve->upstreams};
	for (size_t i = 0; i < work->n_contenders; i++) {
		const struct murt_match *m = &work->contenders[i].match;
		bool lost = *m->why && !m->selected; /* its own sources, already */

		if (lost || !murt_covers(&m->row->source, &carve->source))
			continue;
		contest_enter(murt, ret, m->row);
		if (murt_rank(murt->selection, m->row) == ret->best)
			balances |= 1U << m->row->balance;
	}
	contest_narrow(murt, ret, murt_carve_balance(murt_balance_of(murt, balances)),
		       work->flowing[at]);
}

static void say_serves(struct murt_match *m, const struct murt_carve *carve, bool all)
{
	char text[PREFIX_STRLEN];

	m->selected = true;
	if (carve->source.len)
		snprintf(m->why, sizeof(m->why), "serves %s", prefix_format(&carve->source, text));
	else
		snprintf(m->why, sizeof(m->why), "serves all %ssources", all ? "" : "other ");
}

/*
 * Who serves a carve. Carves come longest first, so that what a row serves last is the most of it;
 * `served` counts what each row does, `before` is how many carves had their turn.
 */
static void award(const struct murt *murt, const struct murt_carve *carve, size_t before,
		  const struct contest *c, struct explain_work *work, size_t *served)
{
	for (size_t i = 0; i < work->n_contenders; i++) {
		struct murt_match *m = &work->contenders[i].match;
		const struct prefix *source = &m->row->source;

		if ((*m->why && !m->selected) || !murt_covers(source, &carve->source))
			continue;
		if (contest_wins(murt, c, m->row))
			say_serves(m, carve, served[i]++ == before);
		else if (!m->selected && source->len == carve->source.len)
			contest_say_lost(c, murt->selection, m);
	}
}

/* Is it served otherwise than the rest, or inside of what is? */
static bool differs(const struct murt_carve *carves, size_t n, size_t at, upset rest)
{
	for (size_t i = at; i < n; i++)
		if (carves[i].upstreams != rest &&
		    murt_covers(&carves[i].source, &carves[at].source))
			return true;
	return false;
}

static void take_carves(const struct murt_carve *carves, size_t n, upset rest,
			struct murt_explanation *e)
{
	e->carves = xcalloc(n, sizeof(*carves));
	for (size_t i = 0; i < n; i++)
		if (differs(carves, n, i, rest))
			e->carves[e->n_carves++] = carves[i];
}

/* `c`: who serves the rest. */
static void say_reason(const struct murt *murt, upset rest, const struct contest *c,
		       struct murt_explanation *e)
{
	const char *others = "";

	if (!e->n_carves && c->slots) {
		explain_say_reason(c, murt->selection, e);
		return;
	}
	if (!e->n_carves) {
		snprintf(e->reason, sizeof(e->reason), "all sources have the default upstream");
		return;
	}
	if (!c->slots)
		others = rest ? ", all others have the default upstream"
			      : ", all others are refused";
	snprintf(e->reason, sizeof(e->reason), "%zu source%s carved out%s", e->n_carves,
		 e->n_carves == 1 ? " is" : "s are", others);
}

/* The sources are too many to be told apart. */
void explain_judge_together(const struct murt *murt, const struct explain_work *work,
			    struct murt_match *m)
{
	const struct contest *c = &work->contest;
	bool named = m->row->source.len && (c->chosen >> m->row->slot & 1) &&
		     murt_rank(murt->selection, m->row) >= c->best;

	if (named || contest_wins(murt, c, m->row))
		say_serves(m, &(struct murt_carve){0}, true);
	else
		contest_say_lost(c, murt->selection, m);
}

static int compare(const void *a, const void *b, void *murt)
{
	const struct candidate x =
		explain_candidate(murt, ((const struct contender *)a)->match.row);
	const struct candidate y =
		explain_candidate(murt, ((const struct contender *)b)->match.row);

	return explain_order(&x, &y);
}

/* What becomes of the contenders. */
static void play(const struct murt *murt, struct explain_work *work)
{
	_cleanup_free_ size_t *served = xcalloc(work->n_contenders, sizeof(*served));
	struct contest contest;

	qsort_r(work->contenders, work->n_contenders, sizeof(*work->contenders), compare,
		(void *)murt);
	for (size_t i = 0; i <= work->n_found; i++) {
		hold(murt, work, i, &contest);
		award(murt, &work->found[i], i, &contest, work, served);
	}
	/* The others carve out nothing: those that serve the rest rank higher. */
	for (size_t i = 0; i < work->n_contenders; i++)
		if (!*work->contenders[i].match.why)
			contest_say_lost(&work->contest, murt->selection,
					 &work->contenders[i].match);
	qsort(work->contenders, work->n_contenders, sizeof(*work->contenders), compare_u32);
}

void explain_carves_end(const struct murt *murt, struct murt_explanation *e)
{
	struct explain_work *work = e->work;
	upset rest = work->found[work->n_found].upstreams;

	if (work->kind == EXPLAIN_TOGETHER) {
		snprintf(e->reason, sizeof(e->reason),
			 "rows name more than %d sources, so none is carved out", MURT_MAX_CARVES);
		return;
	}
	play(murt, work);
	take_carves(work->found, work->n_found, rest, e);
	say_reason(murt, rest, &work->contest, e);
}

bool murt_explain_carves(const struct murt *murt, const struct murt_request *request, upset up,
			 upset disabled, struct murt_explanation *ret)
{
	upset usable = up & ~disabled, rest;
	struct murt_carve found[MURT_MAX_CARVES];
	struct explain_work *work;
	struct murt_winners none;
	int n = murt_carve_visit(murt, request, usable, found, &rest, NULL, NULL);

	if (!n)
		return false;
	explain_begin(request, up, disabled, ret);
	work = ret->work;
	work->kind = n < 0 ? EXPLAIN_TOGETHER : EXPLAIN_CARVES;
	work->n_found = (size_t)MAX(n, 0);
	memcpy(work->found, found, work->n_found * sizeof(*found));
	work->found[work->n_found] = (struct murt_carve){.upstreams = rest};
	for (size_t i = 0; i <= work->n_found; i++) {
		const struct murt_request asked =
			murt_carve_request(request, &work->found[i].source);

		ret->upstreams |= work->found[i].upstreams;
		work->flowing[i] = asked.current | asked.flowing;
	}
	none = murt_search(murt, murt_named_tree(request), request, usable);
	none.balance = murt_carve_balance(none.balance);
	contest_of(murt, &work->contest, &none, rest, work->flowing[work->n_found]);
	return true;
}
