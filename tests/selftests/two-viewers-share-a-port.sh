#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two hosts behind one port, of each version: they live on, though of two older ones only one answers a query;
# one leaves, and the other misses no packet.
. "$(dirname "$0")/lib.sh"

# An IGMPv1 host takes up to 10 s to answer, whatever the query says: port 3 has to wait for it.
start_agent <<END
[murt]
murt_entry = , , , 7, 10
[timers]
query_interval = 1s
query_response_interval = 300ms
last_member_query_interval = 300ms
[port 3]
query_interval = 1700ms
robustness = 7
END
HOSTS=([1]="4 3" [2]="4 2" [3]="4 1" [4]="6 2" [5]="6 1") # client: family, version

clients_are() { # clients_are FAMILY NUMBER CLIENTS
	json groups -- "any(.group == \"$(group_of "$1" "$2")\" and .clients == $3)"
}
for n in "${!HOSTS[@]}"; do
	share "$n" "1${n}1" "1${n}2"
	capture "client$n" "wire$n" 'igmp or ip6[48] > 129'
done
for viewer in 1 2; do
	for n in "${!HOSTS[@]}"; do
		read -r family version <<<"${HOSTS[n]}"
		host_version "viewer1$n$viewer" "$family" "$version"
		view "viewer1$n$viewer" "out1$n$viewer" -g "$(group_of "$family" "$n")" -p 5001
	done
	# The second comes later: an older host that hears another's report would not send its own.
	for n in "${!HOSTS[@]}"; do
		read -r family version <<<"${HOSTS[n]}"
		expect 5 "$viewer of IPv$family version $version are members" clients_are "$family" "$n" "$viewer"
	done
done
send 1 239.1.1.1 5001 200 -g 239.1.1.2 -g 239.1.1.3
send 1 ff1e::4 5001 200 -g ff1e::5
for n in "${!HOSTS[@]}"; do
	expect 5 "viewer 1${n}1 gets data" views "out1${n}1"
	expect 5 "viewer 1${n}2 gets data" views "out1${n}2"
done

# Three intervals, told by the queries: each a query of IGMP and one of MLD, 2.6 s an interval.
asked() { [ "$(counter 1 queries_out)" -ge $((queries + $1)) ]; }
reports_of() { # reports_of PORT: of older hosts about the group
	lines "wire$1" "report.*($(group_of 4 "$1")|$(group_of 6 "$1"))(,|$)"
}
joins=$(ctl -j stats | jq .agent.joins)
queries=$(counter 1 queries_out)
told=([2]=$(reports_of 2) [5]=$(reports_of 5))
expect 20 "three intervals" asked 16
same "memberships made anew" "$joins" "$(ctl -j stats | jq .agent.joins)"
for n in 2 5; do
	told[n]=$(($(reports_of $n) - told[n]))
	echo "port $n: ${told[n]} reports in answer to 8 queries"
	((told[n] >= 6 && told[n] <= 12)) || fail "port $n: no suppression, this test tests nothing"
done

for n in "${!HOSTS[@]}"; do
	leave "out1${n}2"
done
# A host says that it leaves only if it was the last to report.
on viewer122 "$BUILD/reports" -I eth1 --client 10.100.0.122 --group 239.1.1.2 --version 2 --leave
on viewer152 "$BUILD/reports" -I eth1 --client fe80::122 --group ff1e::5 --version 1 --leave
for n in 1 4; do
	# Of older hosts, who answers keeps the silent one.
	read -r family version <<<"${HOSTS[n]}"
	expect 5 "one client of IPv$family version $version is left" clients_are "$family" "$n" 1
done
specific_queries() {
	lines "wire$1" "query.*gaddr ($(group_of 4 "$1")|$(group_of 6 "$1"))]"
}
were_asked() { [ "$(specific_queries "$1")" -ge 2 ]; }
for n in 2 5; do
	expect 5 "last-member queries on port $n" were_asked $n
done
queries=$(counter 1 queries_out)
expect 10 "two more intervals" asked 10
for n in "${!HOSTS[@]}"; do
	leave "out1${n}1"
	echo "port $n, IPv${HOSTS[n]/ / version }: $(cat "$WORK/out1${n}1")"
done
for file in "$WORK"/out1??; do
	[[ $(cat "$file") == "sender 1 packets "*" gaps 0 duplicates 0 from "* ]] || fail "$file: $(cat "$file")"
done
for n in 1 4; do
	same "queries about the group of port $n" 0 "$(specific_queries $n)"
done
