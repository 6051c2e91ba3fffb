#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The rates of a port change with a reload. Who joined while they were exceeded is asked long before the next general
# query is due, and an upstream whose queries were dropped hears again what is wanted.
. "$(dirname "$0")/lib.sh"

configure() { # configure LINE...
	printf '%s\n' '[murt]' 'murt_entry = , , , 7, 10' '[timers]' 'query_response_interval = 1s' "$@"
}
reload() {
	configure "$@" >"$WORK/test.conf"
	ctl reload || fail "no reload"
}
counts() { # counts PORT NAME: at least one
	[ "$(counter "$1" "$2")" -gt 0 ]
}
flood() { # flood SECONDS
	reports 1 --client 10.100.0.99 --group 239.9.9.9
	spawn client1 "$BUILD/flood" -I eth1 --client 10.100.0.99 --kind refresh --seconds "$1" >"$WORK/flood"
}

configure '[limits]' 'reports_per_second = 0' | start_agent
for family in 4 6; do
	send 1 "$(group_of $family 1)" 5001 200
	view client2 stay$family -g "$(group_of $family 1)" -p 5001
	expect 5 "IPv$family data" views stay$family
done
flood 0.5
wait "$SPAWNED"
same "without a limit" 0 "$(counter 1 punt_limited)"

reload '[port 1]' 'reports_per_second = 1'
json ports -- '.[0].settings.reports_per_second == 1 and .[1].settings.reports_per_second == 2222' ||
	fail "settings: $(ctl -j ports | jq -c '.[].settings')"
# The first 50 pass; then joins are lost with the rest.
flood 3600
flood=$SPAWNED
expect 5 "reports are dropped" counts 1 punt_limited
for family in 4 6; do view client1 late$family -g "$(group_of $family 1)" -p 5001; done
lost=$(counter 1 punt_limited)
expect 5 "and go on being" eval "[ \$(counter 1 punt_limited) -gt $((lost + 1000)) ]"
quit "$flood"
for family in 4 6; do
	expect 20 "IPv$family: the late client is served" views late$family
	leave late$family
done
[ "$(counter 1 heals)" -gt 0 ] || fail "nobody was asked"
same "heals of others" '[0]' "$(ctl -j stats | jq -c '[.ports[1:][].counters.heals] | unique')"

# An upstream: a query that was dropped may have been about a group that it now gives up.
reload '[port 7]' 'queries_per_second = 1'
capture provider1 heard 'igmp or (ip6 and ip6[6] == 0)' -Q in -v
declare -A FROM=([4]=10.100.0.31 [6]=fe80::31)
for family in 4 6; do
	on provider1 "$BUILD/query" -I eth1 --from "${FROM[$family]}" --group "$(group_of $family 77)" --count 60 --every 1
done
expect 5 "queries are dropped" counts 7 punt_limited
expect 10 "port 7 is healed" counts 7 heals
heard() { [ "$(lines heard 'gaddr 239.1.1.1 to_ex')" -ge 1 ] && [ "$(lines heard 'gaddr ff1e::1 to_ex')" -ge 1 ]; }
expect 5 "the upstream is told again" heard
for family in 4 6; do
	leave stay$family
	[[ $(cat "$WORK/stay$family") == *"gaps 0 duplicates 0"* ]] || fail "IPv$family: $(cat "$WORK/stay$family")"
done
