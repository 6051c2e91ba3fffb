/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory for many small things of one size, without the allocator's overhead for each. */
#ifndef MUPI_MURT_POOL_H
#define MUPI_MURT_POOL_H

#include <stddef.h>

struct pool_block;
struct pool_free;

struct pool {
	size_t size; /* of each thing; at least that of a pointer */
	size_t used;
	struct pool_block *blocks; /* the newest first */
	size_t left;		   /* things never taken, at the end of the newest block */
	struct pool_free *free;	   /* things given back */
};

/* A thing, zeroed. */
void *pool_take(struct pool *pool);
/* Give one back. When it was the last, all memory is freed. */
void pool_give(struct pool *pool, void *thing);
/* Free everything, taken or not. The pool is empty then and may be used again. */
void pool_clear(struct pool *pool);

#endif
