/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the probes of agent/io found, for --check to judge. */
#ifndef MUPI_CHECK_FACTS_H
#define MUPI_CHECK_FACTS_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "io/dataplane.h"
#include "lib/util.h"

/* A kernel setting that could not be read. */
#define UNREADABLE (-1L)

/* What a probe could not look at is UNKNOWN. */
enum toggle { OFF, ON, UNKNOWN };

enum pin_place { PIN_BPFFS, PIN_TO_MOUNT, PIN_NO_PARENT };

struct system_facts {
	char release[65]; /* uname -r */
	int btf;	  /* 0, or the negative errno of reading it */
	enum dataplane_mode mode;
	bool roles_known; /* there is a configuration */
	/* Where programs and maps are to be pinned. */
	char pin_dir[192];
	enum pin_place pin_place;
	char bpffs[192]; /* PIN_TO_MOUNT: where bpffs belongs; PIN_NO_PARENT: what is missing */
	/* Loading the programs for a try: 0, or a negative errno and what the kernel lacks. */
	int bpf;
	char bpf_missing[128];
	uint64_t capabilities; /* effective, a bit each */
	uint64_t file_limit;   /* descriptors that the process can have */
	uint64_t file_need;
	/* sysctls */
	long backlog, jit, statistics;
	unsigned int n_cpus;
	unsigned int n_ports;
	unsigned int upstream_mtu; /* the largest, 0: none */
};

/* One interface, as route netlink tells. */
struct link_facts {
	char name[IFNAMSIZ];
	unsigned int ifindex; /* 0: there is none */
	unsigned int mtu;
	unsigned int flags;
	char kind[16]; /* "veth", "bridge"; "" of hardware */
	unsigned int master;
	unsigned int peer; /* a veth's other end, its ifindex there */
	int peer_netns;	   /* an id of `ip netns list-id`; -1: here */
	enum toggle snooping;
	uint32_t xdp_driver, xdp_generic, xdp_hardware; /* ids of programs; 0: none */
};

/* What ethtool tells. */
struct ethtool_facts {
	char driver[32];
	enum toggle gro, lro, rx_vlan, tx_vlan, tx_checksum;
	unsigned int queues, max_queues; /* pairs of receive and send queues; 0: unknown */
};

struct xdp_facts {
	uint32_t program;      /* id; 0: none */
	char name[16];	       /* of the program, "" when it could not be looked at */
	const char *ip_option; /* of `ip link set`: "xdpdrv" … */
	uint32_t link;	       /* id of the bpf_link that holds it; 0: none known */
};

/* A veth's other end. */
struct peer_facts {
	bool known;
	char prefix[WORD_LEN + 16]; /* of commands in its namespace: "ip netns exec NAME ", or "" */
	struct link_facts link;
	struct ethtool_facts ethtool;
	struct xdp_facts xdp;
};

/* Open vSwitch. */
struct switch_facts {
	char bridge[64];   /* "": the port is in none, or there is no switch */
	char datapath[16]; /* "system" (the kernel module's) or "netdev" */
	char type[16];	   /* of the interface: "system", "internal", "afxdp" … */
	bool snooping, hw_offload;
	bool rules; /* those that drop multicast data */
};

struct port_facts {
	uint32_t number;
	char name[IFNAMSIZ];
	bool upstream;
	struct link_facts link; /* ifindex 0: no such interface, and nothing below is set */
	struct ethtool_facts ethtool;
	int features_code; /* of xdp_features() */
	uint64_t features;
	struct peer_facts peer; /* of a veth */
	bool was_target;	/* XDP could send on it when its peer was last looked at */
	struct xdp_facts xdp;
	uint32_t other_agent; /* id of a program, XDP or TC, of one with other pins; 0: none */
	struct link_facts master;
	struct switch_facts ovs;
};

#endif
