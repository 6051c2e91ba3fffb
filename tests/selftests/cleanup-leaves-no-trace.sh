#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# After SIGTERM, SIGKILL and a crash in the middle of an upgrade alike, `mupi-agent --cleanup` removes every program,
# map, pin and flag; so do SIGINT and `mupictl exit --cleanup` by themselves. Without an agent for hold_time, all passes.
. "$(dirname "$0")/lib.sh"

SWITCH=$MUPI_LAB-switch
configure() {
	cat <<-END
		[murt]
		murt_entry = , , , 7, 10
		[datapath]
		hold_time = ${1:-5m}
	END
}
trace() { # trace: what is left of an agent
	ip -n "$SWITCH" -j -d link show | jq -r '.[] | select(.ifname | test("^[du][0-9]$")) |
		select(.xdp or (.flags | index("ALLMULTI"))) | .ifname'
	on switch bpftool -j net show | jq -r '.[].tc[]? | "filter \(.devname)"'
	find "$RUN/bpf" -mindepth 1 -not -name mupi -not -name '*.debug'
	ls "$RUN"/agent.sock* 2>/dev/null
	return 0
}
cleanup() {
	on switch "$BUILD/mupi-agent" --cleanup -p "$RUN/bpf/mupi" -s "$RUN/agent.sock"
}
# A port that somebody else made allmulticast stays so.
ip -n "$SWITCH" link set d5 allmulticast on
before=$(trace)
same "before" d5 "$before"
clean() { same "left after $1" d5 "$(trace)"; }

start_agent <<<"$(configure)"
reports 1 --client 10.100.0.11 --group 239.1.1.1
expect 5 "a member" json members -- 'length == 1'
if cleanup 2>"$WORK/error"; then fail "a running agent is cleaned up"; fi
grep -q 'another agent holds' "$WORK/error" || fail "$(cat "$WORK/error")"
# Nor is what the user cannot look at taken for clean.
cp "$BUILD/mupi-agent" "$WORK/agent"
chmod 711 "$WORK"
chmod 700 "$RUN/bpf"
if on switch setpriv --reuid 64001 --regid 64001 --clear-groups "$WORK/agent" --cleanup -p "$RUN/bpf/mupi" \
	-s "$RUN/agent.sock" 2>"$WORK/error"; then fail "anybody cleans up"; fi
grep -q 'Permission denied; are you root' "$WORK/error" || fail "$(cat "$WORK/error")"
json members -- 'length == 1' || fail "it is disturbed"
if [ -z "${MUPI_MODE:-}" ]; then
	if on switch "$BUILD/mupi-agent" -m native -c "$WORK/test.conf" -i 1=d1,7=u7 -s "$WORK/sock" \
		-p "$RUN/bpf/other" 2>"$WORK/error"; then fail "two agents share a port"; fi
	grep -q 'of another mupi-agent is there already' "$WORK/error" || fail "$(cat "$WORK/error")"
	rmdir "$RUN/bpf/other"
fi
if lab agent start "$WORK/test.conf" 2>"$WORK/error"; then fail "the lab starts two agents"; fi
grep -q 'an agent runs already' "$WORK/error" || fail "$(cat "$WORK/error")"
json members -- 'length == 1' || fail "it is disturbed by another agent"
for signal in TERM KILL; do
	lab agent stop $signal
	[ "$(trace | wc -l)" -gt 20 ] || fail "nothing is left after SIG$signal: $(trace)"
	cleanup || fail "cleanup"
	clean "SIG$signal and a cleanup"
	lab agent start "$WORK/test.conf" || fail "no start"
done
lab agent stop TERM
BUILD=$BUILD-next lab agent start "$WORK/test.conf" || fail "no upgrade"
lab agent stop KILL
# Killed as it takes over.
for delay in 0.1 0.2 0.3; do
	spawn switch "$BUILD/mupi-agent" -q -c "$WORK/test.conf" -i d1,d2,7=u7 -s "$RUN/agent.sock" -p "$RUN/bpf/mupi" 2>/dev/null
	sleep $delay
	kill -s KILL "$SPAWNED"
	wait "$SPAWNED" 2>/dev/null
done
cleanup || fail "cleanup"
clean "crashes and a cleanup"
lab agent start "$WORK/test.conf" || fail "no start"
lab agent stop INT
clean "SIGINT"
lab agent start "$WORK/test.conf" || fail "no start"
ctl exit --cleanup >/dev/null
gone() { [ "$(trace)" = d5 ]; }
expect 5 "nothing is left after exit --cleanup" gone
same "flags" 1 "$(ip -n "$SWITCH" link show d5 | grep -c ALLMULTI)"

# Client 3 sends what nobody asked for: dropped as long as an agent was there a moment ago.
configure >"$WORK/test.conf"
lab agent start "$WORK/test.conf" || fail "no start"
configure 1s >"$WORK/test.conf"
ctl reload >/dev/null || fail "reload"
# Not by a capture, which sees what TC is about to drop.
stack_has() { # IPv4 packets that the switch's own stack got
	on switch sed -n 's/^Ip: [0-9]* [0-9]* \([0-9]*\) .*/\1/p' /proc/net/snmp
}
at_first=$(stack_has)
passes() { [ $(($(stack_has) - at_first)) -gt 20 ]; }
background on client3 "$BUILD/mcast" send -I eth1 -g 239.9.9.9 -p 5001 -r 50 -t 60 >/dev/null
expect 5 "client data is dropped" json stats -- '.ports[] | select(.port == 3) | .counters.client_data > 20'
if passes; then fail "it passes beside an agent"; fi
lab agent stop KILL
expect 10 "it passes without an agent" passes
cleanup || fail "cleanup"
