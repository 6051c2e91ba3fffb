#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A reload whose [ports] differ: the agent becomes another one with the same process id. Who watches loses nothing,
# the socket answers all the time, new ports serve, ports that are gone are left without a trace.
. "$(dirname "$0")/lib.sh"

configure() { # configure PORT...
	local port
	{
		echo '[ports]'
		for port in "$@"; do echo "port = $port"; done
		printf '[murt]\nmurt_entry = , , , 7, 10\n'
	} >"$WORK/test.conf"
}

configure '1, d1' '2, d2' '7, u7'
spawn switch "$BUILD/mupi-agent" -c "$WORK/test.conf" -s "$RUN/agent.sock" -p "$RUN/bpf/mupi" >"$RUN/agent.log" 2>&1
AGENT=$SPAWNED
echo "$AGENT" >"$RUN/mupi-agent.pid"
expect 10 "the agent is ready" grep -qw ready "$RUN/agent.log"
for family in 4 6; do send 1 "$(group_of $family 1)" 5001 5000; done
view client1 out4 -g "$(group_of 4 1)" -p 5001
view client2 out6 -g "$(group_of 6 1)" -p 5001
for family in 4 6; do expect 10 "IPv$family: packets" views out$family; done
same "another XDP program on d3" "" "$(ip -n "$MUPI_LAB-switch" -j link show d3 | jq -r '.[].xdp.prog.id // ""')"

configure '1, d1' '2, d2' '3, d3' '4, d4' '7, u7' '8, u8'
ctl reload >/dev/null || fail "reload"
same "ports" 6 "$(ctl -j ports | jq length)"
expect 5 "it serves" json members -- 'length == 2'
view client3 new -g "$(group_of 4 1)" -p 5001
expect 5 "a new port serves" views new
same "process" "$AGENT" "$(ctl -j status | jq .pid)"

configure '1, d1' '2, d2' '7, u7'
kill -HUP "$AGENT"
expect 10 "the old ports again" json ports -- 'length == 3'
same "XDP on d3" "" "$(ip -n "$MUPI_LAB-switch" -j link show d3 | jq -r '.[].xdp.prog.id // ""')"
same "allmulticast on d3" 0 "$(ip -n "$MUPI_LAB-switch" link show d3 | grep -c ALLMULTI)"

configure '1, d1' '2, d2, wrong' '7, u7'
if ctl reload 2>"$WORK/error"; then fail "a wrong file is taken"; fi
grep -q 'test.conf:3' "$WORK/error" || fail "$(cat "$WORK/error")"

# Signals that come while the agent becomes another one wait for that.
for delay in 0.005 0.05 0.1 0.2 0.3; do
	for ports in 3 4; do
		configure '1, d1' '2, d2' "$ports, d$ports" '7, u7'
		kill -HUP "$AGENT"
		sleep $delay
	done
done
expect 10 "the last ports" json ports -- 'map(.port) == [1, 2, 4, 7]'

# It becomes that by the file as it was read, which may be half of the next one already.
anew() { # anew TIMES
	[ "$(grep -c 'starting anew' "$RUN/agent.log")" -gt "$1" ]
}
times=$(grep -c 'starting anew' "$RUN/agent.log")
configure '1, d1' '2, d2' '3, d3' '7, u7'
kill -HUP "$AGENT"
until anew "$times"; do :; done
echo '[ports' >"$WORK/test.conf"
expect 10 "the ports of the file before" json ports -- 'map(.port) == [1, 2, 3, 7]'
same "process, once more" "$AGENT" "$(ctl -j status | jq .pid)"

# The row moves, too, to a provider that begins to send when it is asked.
view client1 moved -g 239.1.1.2 -p 5002
EPOCH=$(cut -d' ' -f1 /proc/uptime)
send 1 239.1.1.2 5002 1000 -e "$EPOCH" -i 1
send_when_asked 2 239.1.1.2 5002 1000 -e "$EPOCH" -i 1
expect 5 "packets before the move" views moved
configure '1, d1' '2, d2' '7, u7' '8, u8'
echo 'murt_entry = , 239.1.1.2, , 8, 20' >>"$WORK/test.conf"
ctl reload >/dev/null || fail "reload"
expect 5 "it moves" json members -- 'any(.group == "239.1.1.2" and .upstreams == [8])'
expect 8 "its former upstream is left" json flows -- '[.[] | select(.group == "239.1.1.2") | .upstream] == [8]'
same "name of the process" mupi-agent "$(cat "/proc/$(cat "$RUN/mupi-agent.pid")/comm")"
leave moved
whole moved

for family in 4 6; do
	leave out$family
	cat "$WORK/out$family"
	whole out$family
	once out$family
done

configure '1, d1' '2, d2' '7, u7'
kill -HUP "$AGENT"
kill -TERM "$AGENT"
wait "$AGENT" || fail "the end is told as $?"
