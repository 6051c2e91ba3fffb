#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A restart, or a reload with other ports, ends the connection: monitor makes another one, and tells that events may
# have been missed, on stderr and as an event. An agent that does not come back is waited for half a minute.
. "$(dirname "$0")/lib.sh"

configure() { # configure PORT...
	{ echo '[ports]' && printf 'port = %s\n' "$@" && printf '[murt]\nmurt_entry = , , , 7, 10\n'; } >"$WORK/test.conf"
}
start() {
	: >"$RUN/agent.log"
	spawn switch "$BUILD/mupi-agent" -c "$WORK/test.conf" -s "$RUN/agent.sock" -p "$RUN/bpf/mupi" 2>>"$RUN/agent.log"
	echo "$SPAWNED" >"$RUN/mupi-agent.pid"
	expect 10 "the agent is ready" grep -qw ready "$RUN/agent.log"
}
gaps() { # gaps NUMBER: how often events may have been missed
	[ "$(jq -s 'map(select(. == {"event": "missed", "count": null})) | length' "$WORK/events")" = "$1" ]
}
ROWS=0
told() { # a change of the table is told
	ctl murt add - "239.7.$((++ROWS)).0/24" - 7 1 && jq -se 'last.event == "table"' "$WORK/events"
}

configure '1, d1' '7, u7'
start
spawn switch "$BUILD/mupictl" -s "$RUN/agent.sock" monitor >"$WORK/events" 2>"$WORK/err"
MONITOR=$SPAWNED
expect 5 "an event" told

configure '1, d1' '2, d2' '7, u7'
ctl reload || fail "no reload"
expect 10 "a reload with other ports is told" gaps 1
expect 5 "an event behind the reload" told
quit "$(cat "$RUN/mupi-agent.pid")"
start
expect 10 "a restart is told" gaps 2
expect 5 "an event behind the restart" told
same "lines on stderr" 2 "$(grep -c '^mupictl: the agent is gone; events may be missed' "$WORK/err")"
same "other lines on stderr" 2 "$(wc -l <"$WORK/err")"

lab agent stop
wait "$MONITOR"
same "exit code without agent" 3 $?
tail -n 1 "$WORK/err" | grep -q 'cannot reach the agent' || fail "says: $(cat "$WORK/err")"
