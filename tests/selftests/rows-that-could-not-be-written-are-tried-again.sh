#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rows of commands that could not be written are told to who made them and on the log, and written with the next change
# or when the agent ends, if that works by then. Nobody but those who may ask the agent can read them.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 0
END
FILE=$RUN/agent.sock.rows

again() { # again SIGNAL ROWS: of commands after a restart
	lab agent stop "$1"
	lab agent start "$WORK/test.conf" || fail "the agent does not start again"
	same "rows of commands after SIG$1" "$2" "$(ctl -j murt list | jq '[.[] | select(.origin == "ctl")] | length')"
}

told() {
	grep -c 'rows of commands will not survive a restart' "$RUN/agent.log"
}

mkdir "$FILE.new"
ctl -j murt add - 239.1.0.0/16 - 8 5 >"$WORK/out" 2>"$WORK/error" || fail "murt add"
same "times told" 1 "$(told)"
same "the answer" '{"id":2}' "$(<"$WORK/out")"
same "who made it is told" \
	"mupictl: $FILE: File exists: rows of commands will not survive a restart" "$(<"$WORK/error")"
again KILL 0
ctl murt add - 239.1.0.0/16 - 8 5 >"$WORK/out" || fail "murt add"
rmdir "$FILE.new"
again TERM 1
same "mode of the file" 600 "$(stat -c %a "$FILE")"

# The next change writes what was not written before it.
rm "$FILE"
mkdir "$FILE.new"
ctl murt add - 239.2.0.0/16 - 8 5 >"$WORK/out" || fail "murt add"
rmdir "$FILE.new"
ctl murt add - 239.3.0.0/16 - 8 5 >"$WORK/out" 2>"$WORK/error" || fail "murt add"
same "told when all is written" '' "$(<"$WORK/error")"
again KILL 3
