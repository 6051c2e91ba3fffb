// SPDX-License-Identifier: GPL-2.0-or-later
/* The rows that an explanation is about: found piece by piece, told one by one. */
#include <stdlib.h>

#include "lib/util.h"
#include "policy/murt_private.h"

/* Slots of the store that are looked at together: less than a millisecond. */
#define PIECE 8192

void explain_begin(const struct murt_request *request, upset up, upset disabled,
		   struct murt_explanation *ret)
{
	*ret = (struct murt_explanation){.work = xcalloc(1, sizeof(*ret->work))};
	ret->work->request = *request;
	ret->work->request.flows = NULL; /* what it looks at may be gone later */
	ret->work->up = up;
	ret->work->disabled = disabled;
}

void murt_explanation_free(struct murt_explanation *e)
{
	free(e->work->heap);
	free(e->work->contenders);
	free(e->work);
	free(e->carves);
}

/* ---- a heap: to sort many at once would take long ------------------------------------------ */

int explain_order(const struct candidate *a, const struct candidate *b)
{
	if (a->rank != b->rank)
		return a->rank < b->rank ? 1 : -1;
	if (a->disabled != b->disabled)
		return a->disabled ? 1 : -1;
	return (a->id > b->id) - (a->id < b->id);
}

struct candidate explain_candidate(const struct murt *murt, const struct murt_row *row)
{
	return (struct candidate){murt_rank(murt->selection, row), row->id, (uint8_t)row->slot,
				  !row->enabled};
}

static void push(struct explain_work *work, struct candidate c)
{
	size_t i = work->n;

	work->heap = xgrow(work->heap, work->n++, sizeof(*work->heap));
	for (; i && explain_order(&c, &work->heap[(i - 1) / 2]) < 0; i = (i - 1) / 2)
		work->heap[i] = work->heap[(i - 1) / 2];
	work->heap[i] = c;
}

static struct candidate pop(struct explain_work *work)
{
	struct candidate first = work->heap[0], last = work->heap[--work->n];
	size_t i = 0, kid;

	while ((kid = 2 * i + 1) < work->n) {
		if (kid + 1 < work->n && explain_order(&work->heap[kid + 1], &work->heap[kid]) < 0)
			kid++;
		if (explain_order(&last, &work->heap[kid]) <= 0)
			break;
		work->heap[i] = work->heap[kid];
		i = kid;
	}
	work->heap[i] = last;
	return first;
}

/* ---- found --------------------------------------------------------------------------------- */

static void add(const struct murt *murt, struct explain_work *work, const struct murt_row *row)
{
	const struct candidate c = explain_candidate(murt, row);
	bool usable = row->enabled && work->up & ~work->disabled & 1ULL << row->slot;

	push(work, c);
	if (!usable || c.rank < work->contest.best)
		return;
	/* A row that names sources does not serve the rest. */
	work->contest.winners +=
		c.rank == work->contest.best && (work->kind == EXPLAIN_REQUEST || !row->source.len);
	if (work->kind != EXPLAIN_CARVES)
		return;
	work->contenders = xgrow(work->contenders, work->n_contenders, sizeof(*work->contenders));
	work->contenders[work->n_contenders++] = (struct contender){row->id, {.row = row}};
}

bool murt_explain_rows(const struct murt *murt, struct murt_explanation *e)
{
	const struct store *store = &murt->store;
	struct explain_work *work = e->work;
	size_t end = MIN(work->at + PIECE, store->n_slots);

	for (; work->at < end; work->at++) {
		const struct stored_row *row = store->slots[work->at].row;

		if (row && murt_row_matches(&row->row, &work->request))
			add(murt, work, &row->row);
	}
	if (end < store->n_slots)
		return true;
	explain_end(murt, e);
	return false;
}

/* ---- told ---------------------------------------------------------------------------------- */

/* The row, if it is still what was found. */
static const struct murt_row *find(const struct murt *murt, const struct candidate *c)
{
	const struct stored_row *row = store_find(&murt->store, c->id);
	struct candidate now;

	if (!row)
		return NULL;
	now = explain_candidate(murt, &row->row);
	return explain_order(&now, c) || now.slot != c->slot ? NULL : &row->row;
}

bool murt_explain_next(const struct murt *murt, struct murt_explanation *e, struct murt_match *ret)
{
	struct explain_work *work = e->work;
	const struct contender *contender = NULL;
	const struct murt_row *row = NULL;

	while (work->n && !row) {
		const struct candidate c = pop(work);

		row = find(murt, &c);
	}
	if (!row)
		return false;
	if (work->n_contenders)
		contender = bsearch(&row->id, work->contenders, work->n_contenders,
				    sizeof(*work->contenders), compare_u32);
	*ret = contender ? contender->match : (struct murt_match){0};
	ret->row = row;
	if (!contender)
		explain_judge(murt, work, ret);
	return true;
}
