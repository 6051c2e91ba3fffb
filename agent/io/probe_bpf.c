// SPDX-License-Identifier: GPL-2.0-or-later
/* Do the programs load here, and whose program is on an interface? */
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "io/probe.h"
#include "lib/util.h"
#include "mupi.skel.h"

/* ---- what the programs need ---- */

/* The mapper puts the commas. */
#define HELPER_NAME(name) #name
static const char *const helpers[] = {__BPF_FUNC_MAPPER(HELPER_NAME)};

static bool lacks_map(const struct bpf_object *object, char missing[static 128])
{
	struct bpf_map *map;

	bpf_object__for_each_map(
		map, object) if (libbpf_probe_bpf_map_type(bpf_map__type(map), NULL) == 0)
	{
		snprintf(missing, 128, "map type %s", libbpf_bpf_map_type_str(bpf_map__type(map)));
		return true;
	}
	return false;
}

static bool is_helper_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == 0 && insn->imm > 0 &&
	       (size_t)insn->imm < ARRAY_SIZE(helpers);
}

static bool lacks_helper(const struct bpf_program *program, char missing[static 128])
{
	const struct bpf_insn *insn = bpf_program__insns(program);
	enum bpf_prog_type type = bpf_program__type(program);

	for (size_t i = 0; i < bpf_program__insn_cnt(program); i++) {
		if (!is_helper_call(&insn[i]) ||
		    libbpf_probe_bpf_helper(type, (enum bpf_func_id)insn[i].imm, NULL) != 0)
			continue;
		snprintf(missing, 128, "helper bpf_%s of programs of type %s", helpers[insn[i].imm],
			 libbpf_bpf_prog_type_str(type));
		return true;
	}
	return false;
}

static bool lacks_program(const struct bpf_object *object, char missing[static 128])
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object)
	{
		enum bpf_prog_type type = bpf_program__type(program);

		if (libbpf_probe_bpf_prog_type(type, NULL) == 0) {
			snprintf(missing, 128, "program type %s", libbpf_bpf_prog_type_str(type));
			return true;
		}
		if (lacks_helper(program, missing))
			return true;
	}
	return false;
}

void probe_programs(struct system_facts *ret)
{
	struct mupi *skel;

	libbpf_set_print(NULL);
	skel = mupi__open();
	ret->bpf = skel ? mupi__load(skel) : -errno;
	mupi__destroy(skel);
	if (!ret->bpf || ret->bpf == -EPERM || ret->bpf == -EACCES)
		return;
	/* As it was before the attempt: its maps and programs, to be asked for one by one. */
	skel = mupi__open();
	if (skel && !lacks_map(skel->obj, ret->bpf_missing))
		lacks_program(skel->obj, ret->bpf_missing);
	mupi__destroy(skel);
}

/* ---- whose program is on an interface ---- */

static const char *ip_option(const struct link_facts *link)
{
	if (link->xdp_driver)
		return "xdpdrv";
	return link->xdp_generic ? "xdpgeneric" : "xdpoffload";
}

static void name_program(uint32_t id, char name[static 16])
{
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(id);
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0)
		snprintf(name, 16, "%s", info.name);
}

static bool holds(uint32_t link, unsigned int ifindex, uint32_t program)
{
	_cleanup_close_ int fd = bpf_link_get_fd_by_id(link);
	struct bpf_link_info info = {0};
	uint32_t size = sizeof(info);

	return fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0 &&
	       info.type == BPF_LINK_TYPE_XDP && info.xdp.ifindex == ifindex &&
	       info.prog_id == program;
}

/* The bpf_link of a program on an interface; 0: none, `ip link` has attached it. */
static uint32_t find_link(unsigned int ifindex, uint32_t program)
{
	uint32_t id = 0;

	while (bpf_link_get_next_id(id, &id) == 0)
		if (holds(id, ifindex, program))
			return id;
	return 0;
}

void probe_xdp(unsigned int ifindex, struct xdp_facts *ret)
{
	struct link_facts link;

	probe_link(NULL, ifindex, &link);
	*ret = (struct xdp_facts){.program = link_xdp_id(&link)};
	if (!ret->program)
		return;
	ret->ip_option = ip_option(&link);
	name_program(ret->program, ret->name);
	ret->link = find_link(ifindex, ret->program);
}
