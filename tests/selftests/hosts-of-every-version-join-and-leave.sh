#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Real hosts of each version. Data stops at once when IGMPv3 or MLDv2 leaves, after last-member queries when
# IGMPv2 or MLDv1 does, and when time is over for IGMPv1, which never says that it leaves.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
[timers]
query_interval = 2s
query_response_interval = 500ms
last_member_query_interval = 300ms
END
HOSTS=([1]="4 3" [2]="4 2" [3]="4 1" [4]="6 2" [5]="6 1") # client: family, version

send 1 239.1.1.1 5001 200 -g 239.1.1.2 -g 239.1.1.3
send 1 ff1e::4 5001 200 -g ff1e::5
for n in "${!HOSTS[@]}"; do
	read -r family version <<<"${HOSTS[n]}"
	host_version "client$n" "$family" "$version"
	capture "client$n" "wire$n" 'dst net 239.0.0.0/8 or dst net ff1e::/16' -Q in
	view "client$n" "out$n" -g "$(group_of "$family" "$n")" -p 5001
done
for n in "${!HOSTS[@]}"; do
	read -r family version <<<"${HOSTS[n]}"
	expect 5 "IPv$family version $version is a member" json members --port "$n" -- \
		"any(.group == \"$(group_of "$family" "$n")\" and .version == $version and .mode == \"exclude\")"
	expect 5 "client $n gets data" views "out$n"
done

is_no_member() {
	json members --port "$1" -- "all(.group != \"$(group_of "$2" "$1")\")"
}
for n in "${!HOSTS[@]}"; do
	left[n]=$EPOCHREALTIME
	leave "out$n"
done
for n in "${!HOSTS[@]}"; do
	read -r family version <<<"${HOSTS[n]}"
	expect 10 "client $n has left" is_no_member "$n" "$family"
done

# stopped CLIENT FROM TO: the last packet came so many seconds after the host left
stopped() {
	awk -v left="${left[$1]}" -v from="$2" -v to="$3" '/UDP/ { last = $1 - left }
		END { print "data for", last, "s"; exit !(last >= from && last <= to) }' "$WORK/wire$1"
}
queries() {
	lines "wire$1" query
}
for n in "${!HOSTS[@]}"; do
	read -r family version <<<"${HOSTS[n]}"
	echo "client $n, IPv$family version $version: $(stopped "$n" 0 99), $(queries "$n") queries about the group"
done
for n in 1 4; do
	stopped $n -1 0.5 || fail "client $n: data goes on"
	same "queries to client $n" 0 "$(queries $n)"
done
for n in 2 5; do
	stopped $n 0.5 1.2 || fail "client $n: data did not stop after the last-member queries"
	same "queries to client $n" 2 "$(queries $n)"
done
stopped 3 0 6 || fail "client 3: data goes on"
same "queries to client 3" 0 "$(queries 3)"
expect 5 "nothing is forwarded" json flows -- '. == []'
expect 5 "nothing is wanted" json upstreams -- '[.[].groups[]] == []'
