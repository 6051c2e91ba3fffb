#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# 120 viewers of both families on six ports zap through 100 channels, any-source and source-specific, 12,000
# times, as fast as the agent keeps up. Then its state is that of an agent that only saw the final joins, and
# its memory is what it was after the first third.
. "$(dirname "$0")/lib.sh"

cat >"$WORK/zap.conf" <<END
[murt]
murt_entry = , 239.0.0.0/8, , 7, 10
murt_entry = , , 232.1.0.0/26, , 8, 20
murt_entry = , , , 9, 0
END
CLIENTS=10 ROUNDS=15
declare -A FIRST=([4]=10.100.0.51 [6]=fe80::51) ANY=([4]=239.1.0.0 [6]=ff1e::1:0) SSM=([4]=232.1.0.0 [6]=ff3e::1:0)
declare -A SOURCE=([4]=10.100.0.31 [6]=2001:db8:100::31)

# zap START ZAPS: every port and family, from turn START on
zap() {
	local port family group pids=()
	for port in 1 2 3 4 5 6; do
		for family in 4 6; do
			group=(--group "${ANY[$family]}")
			((port < 4)) || group=(--group "${SSM[$family]}" --source "${SOURCE[$family]}")
			reports $port --client "${FIRST[$family]}" --clients $CLIENTS --channels 100 "${group[@]}" \
				--start "$1" --zaps "$2" &
			pids+=($!)
		done
	done
	wait "${pids[@]}"
}
heard() {
	json stats -- ".agent.reports_in == $1"
}
memory() { # kilobytes
	awk '/^VmRSS/ { print $2 }' "/proc/$(cat "$RUN/mupi-agent.pid")/status"
}
state() {
	ctl -j members | jq -c 'map(del(.expires)) | sort[]'
	ctl -j upstreams | jq -c 'map(.groups |= sort)[]'
	ctl -j flows | jq -c 'map(del(.packets, .bytes)) | sort[]'
}

# No report but ours.
for port in 1 2 3 4 5 6; do
	on client$port sysctl -qw net.ipv6.conf.all.disable_ipv6=1
done
start_agent <"$WORK/zap.conf"
start=$EPOCHREALTIME
turns=$((1000 / ROUNDS / CLIENTS * CLIENTS + CLIENTS))
for ((round = 0; round < ROUNDS; round++)); do
	zap $((round * turns)) $turns
	expect 20 "round $round is taken in" heard $(((round + 1) * turns * 12))
	((round != ROUNDS / 3 - 1)) || third=$(memory)
done
end=$EPOCHREALTIME
memory=$(memory)
zaps=$((ROUNDS * turns * 12))
awk -v zaps=$zaps -v s="$start" -v e="$end" 'BEGIN { printf "%d zaps in %.1f s, %d a second\n", zaps, e - s, zaps / (e - s) }'
echo "memory after a third: $third kB, at the end: $memory kB"
state >"$WORK/zapped"
same "memberships" $((12 * CLIENTS)) "$(ctl -j members | jq length)"
audit_clean
[[ $BUILD == *san* ]] || ((memory - third <= 256)) || fail "memory grew from $third to $memory kB"

lab agent stop
start_agent <"$WORK/zap.conf"
zap $((ROUNDS * turns - CLIENTS)) $CLIENTS
expect 10 "the final joins" heard $((12 * CLIENTS))
state >"$WORK/fresh"
diff "$WORK/fresh" "$WORK/zapped" || fail "the state is not that of the final channels"
