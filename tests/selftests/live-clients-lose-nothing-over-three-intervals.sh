#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Real hosts of each version answer queries for longer than three membership intervals, and miss no packet.
. "$(dirname "$0")/lib.sh"

# An IGMPv1 host takes up to 10 s to answer, whatever the query says: port 3 has to wait for it. So have ports 4
# and 5: Linux answers the MLD queries of all namespaces in one worker, which others may keep busy for seconds.
slow() {
	printf '[port %d]\nquery_interval = 1700ms\nrobustness = 7\n' "$@"
}
start_agent <<END
[murt]
murt_entry = , , , 7, 10
[timers]
query_interval = 1s
query_response_interval = 300ms
robustness = 4
$(slow 3 4 5)
END
HOSTS=([1]="4 3" [2]="4 2" [3]="4 1" [4]="6 2" [5]="6 1") # client: family, version
PACKETS=40000 # at 1000 a second longer than three times 7 * 1.7 s + 2 * 0.3 s

for n in "${!HOSTS[@]}"; do
	read -r family version <<<"${HOSTS[n]}"
	host_version "client$n" "$family" "$version"
	view "client$n" "out$n" -g "$(group_of "$family" 1)" -p 5001 -n $PACKETS
done
for n in "${!HOSTS[@]}"; do
	read -r family version <<<"${HOSTS[n]}"
	expect 5 "IPv$family version $version is a member" json members --port "$n" -- \
		"any(.group == \"$(group_of "$family" 1)\" and .version == $version)"
done
expect 5 "the kernel forwards to all five" json flows -- '[.[].ports[]] | sort == [1, 2, 3, 4, 5]'
joins=$(ctl -j stats | jq .agent.joins)
senders=()
for family in 4 6; do
	spawn provider1 "$BUILD/mcast" send -I eth1 -g "$(group_of $family 1)" -p 5001 -i 1 -r 1000 -n $PACKETS >/dev/null
	senders+=("$SPAWNED")
done
wait "${senders[@]}"
for n in "${!HOSTS[@]}"; do
	wait_until 2 test -s "$WORK/out$n" # the last packets are on their way
	leave "out$n"
	echo "client $n, IPv${HOSTS[n]/ / version }: $(cat "$WORK/out$n")"
done
for n in "${!HOSTS[@]}"; do
	same "client $n" "sender 1 packets $PACKETS gaps 0 duplicates 0" "$(sed 's/ from.*//' "$WORK/out$n")"
done
same "memberships made anew" "$joins" "$(ctl -j stats | jq .agent.joins)"
