#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An interface put in front of the others moves their numbers: rows of commands and upstreams out of service stay with
# their interfaces; what was of one that is no port any more is told and left out.
. "$(dirname "$0")/lib.sh"

cat >"$WORK/test.conf" <<END
[murt]
murt_entry = , , , u7, 0
[ports]
port = 90, u8, upstream
port = 91, u9, upstream
END
start() { # start PORTS
	: >"$RUN/agent.log"
	spawn switch "$BUILD/mupi-agent" -c "$WORK/test.conf" -i "$1" -s "$RUN/agent.sock" -p "$RUN/bpf/mupi" \
		${MUPI_MODE:+-m "$MUPI_MODE"} 2>"$RUN/agent.log"
	expect 20 "the agent is ready" grep -qw ready "$RUN/agent.log"
}
# State by names: rows of commands with their ports, and upstreams out of service.
state() {
	local ports
	ports=$(ctl -j ports)
	ctl -j murt list | jq -c --argjson ports "$ports" '
		($ports | map({key: "\(.port)", value: .name}) | from_entries) as $n |
		[.[] | select(.origin == "ctl") | [.group, $n["\(.downstream_if)"], $n["\(.upstream_if)"]]]'
	ctl -j upstreams | jq -c '[.[] | select(.enabled == false) | .name]'
}

start d1,u7,u8
ctl murt add - 239.1.0.0/16 - u8 5 --port d1 >"$WORK/out" || fail "murt add"
ctl murt add - 239.2.0.0/16 - 2 5 >"$WORK/out" || fail "murt add"
ctl murt set 2 group=239.3.0.0/16 || fail "murt set"
ctl upstream disable u8 || fail "upstream disable"
before='[["239.3.0.0/16","d1","u8"],["239.2.0.0/16",null,"u7"]]
["u8"]'
same "before" "$before" "$(state)"
quit "$SPAWNED"
start d2,d1,u7,u8
same "with another interface in front" "$before" "$(state)"
quit "$SPAWNED"
start d1,u7,u9
same "with another interface in the place of the last" '[["239.2.0.0/16",null,"u7"]]
[]' "$(state)"
grep -q 'agent.sock.rows:.*upstream u8 is not a configured port; the row is left out' "$RUN/agent.log" ||
	fail "not told of the row that is left out"
kill -INT "$SPAWNED"
wait "$SPAWNED"
