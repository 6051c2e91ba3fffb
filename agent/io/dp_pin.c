// SPDX-License-Identifier: GPL-2.0-or-later
/* The pin folder: on a bpffs, for one agent at a time, which builds beside what is in force. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "io/dp_internal.h"
#include "lib/util.h"

#define BPFFS "/sys/fs/bpf"

static bool is_fs(const char *path, long magic)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (long)fs.f_type == magic;
}

static int mount_bpffs(const char *path, char error[static DP_ERROR_LEN])
{
	if (mount("bpf", path, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") == 0)
		return 0;
	return dp_error(error, -errno,
			"cannot mount bpffs on %s: %m; run `mount -t bpf bpf %s` as root", path,
			path);
}

static bool is_empty(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool empty = dir;

	while (empty && (entry = readdir(dir)))
		empty = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
	if (dir)
		closedir(dir);
	return empty;
}

/* Make pin_dir on a bpffs; sysfs holds an empty folder for one, where no other can be made. */
static int make_folder(const char *pin_dir, char error[static DP_ERROR_LEN])
{
	char parent[PATH_MAX], *slash;
	int r = 0;

	snprintf(parent, sizeof(parent), "%s", pin_dir);
	slash = strrchr(parent, '/');
	if (!slash || slash == parent)
		return dp_error(error, -EINVAL,
				"pin folder %s: must be a path like /sys/fs/bpf/mupi", pin_dir);
	*slash = '\0';
	if (!strcmp(parent, BPFFS) && is_fs(parent, SYSFS_MAGIC))
		r = mount_bpffs(parent, error);
	if (r)
		return r;
	if (is_fs(parent, BPF_FS_MAGIC) && strchr(slash + 1, '.'))
		return dp_error(error, -EINVAL, "pin folder %s: a bpffs takes no name with a dot",
				pin_dir);
	if (mkdir(pin_dir, 0700) && errno != EEXIST)
		return dp_error(error, -errno,
				"cannot make pin folder %s: %m; does %s exist, are you root?",
				pin_dir, parent);
	if (is_fs(pin_dir, BPF_FS_MAGIC))
		return 0;
	/* A mount would hide somebody's files. */
	if (!is_empty(pin_dir))
		return dp_error(error, -ENOTEMPTY,
				"pin folder %s is no bpffs and not empty; choose another with "
				"-p PINDIR",
				pin_dir);
	return mount_bpffs(pin_dir, error);
}

/* A --cleanup may have removed the folder between the two calls. */
static bool is_still(int fd, const char *path)
{
	struct stat a, b;

	return !fstat(fd, &a) && !stat(path, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int lock_folder(const char *pin_dir, int *ret_lock, char error[static DP_ERROR_LEN])
{
	int fd = open(pin_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return dp_error(error, -errno, "cannot open pin folder %s: %m", pin_dir);
	if (flock(fd, LOCK_EX | LOCK_NB) || !is_still(fd, pin_dir)) {
		close(fd);
		return dp_error(error, -EBUSY,
				"another agent holds %s: stop it or use another pin folder",
				pin_dir);
	}
	*ret_lock = fd;
	return 0;
}

int dp_pin_open(const char *pin_dir, int *ret_lock, char error[static DP_ERROR_LEN])
{
	int r = make_folder(pin_dir, error);

	return r ? r : lock_folder(pin_dir, ret_lock, error);
}

/* ---- folders -----------------------------------------------------------------------------------
 * v<VERSION> holds the maps and links in force; v<VERSION>-new those being built. Any other begins
 * with v and a number, too: of another version, or left by a crash.
 */

bool dp_pin_is_ours(const char *name)
{
	return name[0] == 'v' && isdigit((unsigned char)name[1]);
}

/* What has no pin to unlink: clsact and its filters, programs of libxdp, the interface's flag.
 * `dp`: its ports are left alone; NULL: there is none. */
static void wipe_ports(int folder, const struct dataplane *dp)
{
	char path[PATH_MAX];
	uint32_t ifindex, kept, *previous = NULL;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/ports", folder);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return;
	for (; bpf_map_get_next_key(fd, previous, &ifindex) == 0; previous = &ifindex) {
		if (dp && dp_find_port(dp, ifindex) >= 0)
			continue;
		kept = dp_ports_kept(fd, ifindex);
		dp_clsact_detach(ifindex, DP_INGRESS, kept & MUPI_PORT_CLSACT);
		dp_clsact_detach(ifindex, DP_EGRESS, kept & MUPI_PORT_CLSACT);
		dp_libxdp_detach(ifindex);
		if (kept & MUPI_PORT_ALLMULTI)
			dp_set_allmulti(ifindex, false);
	}
	close(fd);
}

/* At once: a link that only loses its pin is freed some time later. */
static void detach_link(int folder, const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", folder, name);
	fd = strchr(name, '-') ? bpf_obj_get(path) : -1;
	if (fd < 0)
		return;
	bpf_link_detach(fd);
	close(fd);
}

static int wipe_folder(int parent, const char *name, const struct dataplane *dp)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	struct dirent *entry;
	DIR *dir;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	wipe_ports(fd, dp);
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while ((entry = readdir(dir))) {
		/* With a data plane they may be in use: it has detached the others. */
		if (!dp)
			detach_link(dirfd(dir), entry->d_name);
		if (entry->d_name[0] != '.' && unlinkat(dirfd(dir), entry->d_name, 0))
			r = -errno;
	}
	closedir(dir);
	if (unlinkat(parent, name, AT_REMOVEDIR) && !r)
		r = -errno;
	return r;
}

/* All folders but `keep`. */
static int wipe(const char *pin_dir, const char *keep, const struct dataplane *dp,
		char error[static DP_ERROR_LEN])
{
	DIR *dir = opendir(pin_dir);
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return errno == ENOENT
			       ? 0
			       : dp_error(error, -errno,
					  "cannot read pin folder %s: %m; are you root?", pin_dir);
	while (!r && (entry = readdir(dir)))
		if (dp_pin_is_ours(entry->d_name) && (!keep || strcmp(entry->d_name, keep)))
			r = wipe_folder(dirfd(dir), entry->d_name, dp);
	closedir(dir);
	if (!r)
		return 0;
	errno = -r;
	return dp_error(error, r, "cannot remove the pins under %s: %m; are you root?", pin_dir);
}

static const char *base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* Half-built by an agent that crashed: some of its links may be in force. */
static int set_aside(const char *path)
{
	char aside[PATH_MAX];

	for (unsigned int i = 1; i < 100; i++) {
		snprintf(aside, sizeof(aside), "%s-%u", path, i);
		if (access(aside, F_OK))
			return rename(path, aside) ? -errno : 0;
	}
	return -EEXIST;
}

int dp_pin_stage(struct dataplane *dp, char error[static DP_ERROR_LEN])
{
	int r;

	if (asprintf(&dp->pins, "%s/v%d-new", dp->pin_dir, MUPI_DP_VERSION) < 0)
		dp->pins = NULL;
	r = dp->pins ? 0 : -ENOMEM;
	if (!r && access(dp->pins, F_OK) == 0)
		r = set_aside(dp->pins);
	if (!r && mkdir(dp->pins, 0700))
		r = -errno;
	if (!r)
		return 0;
	errno = -r;
	return dp_error(error, r, "cannot make a folder in %s: %m; is it a bpffs?", dp->pin_dir);
}

int dp_pin_settle(struct dataplane *dp, char error[static DP_ERROR_LEN])
{
	char path[PATH_MAX];
	int r = wipe(dp->pin_dir, base_name(dp->pins), dp, error);

	if (r)
		return r;
	snprintf(path, sizeof(path), "%s/v%d", dp->pin_dir, MUPI_DP_VERSION);
	if (rename(dp->pins, path))
		return dp_error(error, -errno, "cannot rename %s: %m", dp->pins);
	free(dp->pins);
	dp->pins = xstrdup(path);
	return 0;
}

void dp_pin_drop(struct dataplane *dp)
{
	int parent = open(dp->pin_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (parent < 0)
		return;
	wipe_folder(parent, base_name(dp->pins), dp);
	close(parent);
}

int dataplane_cleanup(const char *pin_dir, char error[static 256])
{
	int lock, r;

	dp_log_libbpf();
	if (access(pin_dir, F_OK) && errno != ENOENT)
		return dp_error(error, -errno, "cannot look at pin folder %s: %m; are you root?",
				pin_dir);
	if (!is_fs(pin_dir, BPF_FS_MAGIC))
		return 0;
	r = lock_folder(pin_dir, &lock, error);
	if (r)
		return r;
	r = wipe(pin_dir, NULL, NULL, error);
	/* Busy when it is a mount of its own: an empty one does no harm. */
	if (!r)
		rmdir(pin_dir);
	close(lock);
	return r;
}
