// SPDX-License-Identifier: GPL-2.0-or-later
/* The pin folder: a bpffs under it, one agent in it, and nothing left of former ones. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "io/dp_internal.h"
#include "lib/util.h"

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
	if (is_fs(parent, SYSFS_MAGIC))
		r = mount_bpffs(parent, error);
	if (r)
		return r;
	if (mkdir(pin_dir, 0700) && errno != EEXIST)
		return dp_error(error, -errno,
				"cannot make pin folder %s: %m; does %s exist, are you root?",
				pin_dir, parent);
	return is_fs(pin_dir, BPF_FS_MAGIC) ? 0 : mount_bpffs(pin_dir, error);
}

static int lock_folder(const char *pin_dir, int *ret_lock, char error[static DP_ERROR_LEN])
{
	int fd = open(pin_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return dp_error(error, -errno, "cannot open pin folder %s: %m", pin_dir);
	if (flock(fd, LOCK_EX | LOCK_NB)) {
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

/* A filter has no pin of its own to unlink; the former agent's ports say where one may be. */
static void wipe_filters(int version_dir)
{
	char path[PATH_MAX];
	uint32_t ifindex, *previous = NULL;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/ports", version_dir);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return;
	while (bpf_map_get_next_key(fd, previous, &ifindex) == 0) {
		dp_detach_clsact(ifindex);
		previous = &ifindex;
	}
	close(fd);
}

static int wipe_version(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	struct dirent *entry;
	DIR *dir;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	wipe_filters(fd);
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && unlinkat(dirfd(dir), entry->d_name, 0))
			r = -errno;
	closedir(dir);
	if (unlinkat(parent, name, AT_REMOVEDIR) && !r)
		r = -errno;
	return r;
}

int dp_pin_wipe(const char *pin_dir, char error[static DP_ERROR_LEN])
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
		if (entry->d_name[0] == 'v')
			r = wipe_version(dirfd(dir), entry->d_name);
	closedir(dir);
	if (r) {
		errno = -r;
		return dp_error(error, r, "cannot remove the pins under %s: %m; are you root?",
				pin_dir);
	}
	return 0;
}

int dataplane_cleanup(const char *pin_dir, char error[static 256])
{
	int lock, r;

	if (!is_fs(pin_dir, BPF_FS_MAGIC))
		return 0;
	r = lock_folder(pin_dir, &lock, error);
	if (r)
		return r;
	r = dp_pin_wipe(pin_dir, error);
	close(lock);
	/* Busy when it is a mount of its own: an empty one does no harm. */
	if (!r)
		rmdir(pin_dir);
	return r;
}
