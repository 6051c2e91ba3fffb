#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Another router on a downstream port: the lowest address asks; the proxy goes on to track members, and asks
# again when the other has fallen silent. A query guard believes no other; without the querier nobody asks.
. "$(dirname "$0")/lib.sh"

# The other querier's time is 2 * 1 s + 0.3 s / 2.
start_agent <<END
[murt]
murt_entry = , , , 7, 10
[proxy]
igmp_source = 10.100.0.50
mld_source = fe80::50
[timers]
query_interval = 1s
query_response_interval = 300ms
[port 2]
query_guard = on
[port 3]
querier = off
END
declare -A LOWER=([4]=10.100.0.49 [6]=fe80::4f) HIGHER=([4]=10.100.0.51 [6]=fe80::51)
declare -A OWN=([4]=10.100.0.50 [6]=fe80::50)

querier_is() { # querier_is PORT FAMILY WHO
	json ports -- ".[] | select(.port == $1) | .querier.v$2 == \"$3\""
}
asks() { # asks HOST ADDRESS [OPTION...]
	on "$1" "$BUILD/query" -I eth1 --from "$2" --interval 1 --robustness 2 --response 300 "${@:3}"
}
ours() { # ours CLIENT FAMILY: queries of the proxy so far
	lines "wire$1" " ${OWN[$2]} > .* query"
}
more_of_ours() {
	[ "$(ours "$1" "$2")" -gt "$3" ]
}
share 1 111 112 # a host and another router
for n in 1 2 3; do
	capture client$n wire$n 'igmp[0] = 17 or ip6[48] = 130'
done

for family in 4 6; do
	expect 3 "the proxy asks" more_of_ours 1 $family 0
	asks viewer112 "${HIGHER[$family]}" --count 3 --every 10
	expect 2 "three queries of another" eval "[ \$(lines wire1 ' ${HIGHER[$family]} > ') = 3 ]"
	before[family]=$(ours 1 $family)
done
for family in 4 6; do
	expect 3 "goes on against a higher address" more_of_ours 1 $family "${before[family]}"
	querier_is 1 $family self || fail "a higher address is elected"
done

for family in 4 6; do
	spawn viewer112 "$BUILD/query" -I eth1 --from "${LOWER[$family]}" --interval 1 --robustness 2 --response 300 \
		--count 10 --every 300
	other[family]=$SPAWNED
	expect 2 "a lower address takes over" querier_is 1 $family "${LOWER[$family]}"
	before[family]=$(ours 1 $family)
	view viewer111 out$family -g "$(group_of $family 1)" -p 5001
	send 1 "$(group_of $family 1)" 5001 200
done
for family in 4 6; do
	expect 3 "a client joins while the other asks" views out$family
	wait "${other[family]}"
	same "queries while the other asks" "${before[family]}" "$(ours 1 $family)"
done
for family in 4 6; do
	expect 4 "back when the other is silent" querier_is 1 $family self
	expect 2 "and asking" more_of_ours 1 $family "${before[family]}"
	leave out$family
	[[ $(cat "$WORK/out$family") == *"gaps 0 duplicates 0"* ]] || fail "lost: $(cat "$WORK/out$family")"
done

for family in 4 6; do
	before[family]=$(ours 2 $family)
	guarded=$(counter 2 guarded_queries)
	asks client2 "${LOWER[$family]}" --count 3 --every 10
	expect 2 "counted by the guard" counter_is 2 guarded_queries $((guarded + 3))
	querier_is 3 $family none || fail "port 3 has a querier"
	asks client3 "${HIGHER[$family]}"
	expect 2 "whoever asks on port 3 is the querier" querier_is 3 $family "${HIGHER[$family]}"
done
for family in 4 6; do
	expect 3 "the guarded proxy asks on" more_of_ours 2 $family "${before[family]}"
	querier_is 2 $family self || fail "the guarded proxy gave in"
	expect 4 "port 3 is without a querier again" querier_is 3 $family none
	same "queries without a querier" 0 "$(ours 3 $family)"
done
same "warnings of the guard" 1 "$(grep -c 'query_guard' "$RUN/agent.log")"
