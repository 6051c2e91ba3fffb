#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What took the agent long is not asked for again before four times as long; members wait for themselves.
. "$(dirname "$0")/lib.sh"

apart() { # apart COMMAND SECONDS: its requests, two at least, are so far from each other
	awk -v command="$1" -v seconds="$2" '$2 == command { if (n++ && $1 - last < seconds) near++; last = $1 }
		END { exit n < 2 || near }' "$WORK/requests"
}
top() { # top FLOWS MEMBERS OPTION...: with the milliseconds that the answers take
	printf '%s|%s|{"result":%s}\n' flows "$1" '[]' members "$2" '[]' ports 0 '[]' stats 0 '{"ports":[]}' >"$WORK/script"
	spawn switch "$BUILD/standin" "$RUN/agent.sock" "$WORK/script" >"$WORK/requests"
	expect 5 "the stand-in" test -S "$RUN/agent.sock"
	ctl -j top "${@:3}" >"$WORK/out" || fail "exit code $?"
	quit "$SPAWNED"
	rm -f "$RUN/agent.sock"
}

top 0 300 -d 0.05 -n 40
apart members 1.499 || fail "members are asked for too often: $(cat "$WORK/requests")"
same "samples" 41 "$(grep -c flows "$WORK/requests")"
top 100 0 -d 0.01 -n 3
apart flows 0.499 || fail "flows are asked for too often: $(cat "$WORK/requests")"
