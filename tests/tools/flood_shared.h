/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What flood and its program share. */
#ifndef FLOOD_SHARED_H
#define FLOOD_SHARED_H

#include <linux/types.h>

#define FLOOD_FRAMES 4096
#define FLOOD_SIZE   1514
#define FLOOD_LIVE   60 /* bytes of a live frame before it is one of these */

struct flood_frame {
	__u32 len;
	__u8 data[FLOOD_SIZE];
};

#endif
