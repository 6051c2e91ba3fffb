// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rows that serve a membership. The search ends in entries, which do not know their rows; but
 * where an entry is in the tree says what its rows are like, and the store finds rows by content.
 */
#include "lib/util.h"
#include "policy/murt_private.h"

/* Nodes and items of the tree: tenths of a millisecond. */
#define WALK_MAX 16384

struct finding {
	const struct murt *murt;
	enum family family;
	bool hidden; /* some entries have rows with sources of which their tree does not know */
	struct murt_rows *rows;
};

static void add_id(struct murt_rows *rows, uint32_t id)
{
	size_t i = rows->n;

	while (i && rows->ids[i - 1] > id)
		i--;
	if (i && rows->ids[i - 1] == id)
		return;
	if (rows->n == MURT_ROWS) {
		rows->more = true;
		return;
	}
	memmove(&rows->ids[i + 1], &rows->ids[i], (rows->n++ - i) * sizeof(*rows->ids));
	rows->ids[i] = id;
}

static bool has_link(const struct stored_row *row, const struct tree_entry *entry)
{
	for (unsigned int i = 0; i < N_TREES; i++)
		if (row->links[i] == entry)
			return true;
	return false;
}

/* A murt_winner. Its rows are alike but for fields of any value, which may be empty or a /0. */
static bool find_rows(const struct ternary *pattern, struct tree_key key, struct tree_entry *entry,
		      void *ctx)
{
	struct finding *f = ctx;
	struct murt_row row = {
		.upstream = f->murt->numbers[key.slot],
		.priority = murt_rank_priority(f->murt->selection, key.rank),
	};
	struct prefix *fields[] = {&row.client, &row.group, &row.source};
	const struct prefix zero = {.addr = addr_zero(f->family), .family = (uint8_t)f->family};
	uint32_t found = 0;
	unsigned int open = 0;

	pattern_to_row(pattern, f->family, &row);
	for (unsigned int i = 0; i < ARRAY_SIZE(fields); i++)
		open |= !fields[i]->len << i;
	/* Every subset of the open fields */
	for (unsigned int zeros = open;; zeros = (zeros - 1) & open) {
		const struct stored_row *stored;

		for (unsigned int i = 0; i < ARRAY_SIZE(fields); i++)
			if (open >> i & 1)
				*fields[i] = zeros >> i & 1 ? zero : (struct prefix){0};
		stored = store_find_equal(&f->murt->store, &row);
		if (stored && has_link(stored, entry)) {
			add_id(f->rows, stored->row.id);
			found++;
		}
		if (!zeros)
			break;
	}
	f->hidden |= found < entry->rows;
	return !f->rows->more;
}

/* The rows from rank `best` up that match, also those that the entries of a search for any source
 * hide. */
static void find_hidden(struct finding *f, const struct murt_request *request, int64_t best,
			upset slots)
{
	const struct tree *tree = f->murt->trees[murt_named_tree(request)];
	uint64_t bits[PATTERN_WORDS], known[PATTERN_WORDS];
	struct murt_request one = *request;
	size_t left = WALK_MAX;
	const struct search search = {
		.usable = slots, .best = best, .visit = find_rows, .ctx = f, .left = &left};

	pattern_open_source(f->family, known);
	for (unsigned int i = 0; !f->rows->more; i++) {
		pattern_of_request(&one, f->family, bits);
		f->rows->more = !tree_walk(tree, bits, known, &search);
		if (i == request->n_others)
			return;
		one.client = request->others[i];
	}
}

void murt_rows_of(const struct murt *murt, const struct murt_request *request, upset usable,
		  upset serving, struct murt_rows *rows)
{
	unsigned int tree = murt_tree_of(request);
	struct murt_winners found = murt_search(murt, tree, request, usable);
	struct finding f = {murt, tree_family(tree), false, rows};

	if (!(found.upstreams & serving))
		return;
	murt_visit_winners(murt, tree, request, found.best, found.upstreams & serving, find_rows,
			   &f);
	if (f.hidden)
		find_hidden(&f, request, found.best, found.upstreams & serving);
}

bool murt_rows_of_carves(const struct murt *murt, const struct murt_request *request, upset usable,
			 struct murt_rows *rows)
{
	unsigned int tree = murt_named_tree(request);
	struct finding f = {murt, tree_family(tree), false, rows};
	struct murt_carve carves[MURT_MAX_CARVES];
	upset rest;
	int n = murt_carve_visit(murt, request, usable, carves, &rest, find_rows, &f);

	if (n < 0)
		find_hidden(&f, request, murt_search(murt, tree, request, usable).best, rest);
	return n != 0;
}
