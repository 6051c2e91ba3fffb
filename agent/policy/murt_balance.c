// SPDX-License-Identifier: GPL-2.0-or-later
/* Balancing: which of several winning upstreams serves a channel. */
#include "policy/murt_private.h"

enum murt_balance murt_balance_of(const struct murt *murt, unsigned int bits)
{
	unsigned int table = murt->balance ? murt->balance : MURT_BALANCE_ALL;

	bits &= ~(1U << MURT_BALANCE_DEFAULT);
	if (!bits)
		return table;
	return (enum murt_balance)__builtin_ctz(bits);
}

bool murt_balances(const struct murt *murt)
{
	return murt->n_balanced || murt_balance_of(murt, 0) != MURT_BALANCE_ALL;
}

/*
 * Rendezvous hash: each upstream draws a number for the channel, the highest takes it. The loss of
 * one upstream moves only the channels that it had won. Ports are told apart by their numbers:
 * their slots may be others after a restart.
 */
static upset rendezvous(const struct murt *murt, const struct murt_request *request, upset winners)
{
	uint64_t channel = murt_mix(request->group.q[0], request->group.q[1], 1), best = 0;
	upset chosen = 0;

	channel = murt_mix(channel ^ request->source.q[0], request->source.q[1], 2);
	for (upset rest = winners; rest; rest &= rest - 1) {
		uint64_t draw = murt_mix(channel, murt->numbers[__builtin_ctzll(rest)], 3);

		if (chosen && draw <= best)
			continue;
		best = draw;
		chosen = rest & -rest;
	}
	return chosen;
}

/* The next winner after the slot that had its turn, in a circle; after the last slot there is none.
 */
static upset next_turn(upset winners, struct balance_state *state)
{
	upset later = winners & -(2ULL << state->last);

	if (!later)
		later = winners;
	state->last = (unsigned int)__builtin_ctzll(later);
	return later & -later;
}

static upset any_one(upset winners, struct balance_state *state)
{
	unsigned int n = (unsigned int)__builtin_popcountll(winners);

	state->random++;
	for (uint64_t skip = murt_mix(state->random, 0, 4) % n; skip; skip--)
		winners &= winners - 1;
	return winners & -winners;
}

upset murt_narrow(const struct murt *murt, enum murt_balance balance,
		  const struct murt_request *request, upset winners, struct balance_state *state)
{
	upset flowing = winners & request->current ? winners & request->current
						   : winners & request->flowing;

	if (balance == MURT_BALANCE_ALL || !(winners & (winners - 1)))
		return winners;
	if (flowing)
		return rendezvous(murt, request, flowing);
	switch (balance) {
	case MURT_BALANCE_ROUND_ROBIN:
		return next_turn(winners, state);
	case MURT_BALANCE_RANDOM:
		return any_one(winners, state);
	default:
		return rendezvous(murt, request, winners);
	}
}
