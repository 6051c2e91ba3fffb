/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A data plane over veth pairs p0-q0, p1-q1 …, in a network and mount namespace of its own. */
#ifndef MUPI_TEST_DP_RIG_H
#define MUPI_TEST_DP_RIG_H

#include "io/dataplane.h"

#define PORTS	4 /* 0 is upstream */
#define PIN_DIR "/sys/fs/bpf/mupi-test"

extern struct dataplane *rig_dp;
extern char rig_error[256];

/* Make the namespaces and a data plane with all ports; take them away. */
void rig_up(enum dataplane_mode mode);
void rig_down(void);

/* What the agent has pinned under this name: a descriptor, or -1. */
int rig_pinned(const char *name);
int rig_open(enum dataplane_mode mode, struct dataplane **ret);
int rig_start(enum dataplane_mode mode, struct dataplane **ret);
/* A pair whose far end XDP can send to. Returns the ifindex of p<i>. */
unsigned int rig_veth(unsigned int i);
void rig_attach(unsigned int index, unsigned int ifindex);

/* A new network namespace, which nobody is in: a descriptor, and where commands find it. */
int rig_new_netns(char path[static 40]);

/* Group 239.0.0.0 + i, any source, from port 0 to a mask of ports. */
int rig_flow_set(unsigned int i, unsigned int mask);
void rig_flow_del(unsigned int i);
struct rig_flows {
	unsigned int n;
	struct dataplane_flow last;
};
struct rig_flows rig_flows(void);

#define RIG_FRAME 128 /* bytes */
/* Send frames of group 239.0.0.1 out of an interface. */
void rig_send(const char *name, unsigned int mark, unsigned int n);
void rig_send_bytes(const char *name, unsigned int mark, const void *frame, size_t len);
/* What came to q<i>, by the device's own counter (0: there is none); waits up to 10 s for `n` more
 * than `before`. */
unsigned long rig_received(unsigned int i);
unsigned long rig_more(unsigned int i, unsigned long before, unsigned int n);
uint64_t rig_stat(unsigned int port, enum mupi_stat reason);

/* `n` frames from the upstream reach the ports of `mask` once each, and no other. */
void rig_forwards(unsigned int n, unsigned int mask);
/* The reason for the mode has this in it. */
void rig_reasons(const char *text);

/* The last frame that was punted, and at which port. */
extern struct mupi_punt rig_punt;
extern unsigned int rig_punt_index;
extern uint8_t rig_punted[MUPI_PUNT_SNAP];

#endif
