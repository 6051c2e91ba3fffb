#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Real hosts of different versions, several receivers on each, come and go at random (with a fixed seed), for any
# source or for one. When they rest, members and forwarding are what the hosts' kernels want, no more, no less.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
[timers]
query_interval = 1s
query_response_interval = 300ms
last_member_query_interval = 200ms
[proxy]
ssm_range = none
END
IGMP=([1]=3 [2]=2 [3]=3 [4]=2 [5]=3 [6]=2) MLD=([1]=2 [2]=2 [3]=1 [4]=1 [5]=2 [6]=1)
declare -A SOURCE=([4]=10.100.0.31 [6]=2001:db8:100::31)
declare -A WANTED # [client slot]=group
STEPS=300
RANDOM=4711

for n in "${!IGMP[@]}"; do
	host_version "client$n" 4 "${IGMP[n]}"
	host_version "client$n" 6 "${MLD[n]}"
done
for family in 4 6; do
	send 1 "$(group_of $family 1)" 5001 100 -g "$(group_of $family 2)" -g "$(group_of $family 3)" -S "${SOURCE[$family]}"
done

turn() { # turn CLIENT SLOT: join if it is free, else leave
	local viewer=$1-$2 family=$((RANDOM % 2 ? 4 : 6)) args
	if [ "${WANTED[$viewer]:-}" ]; then
		leave "$viewer"
		unset "WANTED[$viewer]"
		return
	fi
	WANTED[$viewer]=$(group_of $family $((RANDOM % 3 + 1)))
	args=(-g "${WANTED[$viewer]}")
	((RANDOM % 3)) || args+=(-s "${SOURCE[$family]}")
	view "client$1" "$viewer" "${args[@]}" -p 5001
}
for ((step = 0; step < STEPS; step++)); do
	turn $((RANDOM % 6 + 1)) $((RANDOM % 4))
done

wanted() { # port, group
	for viewer in "${!WANTED[@]}"; do
		echo "${viewer%-*} ${WANTED[$viewer]}"
	done | sort -u
}
wanted >"$WORK/wanted"
echo "$(wc -l <"$WORK/wanted") groups of ports are wanted by ${#WANTED[@]} receivers"
members() {
	ctl -j members | jq -r '.[] | "\(.port) \(.group)"' | sort -u
}
forwarded() {
	ctl -j flows | jq -r '.[] | .group as $group | .ports[] | "\(.) \($group)"' | sort -u
}
agree() {
	diff "$WORK/wanted" <(members) >"$WORK/diff" && diff "$WORK/wanted" <(forwarded) >>"$WORK/diff"
}
# Receivers that start now, and leaves that older hosts do not tell: a membership interval is 2.6 s.
wait_until 8 agree || fail "wanted (<) against members or flows (>): $(cat "$WORK/diff")"
for viewer in "${!WANTED[@]}"; do
	expect 2 "receiver $viewer of ${WANTED[$viewer]} gets data" views "$viewer"
done
# It stays so for longer than an interval.
before=$(counter 1 queries_out)
expect 10 "another interval" eval "[ \$(counter 1 queries_out) -ge $((before + 8)) ]"
agree || fail "later, wanted (<) against members or flows (>): $(cat "$WORK/diff")"
