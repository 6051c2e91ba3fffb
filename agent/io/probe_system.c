// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel, its settings, and what this process may do. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "io/probe.h"
#include "lib/util.h"

#define SYSFS_BPF "/sys/fs/bpf"

static long read_long(const char *path)
{
	FILE *file = fopen(path, "re");
	long value = UNREADABLE;

	if (!file)
		return UNREADABLE;
	if (fscanf(file, "%ld", &value) != 1)
		value = UNREADABLE;
	fclose(file);
	return value;
}

/* Settings of the network as a whole are to be seen in the first namespace only. */
static void read_settings(struct system_facts *ret)
{
	_cleanup_close_ int first = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	int former = first >= 0 ? netns_enter(first) : -1;

	ret->backlog = read_long("/proc/sys/net/core/netdev_max_backlog");
	ret->jit = read_long("/proc/sys/net/core/bpf_jit_enable");
	ret->statistics = read_long("/proc/sys/kernel/bpf_stats_enabled");
	if (former >= 0)
		netns_leave(former);
}

static uint64_t read_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	if (syscall(SYS_capget, &header, data))
		return 0;
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

static uint64_t read_file_limit(uint64_t capabilities)
{
	struct rlimit limit;

	if (capabilities >> CAP_SYS_RESOURCE & 1 || getrlimit(RLIMIT_NOFILE, &limit))
		return (uint64_t)MAX(read_long("/proc/sys/fs/nr_open"), 0);
	return limit.rlim_max;
}

static bool is_fs(const char *path, long magic)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (long)fs.f_type == magic;
}

/* The agent makes the folder itself; what has to be there is the one around it. */
static void probe_pins(const char *pin_dir, struct system_facts *ret)
{
	char *slash;

	snprintf(ret->pin_dir, sizeof(ret->pin_dir), "%s", pin_dir);
	snprintf(ret->bpffs, sizeof(ret->bpffs), "%s", pin_dir);
	slash = strrchr(ret->bpffs, '/');
	if (slash && slash != ret->bpffs)
		*slash = '\0';
	if (is_fs(pin_dir, BPF_FS_MAGIC) || is_fs(ret->bpffs, BPF_FS_MAGIC)) {
		ret->pin_place = PIN_BPFFS;
	} else if (access(ret->bpffs, F_OK)) {
		ret->pin_place = PIN_NO_PARENT;
	} else {
		ret->pin_place = PIN_TO_MOUNT;
		/* In sysfs only the folder that the kernel made for it can be mounted on. */
		if (!is_fs(ret->bpffs, SYSFS_MAGIC))
			snprintf(ret->bpffs, sizeof(ret->bpffs), "%s", pin_dir);
	}
}

void probe_system(const char *pin_dir, struct system_facts *ret)
{
	struct utsname name;

	if (uname(&name) == 0)
		snprintf(ret->release, sizeof(ret->release), "%s", name.release);
	ret->btf = access("/sys/kernel/btf/vmlinux", R_OK) ? -errno : 0;
	ret->n_cpus = (unsigned int)get_nprocs_conf();
	ret->capabilities = read_capabilities();
	ret->file_limit = read_file_limit(ret->capabilities);
	ret->file_need = MUPI_MAX_LISTS;
	read_settings(ret);
	probe_pins(pin_dir, ret);
}
