#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Clients that report once and never answer. Each is forgotten when its membership interval is over; a client
# that wants all but has named a source goes from EXCLUDE to INCLUDE, and is left with that source.
. "$(dirname "$0")/lib.sh"

# The group membership interval is 2 * 1 s + 2 * 0.5 s.
start_agent <<END
[murt]
murt_entry = , , , 7, 10
[timers]
query_interval = 1s
query_response_interval = 500ms
END
ip -n "$MUPI_LAB-provider1" addr add 10.100.0.41/24 dev eth1
ip -n "$MUPI_LAB-provider1" addr add 2001:db8:100::41/64 dev eth1 nodad
declare -A CLIENT=([4]=10.100.0.51 [6]=fe80::51) LISTED=([4]=10.100.0.31 [6]=2001:db8:100::31)
declare -A OTHER=([4]=10.100.0.41 [6]=2001:db8:100::41)

for n in 1 2 3; do
	capture client$n wire$n udp -Q in
done
for family in 4 6; do
	send 1 "$(group_of $family 1)" 5001 100 -g "$(group_of $family 2)" -S "${LISTED[$family]}"
	send 1 "$(group_of $family 1)" 5001 100 -g "$(group_of $family 2)" -S "${OTHER[$family]}"
done

# Client 1 wants group 1; client 2 is an older host that does; client 3 wants group 2, and later a source of it.
for family in 4 6; do
	reports 1 --client "${CLIENT[$family]}" --group "$(group_of $family 1)"
	reports 2 --client "${CLIENT[$family]}" --group "$(group_of $family 1)" --version $((family == 4 ? 2 : 1))
	reports 3 --client "${CLIENT[$family]}" --group "$(group_of $family 2)"
done
joined=$EPOCHREALTIME
expect 2 "six memberships" json members -- 'map(select(.mode == "exclude" and .expires > 2)) | length == 6'
for n in 1 2 3; do
	expect 2 "data of 4 channels at port $n" eval "[ \$(awk '{ print \$3 }' $WORK/wire$n | sort -u | wc -l) = 4 ]"
done
late() { json members -- 'all(.expires < 1.5)'; }
expect 4 "half the interval" late
for family in 4 6; do
	reports 3 --client "${CLIENT[$family]}" --group "$(group_of $family 2)" --type allow --source "${LISTED[$family]}"
done
expect 4 "client 3 wants the listed sources only" json members -- \
	'map(select(.mode == "include" and .port == 3) | .sources[]) | sort == ["10.100.0.31", "2001:db8:100::31"]'
expect 1 "upstream, too" json upstreams -- '[.[].groups[] | select(.mode == "include") | .sources[]] | length == 2'
expect 4 "nobody is left" json members -- '. == []'
expect 1 "nothing is forwarded" json flows -- '. == []'
expect 1 "nothing is wanted" json upstreams -- '[.[].groups[]] == []'

# data PORT SOURCE FROM TO: the last packet of the source came so many seconds after the join
data() {
	awk -v source=" $2." -v joined="$joined" -v from="$3" -v to="$4" 'index($0, source) { last = $1 - joined }
		END { print "port '"$1"',", source, "for", last, "s"; exit !(last > from && last < to) }' "$WORK/wire$1"
}
for family in 4 6; do
	for n in 1 2; do
		data $n "${LISTED[$family]}" 2.8 3.3 || fail "client $n did not expire after 3 s"
	done
	data 3 "${OTHER[$family]}" 2.8 3.3 || fail "the group's timer did not end after 3 s"
	data 3 "${LISTED[$family]}" 4.2 5.3 || fail "the source's timer did not end 3 s after its report"
done
