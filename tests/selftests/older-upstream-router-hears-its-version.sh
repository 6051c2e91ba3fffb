#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An upstream router of IGMPv1, IGMPv2 or MLDv1 hears reports and leaves in its version, until it has been silent
# for the older version querier present timeout; another upstream stays with the newest.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
murt_entry = , , , 8, 10
[timers]
query_interval = 2s
query_response_interval = 500ms
END

# speaks PORT FAMILY VERSION
speaks() {
	json upstreams -- ".[] | select(.port == $1) | .versions.v$2 == $3"
}
# asks VERSION FAMILY: a general query on upstream 7
asks() {
	local from=10.100.0.31
	[ "$2" = 4 ] || from=fe80::31
	on provider1 "$BUILD/query" -I eth1 --from "$from" --version "$1" --response 500
}
heard() { # heard FILE PATTERN COUNT
	[ "$(lines "$1" "$2")" -ge "$3" ]
}

speaks 7 4 3 || fail "IGMPv3 at first"
speaks 7 6 2 || fail "MLDv2 at first"
json upstreams -- '.[] | select(.port == 7) | .version == 3' || fail "version is that of IGMP"
capture provider1 wire7 'igmp or ip6[48] > 130' -Q in
capture provider2 wire8 'igmp or ip6[48] > 130' -Q in
asks 2 4
asks 1 6
expect 5 "IGMPv2" speaks 7 4 2
expect 5 "MLDv1" speaks 7 6 1
for family in 4 6; do
	view client1 "out$family" -g "$(group_of $family 1)" -p 5001
done
expect 5 "two IGMPv2 reports" heard wire7 'v2 report 239.1.1.1' 2
expect 5 "two MLDv1 reports" heard wire7 'listener report.*ff1e::1' 2
asks 2 4
expect 5 "an answer" heard wire7 'v2 report 239.1.1.1' 3
for family in 4 6; do
	leave "out$family"
done
expect 5 "an IGMPv2 leave" heard wire7 'leave 239.1.1.1' 1
expect 5 "an MLDv1 done" heard wire7 'listener done.*ff1e::1' 1
expect 10 "MLDv2 again" speaks 7 6 2
expect 15 "IGMPv3 again" speaks 7 4 3
asks 1 4
expect 5 "IGMPv1" speaks 7 4 1
view client1 out1 -g 239.1.1.2 -p 5001
expect 5 "two IGMPv1 reports" heard wire7 'v1 report 239.1.1.2' 2
leave out1
same "reports of version 3 on upstream 7" 0 "$(lines wire7 'v3 report|report v2')"
same "reports of older versions on upstream 8" 0 "$(lines wire8 'v[12] report [^v]|leave|listener (report max|done)')"
heard wire8 'v3 report' 2 || fail "upstream 8 hears IGMPv3"
