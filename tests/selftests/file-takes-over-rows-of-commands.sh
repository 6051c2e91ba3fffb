#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A reload: rows of commands stay, those that the file has as well become the file's, with id and hits; rows that
# the file has no more are gone; all of it is so after a restart, too.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 0
murt_entry = , 239.1.0.0/16, , 8, 5
END

rows() { # id, upstream, priority, enabled and origin of each
	ctl -j murt list | jq -c '[.[] | [.id, .upstream_if, .priority, .enabled, .origin]]'
}

# configure LINE...: the [murt] that is loaded now
configure() {
	printf '%s\n' '[murt]' "$@" >"$WORK/test.conf"
	ctl reload
}

kept() {
	grep '^murt_entry' "$RUN/agent.sock.rows"
}

ctl murt add - ff1e::/16 - 8 7 >"$WORK/out"
ctl murt add - 239.2.0.0/16 - 9 -7 --disabled >"$WORK/out"
view client1 out1 -g ff1e::1 -p 5001
expect 10 "a member" json members -- 'any(.upstreams == [8])'
same "hits" 1 "$(ctl -j murt list | jq '.[2].hits')"
configure 'murt_entry = , ff1e::/16, , 8, 7' 'murt_entry = , , , 7, 0' 'murt_entry = , , , 9, 1, disabled'
same "rows" '[[1,7,0,true,"file"],[3,8,7,true,"file"],[4,9,-7,false,"ctl"],[5,9,1,false,"file"]]' "$(rows)"
same "hits of a row that was taken over" 1 "$(ctl -j murt list | jq '.[1].hits')"
same "rows kept" 'murt_entry = , 239.2.0.0/16, , u9, -7, disabled' "$(kept)"
configure 'murt_entry = , 239.2.0.0/16, , 9, -7, balance=hash' 'murt_entry = , , , 9, 1'
same "rows" '[[4,9,-7,true,"file"],[5,9,1,true,"file"]]' "$(rows)"
same "rows kept" '' "$(kept)"
expect 10 "the member is served by what is left" json members -- 'all(.upstreams == [9])'
ctl murt add - - - 7 2 >"$WORK/out"
expect 10 "the member is served by a new row" json members -- 'all(.upstreams == [7])'
lab agent stop
lab agent start "$WORK/test.conf" || fail "the agent does not start again"
same "rows after a restart" '[[1,9,-7,true,"file"],[2,9,1,true,"file"],[3,7,2,true,"ctl"]]' "$(rows)"
