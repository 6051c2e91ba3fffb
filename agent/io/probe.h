/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Probes: what --check judges, looked up. They change nothing that stays, and leave what they may
 * not look at as unknown.
 */
#ifndef MUPI_IO_PROBE_H
#define MUPI_IO_PROBE_H

#include "check/facts.h"

/* probe_system.c: all but `mode`, `roles_known`, `n_ports`, `upstream_mtu` and what
 * probe_programs() tells. */
void probe_system(const char *pin_dir, struct system_facts *ret);

/* probe_bpf.c: load the programs for a try, attached to nothing. */
void probe_programs(struct system_facts *ret);
void probe_xdp(unsigned int ifindex, struct xdp_facts *ret);

/* probe_link.c: an interface of this network namespace, by name or, when that is NULL, by ifindex.
 * ret->ifindex is 0 when there is none. */
void probe_link(const char *name, unsigned int ifindex, struct link_facts *ret);
/* The XDP program of an interface, wherever it runs; 0: none. Of the one interface alone: libbpf's
 * bpf_xdp_query() lets the kernel tell all that there are. */
uint32_t probe_xdp_id(unsigned int ifindex);
uint32_t link_xdp_id(const struct link_facts *link);
/* dp_other.c: sets ports[].other_agent, beside an agent with its pins in `pin_dir`. */
void probe_other_agents(const char *pin_dir, struct port_facts *ports, size_t n);
void probe_ethtool(const char *name, struct ethtool_facts *ret); /* probe_ethtool.c */
/* probe_peer.c: the other end of a veth, wherever it is. */
void probe_peer(const struct link_facts *link, struct peer_facts *ret);
void probe_switch(const char *port, struct switch_facts *ret); /* probe_switch.c */

/* netns.c: the network namespace with this id (`ip netns list-id`): a descriptor, and what to put
 * before commands for there. Negative errno: none found. */
int netns_find(int id, char *prefix, size_t size);
/* Go to the namespace of an open descriptor. Returns a descriptor of the one left, for
 * netns_leave(), or a negative errno. */
int netns_enter(int fd);
void netns_leave(int former);

#endif
