// SPDX-License-Identifier: GPL-2.0-or-later
/* How the search tree divides its rows: which bits to cut. */
#include "lib/util.h"
#include "policy/murt_tree_private.h"

#define SAMPLE	   64 /* rows that decide on a cut */
#define CANDIDATES 8  /* bits weighed in each half of a word, from the top */

/* Some rows of a node. */
struct sample {
	const struct tree *tree;
	const struct item *items[SAMPLE];
	uint32_t n;
};

static void sample_take(struct sample *sample, const struct tree *tree, const char *items, size_t n)
{
	sample->tree = tree;
	sample->n = (uint32_t)MIN(n, SAMPLE);
	for (size_t i = 0; i < sample->n; i++)
		sample->items[i] = item_at(tree, items, i * n / sample->n);
}

/*
 * A request is taken to be where the rows are: it meets the rows of its own branch, as likely as
 * the branch is large, and all that are open. Costs as many rows as there are when nothing is won.
 */
static uint32_t cut_cost(const struct sample *sample, const struct cut *cut)
{
	uint64_t mask = (1ULL << cut->bits) - 1;
	uint32_t count[1 << CUT_BITS] = {0}, squares = 0, closed = 0;

	for (uint32_t i = 0; i < sample->n; i++) {
		const struct ternary *word = &sample->items[i]->pattern[cut->word];

		if ((word->mask >> cut->shift & mask) != mask)
			continue;
		closed++;
		/* squares: the sum of count² */
		squares += 2 * count[word->value >> cut->shift & mask]++ + 1;
	}
	if (!closed)
		return sample->n * sample->n;
	return squares * sample->n / closed + (sample->n - closed) * sample->n;
}

/* The best single bit of one half of a word, if better than *best. */
static void weigh_half(const struct sample *sample, unsigned int word, uint64_t half,
		       struct cut *best)
{
	uint64_t ones = 0, zeros = 0, both;

	for (uint32_t i = 0; i < sample->n; i++) {
		const struct ternary *at = &sample->items[i]->pattern[word];

		ones |= at->value;
		zeros |= at->mask & ~at->value;
	}
	both = ones & zeros & half;
	for (unsigned int i = 0; i < CANDIDATES && both; i++) {
		struct cut cut = {word, 63 - (unsigned int)__builtin_clzll(both), 1, 0};

		cut.cost = cut_cost(sample, &cut);
		if (cut.cost < best->cost)
			*best = cut;
		both &= ~(1ULL << cut.shift);
	}
}

/* More bits below the first, while they pay and the branches stay larger than half a leaf. */
static void widen(const struct sample *sample, size_t n, struct cut *best)
{
	struct cut cut = *best;

	while (cut.bits < CUT_BITS && cut.shift && (size_t)LEAF_ITEMS << cut.bits <= n) {
		cut.shift--;
		cut.bits++;
		cut.cost = cut_cost(sample, &cut);
		if (cut.cost >= best->cost)
			return;
		*best = cut;
	}
}

static void weigh_open(const struct sample *sample, unsigned int word, unsigned int shift,
		       struct cut *best)
{
	uint32_t closed = 0, larger;

	for (uint32_t i = 0; i < sample->n; i++)
		closed += sample->items[i]->pattern[word].mask >> shift & 1;
	larger = MAX(closed, sample->n - closed);
	if (larger < best->cost)
		*best = (struct cut){word, shift, 1, larger};
}

/* No bit has rows on both sides: the bit that as many rows as possible leave open, and as many do
 * not. */
static bool cut_open(const struct sample *sample, struct cut *best)
{
	best->cost = sample->n;
	for (unsigned int word = 0; word < sample->tree->words; word++) {
		uint64_t some = 0, all = UINT64_MAX;

		for (uint32_t i = 0; i < sample->n; i++) {
			some |= sample->items[i]->pattern[word].mask;
			all &= sample->items[i]->pattern[word].mask;
		}
		for (uint64_t left = some & ~all; left; left &= left - 1)
			weigh_open(sample, word, (unsigned int)__builtin_ctzll(left), best);
	}
	return best->cost < sample->n;
}

bool cut_choose(const struct tree *tree, const char *items, size_t n, struct cut *best)
{
	struct sample sample;

	if (n <= LEAF_ITEMS)
		return false;
	sample_take(&sample, tree, items, n);
	best->cost = sample.n * sample.n;
	for (unsigned int word = 0; word < tree->words; word++) {
		weigh_half(&sample, word, (uint64_t)UINT32_MAX << 32, best);
		weigh_half(&sample, word, UINT32_MAX, best);
	}
	if (best->cost < sample.n * sample.n / 16 * 15) {
		widen(&sample, n, best);
		return true;
	}
	return n > LEAF_MAX && (best->cost < sample.n * sample.n || cut_open(&sample, best));
}
