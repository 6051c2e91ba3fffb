#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An agent that has read a request and hangs up may have done what it asks for: it is not sent again.
. "$(dirname "$0")/lib.sh"

printf '%s\n' 'status|0|{"result":{}}' 'murt del|0|' >"$WORK/script"
spawn switch "$BUILD/standin" "$RUN/agent.sock" "$WORK/script" >"$WORK/requests"
expect 5 "the stand-in" test -S "$RUN/agent.sock"
printf 'status\nmurt del 1\nmurt del 2\n' | ctl -b - >"$WORK/out" 2>"$WORK/err"
same "exit code" 3 "${PIPESTATUS[1]}"
grep -q '^stdin:2: cannot reach the agent at .*may have done' "$WORK/err" || fail "says: $(cat "$WORK/err")"
same "requests" "status,murt del" "$(cut -d' ' -f2- "$WORK/requests" | paste -sd,)"
rm -f "$RUN/agent.sock"
