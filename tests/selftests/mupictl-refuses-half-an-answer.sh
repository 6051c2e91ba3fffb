#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A long answer that the agent cannot finish ends in an error: nothing is printed that looks whole.
. "$(dirname "$0")/lib.sh"

echo 'flows|0|{"result":[{"upstream":7,"group":"239.1.1.1"}],"error":"the maps are gone","exit":1}' >"$WORK/script"
spawn switch "$BUILD/standin" "$RUN/agent.sock" "$WORK/script" >"$WORK/requests"
expect 5 "the stand-in" test -S "$RUN/agent.sock"
for words in "flows" "-j flows" "top -n 1"; do
	# shellcheck disable=SC2086
	ctl $words >"$WORK/out" 2>"$WORK/err"
	same "exit code of $words" 1 $?
	same "output of $words" "" "$(cat "$WORK/out")"
	same "errors of $words" "mupictl: the maps are gone" "$(cat "$WORK/err")"
done
rm -f "$RUN/agent.sock"
