/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be set for each port; [timers], [proxy] and [limits] hold for the ports that say nothing
 * of their own. */
#ifndef MUPI_SETTINGS_H
#define MUPI_SETTINGS_H

#include <limits.h>
#include <stdbool.h>

#include "lib/addr.h"
#include "lib/util.h"

/* All ports share what the agent can do. */
#define RATE_SHARED UINT_MAX

enum fast_leave { FAST_LEAVE_OFF, FAST_LEAVE_ON, FAST_LEAVE_AUTO };

struct port_settings {
	/* RFC 9776 section 8, RFC 9777 section 9 */
	unsigned int robustness;	/* 1 … 7 */
	usec_t query_interval;		/* less than 31744 s */
	usec_t query_response_interval; /* less than query_interval */
	usec_t last_member_query_interval;
	unsigned int last_member_query_count; /* 0: robustness */
	usec_t startup_query_interval;	      /* 0: a quarter of query_interval */
	unsigned int startup_query_count;     /* 0: robustness */
	usec_t unsolicited_report_interval;   /* upstream */

	/* downstream */
	enum fast_leave fast_leave;
	bool querier; /* may send queries; else another router asks, and this one only listens */
	bool query_guard; /* no other querier is believed */

	/* Source of what is sent: ADDR_NONE the port's own address; 0.0.0.0 is possible for IGMP.
	 */
	struct addr igmp_source;
	struct addr mld_source; /* link-local */

	/* downstream; 0: no limit */
	unsigned int groups_per_port;
	unsigned int sources_per_group;	     /* on one port, of all clients */
	unsigned int memberships_per_client; /* groups of one client on one port */
	unsigned int memberships_per_port;   /* and the sources that they list */

	/* What is handed to the agent; 0: no limit, RATE_SHARED until config_settle() */
	unsigned int reports_per_second;
	unsigned int queries_per_second;
	unsigned int neighbours_per_second; /* ARP, neighbour discovery */
};

#endif
