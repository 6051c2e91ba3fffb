/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The access list. A search tree for each family finds the rule, as it finds rows of the table: the
 * earlier a rule stands, the higher it ranks.
 */
#include "policy/acl.h"

#include <stdlib.h>

#include "lib/util.h"
#include "policy/murt_tree.h"

struct acl {
	struct acl_rule *rules;
	size_t n;
	struct tree *v4, *v6; /* NULL: no rule concerns the family */
};

struct acl *acl_new(void)
{
	return xcalloc(1, sizeof(struct acl));
}

void acl_free(struct acl *acl)
{
	if (!acl)
		return;
	free(acl->rules);
	tree_free(acl->v4);
	tree_free(acl->v6);
	free(acl);
}

static void enter(struct tree **tree, enum family family, const struct acl_rule *rule)
{
	const struct murt_row row = {
		.client = rule->client,
		.group = rule->group,
		.source = rule->source,
		.downstream = rule->downstream,
	};
	struct ternary pattern[PATTERN_WORDS];

	if (!*tree)
		*tree = tree_new(pattern_words(family, false));
	pattern_of_row(&row, family, false, pattern);
	tree_add(*tree, pattern, (struct tree_key){.rank = -(int64_t)rule->id});
}

void acl_add(struct acl *acl, const struct acl_rule *rule)
{
	unsigned int family = rule->client.family | rule->group.family | rule->source.family;
	struct acl_rule *copy;

	acl->rules = xgrow(acl->rules, acl->n, sizeof(*rule));
	copy = &acl->rules[acl->n++];
	*copy = *rule;
	copy->id = (uint32_t)acl->n;
	if (family != FAMILY_V6)
		enter(&acl->v4, FAMILY_V4, copy);
	if (family != FAMILY_V4)
		enter(&acl->v6, FAMILY_V6, copy);
}

size_t acl_count(const struct acl *acl)
{
	return acl->n;
}

const struct acl_rule *acl_at(const struct acl *acl, size_t index)
{
	return &acl->rules[index];
}

static struct acl_rule *find(const struct acl *acl, const struct murt_request *request)
{
	enum family family = addr_family(&request->group);
	const struct tree *tree = family == FAMILY_V4 ? acl->v4 : acl->v6;
	struct search search = {.usable = UINT64_MAX, .best = RANK_NONE};

	if (!tree)
		return NULL;
	/* A request for any source meets no rule with a source. */
	tree_search_request(tree, family, request, &search);
	return search.winners ? &acl->rules[-search.best - 1] : NULL;
}

const struct acl_rule *acl_denies(struct acl *acl, const struct murt_request *request,
				  bool count_hits)
{
	struct acl_rule *rule = acl ? find(acl, request) : NULL;

	if (!rule)
		return NULL;
	rule->hits += count_hits;
	return rule->deny ? rule : NULL;
}
