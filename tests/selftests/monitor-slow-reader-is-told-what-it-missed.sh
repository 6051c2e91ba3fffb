#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One who follows and does not read keeps nobody waiting; when it reads again it is told
# how many events it missed. One who reads beside it misses none.
. "$(dirname "$0")/lib.sh"

# The events of so many joins and leaves are more than twice what is kept for a reader.
CLIENTS=9
JOINS=9000
start_agent <<END
[murt]
murt_entry = , , , 7, 10
[proxy]
fast_leave = on
END
follow() { # follow FILE
	printf '{"command":"monitor"}\n' >"$WORK/request"
	"$BUILD/control" -s "$RUN/agent.sock" -k -t 600 <"$WORK/request" >"$WORK/$1" 2>/dev/null &
	FOLLOWER=$!
	STARTED+=("$FOLLOWER")
	expect 5 "$1 follows" grep -q result "$WORK/$1"
}
members_are() {
	[ "$(ctl -j status | jq .members)" = "$1" ]
}
count() { # count FILE EVENT
	grep -c "\"event\":\"$2\"" "$WORK/$1"
}
missed() {
	jq -s 'map(select(.event == "missed").count) | add' "$WORK/slow"
}
follow slow
SLOW=$FOLLOWER
follow quick
kill -STOP "$SLOW"
# In portions that the quick one can keep up with.
for ((n = 1; n <= CLIENTS; n++)); do
	reports 1 --client "10.100.0.$((50 + n))" --group 239.1.0.0 --joins $((JOINS / CLIENTS)) --records 50
	expect 10 "joins" members_are $((n * JOINS / CLIENTS))
done
for ((n = 1; n <= CLIENTS; n++)); do
	reports 1 --client "10.100.0.$((50 + n))" --group 239.1.0.0 --joins $((JOINS / CLIENTS)) --records 50 \
		--type to_in
	expect 10 "leaves" members_are $((JOINS - n * JOINS / CLIENTS))
done
quick() { [ "$(count quick leave)" = $JOINS ]; }
expect 10 "the quick one is told of all" quick
same "joins" $JOINS "$(count quick join)"
same "missed by the quick one" 0 "$(count quick missed)"
same "what the slow one has read" 0 "$(count slow leave)"
kill -CONT "$SLOW"
expect 10 "the slow one is told what it missed" grep -q missed "$WORK/slow"
reports 1 --client 10.100.0.99 --group 239.2.2.2
expect 5 "and what happens now" grep -q 239.2.2.2 "$WORK/slow"
same "told and missed" $((2 * JOINS)) $(($(count slow join) - 1 + $(count slow leave) + $(missed)))
jq . "$WORK/slow" >"$WORK/parsed" || fail "a line was torn"
