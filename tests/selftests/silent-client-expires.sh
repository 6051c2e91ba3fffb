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
	capture client$n wire$n 'udp or igmp[0] != 0x11 or ip6[48] > 130'
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
expect 2 "six memberships" json members -- 'map(select(.mode == "exclude" and .expires > 2)) | length == 6'
for n in 1 2 3; do
	expect 2 "data of 4 channels at port $n" eval "[ \$(awk '/UDP/ { print \$3 }' $WORK/wire$n | sort -u | wc -l) = 4 ]"
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

# lasts PORT FAMILY SOURCE: data of the source ended an interval after the client's last report on the wire
lasts() {
	local report=1
	[ "$1 $3" != "3 ${LISTED[$2]}" ] || report=2
	awk -v client=" ${CLIENT[$2]} > " -v source=" $3." -v report=$report '
		index($0, client) && /report/ && ++reports == report { start = $1 }
		/UDP/ && index($0, source) { last = $1 }
		END { print "port '"$1"': data of '"$3"' for", last - start, "s"
			exit !(start && last - start > 2.5 && last - start < 3.5) }' "$WORK/wire$1"
}
for family in 4 6; do
	for n in 1 2; do
		lasts $n $family "${LISTED[$family]}" || fail "client $n did not expire after 3 s"
	done
	lasts 3 $family "${OTHER[$family]}" || fail "the group's timer did not end after 3 s"
	lasts 3 $family "${LISTED[$family]}" || fail "the source's timer did not end 3 s after its report"
done
