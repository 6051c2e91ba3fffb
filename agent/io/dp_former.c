// SPDX-License-Identifier: GPL-2.0-or-later
/* What a former agent left under the pin folder, and how it is taken over. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "io/dp_internal.h"
#include "io/probe.h"
#include "lib/util.h"

/* Kinds of kernel links that name an interface, numbers of enum bpf_link_type. */
#define LINK_XDP 6
#define LINK_TCX 11 /* younger than this system's headers */

struct former_link {
	int fd; /* -1: taken */
	uint32_t id;
	unsigned int ifindex;
	char kind[16]; /* the name of its pin up to the port's index */
};

struct dp_former {
	struct former_link *links;
	unsigned int n_links;
	int *ports_maps, *rings; /* descriptors, one for each folder */
	unsigned int n_folders;
};

static int get_pin(const char *folder, const char *name)
{
	_cleanup_free_ char *path = NULL;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? -1 : bpf_obj_get(path);
}

static bool has_link(const struct dp_former *former, uint32_t id)
{
	for (unsigned int i = 0; i < former->n_links; i++)
		if (former->links[i].id == id)
			return true;
	return false;
}

static bool xdp_is(unsigned int ifindex, uint32_t prog)
{
	return prog && probe_xdp_id(ifindex) == prog;
}

static bool tcx_has(unsigned int ifindex, uint32_t attach_type, uint32_t prog)
{
	uint32_t ids[64];
	DECLARE_LIBBPF_OPTS(bpf_prog_query_opts, query, .prog_ids = ids,
			    .prog_cnt = ARRAY_SIZE(ids));

	if (bpf_prog_query_opts((int)ifindex, attach_type, &query))
		return false;
	for (unsigned int i = 0; i < query.prog_cnt; i++)
		if (ids[i] == prog)
			return true;
	return false;
}

static unsigned int ifindex_of(const struct bpf_link_info *info)
{
	/* Of a tcx link, too, the interface is the first word of its own part; the hook follows. */
	const uint32_t *own = (const uint32_t *)&info->xdp;
	bool here = false;

	if (info->type == LINK_XDP)
		here = xdp_is(own[0], info->prog_id);
	else if (info->type == LINK_TCX)
		here = tcx_has(own[0], own[1], info->prog_id);
	return here ? own[0] : 0;
}

unsigned int dp_link_ifindex(int fd)
{
	struct bpf_link_info info = {0};
	uint32_t size = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &size) ? 0 : ifindex_of(&info);
}

/* A start that was killed may have left a link pinned in two folders: it counts once. */
static void add_link(struct dp_former *former, const char *folder, const char *name)
{
	const char *dash = strchr(name, '-');
	int fd = dash ? get_pin(folder, name) : -1;
	struct bpf_link_info info = {0};
	uint32_t size = sizeof(info);
	struct former_link *link;

	if (fd < 0)
		return;
	if (bpf_obj_get_info_by_fd(fd, &info, &size) || has_link(former, info.id)) {
		close(fd);
		return;
	}
	former->links = xgrow(former->links, former->n_links, sizeof(*former->links));
	link = &former->links[former->n_links++];
	*link = (struct former_link){.fd = fd, .id = info.id, .ifindex = ifindex_of(&info)};
	snprintf(link->kind, sizeof(link->kind), "%.*s", (int)(dash - name), name);
}

static void add_folder(struct dp_former *former, const char *folder, bool same_version)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		add_link(former, folder, entry->d_name);
	closedir(dir);
	former->ports_maps = xgrow(former->ports_maps, former->n_folders, sizeof(int));
	former->rings = xgrow(former->rings, former->n_folders, sizeof(int));
	former->ports_maps[former->n_folders] = get_pin(folder, "ports");
	former->rings[former->n_folders++] = same_version ? get_pin(folder, "punt") : -1;
}

void dp_former_open(struct dataplane *dp)
{
	DIR *dir = opendir(dp->pin_dir);
	struct dirent *entry;

	dp->former = xcalloc(1, sizeof(*dp->former));
	while (dir && (entry = readdir(dir))) {
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%s/%s", dp->pin_dir, entry->d_name) < 0)
			path = NULL;
		if (path && dp_pin_is_ours(entry->d_name) && strcmp(path, dp->pins))
			add_folder(dp->former, path, atoi(entry->d_name + 1) == MUPI_DP_VERSION);
	}
	if (dir)
		closedir(dir);
}

bool dp_former_any(const struct dataplane *dp)
{
	return dp->former->n_folders;
}

bool dp_former_has(const struct dataplane *dp, unsigned int ifindex)
{
	for (unsigned int i = 0; i < dp->former->n_links; i++)
		if (dp->former->links[i].ifindex == ifindex)
			return true;
	return false;
}

int dp_former_take(struct dataplane *dp, const char *kind, unsigned int ifindex)
{
	for (unsigned int i = 0; dp->former && i < dp->former->n_links; i++) {
		struct former_link *link = &dp->former->links[i];
		int fd = link->fd;

		if (fd < 0 || link->ifindex != ifindex || strcmp(link->kind, kind))
			continue;
		link->fd = -1;
		return fd;
	}
	return -1;
}

bool dp_is_map(int fd, uint32_t id)
{
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);

	return fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &size) && info.id == id;
}

bool dp_former_has_map(const struct dataplane *dp, uint32_t id)
{
	for (unsigned int i = 0; dp->former && i < dp->former->n_folders; i++)
		if (dp_is_map(dp->former->ports_maps[i], id))
			return true;
	return false;
}

uint32_t dp_ports_kept(int ports_map, unsigned int ifindex)
{
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);
	struct mupi_port *port;
	uint32_t kept;

	if (ports_map < 0 || bpf_obj_get_info_by_fd(ports_map, &info, &size))
		return 0;
	port = xcalloc(1, MAX(sizeof(*port), info.value_size));
	kept = bpf_map_lookup_elem(ports_map, &ifindex, port) ? 0 : port->flags & DP_KEPT;
	free(port);
	return kept;
}

uint32_t dp_former_kept(const struct dataplane *dp, unsigned int ifindex)
{
	uint32_t kept = 0;

	for (unsigned int i = 0; dp->former && i < dp->former->n_folders; i++)
		kept |= dp_ports_kept(dp->former->ports_maps[i], ifindex);
	return kept;
}

void dp_former_detach(struct dataplane *dp)
{
	for (unsigned int i = 0; i < dp->former->n_links; i++)
		if (dp->former->links[i].fd >= 0)
			bpf_link_detach(dp->former->links[i].fd);
}

void dp_former_drain(struct dataplane *dp)
{
	for (unsigned int i = 0; i < dp->former->n_folders; i++) {
		int fd = dp->former->rings[i];
		struct ring_buffer *ring =
			fd < 0 ? NULL : ring_buffer__new(fd, dp_deliver, dp, NULL);

		if (ring)
			ring_buffer__consume(ring);
		ring_buffer__free(ring);
	}
}

static void close_all(int *fds, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(fds);
}

void dp_former_close(struct dataplane *dp)
{
	struct dp_former *former = TAKE_PTR(dp->former);

	if (!former)
		return;
	for (unsigned int i = 0; i < former->n_links; i++)
		if (former->links[i].fd >= 0)
			close(former->links[i].fd);
	free(former->links);
	close_all(former->ports_maps, former->n_folders);
	close_all(former->rings, former->n_folders);
	free(former);
}
