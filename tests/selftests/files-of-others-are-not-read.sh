#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Where others may write to the socket's folder, they can put no rows and no state there for the next agent: a file that
# is not the agent's user's or root's, or a symbolic link, is told of once, left alone, and replaced.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 0
END
ROWS=$RUN/agent.sock.rows STATE=$RUN/agent.sock.state

# known: rows of commands and clients that an agent knows when it starts again
known() {
	lab agent start "$WORK/test.conf" || fail "the agent does not start again"
	ctl -j murt list | jq -c '[.[] | select(.origin == "ctl") | .priority]'
	sed -n 's/ memberships of a former agent//p' "$RUN/agent.log"
}

told() { # told FILE WHAT: once
	same "times told of $1" 1 "$(grep -cF "$1: $2: " "$RUN/agent.log")"
}

ctl murt add - 239.1.0.0/16 - 8 5 >"$WORK/out" || fail "murt add"
reports 1 --client 10.100.0.11 --group 239.1.1.1
expect 5 "a member" json members -- 'length == 1'
lab agent stop TERM
same "of the agent's own files" $'[5]\n1' "$(known)"

lab agent stop TERM
cp -p "$ROWS" "$STATE" "$WORK/"
chown nobody "$ROWS" "$STATE"
same "of somebody else's files" '[]' "$(known)"
told "$ROWS" "not owned by root or the agent's user, or immutable"
told "$STATE" "not owned by root or the agent's user, or immutable"
ctl murt add - 239.2.0.0/16 - 8 6 >"$WORK/out" || fail "murt add"
same "owners" $'root\nroot' "$(stat -c %U "$ROWS" "$STATE")"

lab agent stop TERM
ln -sf "$WORK/${ROWS##*/}" "$ROWS"
ln -sf "$WORK/${STATE##*/}" "$STATE"
same "of symbolic links" '[]' "$(known)"
told "$ROWS" "Too many levels of symbolic links"
told "$STATE" "Too many levels of symbolic links"
