#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One port floods reports, queries and rubbish in both families, as fast as it can: who watches on other ports loses
# nothing, who joins there is served at once, memory and memberships stay bounded, and the flooded port's own client is
# asked again.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
[timers]
query_response_interval = 1s
[port 1]
query_guard = on
memberships_per_client = 50
END
pid=$(cat "$RUN/mupi-agent.pid")
declare -A CLIENT=([4]=10.100.9.1 [6]=fe80::1:0)

# Live frames are several times as many, and take XDP on the port.
LIVE=()
[ "$(ctl -j ports | jq -r '.[0].mode')" != native ] || LIVE=(--live)

arrived() { # messages of port 1 that the kernel has looked at
	ctl -j stats | jq '.ports[0].counters | .punted + .punt_limited + .punt_full + .malformed'
}
used() { # milliseconds of processor time
	awk '{ print ($14 + $15) * 10 }' "/proc/$pid/stat"
}
memory() { # kilobytes
	awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"
}
# zap NAME: a quiet port joins 50 channels of each family one after another; how long each took, in files. What another
# program's report and frames take is measured, since Linux may answer late itself: one worker has the MLD of all hosts.
zap() {
	zap_family "$1" 4 10.100.0.31 10.100.0.12 239.7.0.1
	zap_family "$1" 6 2001:db8:100::31 fe80::12 ff1e::7:1
}
zap_family() {
	local file=$WORK/join.$2
	"$BUILD/latency" --provider "$MUPI_LAB-provider1/eth1/$3" --client "$MUPI_LAB-client2/eth1/$4" \
		--group "$5" --joins 50 --rate 10000 >"$file" || fail "$1, IPv$2: $(cat "$file")"
	sort -g "$file" | awk -v name="IPv$2, $1" '{ v[NR] = $1 } END {
		printf "join, %s: median %d us, p99 %d us\n", name, v[int((NR + 1) / 2)], v[int(NR * .99 + .5)] }'
	# On a machine that is busy with other things, too, one may wait for its turn.
	[ "$(grep -c lost "$file")" -le 1 ] || fail "$1, IPv$2: joins were not served within a second"
}

for family in 4 6; do
	send 1 "$(group_of $family 1)" 5001 500
	for client in 3 4; do view client$client out$client$family -g "$(group_of $family 1)" -p 5001; done
done
for file in out{3,4}{4,6}; do expect 10 "$file receives" views "$file"; done
zap 'no flood'

for family in 4 6; do
	for kind in refresh joins,long queries,malformed joins,refresh,long,queries,malformed; do
		spawn client1 "$BUILD/flood" -I eth1 --client "${CLIENT[$family]}" --kind $kind "${LIVE[@]}" >"$WORK/flood"
		flood=$SPAWNED before=$(used) seen=$(arrived)
		start=$(date +%s%N)
		zap "a flood of IPv$family $kind"
		for quiet in 4 6; do
			view client5 quick$quiet -g "$(group_of $quiet 1)" -p 5001
			expect 15 "IPv$quiet: a quiet port joins" views quick$quiet
			leave quick$quiet
		done
		if [[ $kind == *,queries,* ]]; then
			# Its reports are as many as the drops in the flood.
			for own in 4 6; do view client1 own$own -g "$(group_of $own 1)" -p 5001; done
			sleep 1.5
		fi
		ran=$((($(date +%s%N) - start) / 1000000))
		taken=$((($(used) - before) * 100 / ran))
		echo "flood: $((($(arrived) - seen) * 1000 / ran)) a second; agent: $taken % of a core, $(memory) kB"
		quit "$flood"
		[ "$(ctl -j status | jq .pid)" = "$pid" ] || fail "the agent does not answer"
	done
	[ "$(counter 1 punt_limited)" -gt 0 ] || fail "IPv$family: no flood"
	for own in 4 6; do
		expect 15 "IPv$own: the flooded port's client is served" views own$own
		leave own$own
	done
done
ctl -j stats | jq -c '.ports[0].counters | with_entries(select(.value > 0))'
[ "$(counter 1 heals)" -gt 0 ] || fail "nobody was asked again"
same "losses of others" '[0,0]' "$(ctl -j stats | jq -c '[.ports[1:][].counters] | [(map(.punt_limited) | add), (map(.punt_full) | add)]')"
warnings=$(grep -c 'messages in all were lost' "$RUN/agent.log")
[ "$warnings" -le 4 ] || fail "$warnings warnings about losses"
[[ $BUILD == *san* ]] || [ "$(memory)" -le 262144 ] || fail "memory: $(memory) kB"
for file in out{3,4}{4,6}; do
	leave "$file"
	[[ $(cat "$WORK/$file") == *"gaps 0 duplicates 0"* ]] || fail "$file: $(cat "$WORK/$file")"
done
