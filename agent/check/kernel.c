// SPDX-License-Identifier: GPL-2.0-or-later
/* What the programs need of the kernel and of the user. */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "check/judge.h"

/* The oldest that the programs are tested with. */
#define KERNEL_MAJOR 6
#define KERNEL_MINOR 1
#define NEWER_KERNEL "apt-get install linux-image-$(dpkg --print-architecture) && reboot"

void check_kernel(const struct system_facts *system, struct finding *f)
{
	unsigned int major = 0, minor = 0;

	if (sscanf(system->release, "%u.%u", &major, &minor) == 2 &&
	    (major > KERNEL_MAJOR || (major == KERNEL_MAJOR && minor >= KERNEL_MINOR))) {
		say(f, CHECK_OK, "%s", system->release);
		return;
	}
	say(f, CHECK_FAIL, "%s; %d.%d or newer is needed", system->release, KERNEL_MAJOR,
	    KERNEL_MINOR);
	cure(f, NEWER_KERNEL);
}

void check_btf(const struct system_facts *system, struct finding *f)
{
	if (!system->btf)
		say(f, CHECK_OK, "the kernel describes its types");
	else
		say(f, CHECK_WARN,
		    "no /sys/kernel/btf/vmlinux (%s): libxdp cannot share ports; the kernel needs "
		    "CONFIG_DEBUG_INFO_BTF",
		    strerror(-system->btf));
}

static bool is_refused(int code)
{
	return code == -EPERM || code == -EACCES;
}

void check_bpf(const struct system_facts *system, struct finding *f)
{
	if (!system->bpf)
		say(f, CHECK_OK, "programs, maps and helpers load");
	else if (is_refused(system->bpf) && !system->bpf_missing[0])
		say(f, CHECK_WARN, "not looked at: loading programs needs root");
	else
		say(f, CHECK_FAIL, "the programs do not load (%s)%s%s", strerror(-system->bpf),
		    system->bpf_missing[0] ? ": the kernel lacks " : "", system->bpf_missing);
	if (f->status == CHECK_WARN)
		cure(f, "sudo mupi-agent --check");
	else if (f->status == CHECK_FAIL)
		cure(f, NEWER_KERNEL);
}

void check_bpffs(const struct system_facts *system, struct finding *f)
{
	char word[WORD_LEN];

	switch (system->pin_place) {
	case PIN_BPFFS:
		say(f, CHECK_OK, "%s is on a bpffs", system->pin_dir);
		return;
	case PIN_TO_MOUNT:
		say(f, CHECK_WARN, "no bpffs on %s; the agent mounts one when it starts",
		    system->bpffs);
		shell_word(system->bpffs, word);
		if (strcmp(system->bpffs, system->pin_dir) != 0)
			cure(f, "mount -t bpf bpf %s", word);
		else
			cure(f, "mkdir -p %s && mount -t bpf bpf %s", word, word);
		return;
	case PIN_NO_PARENT:
		say(f, CHECK_FAIL, "%s: there is no folder %s", system->pin_dir, system->bpffs);
		cure(f, "mkdir -p %s", shell_word(system->bpffs, word));
	}
}

void check_rights(const struct system_facts *system, struct finding *f)
{
	static const struct {
		unsigned int bit;
		const char *name;
	} needed[] = {
		{CAP_BPF, "CAP_BPF"},
		{CAP_NET_ADMIN, "CAP_NET_ADMIN"},
		{CAP_NET_RAW, "CAP_NET_RAW"},
		{CAP_PERFMON, "CAP_PERFMON"},
		{CAP_SYS_ADMIN, "CAP_SYS_ADMIN"},
	};
	char missing[128] = "";
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!(system->capabilities >> needed[i].bit & 1))
			n += (size_t)snprintf(missing + n, sizeof(missing) - n, " %s",
					      needed[i].name);
	if (!n) {
		say(f, CHECK_OK, "this user may run the agent");
		return;
	}
	say(f, CHECK_WARN, "this user cannot run the agent, and not all was looked at; missing:%s",
	    missing);
	cure(f, "sudo mupi-agent --check");
}

void check_files(const struct system_facts *system, struct finding *f)
{
	unsigned long long limit = system->file_limit, need = system->file_need;

	if (limit >= need) {
		say(f, CHECK_OK, "%llu open files are allowed", limit);
		return;
	}
	say(f, CHECK_WARN,
	    "%llu open files are allowed; each different set of receivers takes one, up to %llu",
	    limit, need);
	if (system->capabilities >> CAP_SYS_RESOURCE & 1)
		cure(f, "sysctl -w fs.nr_open=%llu", need);
	else
		cure(f, "ulimit -Hn %llu", need);
}
