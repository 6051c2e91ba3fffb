// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replication lists. Writing the outer map waits for an RCU grace period (8 ms and more), so lists
 * are created in batches ahead of need, and a join only fills one. A list that nobody names any
 * more rests until a grace period has passed: a packet on another CPU may still be walking it.
 */
#include <errno.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <stdlib.h>
#include <uthash.h>

#include "io/dp_internal.h"
#include "lib/util.h"

#define BATCH	    256
#define FIRST_BATCH 64
#define LOW_MARK    48 /* fewer ready than this: prepare another batch */

struct list {
	struct portset set; /* key */
	uint32_t number;
	uint32_t refs;
	int fd;
	struct list *next; /* in `ready` or `resting` */
	UT_hash_handle hh;
};

struct dp_lists {
	int outer_fd, members_fd;
	unsigned int n_ports;
	const struct dp_port *ports;
	struct list *by_set;
	struct list **by_number;
	unsigned int n_lists, n_ready, n_resting;
	struct list *ready, *resting;
};

struct dp_lists *dp_lists_new(int outer_fd, int members_fd, unsigned int n_ports,
			      const struct dp_port *ports)
{
	struct dp_lists *l = xcalloc(1, sizeof(*l));

	l->outer_fd = outer_fd;
	l->members_fd = members_fd;
	l->n_ports = n_ports;
	l->ports = ports;
	l->by_number = xcalloc(MUPI_MAX_LISTS, sizeof(struct list *));
	return l;
}

void dp_lists_free(struct dp_lists *l)
{
	if (!l)
		return;
	HASH_CLEAR(hh, l->by_set);
	for (unsigned int i = 0; i < l->n_lists; i++) {
		close(l->by_number[i]->fd);
		free(l->by_number[i]);
	}
	free(l->by_number);
	free(l);
}

static void push_ready(struct dp_lists *l, struct list *list)
{
	list->next = l->ready;
	l->ready = list;
	l->n_ready++;
}

/* Only resting lists whose rest began before the grace period may be handed in. */
static void end_rest(struct dp_lists *l, struct list *rested)
{
	while (rested) {
		struct list *next = rested->next;

		push_ready(l, rested);
		rested = next;
	}
}

static struct list *take_resting(struct dp_lists *l)
{
	struct list *rested = TAKE_PTR(l->resting);

	l->n_resting = 0;
	return rested;
}

/* Create up to a batch of empty lists and put them into the outer map in one call. */
static int add_batch(struct dp_lists *l)
{
	/* Few will do for most; each costs the kernel a worker when it is freed. */
	uint32_t batch = l->n_lists ? BATCH : FIRST_BATCH;
	uint32_t keys[BATCH], count = MIN(batch, MUPI_MAX_LISTS - l->n_lists), made = 0, asked;
	int fds[BATCH], r = 0;

	while (made < count && r == 0) {
		fds[made] = bpf_map_create(BPF_MAP_TYPE_DEVMAP_HASH, "mupi_list", sizeof(uint32_t),
					   sizeof(uint32_t), l->n_ports, NULL);
		keys[made] = l->n_lists + made;
		if (fds[made] < 0)
			r = -errno;
		else
			made++;
	}
	asked = made;
	if (made && bpf_map_update_batch(l->outer_fd, keys, fds, &asked, NULL)) {
		r = -errno;
		for (uint32_t i = 0; i < made; i++)
			close(fds[i]);
		return r;
	}
	for (uint32_t i = 0; i < made; i++) {
		struct list *list = xcalloc(1, sizeof(*list));

		list->number = keys[i];
		list->fd = fds[i];
		l->by_number[l->n_lists++] = list;
		push_ready(l, list);
	}
	return made ? 0 : r ? r : -ENOSPC;
}

/* Wait for a grace period. Refused on kernels with nohz_full; then a batch must do. */
static bool wait_grace(void)
{
	return syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0;
}

static int refill(struct dp_lists *l)
{
	struct list *rested = take_resting(l);
	uint32_t zero = 0, one = 1;
	int r = 0;

	if (rested && !wait_grace()) {
		/* Writing what is there already waits as well. */
		r = bpf_map_update_batch(l->outer_fd, &zero, &l->by_number[0]->fd, &one, NULL);
		if (r) {
			l->resting = rested;
			return r;
		}
	}
	end_rest(l, rested);
	if (l->n_ready < LOW_MARK)
		r = add_batch(l);
	return l->n_ready ? 0 : r;
}

bool dp_lists_prepare(struct dp_lists *l)
{
	if (l->n_ready >= LOW_MARK && l->n_resting < LOW_MARK)
		return false;
	if (l->n_lists == MUPI_MAX_LISTS && !l->n_resting)
		return false;
	return refill(l) == 0;
}

static uint32_t receiver(const struct dp_lists *l, uint32_t port)
{
	return l->ports[port].left_out ? 0 : l->ports[port].ifindex;
}

static int fill(struct dp_lists *l, struct list *list, const struct portset *set)
{
	struct mupi_members members = {0};

	for (uint32_t key = 0; key < l->n_ports; key++) {
		uint32_t ifindex = portset_has(set, key) ? receiver(l, key) : 0;

		if (portset_has(set, key))
			members.w[key / 32] |= 1u << key % 32;
		if (!ifindex)
			bpf_map_delete_elem(list->fd, &key);
		else if (bpf_map_update_elem(list->fd, &key, &ifindex, BPF_ANY) && errno != EINVAL)
			return -errno; /* EINVAL: the interface has just gone */
	}
	if (bpf_map_update_elem(l->members_fd, &list->number, &members, BPF_ANY))
		return -errno;
	list->set = *set;
	return 0;
}

int dp_lists_get(struct dp_lists *l, const struct portset *set, uint32_t *ret)
{
	struct list *list;
	int r;

	HASH_FIND(hh, l->by_set, set, sizeof(*set), list);
	if (!list) {
		if (!l->ready && (r = refill(l)))
			return r;
		list = l->ready;
		r = fill(l, list, set);
		if (r)
			return r;
		l->ready = list->next;
		l->n_ready--;
		HASH_ADD(hh, l->by_set, set, sizeof(list->set), list);
	}
	list->refs++;
	*ret = list->number;
	return 0;
}

void dp_lists_put(struct dp_lists *l, uint32_t number)
{
	struct list *list = number < l->n_lists ? l->by_number[number] : NULL;

	if (!list || !list->refs || --list->refs)
		return;
	HASH_DEL(l->by_set, list);
	list->next = l->resting;
	l->resting = list;
	l->n_resting++;
}

void dp_lists_port(struct dp_lists *l, unsigned int port, unsigned int ifindex)
{
	uint32_t key = port, value = ifindex;
	struct list *list, *tmp;

	HASH_ITER (hh, l->by_set, list, tmp) {
		if (!portset_has(&list->set, port))
			continue;
		if (ifindex)
			bpf_map_update_elem(list->fd, &key, &value, BPF_ANY);
		else
			bpf_map_delete_elem(list->fd, &key);
	}
}

bool dp_lists_hold(const struct dp_lists *l, unsigned int port)
{
	uint32_t key = port, ifindex;
	struct list *list, *tmp;

	if (!receiver(l, port))
		return true;
	HASH_ITER (hh, l->by_set, list, tmp)
		if (portset_has(&list->set, port) && bpf_map_lookup_elem(list->fd, &key, &ifindex))
			return false;
	return true;
}

int dp_lists_read(const struct dp_lists *l, uint32_t number, struct portset *ret)
{
	struct mupi_members members = {0};
	struct portset set = {0};
	uint32_t key, *previous = NULL;

	if (number >= l->n_lists)
		return -ENOENT;
	while (bpf_map_get_next_key(l->by_number[number]->fd, previous, &key) == 0) {
		if (key < MUPI_MAX_PORTS)
			portset_add(&set, key);
		previous = &key;
	}
	bpf_map_lookup_elem(l->members_fd, &number, &members);
	for (key = 0; key < l->n_ports; key++)
		if (l->ports[key].left_out && members.w[key / 32] >> key % 32 & 1)
			portset_add(&set, key);
	*ret = set;
	return 0;
}
