// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory for many small things of one size. */
#include "policy/murt_pool.h"

#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

#define BLOCK_MIN 16 /* things in the first block; each has twice as many as the one before */
#define BLOCK_MAX 4096

struct pool_block {
	struct pool_block *next;
	size_t n;
	max_align_t things[];
};

struct pool_free {
	struct pool_free *next;
};

static void block_add(struct pool *pool)
{
	size_t n = pool->blocks ? MIN(pool->blocks->n * 2, BLOCK_MAX) : BLOCK_MIN;
	struct pool_block *block = xreallocarray(NULL, 1, sizeof(*block) + n * pool->size);

	block->next = pool->blocks;
	block->n = n;
	pool->blocks = block;
	pool->left = n;
}

void *pool_take(struct pool *pool)
{
	void *thing = pool->free;

	if (thing) {
		pool->free = pool->free->next;
	} else {
		if (!pool->left)
			block_add(pool);
		thing = (char *)pool->blocks->things +
			(pool->blocks->n - pool->left--) * pool->size;
	}
	pool->used++;
	return memset(thing, 0, pool->size);
}

void pool_give(struct pool *pool, void *thing)
{
	struct pool_free *given = thing;

	given->next = pool->free;
	pool->free = given;
	if (!--pool->used)
		pool_clear(pool);
}

void pool_clear(struct pool *pool)
{
	struct pool_block *next;

	for (struct pool_block *block = pool->blocks; block; block = next) {
		next = block->next;
		free(block);
	}
	*pool = (struct pool){.size = pool->size};
}
