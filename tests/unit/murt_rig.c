// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/murt_rig.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "lib/util.h"

static struct prefix prefix(const char *text)
{
	struct prefix p = {0};

	if (*text)
		cr_assert_eq(prefix_parse(text, &p), 0, "%s", text);
	return p;
}

struct murt_row make(const struct row *r)
{
	return (struct murt_row){.client = prefix(r->client),
				 .group = prefix(r->group),
				 .source = prefix(r->source),
				 .downstream = r->downstream,
				 .upstream = r->upstream,
				 .slot = r->upstream,
				 .priority = r->priority,
				 .enabled = true};
}

int add(struct murt *murt, const struct row *r, uint32_t *id)
{
	struct murt_row row = make(r);

	return murt_add(murt, &row, id);
}

struct murt *table(const struct row *rows, size_t n)
{
	struct murt *murt = murt_new();
	uint32_t id;

	for (size_t i = 0; i < n; i++)
		cr_assert_eq(add(murt, &rows[i], &id), 0);
	return murt;
}

struct murt_request request(const char *client, const char *group, const char *source,
			    uint32_t downstream)
{
	struct murt_request q = {.downstream = downstream};

	cr_assert_eq(addr_parse(client, &q.client), 0, "%s", client);
	cr_assert_eq(addr_parse(group, &q.group), 0, "%s", group);
	if (*source)
		cr_assert_eq(addr_parse(source, &q.source), 0, "%s", source);
	return q;
}

static void finish(const struct murt *murt, struct explained *e)
{
	struct murt_match match;

	while (murt_explain_rows(murt, &e->explanation))
		;
	while (murt_explain_next(murt, &e->explanation, &match)) {
		e->matches = xgrow(e->matches, e->n, sizeof(*e->matches));
		e->matches[e->n++] = match;
	}
	e->upstreams = e->explanation.upstreams;
	e->reason = e->explanation.reason;
	e->carves = e->explanation.carves;
	e->n_carves = e->explanation.n_carves;
}

void explain(const struct murt *murt, const struct murt_request *request, upset up, upset disabled,
	     struct explained *ret)
{
	*ret = (struct explained){0};
	murt_explain(murt, request, up, disabled, &ret->explanation);
	finish(murt, ret);
}

bool explain_carves(const struct murt *murt, const struct murt_request *request, upset up,
		    upset disabled, struct explained *ret)
{
	*ret = (struct explained){0};
	if (!murt_explain_carves(murt, request, up, disabled, &ret->explanation))
		return false;
	finish(murt, ret);
	return true;
}

void explained_free(struct explained *e)
{
	murt_explanation_free(&e->explanation);
	free(e->matches);
}

void check(struct murt *murt, const struct vector *vectors, size_t n, upset usable)
{
	for (size_t i = 0; i < n; i++) {
		const struct vector *v = &vectors[i];
		struct murt_request q = request(v->client, v->group, v->source, v->downstream);
		struct explained explained;
		upset got;

		explain(murt, &q, usable, 0, &explained);
		got = murt_resolve(murt, &q, usable, true);
		cr_expect_eq(got, v->expected, "(%s, %s, %s, port %u): %llx, expected %llx: %s",
			     v->client, v->group, v->source, v->downstream, (unsigned long long)got,
			     (unsigned long long)v->expected, explained.reason);
		cr_expect_eq(explained.upstreams, got);
		explained_free(&explained);
	}
}

struct murt *specific(const struct row *rows, size_t n)
{
	struct murt *murt = table(rows, n);

	murt_set_selection(murt, MURT_SPECIFICITY);
	return murt;
}
