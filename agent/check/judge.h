/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of agent/check share. */
#ifndef MUPI_CHECK_JUDGE_H
#define MUPI_CHECK_JUDGE_H

#include "check/check.h"
#include "lib/util.h"

/* Set status and text of a finding, or its cure. */
void say(struct finding *f, enum check_status status, const char *format, ...) __printf(3, 4);
void cure(struct finding *f, const char *format, ...) __printf(2, 3);

/* Is native XDP wanted, or possible? */
bool wants_native(const struct system_facts *system);
/* How bad it is that a port cannot do native XDP. */
enum check_status without_native(const struct system_facts *system);
const char *consequence(const struct system_facts *system); /* of that, to end the text with */
bool is_veth(const struct link_facts *link);
/* Does it hand XDP programs to the interfaces below it, where frames are not the port's? */
bool is_bond(const struct link_facts *link);
/* Is the driver one with native XDP and redirect, of which attaching makes a redirect target? */
bool is_known_driver(const struct port_facts *port);
bool gains_target(const struct port_facts *port);
void cure_mode(struct finding *f);
/* Receives multicast data: a downstream port, or one whose role is not known. */
bool is_target(const struct system_facts *system, const struct port_facts *port);
/* Multicast data arrives here. */
bool is_origin(const struct system_facts *system, const struct port_facts *port);

typedef void system_check(const struct system_facts *system, struct finding *f);
/* The interface exists; f->port is set. */
typedef void port_check(const struct system_facts *system, const struct port_facts *port,
			struct finding *f);

/* kernel.c: what the programs need */
system_check check_kernel, check_btf, check_bpf, check_bpffs, check_rights, check_files;
/* tuning.c: kernel settings that cost packets or time */
system_check check_backlog, check_jit, check_statistics;
/* driver.c: what the driver can do with XDP */
port_check check_driver, check_mtu;
port_check check_target; /* target.c */
/* offload.c: what hardware, or the other end of a veth, keeps from XDP */
port_check check_vlan, check_checksum, check_queues, check_lro, check_allmulti;
/* neighbours.c: who else is at the port */
port_check check_link, check_owner, check_bridge, check_switch;

#endif
