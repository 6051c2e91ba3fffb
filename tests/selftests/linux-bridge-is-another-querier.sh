#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A switch on a downstream port that asks, too: one of proxy and bridge asks, whoever has the lower address;
# a client behind the bridge loses nothing.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
[proxy]
igmp_source = 10.100.0.100
mld_source = fe80::100
[timers]
query_interval = 2s
query_response_interval = 500ms
END
share 1 111
share 2 121
for family in 4 6; do
	send 1 "$(group_of $family 1)" 5001 100
	for n in 1 2; do
		view viewer1${n}1 out$n$family -g "$(group_of $family 1)" -p 5001
	done
done
for n in 1 2; do
	expect 5 "both families" eval "views out${n}4 && views out${n}6"
done

# becomes_querier CLIENT IPV4 IPV6
becomes_querier() {
	ip -n "$MUPI_LAB-client$1" addr add "$2/24" dev br0
	ip -n "$MUPI_LAB-client$1" addr add "$3/64" dev br0 nodad
	ip -n "$MUPI_LAB-client$1" link set br0 type bridge mcast_snooping 1 mcast_igmp_version 3 mcast_mld_version 2 \
		mcast_query_use_ifaddr 1 mcast_query_interval 200 mcast_query_response_interval 50 \
		mcast_startup_query_interval 100 mcast_querier_interval 500 mcast_membership_interval 500 mcast_querier 1
}
on client1 ip -6 addr flush dev br0 scope link
on client2 ip -6 addr flush dev br0 scope link
becomes_querier 1 10.100.0.50 fe80::50
becomes_querier 2 10.100.0.150 fe80::150

querier_is() {
	json ports -- ".[] | select(.port == $1) | .querier.v$2 == \"$3\""
}
capture client2 wire2 'igmp[0] = 17 or ip6[48] = 130'
expect 8 "the bridge asks on port 1" querier_is 1 4 10.100.0.50
expect 8 "the bridge asks on port 1" querier_is 1 6 fe80::50
silent_bridge() {
	[ "$(lines wire2 '(10.100.0.100|fe80::100) > .*query')" -ge 4 ]
}
expect 8 "the proxy asks on port 2" silent_bridge
querier_is 2 4 self || fail "the bridge is elected on port 2"
querier_is 2 6 self || fail "the bridge is elected on port 2"
on client1 ip link set br0 type bridge mcast_querier 0 mcast_snooping 0
expect 8 "the proxy asks again on port 1" querier_is 1 4 self
expect 8 "the proxy asks again on port 1" querier_is 1 6 self
for n in 1 2; do
	for family in 4 6; do
		leave out$n$family
		[[ $(cat "$WORK/out$n$family") == *"gaps 0 duplicates 0"* ]] || fail "port $n: $(cat "$WORK/out$n$family")"
	done
done
