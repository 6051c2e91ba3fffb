// SPDX-License-Identifier: GPL-2.0-or-later
/* TC programs of others at the same hooks. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <net/if.h>

#include <bpf/bpf.h>
#include <criterion/criterion.h>

#include "bpf/dp_rig.h"

/* Attach types of tcx, younger than this system's headers. */
#define TCX_INGRESS 46
#define TCX_EGRESS  47

static void set_up(void)
{
	rig_up(DP_TC);
}

TestSuite(foreign, .init = set_up, .fini = rig_down, .timeout = 60);

/* A program that ends the run: those behind it see nothing. */
static void take_all(const char *name, unsigned int hook)
{
	static const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = TC_ACT_OK},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int prog = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "take_all", "GPL", code, 2, NULL);

	cr_assert_geq(bpf_link_create(prog, (int)if_nametoindex(name), hook, NULL), 0, "%m");
}

Test(foreign, what_is_there_already_takes_nothing_from_the_agent)
{
	dataplane_detach(rig_dp, 0);
	dataplane_detach(rig_dp, 1);
	take_all("p0", TCX_INGRESS);
	take_all("p1", TCX_EGRESS);
	rig_attach(0, if_nametoindex("p0"));
	rig_attach(1, if_nametoindex("p1"));
	cr_assert_eq(rig_flow_set(1, 6), 0);
	rig_forwards(20, 6);
	rig_send("p1", 0, 10);
	cr_expect_eq(rig_stat(1, MUPI_STAT_GUARDED), 10, "%lu guarded",
		     rig_stat(1, MUPI_STAT_GUARDED));
}
