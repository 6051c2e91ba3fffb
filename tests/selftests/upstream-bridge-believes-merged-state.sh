#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A Linux bridge with snooping is the router behind upstreams 7 and 8, for IGMPv3 and MLDv2.
. "$(dirname "$0")/judge.bash"

MEMBERSHIP_INTERVAL=8 # seconds; the others are in hundredths

start_bridge() { # start_bridge PROVIDER
	on "$1" ip link add judge type bridge mcast_snooping 1 mcast_igmp_version 3 mcast_mld_version 2 \
		mcast_querier 1 mcast_startup_query_interval 50 mcast_query_interval 200 \
		mcast_query_response_interval 50 mcast_membership_interval ${MEMBERSHIP_INTERVAL}00 \
		mcast_last_member_interval 10 mcast_hash_max 16384 || return
	on "$1" ip link set eth1 master judge
	on "$1" ip link set judge up
}

# In EXCLUDE mode a source with a running timer is wanted, one without is blocked (RFC 9776 section 6.2.1).
believed_by() { # believed_by PROVIDER UPSTREAM
	on "$1" bridge -j -d -s mdb show dev judge | jq -r --arg upstream "$2" '.[].mdb[] |
		select(.port == "eth1" and (has("src") | not) and (.grp | startswith("239.") or startswith("ff1e:"))) |
		.filter_mode as $mode |
		[.source_list[]? | select((.timer | tonumber > 0) == ($mode == "include")) | .address] as $sources |
		select($mode == "exclude" or $sources != []) |
		[$upstream, .grp, $mode] + ($sources | sort) | join(" ")'
}

believed() {
	believed_by provider1 7
	believed_by provider2 8
}

start_judged_agent
for provider in provider1 provider2; do
	start_bridge $provider || skip "this kernel has no bridge with multicast snooping"
done
judge_sequences $MEMBERSHIP_INTERVAL -4 -6
