/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which address a host has: ARP (RFC 826, RFC 5227) and IPv6 neighbour discovery (RFC 4861). */
#ifndef MUPI_NEIGHBOUR_H
#define MUPI_NEIGHBOUR_H

#include <net/ethernet.h>
#include <stdbool.h>

#include "lib/addr.h"
#include "wire/message.h"

struct neighbour {
	uint8_t mac[ETH_ALEN]; /* the frame's source */
	struct addr addr;
	bool tentative; /* it asks whether it may have it (RFC 4862 section 5.4) */
};

/*
 * What a frame's sender says of itself; `l3` and `proto` as for message_decode(). False when it
 * says nothing, or is malformed.
 */
bool neighbour_decode(const uint8_t *frame, size_t len, size_t l3, uint16_t proto,
		      struct neighbour *ret);

/* Ask a host whether it has an address still: an ARP probe, or a solicitation from `from`'s IPv6
 * address, to its MAC address alone. */
void frame_neighbour(struct frame *frame, const struct sender *from, const struct neighbour *to);

#endif
