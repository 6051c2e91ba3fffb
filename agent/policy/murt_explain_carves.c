// SPDX-License-Identifier: GPL-2.0-or-later
/* The explanation of a carve-out: which row serves which sources. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "policy/murt_private.h"

/* The rows that cover a source prefix compete for it. */
static void hold(const struct murt *murt, const struct murt_carve *carve,
		 const struct murt_request *request, const struct murt_explanation *e,
		 struct contest *ret)
{
	const struct murt_request asked = murt_carve_request(request, &carve->source);
	unsigned int balances = 0;

	*ret = (struct contest){.chosen = carve->upstreams};
	for (size_t i = 0; i < e->n; i++) {
		const struct murt_match *m = &e->matches[i];
		bool unusable = *m->why && !m->selected; /* or it lost its own sources already */

		if (unusable || !murt_covers(&m->row->source, &carve->source))
			continue;
		contest_enter(murt, ret, m->row);
		if (ret->best &&
		    murt_rank(murt->selection, m->row) == murt_rank(murt->selection, ret->best))
			balances |= 1U << m->row->balance;
	}
	contest_narrow(murt, ret, murt_carve_balance(murt_balance_of(murt, balances)), &asked, e);
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
		  const struct contest *c, struct murt_explanation *e, size_t *served)
{
	for (size_t i = 0; i < e->n; i++) {
		struct murt_match *m = &e->matches[i];
		const struct prefix *source = &m->row->source;

		if ((*m->why && !m->selected) || !murt_covers(source, &carve->source))
			continue;
		if (contest_wins(murt, c, m->row))
			say_serves(m, carve, served[i]++ == before);
		else if (!m->selected && source->len == carve->source.len)
			contest_say_lost(c, murt->selection, m);
	}
}

/* The other rows carve out nothing: those that serve the rest rank higher. */
static void say_rest_wins(const struct murt *murt, const struct contest *rest,
			  struct murt_explanation *e)
{
	for (size_t i = 0; i < e->n; i++)
		if (!*e->matches[i].why)
			contest_say_lost(rest, murt->selection, &e->matches[i]);
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

	if (!e->n_carves && c->best) {
		explain_say_reason(c, murt->selection, e);
		return;
	}
	if (!e->n_carves) {
		snprintf(e->reason, sizeof(e->reason), "all sources have the default upstream");
		return;
	}
	if (!c->best)
		others = rest ? ", all others have the default upstream"
			      : ", all others are refused";
	snprintf(e->reason, sizeof(e->reason), "%zu source%s carved out%s", e->n_carves,
		 e->n_carves == 1 ? " is" : "s are", others);
}

/* The sources are too many to be told apart. */
static void explain_together(const struct murt *murt, const struct murt_request *request,
			     upset upstreams, struct murt_explanation *e)
{
	const struct murt_carve all = {.upstreams = upstreams};
	struct contest c;

	hold(murt, &all, request, e, &c);
	for (size_t i = 0; i < e->n; i++) {
		struct murt_match *m = &e->matches[i];
		bool unusable = *m->why;
		bool named = m->row->source.len && (upstreams >> m->row->slot & 1) &&
			     (!c.best || murt_rank(murt->selection, m->row) >=
						 murt_rank(murt->selection, c.best));

		if (!unusable && (named || (c.best && contest_wins(murt, &c, m->row))))
			say_serves(m, &all, true);
		else if (!unusable)
			contest_say_lost(&c, murt->selection, m);
	}
	e->upstreams = upstreams;
	snprintf(e->reason, sizeof(e->reason),
		 "rows name more than %d sources, so none is carved out", MURT_MAX_CARVES);
}

bool murt_explain_carves(const struct murt *murt, const struct murt_request *request, upset up,
			 upset disabled, struct murt_explanation *ret)
{
	struct murt_carve found[MURT_MAX_CARVES + 1];
	struct contest contest;
	size_t *served;
	upset rest;
	int n = murt_carve_visit(murt, request, up & ~disabled, found, &rest, NULL, NULL);

	if (!n)
		return false;
	explain_collect(murt, request, up, disabled, ret);
	if (n < 0) {
		explain_together(murt, request, rest, ret);
		return true;
	}
	found[n] = (struct murt_carve){.upstreams = rest};
	served = xcalloc(ret->n, sizeof(*served));
	for (size_t i = 0; i <= (size_t)n; i++) {
		ret->upstreams |= found[i].upstreams;
		hold(murt, &found[i], request, ret, &contest);
		award(murt, &found[i], i, &contest, ret, served);
	}
	free(served);
	say_rest_wins(murt, &contest, ret);
	take_carves(found, (size_t)n, rest, ret);
	say_reason(murt, rest, &contest, ret);
	return true;
}
