#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# fast_leave = off asks also after a host of the newest version, on asks after nobody, auto waits for older hosts
# only: also when a newer one shares the port with an older one, which misses nothing.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
[timers]
last_member_query_interval = 300ms
[port 1]
fast_leave = off
[port 2]
fast_leave = on
END
share 3 131 132
declare -A OLD=([4]=2 [6]=1) left
for family in 4 6; do
	send 1 "$(group_of $family 1)" 5001 200 -g "$(group_of $family 2)" -g "$(group_of $family 3)"
	host_version client2 $family "${OLD[$family]}"
	host_version viewer131 $family "${OLD[$family]}"
	for n in 1 2; do
		capture client$n wire$n$family "dst host $(group_of $family $n)" -Q in
		view client$n out$n$family -g "$(group_of $family $n)" -p 5001
	done
	capture client3 wire3$family "dst host $(group_of $family 3)" -Q in
	view viewer131 old$family -g "$(group_of $family 3)" -p 5001
	view viewer132 new$family -g "$(group_of $family 3)" -p 5001
done
for family in 4 6; do
	for viewer in out1 out2 old new; do
		expect 5 "$viewer$family gets data" views $viewer$family
	done
	expect 5 "an older and a newer host" json groups -- "any(.group == \"$(group_of $family 3)\" and .clients == 2)"
done

for family in 4 6; do
	for n in 1 2; do
		left[$n$family]=$EPOCHREALTIME
		leave out$n$family
	done
	leave new$family
done
expect 5 "the older hosts are left" json members -- 'length == 2 and all(.port == 3)'

# stopped CLIENT FAMILY FROM TO
stopped() {
	awk -v left="${left[$1$2]}" -v from="$3" -v to="$4" '/UDP/ { last = $1 - left }
		END { print "port '"$1, IPv$2"': data for", last, "s"; exit !(last >= from && last <= to) }' "$WORK/wire$1$2"
}
queries() {
	lines "wire$1" query
}
# A host leaves twice, in case a report is lost: two queries, or more when the second comes after them.
asked() {
	[ "$(queries "$1")" -ge 2 ]
}
for family in 4 6; do
	stopped 1 $family 0.5 1.2 || fail "data did not stop after the last-member queries"
	asked 1$family || fail "no queries with fast_leave = off"
	stopped 2 $family -1 0.5 || fail "data goes on"
	same "queries with fast_leave = on" 0 "$(queries 2$family)"
done
for family in 4 6; do
	expect 3 "queries because of the older host" asked 3$family
	leave old$family
	[[ $(cat "$WORK/old$family") == *"gaps 0 duplicates 0"* ]] || fail "lost: $(cat "$WORK/old$family")"
done
