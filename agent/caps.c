/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "caps.h"

#include <cap-ng.h>
#include <errno.h>
#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util.h"

/* 5.8's, younger than some systems' headers */
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF	    39
#endif

#define EVERY_SET                                                                                  \
	((capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE |                    \
			CAPNG_BOUNDING_SET | CAPNG_AMBIENT))

static bool is_ours(const char *path)
{
	struct stat st;

	return stat(path, &st) || st.st_uid == geteuid();
}

static bool files_are_ours(const char *config, const char *socket)
{
	_cleanup_free_ char *copy = xstrdup(socket);

	return is_ours(config) && is_ours(dirname(copy));
}

int caps_drop(const char *config, const char *socket, bool libxdp)
{
	const struct {
		unsigned int capability;
		bool needed;
	} all[] = {
		/* Programs and maps, interfaces that appear later, the packet socket. */
		{CAP_BPF, true},
		{CAP_PERFMON, true},
		{CAP_NET_ADMIN, true},
		{CAP_NET_RAW, true},
		{CAP_DAC_OVERRIDE, !files_are_ours(config, socket)},
		/* To look at programs of others: BPF_PROG_GET_FD_BY_ID. */
		{CAP_SYS_ADMIN, libxdp},
	};
	bool keep[ARRAY_SIZE(all)], bounds;

	if (capng_get_caps_process())
		return -EPERM;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		keep[i] =
			all[i].needed && capng_have_capability(CAPNG_PERMITTED, all[i].capability);
	bounds = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	capng_clear(CAPNG_SELECT_ALL);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (keep[i])
			capng_update(CAPNG_ADD, EVERY_SET, all[i].capability);
	/* Whoever may not change the bounding set has been given one. */
	if (bounds && capng_apply(CAPNG_SELECT_BOUNDS))
		return -EPERM;
	return capng_apply(CAPNG_SELECT_CAPS) || capng_apply(CAPNG_SELECT_AMBIENT) ? -EPERM : 0;
}
