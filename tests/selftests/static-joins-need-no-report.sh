#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# [static]: an upstream is asked and a downstream port is served without anybody reporting; leaves, time and a
# reload with the same joins change nothing; a reload without them ends them.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
[timers]
query_interval = 1s
query_response_interval = 300ms
[ports]
port = 8, u8, upstream
[static]
join = 1, 239.1.1.1
join = 1, ff1e::1
join = d2, 232.1.1.1, 10.100.0.31
join = d2, ff3e::1:1, 2001:db8:100::31
join = 8, 239.1.1.8
join = u8, ff1e::8
join = 8, 232.1.1.8, 10.100.0.31
END
declare -A SSM=([4]=232.1.1.1 [6]=ff3e::1:1) FROM=([4]=10.100.0.31 [6]=2001:db8:100::31)
declare -A OTHER=([4]=10.100.0.41 [6]=2001:db8:100::41)
ip -n "$MUPI_LAB-provider1" addr add 10.100.0.41/24 dev eth1
ip -n "$MUPI_LAB-provider1" addr add 2001:db8:100::41/64 dev eth1 nodad

expect 3 "upstream 8 is asked for what is its own" json upstreams -- \
	'[.[] | select(.port == 8) | .groups[] | [.group, .mode, .sources]] | sort ==
	[["232.1.1.8", "include", ["10.100.0.31"]], ["239.1.1.8", "exclude", []], ["ff1e::8", "exclude", []]]'
expect 3 "upstream 7 is asked for what the ports get" json upstreams -- \
	'[.[] | select(.port == 7) | .groups[].group] | sort == ["232.1.1.1", "239.1.1.1", "ff1e::1", "ff3e::1:1"]'

# A host that never reports: it has no membership, only a capture.
capture client1 wire1 'udp and (dst net 224.0.0.0/4 or dst net ff00::/8)' -Q in
capture client2 wire2 'udp and (dst net 224.0.0.0/4 or dst net ff00::/8)' -Q in
for family in 4 6; do
	send 1 "$(group_of $family 1)" 5001 100
	send 1 "${SSM[$family]}" 5001 100 -S "${FROM[$family]}"
	send 1 "${SSM[$family]}" 5001 100 -S "${OTHER[$family]}"
done
data() { # data CLIENT PATTERN COUNT: at least so many packets
	[ "$(lines "wire$1" "$2")" -ge "$3" ]
}
all_data() { # all_data COUNT
	data 1 '> 239.1.1.1\.' "$1" && data 1 '> ff1e::1\.' "$1" &&
		data 2 '10.100.0.31\.[0-9]+ > 232.1.1.1\.' "$1" && data 2 '2001:db8:100::31\.[0-9]+ > ff3e::1:1\.' "$1"
}
expect 5 "data without a report" all_data 50

# Neither a client's leave nor time ends it: the membership interval is 2.6 s.
reports 1 --client 10.100.0.51 --group 239.1.1.1
expect 3 "a client beside the static join" json members --port 1 -- 'any(.client == "10.100.0.51")'
expect 6 "the client has expired" json members --port 1 -- 'all(.client != "10.100.0.51")'
reports 1 --client 10.100.0.11 --group 239.1.1.1 --version 2 --leave
reports 1 --client 10.100.0.11 --group 239.1.1.1 --type to_in
ctl reload || fail "no reload"
before=$(lines wire1 '> 239.1.1.1\.')
expect 5 "data goes on" data 1 '> 239.1.1.1\.' $((before + 50))
same "gaps" 0 "$(grep '> 239.1.1.1\.' "$WORK/wire1" | awk 'NR > 1 && $1 - last > 0.3 { gaps++ } { last = $1 } END { print gaps + 0 }')"
same "data of another source" 0 "$(lines wire2 '(10.100.0.41|2001:db8:100::41)\.')"

sed -i '/^join/d' "$WORK/test.conf"
ctl reload || fail "no reload"
expect 3 "nothing is forwarded any more" json flows -- '. == []'
expect 3 "nothing is wanted any more" json upstreams -- '[.[].groups[]] == []'

# Balanced joins are spread, and a reload with others leaves them where they are.
lab agent stop INT
start_agent <<END
[murt]
balance = round-robin
murt_entry = , , , 7, 10
murt_entry = , , , 8, 10
murt_entry = , , , 9, 10
[static]
join = 1, 239.1.1.1
join = 1, 239.1.1.2
join = 1, 239.1.1.3
END
turns() {
	ctl -j members | jq -c 'sort_by(.group) | [.[].upstreams[]]'
}
same "turns at the start" "[7,8,9]" "$(turns)"
sed -i '/239.1.1.1$/d' "$WORK/test.conf"
echo 'join = 1, 239.1.1.4' >>"$WORK/test.conf"
ctl reload || fail "no reload"
same "turns after a reload" "[8,9,7]" "$(turns)"
