#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rows of commands and upstreams out of service are as they were after a kill -9; what a command changed of a row
# of the file is undone.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 0
murt_entry = , , , 8, 5
END

state() {
	ctl -j murt list | jq -c '[.[] | [.upstream_if, .priority, .enabled, .origin]]'
	ctl -j upstreams | jq -c '[.[] | [.port, .enabled]]'
}

view client1 out1 -g 239.1.1.1 -p 5001
view client2 out2 -g ff1e::1 -p 5001
expect 10 "two members" json members -- 'length == 2 and all(.upstreams == [8])'
ctl murt add - 239.0.0.0/8 - 9 10 >"$WORK/out" || fail "murt add"
ctl murt add - ff1e::/16 - 9 10 >"$WORK/out" || fail "murt add"
ctl murt add - - - 7 20 --disabled >"$WORK/out" || fail "murt add"
ctl murt set 3 priority=11 || fail "murt set"
ctl murt del 4 || fail "murt del"
ctl upstream disable 8 || fail "upstream disable"
ctl upstream disable 9 || fail "upstream disable"
ctl upstream enable 9 || fail "upstream enable"
before=$(state)
same "rows and upstreams" '[[7,0,true,"file"],[8,5,true,"file"],[9,11,true,"ctl"],[7,20,false,"ctl"]]
[[7,true],[8,false],[9,true]]' "$before"
ctl murt disable 1 || fail "murt disable"
ctl murt set 2 priority=50 || fail "murt set"
lab agent stop KILL
lab agent start "$WORK/test.conf" || fail "the agent does not start again"
same "rows and upstreams after a crash" "$before" "$(state)"
expect 10 "the members are where they belong" json members -- 'length == 2 and (map(.upstreams[0]) | sort) == [7, 9]'
ctl murt disable 1 || fail "murt disable"
ctl reload || fail "reload"
same "rows and upstreams after a reload" "$before" "$(state)"
