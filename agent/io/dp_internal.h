/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by dataplane.c and dp_*.c, and by nobody else. */
#ifndef MUPI_IO_DP_INTERNAL_H
#define MUPI_IO_DP_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/bpf.h>

#include "io/dataplane.h"

#define DP_ERROR_LEN  256
#define DP_REASON_LEN 640

struct dp_lists;
struct features_watch;
struct mupi; /* the skeleton */
struct ring_buffer;

/* The maps of forwarding entries. */
enum dp_flow_map { DP_FWD4, DP_FWD6, DP_RANGE4, DP_RANGE6, DP_FLOW_MAPS };

struct dp_flow_key {
	enum dp_flow_map map;
	union {
		struct mupi_key4 fwd4;
		struct mupi_key6 fwd6;
		struct mupi_range4 range4;
		struct mupi_range6 range6;
	};
};

/* The key as the map wants it. */
static inline void *dp_flow_raw(struct dp_flow_key *key)
{
	return &key->fwd4;
}

struct dp_port {
	unsigned int ifindex;	  /* 0: none */
	enum dataplane_mode mode; /* of what is attached; DP_AUTO: nothing yet */
	int xdp_link;
	int tc_link, guard_link; /* -1 with a clsact filter */
	bool upstream;
	bool left_out; /* of lists in the kernel, for the time being */
	bool libxdp;   /* the XDP program is there through libxdp, without a link of ours */
	uint32_t kept; /* flags of DP_KEPT, as in map `ports` */
};

/* What a later agent, or --cleanup, has to know of a port. */
#define DP_KEPT (MUPI_PORT_ALLMULTI | MUPI_PORT_CLSACT | MUPI_PORT_TARGET)

struct dp_former;
struct dp_libxdp;

struct dataplane {
	struct mupi *skel;
	struct ring_buffer *ring;
	struct dp_lists *lists;
	dataplane_punt *punt;
	void *ctx;
	enum dataplane_mode mode;    /* as asked for */
	enum dataplane_mode running; /* and taken */
	char mode_reason[DP_REASON_LEN];
	bool look_again;	  /* native XDP may be possible by now */
	bool stay;		  /* with TC, whatever is possible */
	usec_t changed, returned; /* the mode, and to native XDP; 0: never */
	int (*features)(unsigned int ifindex, uint64_t *ret); /* xdp_features(), but in tests */
	struct features_watch *watch;			      /* NULL: the kernel tells none */
	enum dataplane_attach attach;
	struct dp_libxdp *libxdp; /* NULL until needed */
	unsigned int to_poll;	  /* punts; 0: all of them */
	int lock;		  /* descriptor of pin_dir, locked */
	char *pin_dir;
	char *pins; /* where ours are: pin_dir/v<MUPI_DP_VERSION>, -new until started */
	bool started;
	struct dp_former *former; /* until started */
	int flow_fds[DP_FLOW_MAPS];
	int ports_fd, port_stats_fd, buckets_fd, alive_fd;
	volatile struct mupi_flow_stats *flow_stats; /* map `flow_stats`; see dp_flow_counter() */
	int xdp_prog, tc_prog, guard_prog;
	int n_cpus;
	uint32_t cpu_ids;   /* their numbers are below; no fewer than n_cpus */
	uint32_t max_flows; /* counters of each CPU */
	uint32_t *counters; /* free ones of them */
	uint32_t n_counters;
	struct dp_port ports[MUPI_MAX_PORTS];
};

/* What a CPU counts of a flow; the kernel goes on counting meanwhile. */
static inline volatile struct mupi_flow_stats *dp_flow_counter(const struct dataplane *dp,
							       uint32_t cpu, uint32_t counter)
{
	return &dp->flow_stats[(size_t)cpu * dp->max_flows + counter];
}

/*
 * dp_load.c: programs and maps, the maps pinned in dp->pins. 0, or a negative errno with a line in
 * `error`; dp_unload() after either. The kernel keeps what is pinned.
 */
int dp_load(struct dataplane *dp, unsigned int max_flows, char error[static DP_ERROR_LEN]);
void dp_unload(struct dataplane *dp);
/* What libbpf and libxdp have to say goes to the log, at level debug. */
void dp_log_libbpf(void);

/* dp_lists.c: replication lists, interned by their set of ports. */
struct dp_lists *dp_lists_new(int outer_fd, int members_fd, unsigned int n_ports,
			      const struct dp_port *ports);
void dp_lists_free(struct dp_lists *l); /* closes descriptors; the kernel keeps the lists */
/* The list of exactly these ports, with one more reference. 0, or a negative errno. */
int dp_lists_get(struct dp_lists *l, const struct portset *set, uint32_t *ret);
/* Drop a reference, after the forwarding entry no longer names the list. */
void dp_lists_put(struct dp_lists *l, uint32_t number);
bool dp_lists_prepare(struct dp_lists *l);
/* A port has come with this ifindex, or gone (0). */
void dp_lists_port(struct dp_lists *l, unsigned int port, unsigned int ifindex);
/* Does the kernel have the port in all lists that name it? */
bool dp_lists_hold(const struct dp_lists *l, unsigned int port);
/* What the kernel has in a list. */
int dp_lists_read(const struct dp_lists *l, uint32_t number, struct portset *ret);

/* dp_flows.c: the key of an entry. Returns the map's descriptor. */
int dp_flow_key(const struct dataplane *dp, unsigned int upstream, const struct addr *group,
		const struct prefix *source, struct dp_flow_key *key);
/* The entry of exactly this key; a trie would answer with that of a shorter prefix. 0, or a
 * negative errno. */
int dp_flow_find(const struct dataplane *dp, struct dp_flow_key *key, struct mupi_fwd *ret);
/* Entries whose only receiver is this port shall name a list, as the port goes away. */
void dp_flows_forget_port(struct dataplane *dp, unsigned int index);

/* dp_walk.c: calls `each` for every entry, which it may change, until one is not 0. Returns that,
 * or a negative errno. */
typedef int dp_each_entry(void *ctx, const struct dp_flow_key *key, const struct mupi_fwd *fwd);
int dp_walk(struct dataplane *dp, dp_each_entry *each, void *ctx);

/* dp_pin.c: the pin folder. Each returns 0 or a negative errno with a line in `error`. */
int dp_pin_open(const char *pin_dir, int *ret_lock, char error[static DP_ERROR_LEN]);
/* Is a folder there one of an agent's, by its name? Others may share pin_dir. */
bool dp_pin_is_ours(const char *name);
/* A folder for what is being built, dp->pins; what a crashed agent left there counts as former. */
int dp_pin_stage(struct dataplane *dp, char error[static DP_ERROR_LEN]);
/* The others go, and dp->pins gets its name. */
int dp_pin_settle(struct dataplane *dp, char error[static DP_ERROR_LEN]);
/* Take back dp_pin_stage(). */
void dp_pin_drop(struct dataplane *dp);

/* dp_former.c: what a former agent left: links on ports, and what its ring holds. */
void dp_former_open(struct dataplane *dp);
/* The link of a kind ("xdp", "guard", …) on an interface: its descriptor, the caller's from now
 * on; or -1. */
int dp_former_take(struct dataplane *dp, const char *kind, unsigned int ifindex);
/* The interface that a link is on; 0 when it is gone, or in another network namespace, where its
 * number is not ours. */
unsigned int dp_link_ifindex(int fd);
/* Is there anything of it? */
bool dp_former_any(const struct dataplane *dp);
/* Has it a program on the interface? */
bool dp_former_has(const struct dataplane *dp, unsigned int ifindex);
/* Is a map of this number the `ports` of one of its folders? */
bool dp_former_has_map(const struct dataplane *dp, uint32_t id);
bool dp_is_map(int fd, uint32_t id);
/* Its flags of DP_KEPT. */
uint32_t dp_former_kept(const struct dataplane *dp, unsigned int ifindex);
/* The links that nobody took go: of ports that are none any more. */
void dp_former_detach(struct dataplane *dp);
/* Deliver what the former agent has not read. */
void dp_former_drain(struct dataplane *dp);
void dp_former_close(struct dataplane *dp);
/* Of a `ports` map of any version: an interface's flags of DP_KEPT. */
uint32_t dp_ports_kept(int ports_map, unsigned int ifindex);
/* dataplane.c: the index of the port with this interface, or -1. */
int dp_find_port(const struct dataplane *dp, unsigned int ifindex);
/* Set or clear one of DP_KEPT. */
void dp_keep(struct dataplane *dp, unsigned int index, uint32_t flag, bool on);

/*
 * dp_attach.c: links. Our program in the place of a former agent's, in one step; where that is
 * impossible, theirs goes. The link, or -1.
 */
int dp_link_replace(struct dataplane *dp, const char *kind, unsigned int ifindex, int prog,
		    bool possible);
int dp_link_pin(const struct dataplane *dp, int fd, const char *kind, unsigned int index);
void dp_link_drop(const struct dataplane *dp, int *fd, const char *kind, unsigned int index);
/* The name of the XDP program on an interface; false when there is none, or it is not told. */
#define DP_XDP_NAME "mupi_xdp" /* ours */
#define DP_NAMES    "mupi_"    /* so begin those of all of ours */
bool dp_xdp_name(unsigned int ifindex, char name[static BPF_OBJ_NAME_LEN]);
/* Both hooks of dp->ports[index], whose ifindex is set. */
int dp_attach_port(struct dataplane *dp, unsigned int index, char error[static DP_ERROR_LEN]);
void dp_detach_port(struct dataplane *dp, unsigned int index);
int dp_xdp_attach(struct dataplane *dp, unsigned int index, char error[static DP_ERROR_LEN]);
void dp_xdp_detach(struct dataplane *dp, unsigned int index);
/* Without IFF_ALLMULTI a network card filters groups that no local socket has joined, before XDP.
 * True when it was not set before. */
bool dp_set_allmulti(unsigned int ifindex, bool on);
/* Set it on a port that is attached, and remember that. */
void dp_receive_all(struct dataplane *dp, unsigned int index);

/* dp_tc.c: a program by tcx, or where the kernel has none, as a filter of clsact. */
enum dp_direction { DP_INGRESS, DP_EGRESS };
int dp_tc_attach(struct dataplane *dp, unsigned int index, enum dp_direction direction,
		 char error[static DP_ERROR_LEN]);
void dp_tc_detach(struct dataplane *dp, unsigned int index, enum dp_direction direction);
bool dp_tc_is_attached(struct dataplane *dp, unsigned int index, enum dp_direction direction);
/* The programs at a hook, by tcx and, at most one, ours of clsact. Returns how many. */
#define DP_PROGS_MAX 65
uint32_t dp_tc_programs(unsigned int ifindex, enum dp_direction direction,
			uint32_t ret[static DP_PROGS_MAX]);
/* *ret_created: the interface had no clsact before. */
int dp_clsact_attach(unsigned int ifindex, enum dp_direction direction, int prog,
		     bool *ret_created);
/* The filter goes; with the last of all, clsact as well if it is ours. */
void dp_clsact_detach(unsigned int ifindex, enum dp_direction direction, bool ours);

/* dp_other.c: is a program that of another agent, neither ours nor a former one's? */
bool dp_is_others(const struct dataplane *dp, uint32_t prog);
/* One that takes what comes in at an interface; 0: none. */
uint32_t dp_other_agent(const struct dataplane *dp, unsigned int ifindex);

/* dp_libxdp.c: is a dispatcher of libxdp, or a program made for it, on the interface? */
bool dp_libxdp_is_there(unsigned int ifindex);
int dp_libxdp_attach(struct dataplane *dp, unsigned int index, char error[static DP_ERROR_LEN]);
/* Programs of this data plane that are there through libxdp go, also of former agents. */
void dp_libxdp_detach(unsigned int ifindex);
void dp_libxdp_close(struct dataplane *dp);

/* dp_mode.c: sets dp->running, before any hook is taken. */
extern const char *const dp_mode_names[];
void dp_mode_choose(struct dataplane *dp);
/* Native XDP was refused on a port: with `auto`, all go over to TC. 0, or an error, `code` at
 * least. */
int dp_mode_fall_back(struct dataplane *dp, unsigned int index, int code,
		      char error[static DP_ERROR_LEN]);
/* The same when a port that is attached turns out to be none that XDP can send on. */
int dp_mode_check(struct dataplane *dp, unsigned int index, char error[static DP_ERROR_LEN]);
/* Something may keep native XDP from a port no longer: with `auto`, all are looked at again. */
void dp_mode_look_again(struct dataplane *dp);
/* To be called often: back to native XDP, when it is time. */
void dp_mode_return(struct dataplane *dp, usec_t now);
/* For features_watch_open(). */
void dp_mode_features(void *ctx, unsigned int ifindex);

/* dataplane.c: a record of a ring, for ring_buffer__new(). */
int dp_deliver(void *ctx, void *data, size_t size);

int dp_error(char error[static DP_ERROR_LEN], int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
