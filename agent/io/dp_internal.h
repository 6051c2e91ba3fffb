/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by dataplane.c and dp_*.c, and by nobody else. */
#ifndef MUPI_IO_DP_INTERNAL_H
#define MUPI_IO_DP_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "io/dataplane.h"

#define DP_ERROR_LEN 256

struct dp_lists;
struct mupi; /* the skeleton */
struct ring_buffer;

/* The maps of forwarding entries. */
enum dp_flow_map { DP_FWD4, DP_FWD6, DP_RANGE4, DP_RANGE6, DP_FLOW_MAPS };

struct dp_port {
	unsigned int ifindex; /* 0: none */
	int xdp_link;
	int guard_link; /* -1 with the clsact filter */
	int allmulti;	/* packet socket that holds the membership */
	bool generic;
};

struct dataplane {
	struct mupi *skel;
	struct ring_buffer *ring;
	struct dp_lists *lists;
	dataplane_punt *punt;
	void *ctx;
	enum dataplane_mode mode;
	usec_t hold_time;
	int lock;   /* descriptor of pin_dir, locked */
	char *pins; /* pin_dir/v<MUPI_DP_VERSION> */
	int flow_fds[DP_FLOW_MAPS];
	int ports_fd, flow_stats_fd, port_stats_fd, buckets_fd, alive_fd;
	int xdp_prog, guard_prog;
	int n_cpus;
	uint32_t *counters; /* free indices of flow_stats */
	uint32_t n_counters;
	struct dp_port ports[MUPI_MAX_PORTS];
};

/* dp_lists.c: replication lists, interned by their set of ports. */
struct dp_lists *dp_lists_new(int outer_fd, unsigned int n_ports, const struct dp_port *ports);
void dp_lists_free(struct dp_lists *l); /* closes descriptors; the kernel keeps the lists */
/* The list of exactly these ports, with one more reference. 0, or a negative errno. */
int dp_lists_get(struct dp_lists *l, const struct portset *set, uint32_t *ret);
/* Drop a reference, after the forwarding entry no longer names the list. */
void dp_lists_put(struct dp_lists *l, uint32_t number);
bool dp_lists_prepare(struct dp_lists *l);
/* A port has come with this ifindex, or gone (0). */
void dp_lists_port(struct dp_lists *l, unsigned int port, unsigned int ifindex);
/* What the kernel has in a list. */
int dp_lists_read(const struct dp_lists *l, uint32_t number, struct portset *ret);

/* dp_flows.c: entries whose only receiver is this port shall name a list, as the port goes away. */
void dp_flows_forget_port(struct dataplane *dp, unsigned int index);

/* dp_pin.c: the pin folder. Each returns 0 or a negative errno with a line in `error`. */
int dp_pin_open(const char *pin_dir, int *ret_lock, char error[static DP_ERROR_LEN]);
int dp_pin_wipe(const char *pin_dir, char error[static DP_ERROR_LEN]);

/* dp_attach.c: both hooks of dp->ports[index], whose ifindex is set. */
int dp_attach_port(struct dataplane *dp, unsigned int index, char error[static DP_ERROR_LEN]);
void dp_detach_port(struct dataplane *dp, unsigned int index);
/* Remove the clsact filter that a kernel without tcx has instead of a link. */
void dp_detach_clsact(unsigned int ifindex);

int dp_error(char error[static DP_ERROR_LEN], int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
