// SPDX-License-Identifier: GPL-2.0-or-later
/* Linux bridge with snooping: permanent (S,G) entries of its multicast database. */
#include <stdlib.h>

#include "bench.h"

#define BATCH "bridge -batch -"

/* The bridge only trusts its entries once it has been the querier for a response interval. */
static int open_bridge(struct path *path)
{
	path->own = xcalloc(1, sizeof(unsigned int));
	return path_run(
		path,
		"ip link add bench type bridge stp_state 0 forward_delay 0 mcast_snooping 1 "
		"mcast_igmp_version 3 mcast_hash_max 262144 mcast_query_response_interval 1 "
		"mcast_startup_query_count 1 mcast_query_interval 300000 && "
		"ip link set dev bench type bridge mcast_querier 1 && "
		"ip link set dev in0 master bench && ip link set dev bench up && "
		"for i in $(seq 0 %d); do ip link set dev p$i master bench || exit 1; done",
		MAX_RECEIVERS - 1);
}

static void print_entry(FILE *pipe, const char *verb, const struct work *work, unsigned int entry,
			unsigned int receiver)
{
	struct addr group = entry_group(work, entry), source = entry_source(work);
	char g[ADDR_STRLEN], s[ADDR_STRLEN];

	fprintf(pipe, "mdb %s dev bench port p%u grp %s src %s permanent\n", verb, receiver,
		addr_format(&group, g), addr_format(&source, s));
}

/* Entries of no frames lead to one receiver. */
static int configure(struct path *path, const struct work *work)
{
	FILE *pipe = path_pipe(path, BATCH);
	unsigned int *receivers = path->own; /* of the frames' entry */

	if (!pipe)
		return -1;
	for (unsigned int i = path->installed ? path->installed : 1; i < work->entries; i++)
		print_entry(pipe, "add", work, i, 0);
	path->installed = MAX(path->installed, work->entries);
	for (unsigned int i = *receivers; i < work->receivers; i++)
		print_entry(pipe, "add", work, 0, i);
	for (unsigned int i = work->receivers; i < *receivers; i++)
		print_entry(pipe, "del", work, 0, i);
	*receivers = work->receivers;
	return path_pipe_close(path, pipe, BATCH);
}

static void close_bridge(struct path *path)
{
	free(path->own);
}

const struct path_ops bridge_ops = {open_bridge, configure, close_bridge};
