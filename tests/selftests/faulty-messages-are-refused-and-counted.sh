#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Messages that no good host or router sends: each has its counter and changes nothing.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
[proxy]
strict_router_alert = on
END
declare -A CLIENT=([4]=10.100.0.51 [6]=fe80::51) GROUP=([4]=239.1.1.9 [6]=ff1e::9) ROUTER=([4]=10.100.0.1 [6]=fe80::1)
declare -A UNICAST=([4]=10.100.0.99 [6]=2001:db8:100::99)

# What it should not change: one membership of each family, and who asks.
for family in 4 6; do
	reports 1 --client "${CLIENT[$family]}" --group "$(group_of $family 1)"
done
expect 3 "two members" json members -- 'length == 2'
state() {
	ctl -j members | jq -c 'map(del(.expires)) | sort'
	ctl -j upstreams | jq -c '[.[].groups]'
	ctl -j flows | jq -c 'map(del(.packets, .bytes)) | sort'
	ctl -j ports | jq -c '[.[].querier]'
}
before=$(state)

# refused PORT COUNTER COMMAND...: one more in the counter
refused() {
	local port=$1 name=$2 count
	count=$(counter "$port" "$name")
	[ "$count" ] || fail "port $port has no counter $name"
	"${@:3}" || fail "cannot send: ${*:3}"
	expect 2 "port $port $name after: ${*:3}" counter_is "$port" "$name" $((count + 1))
}
report() { # report FAMILY OPTION...: of a client that is no member
	reports 1 --client "${CLIENT[$1]}" --group "${GROUP[$1]}" "${@:2}"
}
query() { # query HOST FAMILY OPTION...: that would win the election
	on "$1" "$BUILD/query" -I eth1 --from "${ROUTER[$2]}" "${@:3}"
}
for family in 4 6; do
	old=$((family == 4 ? 2 : 1))
	for version in $((old + 1)) $old; do
		report=(report "$family" --version "$version")
		refused 1 refused_bad_checksum "${report[@]}" --bad-checksum
		refused 1 refused_bad_ttl "${report[@]}" --ttl 2
		refused 1 refused_no_router_alert "${report[@]}" --no-alert
	done
	refused 1 refused_bad_destination report $family --to "${UNICAST[$family]}"
	refused 1 refused_bad_checksum query client1 $family --bad-checksum
	refused 1 refused_bad_ttl query client1 $family --ttl 64
	refused 1 refused_no_router_alert query client1 $family --no-alert
	refused 1 refused_bad_destination query client1 $family --to "${UNICAST[$family]}"
	refused 1 refused_bad_group reports 1 --client "${CLIENT[$family]}" --group "${UNICAST[$family]}" --version $old \
		--to "$(group_of $family 9)"
	# Those that are right, at the wrong place.
	refused 7 wrong_side on provider1 "$BUILD/reports" -I eth1 --client "${CLIENT[$family]}" --group "${GROUP[$family]}"
	refused 7 wrong_side on provider1 "$BUILD/reports" -I eth1 --client "${CLIENT[$family]}" --group "$(group_of $family 1)" \
		--version $old --leave
	# An upstream's queries have to be right, too.
	refused 7 refused_bad_checksum query provider1 $family --bad-checksum
	refused 7 refused_bad_destination query provider1 $family --to "${UNICAST[$family]}"
done
# MLD is spoken from link-local addresses, IGMP not from a group or from everyone.
refused 1 refused_bad_source reports 1 --client 2001:db8:100::51 --group ff1e::9
refused 1 refused_bad_source reports 1 --client 2001:db8:100::51 --group ff1e::9 --version 1
refused 1 refused_bad_source reports 1 --client :: --group ff1e::9
refused 1 refused_bad_source on client1 "$BUILD/query" -I eth1 --from 2001:db8:100::1
refused 1 refused_bad_source reports 1 --client 239.1.1.1 --group 239.1.1.9
refused 1 refused_bad_source reports 1 --client 255.255.255.255 --group 239.1.1.9

same "state" "$before" "$(state)"
