/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filters: which sources of a group are wanted. */
#include "proxy/internal.h"

bool filter_empty(const struct filter *f)
{
	return f->mode == MODE_INCLUDE && !f->n;
}

bool filter_eq(const struct filter *a, const struct filter *b)
{
	return a->mode == b->mode && a->n == b->n &&
	       (!a->n || !memcmp(a->sources, b->sources, a->n * sizeof(*a->sources)));
}

bool filter_has(const struct filter *f, const struct addr *addr)
{
	return addr_find(f->sources, f->n, sizeof(*f->sources), addr);
}

bool filter_wants(const struct filter *f, const struct addr *addr)
{
	return filter_has(f, addr) == (f->mode == MODE_INCLUDE);
}

void filter_copy(struct filter *to, const struct filter *from)
{
	free(to->sources);
	*to = *from;
	to->sources = NULL;
	if (from->n) {
		to->sources = xcalloc(from->n, sizeof(*to->sources));
		memcpy(to->sources, from->sources, from->n * sizeof(*to->sources));
	}
}
