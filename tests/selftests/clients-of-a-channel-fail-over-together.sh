#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Balancing gives each channel one of three upstreams. When one of them fails, or is taken out of service, its
# channels move, the others stay, and all clients of a channel have the same upstream again.
. "$(dirname "$0")/lib.sh"

CHANNELS=30

configure() { # configure BALANCE
	cat <<END
[murt]
balance = $1
murt_entry = , , , 7, 0
murt_entry = , , , 8, 0
murt_entry = , , , 9, 0
[timers]
last_member_query_interval = 50ms
END
}

# Every client on ports 1 to 3 joins every channel of both families.
join_all() {
	local n
	for n in 1 2 3; do
		reports "$n" --client "10.100.0.1$n" --group 239.1.1.1 --joins $CHANNELS --records 10
		reports "$n" --client "fe80::1$n" --group ff1e::1 --joins $CHANNELS --records 10
	done
	expect 5 "all have joined" json members -- "length == $((6 * CHANNELS))"
}

# The upstream of each channel, which its three clients share and which is none of those that are OUT.
shared() { # shared OUT-AS-JSON
	json members -- "[group_by(.group)[] | map(.upstreams) | unique] |
		length == 2 * $CHANNELS and all(length == 1 and (.[0] | length == 1)) and
		all(.[0][0] as \$u | $1 | index(\$u) | not)"
}

channels() { # channels FILE
	ctl -j members | jq -c 'map([.group, .upstreams[0]]) | unique | .[]' >"$WORK/$1"
}

# Channels that were elsewhere before stay there.
stayed() { # stayed OUT
	same "channels that left a healthy upstream" "" \
		"$(grep -v ",$1]" "$WORK/before" | grep -vxFf "$WORK/after")"
}

carrier() { # carrier up|down PORT
	ip -n "$MUPI_LAB-switch" link set "u$2" "$1"
}

configure all | start_agent
for balance in round-robin random hash; do
	configure $balance >"$WORK/test.conf"
	ctl reload || fail "reload with $balance"
	join_all
	expect 5 "$balance: a channel has one upstream" shared '[]'
	same "$balance: upstreams in use" "[7,8,9]" "$(ctl -j members | jq -c '[.[].upstreams[]] | unique')"

	channels before
	carrier down 8
	expect 10 "$balance: clients share the channels of a failed upstream" shared '[8]'
	channels after
	stayed 8
	channels before
	ctl upstream disable 9 || fail "upstream disable"
	expect 10 "$balance: clients share the channels of a disabled upstream" shared '[8, 9]'
	channels after
	stayed 9

	carrier up 8
	ctl upstream enable 9 || fail "upstream enable"
	expect 10 "upstreams are back" json upstreams -- 'all(.state == "up" and .enabled)'
	expect 10 "$balance: a channel still has one upstream" shared '[]'
	for n in 1 2 3; do
		reports "$n" --client "10.100.0.1$n" --group 239.1.1.1 --joins $CHANNELS --records 10 --type to_in
		reports "$n" --client "fe80::1$n" --group ff1e::1 --joins $CHANNELS --records 10 --type to_in
	done
	expect 10 "all have left" json members -- 'length == 0'
done

# Hash goes by the channel and the numbers of the ports: not by which of them became upstreams first.
served() { # of 20 channels, the upstreams
	local n
	for n in {1..20}; do ctl -j murt lookup 10.100.0.11 "239.1.1.$n" | jq -c .upstreams; done
}
configure hash | sed '/, 8, 0/d' >"$WORK/test.conf"
lab agent stop
lab agent start "$WORK/test.conf" || fail "the agent does not start"
served >"$WORK/first"
same "upstreams in use" '[7] [9]' "$(sort -u "$WORK/first" | xargs)"
echo '[murt]
murt_entry = , 239.2.0.0/16, , 8, 0' >>"$WORK/test.conf"
ctl reload || fail "reload with another upstream"
same "channels with another upstream" "$(cat "$WORK/first")" "$(served)"
lab agent stop
lab agent start "$WORK/test.conf" || fail "the agent does not start again"
same "channels after a restart" "$(cat "$WORK/first")" "$(served)"
