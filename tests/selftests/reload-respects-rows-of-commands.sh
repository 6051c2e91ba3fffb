#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A file that gives a port a role which a row of a command, a member, or its own life as an upstream forbids is
# refused with its line, and nothing changes; where there is no agent to refuse it, at the start, the row yields.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 0
END

state() {
	ctl -j ports | jq -c '[.[] | select(.role == "upstream") | .port]'
	ctl -j murt list | jq -c '[.[] | [.id, .downstream_if, .upstream_if, .origin]]'
}

# refused LINE MESSAGE ROW...: of a file with these rows
refused() {
	local before got
	before=$(state)
	printf '%s\n' '[murt]' "${@:3}" >"$WORK/test.conf"
	if got=$(ctl reload 2>&1); then fail "a reload with ${*:3} succeeds"; fi
	same "a reload with ${*:3}" "mupictl: $WORK/test.conf:$1: $2" "$got"
	same "roles and rows after a reload with ${*:3}" "$before" "$(state)"
}

ctl murt add - 239.3.0.0/16 - 7 5 --port 3 >"$WORK/out" # row 2
ctl murt add - ff1e::/16 - 4 5 >"$WORK/out"              # row 3
view client5 out5 -g 239.1.1.5 -p 5001
expect 10 "client 5 is a member" json members --port 5 -- 'length == 1'
refused 3 'port 3 is the downstream of row 2, which a command made, so it cannot become an upstream' \
	'murt_entry = , , , 7, 0' 'murt_entry = , , , 3, 1' 'murt_entry = , , , 3, 2'
refused 3 'downstream 4 is an upstream port until the agent is started again' \
	'murt_entry = , , , 7, 0' 'murt_entry = , 4, , , 7, 1'
refused 4 'port 5 is downstream and has members, so it cannot become an upstream' \
	'murt_entry = , , , 7, 0' '[ports]' 'port = 5, d5, upstream'
refused 4 'port 5 is downstream and has members, so it cannot become an upstream' \
	'murt_entry = , , , 7, 0' '[interfaces]' 'interface = 5, Provider'
refused 3 'port 5 is downstream and has members, so it cannot become an upstream' \
	'murt_entry = , , , 7, 0' 'default_upstream = d5'
refused 4 'port 7 is an upstream port until the agent is started again' \
	'murt_entry = , , , 8, 0' '[ports]' 'port = 7, u7, downstream'
refused 4 'port 4 is an upstream port until the agent is started again' \
	'murt_entry = , , , 7, 0' '[interfaces]' 'interface = 4, Client'

# What the file declares, no row of a command changes.
printf '%s\n' '[murt]' 'murt_entry = , , , 7, 0' '[interfaces]' 'interface = 2, Client' >"$WORK/test.conf"
ctl reload >/dev/null || fail "reload"
if got=$(ctl murt add - - - 2 9 2>&1); then fail "a row makes port 2 an upstream"; fi
same "a row with a declared downstream" \
	"mupictl: port 2 is declared downstream ($WORK/test.conf:4), expected an upstream port" "$got"

# A provider is there once such a row makes its port an upstream, also after a restart.
printf '%s\n' '[murt]' 'murt_entry = , , , 7, 0' '[providers]' 'provider = late, , 1' 'provider = one, , 4' \
	>"$WORK/test.conf"
ctl reload >/dev/null || fail "reload"
providers() { # providers NAME...: those there are
	same "providers" "$*" "$(ctl -j providers | jq -r '[.[].name] | join(" ")')"
}
providers one
if got=$(ctl upstream disable late 2>&1); then fail "a provider that is no upstream goes out of service"; fi
same "a provider that is no upstream yet" "mupictl: port 1 is downstream, expected an upstream" "$got"
ctl murt add - 239.7.0.0/16 - 1 5 >"$WORK/out" # the last row
providers late one
lab agent stop
lab agent start "$WORK/test.conf" || fail "the agent does not start again"
providers late one
ctl murt del "$(jq -R 'split(" ")[-1] | tonumber' "$WORK/out")" || fail "murt del"

# The file is what counts at the start.
printf '%s\n' '[murt]' 'murt_entry = , , , 7, 0' 'murt_entry = , , , 3, 1' 'murt_entry = , 4, , , 7, 1' \
	'[interfaces]' 'interface = 6, Client' >"$WORK/test.conf"
lab agent stop
echo 'murt_entry = , , , 6, 1' >>"$RUN/agent.sock.rows"
lab agent start "$WORK/test.conf" || fail "the agent does not start again"
same "roles and rows" '[3,7]
[[1,null,7,"file"],[2,null,3,"file"],[3,4,7,"file"]]' "$(state)"
for told in ':2: downstream 3 is an upstream port' \
	':3: port 4 is the downstream of a row, so it cannot become an upstream' \
	": port 6 is declared downstream ($WORK/test.conf:6), expected an upstream port"; do
	grep -F agent.sock.rows "$RUN/agent.log" | grep -qF "$told; the row is left out" || fail "not told: $told"
done
