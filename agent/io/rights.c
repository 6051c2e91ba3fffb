// SPDX-License-Identifier: GPL-2.0-or-later
#include "io/rights.h"

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util.h"

#define NO_GROUP ((gid_t)-1)

static gid_t group_id(const char *name)
{
	const struct group *group = getgrnam(name);

	return group ? group->gr_gid : NO_GROUP;
}

void rights_find(struct rights *ret)
{
	ret->readers = group_id(RIGHTS_READERS);
	ret->writers = group_id(RIGHTS_WRITERS);
}

int rights_grant(const struct rights *rights, const char *path)
{
	if (rights->readers == NO_GROUP)
		return 0;
	/* First whose it is, then the permission: never open to others. */
	if (lchown(path, geteuid(), rights->readers) || chmod(path, 0660))
		return -errno;
	return 0;
}

/*
 * The groups that the process has, as the kernel says: no question to a name service that may keep
 * the agent waiting. Caller frees *ret.
 */
static size_t peer_groups(int fd, gid_t **ret)
{
	socklen_t size = 0;

	*ret = NULL;
	if (!getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) || errno != ERANGE)
		return 0;
	*ret = xcalloc(1, size);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, *ret, &size))
		return 0;
	return size / sizeof(**ret);
}

enum right rights_of_peer(const struct rights *rights, int fd, uid_t *user)
{
	_cleanup_free_ gid_t *groups = NULL;
	struct ucred peer;
	socklen_t size = sizeof(peer);
	enum right right = RIGHT_NONE;
	size_t n;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
		return RIGHT_NONE;
	*user = peer.uid;
	if (peer.uid == 0 || peer.uid == geteuid())
		return RIGHT_WRITE;
	n = peer_groups(fd, &groups);
	for (size_t i = 0; i <= n; i++) {
		gid_t gid = i < n ? groups[i] : peer.gid;

		if (gid == NO_GROUP)
			continue;
		if (gid == rights->writers)
			return RIGHT_WRITE;
		if (gid == rights->readers)
			right = RIGHT_READ;
	}
	return right;
}
