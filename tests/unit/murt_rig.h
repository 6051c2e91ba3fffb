/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables and requests in words, for tests. */
#ifndef MUPI_MURT_RIG_H
#define MUPI_MURT_RIG_H

#include "policy/murt.h"

#define ALL   UINT64_MAX
#define UP(n) (1ULL << (n)) /* in these tests the slot of an upstream is its number */

struct vector {
	const char *client, *group, *source; /* source "": any */
	uint32_t downstream;
	upset expected;
};

struct row {
	const char *client;
	uint32_t downstream;
	const char *group, *source;
	uint32_t upstream;
	int32_t priority;
};

struct murt_row make(const struct row *r);
int add(struct murt *murt, const struct row *r, uint32_t *id);
struct murt *table(const struct row *rows, size_t n);
struct murt *specific(const struct row *rows, size_t n); /* by specificity */
struct murt_request request(const char *client, const char *group, const char *source,
			    uint32_t downstream);
/* A whole explanation: the matches are valid until the next change. */
struct explained {
	struct murt_explanation explanation;
	upset upstreams;
	const char *reason;
	struct murt_match *matches;
	size_t n;
	const struct murt_carve *carves;
	size_t n_carves;
};

void explain(const struct murt *murt, const struct murt_request *request, upset up, upset disabled,
	     struct explained *ret);
bool explain_carves(const struct murt *murt, const struct murt_request *request, upset up,
		    upset disabled, struct explained *ret);
void explained_free(struct explained *explained);
/* What the table answers, and explains, is what is expected. */
void check(struct murt *murt, const struct vector *vectors, size_t n, upset usable);

#define CHECK(murt, usable, ...)                                                                   \
	do {                                                                                       \
		const struct vector vectors_[] = {__VA_ARGS__};                                    \
		check(murt, vectors_, ARRAY_SIZE(vectors_), usable);                               \
	} while (0)

#define TABLE(...)                                                                                 \
	table((const struct row[]){__VA_ARGS__}, ARRAY_SIZE(((const struct row[]){__VA_ARGS__})))

#define SPECIFIC(...)                                                                              \
	specific((const struct row[]){__VA_ARGS__}, ARRAY_SIZE(((const struct row[]){__VA_ARGS__})))

#endif
