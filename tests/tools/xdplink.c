// SPDX-License-Identifier: GPL-2.0-or-later
/* xdplink IFNAME: hold an XDP program that passes everything on an interface by a bpf_link, until
 * ended. */
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/util.h"

static int bpf(enum bpf_cmd command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int load(void)
{
	const struct bpf_insn pass[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)pass,
		.insn_cnt = ARRAY_SIZE(pass),
		.license = (uintptr_t) "GPL",
		.prog_name = "somebody_else",
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

int main(int argc, char **argv)
{
	union bpf_attr attr = {
		.link_create = {.attach_type = BPF_XDP, .flags = XDP_FLAGS_DRV_MODE},
	};

	if (argc != 2) {
		fprintf(stderr, "usage: xdplink IFNAME\n");
		return 2;
	}
	attr.link_create.prog_fd = (uint32_t)load();
	attr.link_create.target_ifindex = if_nametoindex(argv[1]);
	if (bpf(BPF_LINK_CREATE, &attr) < 0) {
		perror(argv[1]);
		return 1;
	}
	printf("attached\n");
	fflush(stdout);
	pause();
	return 0;
}
