#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
default_upstream = 9
END

# watch FILE WORD...: WATCHER is the process
watch() {
	"$BUILD/mupictl" -s "$RUN/agent.sock" "${@:2}" >"$WORK/$1" 2>"$WORK/$1.err" &
	WATCHER=$!
	STARTED+=("$WATCHER")
}

times() { # times NUMBER FILE PATTERN: at least
	[ "$(grep -cE -- "$3" "$WORK/$2")" -ge "$1" ]
}

ended() { # ended WHAT SIGNAL
	kill -s "$2" "$WATCHER"
	wait "$WATCHER"
	same "exit code of $1 after $2" 0 $?
}

watch table groups --watch=0.1
expect 5 "three tables" times 3 table '^GROUP'
reports 1 --client 10.100.0.11 --group 239.1.1.1
expect 5 "the new group" times 1 table '^239.1.1.1'
ended "a table" TERM
same "complaints" "" "$(cat "$WORK/table.err")"

watch json -j --watch=0.1 members
expect 5 "three JSON values" times 3 json '^\['
ended "JSON" TERM
jq -s . "$WORK/json" >"$WORK/checked" || fail "no JSON: $(cat "$WORK/json")"

# A reader that has seen enough is no error.
(set -o pipefail && ctl members --watch=0.05 | head -n 3 >"$WORK/head") || fail "exit code $? when the reader goes"

# An agent that is restarted is waited for.
watch restart status --watch=0.1
expect 5 "the first agent" times 2 restart '^pid'
lab agent stop
expect 5 "no agent" grep -q 'cannot reach the agent' "$WORK/restart.err"
: >"$WORK/restart"
lab agent start "$WORK/test.conf" || fail "no second agent"
expect 10 "the second agent" times 2 restart '^pid'
ended "a table" TERM

# On a terminal: in the same place, not longer than the screen, not wider.
script -qec "stty rows 10 cols 60; timeout --foreground --preserve-status -s INT 1 \
	'$BUILD/mupictl' -s '$RUN/agent.sock' ports --watch=0.2" "$WORK/screen" </dev/null >"$WORK/script"
same "exit code on a terminal after INT" 0 $?
times 3 screen $'\e\\[H\e\\[J' || fail "the screen is not cleared: $(cat -v "$WORK/screen")"
sed 's/\x1b\[H\x1b\[J//; s/\r$//' "$WORK/screen" | grep -v '^Script' >"$WORK/lines"
! grep -E '^.{61}' "$WORK/lines" || fail "lines are wider than the terminal: $(cat "$WORK/lines")"
second=$(grep -n every "$WORK/lines" | sed -n '2s/:.*//p')
same "lines of the first table" 9 $((second - 1))
