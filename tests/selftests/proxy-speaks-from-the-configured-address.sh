#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Queries and reports: the port's own address unless one is set; 0.0.0.0 is one.
. "$(dirname "$0")/lib.sh"

ip -n "$MUPI_LAB-switch" addr add 10.100.0.99/24 dev d3
ip -n "$MUPI_LAB-switch" addr add 10.100.0.98/24 dev u8
for host in client1 client2 client3 provider1 provider2; do
	capture $host $host 'igmp or ip6[48] > 129' -Q in -v
done
start_agent <<END
[murt]
murt_entry = , , , 7, 10
murt_entry = , , , 8, 10
[port 1]
igmp_source = 0.0.0.0
[port 2]
igmp_source = 10.100.0.50
mld_source = fe80::50
[port 7]
igmp_source = 10.100.0.51
mld_source = fe80::51
END
reports 1 --client 10.100.0.11 --group 239.1.1.1
reports 1 --client fe80::9 --group ff1e::1

# Of queries, and of reports that are not the ports' own.
senders() {
	sed -nE 's/.* ([^ ]+) > .*(query|gaddr (239\.|ff1e:)).*/\1/p' "$WORK/$1" | sort -u
}
heard() { # heard HOST ADDRESS ADDRESS
	[ "$(senders "$1")" = "$(printf '%s\n' "${@:2}" | sort)" ]
}
link_local() {
	ip -n "$MUPI_LAB-switch" -j addr show dev "$1" | jq -r '.[0].addr_info[] | select(.local | test("^fe80")) | .local'
}
expect 3 "0.0.0.0 and the port's own" heard client1 0.0.0.0 "$(link_local d1)"
expect 3 "the configured ones" heard client2 10.100.0.50 fe80::50
expect 3 "the interface's addresses" heard client3 10.100.0.99 "$(link_local d3)"
expect 3 "reports from the configured ones" heard provider1 10.100.0.51 fe80::51
expect 3 "reports from the interface's addresses" heard provider2 10.100.0.98 "$(link_local u8)"
