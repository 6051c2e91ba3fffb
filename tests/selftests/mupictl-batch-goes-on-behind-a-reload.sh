#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A reload whose [ports] differ makes the agent another process: what follows in a batch is for that one.
. "$(dirname "$0")/lib.sh"

configure() { # configure PORT...
	{ echo '[ports]' && printf 'port = %s\n' "$@" && printf '[murt]\nmurt_entry = , , , 7, 10\n'; } >"$WORK/test.conf"
}

configure '1, d1' '7, u7'
spawn switch "$BUILD/mupi-agent" -c "$WORK/test.conf" -s "$RUN/agent.sock" -p "$RUN/bpf/mupi" >"$RUN/agent.log" 2>&1
echo "$SPAWNED" >"$RUN/mupi-agent.pid"
expect 10 "the agent is ready" grep -qw ready "$RUN/agent.log"

for ports in "2, d2" "3, d3" "4, d4"; do
	configure '1, d1' '7, u7' "$ports"
	printf 'murt add - 239.1.%s.0/24 - 7 5\nreload\nmurt add - 239.2.%s.0/24 - 7 5\nports -j\n' "${ports%,*}" "${ports%,*}" |
		ctl -b - >"$WORK/out" 2>"$WORK/err" || fail "exit code $?: $(cat "$WORK/err")"
	tail -n 1 "$WORK/out" | holds "map(.port) | sort == [1, ${ports%,*}, 7]" || fail "ports: $(cat "$WORK/out")"
done
json murt list -- 'map(select(.origin == "ctl")) | length == 6' || fail "rows: $(ctl -j murt list)"
