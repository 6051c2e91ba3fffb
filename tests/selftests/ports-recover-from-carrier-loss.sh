#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A port that loses its carrier for a moment: a downstream one asks its clients at once when it is back, an
# upstream one is told again what is wanted; the clients are served on, and others notice nothing.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
END
port_state() {
	json ports -- ".[] | select(.port == $1) | .state == \"$2\""
}
flap() { # flap PORT INTERFACE
	ip -n "$MUPI_LAB-switch" link set "$2" down
	expect 3 "port $1 is down" port_state "$1" down
	ip -n "$MUPI_LAB-switch" link set "$2" up
	expect 3 "port $1 is up" port_state "$1" up
}
for family in 4 6; do
	send 1 "$(group_of $family 1)" 5001 200
	for n in 1 2; do
		view client$n out$n$family -g "$(group_of $family 1)" -p 5001
		expect 5 "client $n gets data" views out$n$family
	done
done
capture client1 queries 'igmp[0] = 17 or ip6[48] = 130' -Q in
capture client1 data udp -Q in
asked() {
	[ "$(lines queries ' igmp query')" -ge 1 ] && [ "$(lines queries ' multicast listener query')" -ge 1 ]
}
served() {
	[ "$(lines data '> 239.1.1.1\.')" -ge $((four + 20)) ] && [ "$(lines data '> ff1e::1\.')" -ge $((six + 20)) ]
}
flap 1 d1
expect 3 "the clients are asked at once" asked
four=$(lines data '> 239.1.1.1\.') six=$(lines data '> ff1e::1\.')
expect 5 "data again" served
same "members" '[1,1,2,2]' "$(ctl -j members | jq -c '[.[].port] | sort')"
# Generic XDP gives up a frame at a receiver that is down, until the agent has taken that out: 0.1 s of 200 a second, as
# tests run beside each other.
lost='gaps 0'
[ "${MUPI_MODE:-}" != generic ] || lost='gaps 1?[0-9]'
for family in 4 6; do
	leave out2$family
	[[ $(cat "$WORK/out2$family") =~ $lost" duplicates 0" ]] || fail "client 2 lost: $(cat "$WORK/out2$family")"
done

capture provider1 reports 'igmp or ip6[48] = 143' -Q in -v
flap 7 u7
told() {
	[ "$(lines reports 'gaddr 239.1.1.1 to_ex')" -ge 1 ] && [ "$(lines reports 'gaddr ff1e::1 to_ex')" -ge 1 ]
}
expect 3 "the upstream is told again" told
four=$(lines data '> 239.1.1.1\.') six=$(lines data '> ff1e::1\.')
expect 5 "data again" served
