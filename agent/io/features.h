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

#endif
