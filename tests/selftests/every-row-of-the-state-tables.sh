#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each row of the router's state tables (tests/conformance/rows.h), both families, driven through the real agent:
# members, flows, queries, and data from listed and unlisted sources.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
[timers]
query_interval = 4s
query_response_interval = 1s
last_member_query_interval = 1500ms
[port 2]
fast_leave = off
[port 4]
fast_leave = off
[static]
join = 1, 239.8.0.1
join = 2, 239.8.0.1
join = 3, 239.8.0.1
join = 4, 239.8.0.1
END
"$BUILD/conformance" "$MUPI_LAB" "$BUILD/mupictl" "$RUN/agent.sock" || fail "rows differ from the RFCs"
