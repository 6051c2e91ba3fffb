// SPDX-License-Identifier: GPL-2.0-or-later
/* Network namespaces: the one that a netlink id stands for, and the way there and back. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "io/netlink.h"
#include "io/probe.h"
#include "lib/util.h"

#define NAMED "/run/netns"

struct answer {
	int id;
	int code;
};

static int on_id(struct nl_msg *msg, void *ctx)
{
	struct nlattr *attrs[NETNSA_MAX + 1];
	struct answer *answer = ctx;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(struct rtgenmsg), attrs, NETNSA_MAX, NULL) < 0 ||
	    !attrs[NETNSA_NSID])
		return NL_STOP;
	answer->id = (int)nla_get_u32(attrs[NETNSA_NSID]);
	answer->code = 0;
	return NL_STOP;
}

static bool has_id(struct nl_sock *sock, int fd, int id)
{
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETNSID, 0);
	struct rtgenmsg general = {.rtgen_family = AF_UNSPEC};
	struct answer answer;

	if (!msg)
		return false;
	nlmsg_append(msg, &general, sizeof(general), NLMSG_ALIGNTO);
	nla_put_u32(msg, NETNSA_FD, (uint32_t)fd);
	return netlink_ask(sock, msg, on_id, &answer, &answer.code) == 0 && answer.id == id;
}

/* Open what a folder's entry says, if it is the namespace. */
static int open_if(struct nl_sock *sock, int folder, const char *path, int id)
{
	int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && has_id(sock, fd, id))
		return fd;
	if (fd >= 0)
		close(fd);
	return -ENOENT;
}

static int find_named(struct nl_sock *sock, int id, char *prefix, size_t size)
{
	DIR *dir = opendir(NAMED);
	char word[WORD_LEN];
	struct dirent *entry;
	int fd = -ENOENT;

	while (fd < 0 && dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.') {
			fd = open_if(sock, dirfd(dir), entry->d_name, id);
			snprintf(prefix, size, "ip netns exec %s ",
				 shell_word(entry->d_name, word));
		}
	if (dir)
		closedir(dir);
	return fd;
}

/* Containers' namespaces have no name, but processes in them. */
static int find_process(struct nl_sock *sock, int id, char *prefix, size_t size)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	char path[300];
	int fd = -ENOENT;

	while (fd < 0 && dir && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0])) {
			snprintf(path, sizeof(path), "%s/ns/net", entry->d_name);
			fd = open_if(sock, dirfd(dir), path, id);
			snprintf(prefix, size, "nsenter -t %s -n ", entry->d_name);
		}
	if (dir)
		closedir(dir);
	return fd;
}

int netns_find(int id, char *prefix, size_t size)
{
	struct nl_sock *sock = netlink_open();
	int fd = -ENOENT;

	if (sock) {
		fd = find_named(sock, id, prefix, size);
		if (fd < 0)
			fd = find_process(sock, id, prefix, size);
	}
	nl_socket_free(sock);
	return fd;
}

int netns_enter(int fd)
{
	int former = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (former < 0)
		return -errno;
	if (setns(fd, CLONE_NEWNET) == 0)
		return former;
	close(former);
	return -EPERM;
}

void netns_leave(int former)
{
	setns(former, CLONE_NEWNET);
	close(former);
}
