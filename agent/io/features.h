/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an interface's driver can do for XDP, by the kernel's generic netlink family "netdev". */
#ifndef MUPI_IO_FEATURES_H
#define MUPI_IO_FEATURES_H

#include <stdint.h>

/* enum netdev_xdp_act of linux/netdev.h, which is younger than this system's headers. */
enum xdp_feature {
	XDP_FEATURE_BASIC = 1 << 0,    /* runs programs (native mode): pass, drop, abort, tx */
	XDP_FEATURE_REDIRECT = 1 << 1, /* what it receives can be redirected */
	/*
	 * Is a target of redirects; without it frames vanish uncounted. Of a veth: its peer has GRO
	 * on or runs XDP. Many network cards gain it only while they run a program themselves.
	 */
	XDP_FEATURE_NDO_XMIT = 1 << 2,
	XDP_FEATURE_RX_SG = 1 << 5,	  /* receives frames of several pages */
	XDP_FEATURE_NDO_XMIT_SG = 1 << 6, /* is a target for them */
};

/*
 * The features of an interface of this network namespace, enum xdp_feature and bits without a name
 * here; needs no rights. Returns 0; -EOPNOTSUPP when the kernel (before 6.3) cannot tell; -ENODEV,
 * or another negative errno, with *ret untouched.
 */
int xdp_features(unsigned int ifindex, uint64_t *ret);

/* Listens for changes of features in this network namespace; needs no rights. */
struct features_watch; /* opaque */
/* Something of this interface has changed; 0: events were lost, any may have. */
typedef void features_event(void *ctx, unsigned int ifindex);
/* Returns 0, or a negative errno (-EOPNOTSUPP: kernels before 6.3) with *ret untouched. */
int features_watch_open(struct features_watch **ret, features_event *cb, void *ctx);
void features_watch_close(struct features_watch *watch); /* accepts NULL */
/* Readable when events are waiting; features_watch_read() then calls back, without blocking. */
int features_watch_fd(const struct features_watch *watch);
void features_watch_read(struct features_watch *watch);

#endif
