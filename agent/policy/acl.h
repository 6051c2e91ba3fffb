/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The access list: who may ask for what. Pure: no I/O, no clock. Ordered rules, the first that
 * matches decides, and what none matches is permitted.
 */
#ifndef MUPI_ACL_H
#define MUPI_ACL_H

#include "policy/murt.h"

struct acl_rule {
	bool deny;
	/* A rule with a prefix concerns the family of it only. A source longer than /0 concerns
	 * requests for that source: one for any source is another matter. */
	struct prefix client;
	struct prefix group;
	struct prefix source;
	uint32_t downstream; /* port number, or MURT_ANY_PORT */
	/* owned by the list */
	uint32_t id;   /* 1, 2, … in the order of acl_add() */
	uint64_t hits; /* requests it decided */
};

struct acl; /* opaque */

struct acl *acl_new(void);
void acl_free(struct acl *acl); /* accepts NULL */

/* Append a copy. The prefixes are of one family. */
void acl_add(struct acl *acl, const struct acl_rule *rule);
/* The rules in their order: index < acl_count(). Valid until the next acl_add(). */
size_t acl_count(const struct acl *acl);
const struct acl_rule *acl_at(const struct acl *acl, size_t index);

/*
 * The rule that denies the request, or NULL: it is permitted. Counts a hit of whatever rule decides
 * with `count_hits`. As in the table, 0.0.0.0 and :: match only rules with no client prefix or a
 * /0. `acl` NULL permits all. Does not allocate.
 */
const struct acl_rule *acl_denies(struct acl *acl, const struct murt_request *request,
				  bool count_hits);

#endif
