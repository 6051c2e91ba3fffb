/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose keys strangers choose, they cannot fill one chain of. */
#include <criterion/criterion.h>

#include "unit/rig.h"

static struct hash_link *first_of(const struct hashtable *t)
{
	for (size_t i = 0; i < t->n_chains; i++)
		if (t->chains[i])
			return t->chains[i];
	cr_assert(false, "the table is empty");
	return NULL;
}

static void expect_secret(const struct hashtable *t, const char *what)
{
	const struct hash_link *link = first_of(t);

	for (unsigned int i = 0; i < ARRAY_SIZE(t->secret); i++) {
		struct hashtable other = *t;

		cr_expect_neq(t->secret[i], 0u, "%s", what);
		other.secret[i] ^= 1ULL << 40 | 1ULL << 3;
		cr_expect_neq(t->hash(t, link), t->hash(&other, link), "%s", what);
	}
}

Test(hashtable, the_place_of_a_strangers_key_is_a_secret)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);
	const struct neighbour n = {.mac = {2, 0, 0, 0, 0, 1}, .addr = addr_zero(FAMILY_V6)};
	const struct proxy *p = rig->proxy;

	rig_row(rig, "", "", "", 7, 10);
	rig_record(rig, 0, "fe80::5", RECORD_TO_EX, "ff1e::1", "");
	proxy_neighbour(rig->proxy, 0, &n, rig->now);
	expect_secret(&p->group_table, "groups");
	expect_secret(&p->clients, "clients");
	expect_secret(&p->client_macs, "clients' MAC addresses");
	expect_secret(&p->identities, "MAC addresses");
	expect_secret(&p->host_addrs, "hosts' addresses");
	expect_secret(&p->upstream_table, "groups of upstreams");
	rig_free(rig);
}

struct number {
	struct hash_link link;
	uint64_t value;
};

static uint64_t number_hash(const struct hashtable *t, const struct hash_link *link)
{
	(void)t;
	return hash_words(container_of(link, struct number, link)->value, 0);
}

static const struct number *find_number(const struct hashtable *t, uint64_t value)
{
	const struct hash_link *link = hashtable_chain(t, hash_words(value, 0));

	for (; link; link = link->next)
		if (container_of(link, struct number, link)->value == value)
			return container_of(link, struct number, link);
	return NULL;
}

Test(hashtable, grows_and_forgets)
{
	struct number numbers[1000];
	struct hashtable t;

	hashtable_init(&t, number_hash, NULL);
	cr_expect_null(find_number(&t, 1));
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		numbers[i].value = i;
		hashtable_add(&t, &numbers[i].link);
	}
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i += 2)
		hashtable_del(&t, &numbers[i].link);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		cr_expect_eq(find_number(&t, i), i % 2 ? &numbers[i] : NULL);
	for (size_t i = 1; i < ARRAY_SIZE(numbers); i += 2)
		hashtable_del(&t, &numbers[i].link);
	cr_expect_null(t.chains, "an empty one takes no memory");
}
