/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only file that talks to BPF: loads and pins programs and maps, attaches them to ports, keeps
 * forwarding entries and replication lists, hands punted packets to the agent.
 */
#ifndef MUPI_IO_DATAPLANE_H
#define MUPI_IO_DATAPLANE_H

#include "lib/addr.h"
#include "lib/portset.h"
#include "lib/util.h"
#include "mupi/dataplane.h"

/* Native XDP takes a frame of one page only, less headroom and trailer. */
#define DATAPLANE_PAGE_MTU 3506

enum dataplane_mode { DP_AUTO, DP_NATIVE, DP_GENERIC, DP_TC };

/* How XDP programs get on ports: as links of our own, or through libxdp, which lets several share a
 * port; auto: through libxdp where it is there already. */
enum dataplane_attach { DP_ATTACH_AUTO, DP_LINK, DP_LIBXDP };

struct dataplane; /* opaque */

struct dataplane_params {
	const char *pin_dir;  /* bpffs is mounted there (or at its parent) if nothing is */
	unsigned int n_ports; /* size of a replication list, 1 … MUPI_MAX_PORTS */
	enum dataplane_mode mode;
	enum dataplane_attach attach;
	unsigned int max_flows; /* entries of both families; 0: default */
	usec_t hold_time;	/* see dataplane_heartbeat() */
};

/* One frame punted at port `index`; valid during the call only. */
typedef void dataplane_punt(void *ctx, unsigned int index, const struct mupi_punt *punt);

/*
 * Load programs and maps, beside those of a former agent, which go on forwarding until
 * dataplane_start(). Returns 0, or a negative errno with one line in `error` that names cause and
 * cure (not root: which capability; no BTF; no bpffs; another agent holds the lock).
 */
int dataplane_open(const struct dataplane_params *params, dataplane_punt *punt, void *ctx,
		   struct dataplane **ret, char error[static 256]);
/*
 * Take the ports' hooks, once ports and forwarding entries are those that a former agent's clients
 * need: a program in the place of the former one's, port by port, so that no packet meets none or
 * both. Then the former agent's maps go, and what waits in its ring is delivered. On an error all
 * is as it was before: 0, or a negative errno with one line in `error`. With a former agent, a port
 * that is new and cannot be taken is no error, but given up.
 */
int dataplane_start(struct dataplane *dp, char error[static 256]);
bool dataplane_has(const struct dataplane *dp, unsigned int index); /* the port is taken */
/* Close file descriptors; once started, programs go on forwarding. Accepts NULL. */
void dataplane_close(struct dataplane *dp);
/* Detach and unpin everything under pin_dir. Needs no open data plane. 0 or a negative errno, as
 * above. */
int dataplane_cleanup(const char *pin_dir, char error[static 256]);

/* Readable when punts are waiting; dataplane_poll() then delivers a good part of them, without
 * blocking. */
int dataplane_fd(const struct dataplane *dp);
int dataplane_poll(struct dataplane *dp);
/* Run when idle: prepares replication lists ahead of need (may take 10 ms). True when it did
 * something. */
bool dataplane_prepare(struct dataplane *dp);
/* Tell the programs that an agent is alive, several times a second. Without it for `hold_time`, a
 * second at least, everything passes to the switch; 0: never. */
void dataplane_heartbeat(struct dataplane *dp, usec_t hold_time);

/*
 * Take an interface as port `index`; its hooks, XDP and the egress guard, at once or with
 * dataplane_start(). Returns 0, or a negative errno with one line in `error` (driver without XDP,
 * foreign program on the port and its id, MTU too large; another port has the interface).
 */
int dataplane_attach(struct dataplane *dp, unsigned int index, unsigned int ifindex,
		     const struct mupi_port *port, char error[static 256]);
/* Give the port up, also when its interface has vanished. Its flows must have been removed by the
 * caller. */
void dataplane_detach(struct dataplane *dp, unsigned int index);
/* Is the interface of an attached port still the one that was taken? One that is back from another
 * namespace, or was made anew with the same ifindex, is not. */
bool dataplane_holds(struct dataplane *dp, unsigned int index);
/* The port's interface has changed, or its peer may have: it is up or not. With `auto`, all ports
 * go over to TC when XDP can no longer send on it. It receives all multicast again if it did not.
 */
void dataplane_link(struct dataplane *dp, unsigned int index, bool up);
/*
 * Readable when the kernel has something to tell of what drivers can do, of a veth also when its
 * peer's GRO is switched; -1: it tells no such thing (before 6.3). dataplane_features_read() then
 * does what dataplane_link() does for the ports concerned, without blocking.
 */
int dataplane_features_fd(const struct dataplane *dp);
void dataplane_features_read(struct dataplane *dp);
/* Programs are, or are to be, on ports through libxdp, which needs CAP_SYS_ADMIN for as long. */
bool dataplane_uses_libxdp(const struct dataplane *dp);
const char *dataplane_mode_name(const struct dataplane *dp,
				unsigned int index); /* "native", … or "none" */
/* Why this mode: a few words. */
const char *dataplane_mode_reason(const struct dataplane *dp);

/*
 * Forward packets of a group that arrive on port `upstream` to the ports of `out`. The longest
 * prefix that covers a packet's source counts, one of no family (any source) last; `out` empty:
 * drop, counted. Creates or changes in one step that a packet sees either before or after. `below`
 * on any-source entries: MUPI_FWD_HAS_SOURCES, MUPI_FWD_HAS_PREFIXES. Returns 0 or a negative errno
 * (-ENODEV: the upstream is not attached; -ENOSPC: maps are full).
 */
int dataplane_flow_set(struct dataplane *dp, unsigned int upstream, const struct addr *group,
		       const struct prefix *source, const struct portset *out, uint32_t below);
void dataplane_flow_del(struct dataplane *dp, unsigned int upstream, const struct addr *group,
			const struct prefix *source);

/* How many more can be created. */
unsigned int dataplane_room(const struct dataplane *dp);

/* What an entry has forwarded. 0, or a negative errno (-ENOENT: there is none). */
int dataplane_flow_stats(struct dataplane *dp, unsigned int upstream, const struct addr *group,
			 const struct prefix *source, struct mupi_flow_stats *ret);

/* What the kernel's maps say, not what the agent remembers. Order undefined. */
struct dataplane_flow {
	unsigned int upstream; /* port index */
	struct addr group;
	struct prefix source; /* of no family: any */
	struct portset out;
	uint32_t below;
	struct mupi_flow_stats stats;
};
typedef void dataplane_each(void *ctx, const struct dataplane_flow *flow);
/* Calls `each` for every entry. Returns 0 or a negative errno. */
int dataplane_flows(struct dataplane *dp, dataplane_each *each, void *ctx);

/* The entries a piece at a time, so that others need not wait for a walk over 100,000 of them. */
struct dataplane_walk; /* opaque */
struct dataplane_walk *dataplane_walk_new(struct dataplane *dp);
/*
 * Calls `each` for some more; those that come or go between two calls may be left out. Returns 1,
 * 0 when these were the last, or a negative errno.
 */
int dataplane_walk_on(struct dataplane_walk *walk, dataplane_each *each, void *ctx);
void dataplane_walk_free(struct dataplane_walk *walk);

/* Packets of a port by enum mupi_stat, summed over CPUs. */
int dataplane_port_stats(struct dataplane *dp, unsigned int index,
			 uint64_t ret[static MUPI_STAT_MAX]);

#endif
