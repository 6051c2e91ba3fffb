// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernel settings that cost packets or time. */
#include "check/judge.h"

/* What one turn of a receive queue may hand on at once (NAPI weight). */
#define NAPI_BATCH 64

/* A veth without NAPI puts what it gets on the CPU's backlog: a batch for every receiver has to fit
 * in there. */
void check_backlog(const struct system_facts *system, struct finding *f)
{
	long need = (long)NAPI_BATCH * system->n_ports;

	if (system->backlog == UNREADABLE) {
		say(f, CHECK_WARN,
		    "not looked at: net.core.netdev_max_backlog is that of the first "
		    "network namespace, and needs root");
		cure(f, "sudo nsenter -t 1 -n sysctl net.core.netdev_max_backlog");
		return;
	}
	if (system->backlog >= need) {
		say(f, CHECK_OK, "netdev_max_backlog %ld is enough for %u ports", system->backlog,
		    system->n_ports);
		return;
	}
	say(f, CHECK_WARN,
	    "netdev_max_backlog %ld: %u receivers of a burst need %ld, the rest is "
	    "dropped",
	    system->backlog, system->n_ports, need);
	cure(f, "sysctl -w net.core.netdev_max_backlog=%ld", need);
}

void check_jit(const struct system_facts *system, struct finding *f)
{
	if (system->jit == UNREADABLE) {
		say(f, CHECK_WARN,
		    "not looked at: net.core.bpf_jit_enable is that of the first network "
		    "namespace, and needs root");
		cure(f, "sudo nsenter -t 1 -n sysctl net.core.bpf_jit_enable");
	} else if (system->jit == 0) {
		say(f, CHECK_WARN, "programs are interpreted, at a fraction of the speed");
		cure(f, "sysctl -w net.core.bpf_jit_enable=1");
	} else {
		say(f, CHECK_OK, "programs are compiled");
	}
}

void check_statistics(const struct system_facts *system, struct finding *f)
{
	if (system->statistics > 0) {
		say(f, CHECK_WARN, "kernel.bpf_stats_enabled slows every packet by a third");
		cure(f, "sysctl -w kernel.bpf_stats_enabled=0");
	} else if (system->statistics == UNREADABLE) {
		say(f, CHECK_OK, "the kernel keeps no run time of programs, or does not tell");
	} else {
		say(f, CHECK_OK, "the kernel keeps no run time of programs");
	}
}
