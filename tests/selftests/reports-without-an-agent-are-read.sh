#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Who joins and leaves while no agent runs is heard by the next one, from the ring of the former: none of these clients
# answers queries.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
END
declare -A CLIENT=([4]=10.100.0.11 [6]=fe80::11)
for family in 4 6; do
	reports 1 --client "${CLIENT[$family]}" --group "$(group_of $family 1)"
	reports 2 --client "${CLIENT[$family]}" --group "$(group_of $family 2)"
done
expect 5 "members" json members -- 'length == 4'
for signal in TERM KILL; do
	lab agent stop $signal
	for family in 4 6; do
		reports 1 --client "${CLIENT[$family]}" --group "$(group_of $family 1)" --type to_in
		reports 3 --client "${CLIENT[$family]}" --group "$(group_of $family 3)"
	done
	lab agent start "$WORK/test.conf" || fail "no start"
	expect 2 "who joined after SIG$signal" json members -- '[.[] | select(.group == "239.1.1.3" or .group == "ff1e::3")] | length == 2'
	expect 2 "who left after SIG$signal" json members -- 'all(.group != "239.1.1.1" and .group != "ff1e::1")'
	same "who stayed" 2 "$(ctl -j members --port 2 | jq length)"
	for family in 4 6; do
		reports 1 --client "${CLIENT[$family]}" --group "$(group_of $family 1)"
		reports 3 --client "${CLIENT[$family]}" --group "$(group_of $family 3)" --type to_in
	done
	expect 5 "members again" json members -- 'length == 4'
done

# An upstream out of service stays so.
ctl upstream disable 7 >/dev/null
for signal in TERM KILL; do
	lab agent stop $signal
	lab agent start "$WORK/test.conf" || fail "no start"
	json upstreams -- 'all(.enabled == false)' || fail "the upstream is in service after SIG$signal"
done
