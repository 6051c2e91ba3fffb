#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
default_upstream = 9
END

# follow FILE OPTION...: FOLLOWER is the process
follow() {
	"$BUILD/mupictl" -s "$RUN/agent.sock" "${@:2}" monitor >"$WORK/$1" 2>"$WORK/$1.err" &
	FOLLOWER=$!
	STARTED+=("$FOLLOWER")
}

# Clients join until the first event shows: then both ends are there.
GROUPS_JOINED=0
stir() {
	reports 3 --client 10.100.0.13 --group 239.9.9.$((++GROUPS_JOINED))
}
stirred() { # stirred FILE
	stir && [ -s "$WORK/$1" ]
}

told() { # told FILE FILTER: there is such an event
	jq -se "any(.[]; $2)" "$WORK/$1"
}

follow events
EVENTS=$FOLLOWER
follow json -j
expect 5 "an event" stirred events
expect 5 "an event with -j" stirred json
row=$(ctl -j murt add - 239.8.0.0/16 - 9 1 | jq .id)
reports 1 --client 10.100.0.11 --group 239.1.1.1
reports 2 --client fe80::12 --group ff1e::1
for file in events json; do
	expect 5 "a change of the table" told $file ".event == \"table\" and .change == \"add\" and .id == $row"
	expect 5 "a join" told $file \
		'.event == "join" and .port == 1 and .client == "10.100.0.11" and .group == "239.1.1.1"'
	expect 5 "a join of IPv6" told $file '.event == "join" and .port == 2 and .group == "ff1e::1"'
	same "values that are no event" 0 "$(jq -s 'map(select(.event == null)) | length' "$WORK/$file")"
	same "lines" "$(jq -s length "$WORK/$file")" "$(wc -l <"$WORK/$file")"
done

kill -INT "$EVENTS"
wait "$EVENTS"
same "exit code after INT" 0 $?
(ctl monitor | head -n 1 >"$WORK/first"; echo "${PIPESTATUS[0]}" >"$WORK/code") &
STARTED+=($!)
ends() { stir && [ -s "$WORK/code" ]; }
expect 10 "monitor ends when its reader does" ends
same "exit code when the reader goes" 0 "$(cat "$WORK/code")"
