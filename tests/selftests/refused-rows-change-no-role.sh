#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rows that are refused, alone or in a file, leave table and ports as they were; rows that are taken outlive the
# agent, with the roles they gave.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 0
murt_entry = , 3, 239.3.0.0/16, , 7, 5
END

roles() {
	ctl -j ports | jq -c '[.[] | select(.role == "upstream") | .port]'
}

of_commands() {
	ctl -j murt list | jq -c '[.[] | select(.origin == "ctl") | del(.id, .hits)]'
}

state() {
	roles
	ctl -j murt list | jq 'del(.[].hits)'
	cat "$RUN/agent.sock.rows" 2>/dev/null
}
before=$(state)

# refused MESSAGE COMMAND...: in one line, and nothing happens
refused() {
	local got
	if got=$(ctl "${@:2}" 2>&1); then fail "mupictl ${*:2} succeeds"; fi
	same "mupictl ${*:2}" "mupictl: $1" "$got"
	same "table and ports after mupictl ${*:2}" "$before" "$(state)"
}

# file LINE...: what is imported
file() {
	printf '%s\n' "$@" >"$WORK/rows"
}

import_refuses() { # import_refuses LINE MESSAGE
	refused "$WORK/rows:$1: $2; nothing was imported" murt import "$WORK/rows"
}

refused 'row 1 is the same already' murt add - - - 7 0
refused 'port 3 is the downstream of a row, so it cannot become an upstream' murt add - - - 3 1
refused 'port 5 is the downstream of a row, so it cannot become an upstream' murt add - - - 5 1 --port 5
refused 'downstream 7 is an upstream port' murt add - - - 8 1 --port 7
refused 'row 1 is the same already' murt set 2 downstream_if=- group=- priority=0
refused 'downstream 7 is an upstream port' murt set 2 upstream_if=8 downstream_if=7
file 'murt_entry = , , , 8, 1' '# a comment' '[murt]' 'murt_entry = , , , 99, 1'
import_refuses 4 'upstream 99 is not a configured port'
file 'murt_entry = , , , 8, 1' 'murt_entry = , , , 7, 0'
import_refuses 2 'row 1 is the same already'
file 'murt_entry = , , , 8, 1 ; first' '' 'murt_entry = , , , 9, 1' 'murt_entry=,,,8,1,disabled'
import_refuses 4 'the row repeats line 1'
file 'murt_entry = , 8, , , 9, 1' 'murt_entry = , , , 8, 1'
import_refuses 2 'port 8 is the downstream of a row, so it cannot become an upstream'
file 'murt_entry = , , , 8, 1' 'murt_entry = , 8, , , 9, 1'
import_refuses 2 'downstream 8 is an upstream port'
file '[murt]' 'murt_entry = , , , 8, 1' 'selection = priority'
import_refuses 3 '"selection" is not accepted among rows, expected murt_entry; the rest belongs in the configuration'
file 'murt_entry = , , , 8, 1' '[proxy]' 'reports = relay'
import_refuses 2 '"[proxy]" is not accepted among rows, expected [murt] or none'
file 'murt_entry = , , , 8, 1' 'murt_entry = , , 239.1.1.1/33, , 8, 1'
import_refuses 2 'murt_entry: group "239.1.1.1/33" is not accepted, expected an address, ADDRESS/LENGTH or nothing'
view client4 out4 -g 239.1.1.4 -p 5001
expect 10 "client 4 is a member" json members --port 4 -- 'length == 1'
file 'murt_entry = , , , 8, 1' 'murt_entry = , , , 4, 1'
import_refuses 2 'port 4 is downstream and has members, so it cannot become an upstream'
view client5 out5 -g ff1e::4 -p 5001
expect 10 "client 5 is a member" json members --port 5 -- 'length == 1'
refused 'port 5 is downstream and has members, so it cannot become an upstream' murt add - ff1e::/16 - 5 1

file '# rows' '[murt]' 'murt_entry = , 2, 239.2.0.0/16, , 8, 20' 'murt_entry = , ff1e::/16, , 9, -3, balance=hash'
ctl murt import "$WORK/rows"
same "roles after an import" '[7,8,9]' "$(roles)"
ctl murt add - 239.9.9.9 - 7 3 --disabled >"$WORK/out"
ctl murt set 2 priority=6
rows=$(of_commands)
same "rows of commands" 3 "$(jq length <<<"$rows")"
same "rows that are kept" 3 "$(grep -c '^murt_entry' "$RUN/agent.sock.rows")"

# What the agent cannot use is told, and the rest is taken.
lab agent stop
sed -i '2i murt_entry = , , , 99, 1\nselection = priority\nmurt_entry = , 7, , , 8, 1' "$RUN/agent.sock.rows"
printf 'murt_entry = , , , 9, 1' >>"$RUN/agent.sock.rows" # cut short: it may have been 10
lab agent start "$WORK/test.conf" || fail "the agent does not start again"
same "rows of commands after a restart" "$rows" "$(of_commands)"
same "roles after a restart" '[7,8,9]' "$(roles)"
for told in ':2: upstream 99 is not a configured port; ' ':3: "selection" is not accepted among rows' \
	':4: downstream 7 is an upstream port; ' ': the last line is not whole'; do
	grep -qF "agent.sock.rows$told" "$RUN/agent.log" || fail "not told: $told"
done
ctl murt flush
same "rows after a flush" '[]' "$(ctl -j murt list)"
lab agent stop
lab agent start "$WORK/test.conf" || fail "the agent does not start a third time"
same "rows of commands after a flush and a restart" '[]' "$(of_commands)"
