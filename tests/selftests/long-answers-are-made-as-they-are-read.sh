#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A long list is made as its reader takes it: it is nowhere in memory, others change what it is about meanwhile,
# and it is whole all the same; who hangs up in the middle leaves nothing behind.
. "$(dirname "$0")/lib.sh"

for ((n = 0; n < 100; n++)); do
	for ((m = 0; m < 200; m++)); do
		echo "murt_entry = , 239.1.1.1, 10.$n.$m.0/24, 7, $m"
	done
done >"$WORK/rows"
{ echo '[murt]' && cat "$WORK/rows"; } | start_agent

resident() { # of the agent, in KiB
	awk '/^VmRSS/ { print $2 }' "/proc/$(cat "$RUN/mupi-agent.pid")/status"
}

written() { # by the agent, in bytes
	awk '/^wchar/ { print $2 }' "/proc/$(cat "$RUN/mupi-agent.pid")/io"
}

is_full() { # has the agent written what the answer's reader has room for?
	local before
	before=$(written)
	sleep 0.1
	[ "$before" = "$(written)" ]
}

begin() { # begin REQUEST: its answer on descriptor 3, of which the first bytes are in `head`; it goes no further
	rm -f "$WORK/answer"
	mkfifo "$WORK/answer"
	echo "$1" >"$WORK/request"
	"$BUILD/control" -s "$RUN/agent.sock" -t 60 <"$WORK/request" >"$WORK/answer" 2>"$WORK/told" &
	READER=$!
	STARTED+=("$READER")
	exec 3<"$WORK/answer"
	head=$(head -c 1000 <&3)
	expect 10 "the answer waits for its reader" is_full
}

# The rest, once the table is another.
change_and_read() {
	ctl murt flush || fail "flush"
	ctl murt add - ff1e::/16 - 9 1 >"$WORK/out" || fail "add"
	{ printf %s "$head" && cat <&3; } >"$WORK/whole"
	exec 3<&-
}

before=$(resident)
begin '{"command":"murt list"}'
# As one value in memory it would be several times that; a sanitised agent keeps what it has freed for a while.
grown=$(($(resident) - before))
[ $grown -lt 8000 ] || fail "$grown KiB for an answer that nobody reads"
change_and_read
holds '.result | length > 100 and length < 20000 and (map(.id) == (map(.id) | unique)) and .[-1].upstream_if == 9' \
	"$WORK/whole" >/dev/null || fail "a list of rows that change: $(head -c 300 "$WORK/whole")"

ctl murt import "$WORK/rows" || fail "import"
begin '{"command":"murt export"}'
change_and_read
holds '.result.lines | length > 100 and length < 20000 and .[-1] == "murt_entry = , ff1e::/16, , 9, 1"' \
	"$WORK/whole" >/dev/null || fail "an export of rows that change: $(head -c 300 "$WORK/whole")"

ctl murt import "$WORK/rows" || fail "import"
LOOKUP='{"command":"murt lookup","args":{"client":"10.0.0.1","group":"239.1.1.1"}}'
before=$(resident)
begin "$LOOKUP"
grown=$(($(resident) - before))
[ $grown -lt 8000 ] || fail "$grown KiB for a lookup that nobody reads"
change_and_read
holds '.result | .upstreams == [7] and .reason == "100 rows share the highest priority 199" and
	(.rows | length > 100 and length < 20000 and (map(-.priority) == (map(-.priority) | sort)))' \
	"$WORK/whole" >/dev/null || fail "a lookup of rows that change: $(head -c 300 "$WORK/whole")"

on client1 "$BUILD/reports" -I eth1 --client 10.100.1.1 --clients 50 --group 239.2.0.0 --joins 5000 --records 50
on client2 "$BUILD/reports" -I eth1 --client 10.100.2.1 --clients 50 --group 239.3.0.0 --joins 5000 --records 50
expect 20 "many members" json members -- 'length == 10000'
begin '{"command":"members"}'
on client1 "$BUILD/reports" -I eth1 --client 10.100.1.1 --clients 50 --group 239.2.0.0 --joins 5000 --records 50 --type to_in
on client2 "$BUILD/reports" -I eth1 --client 10.100.2.1 --clients 50 --group 239.3.0.0 --joins 5000 --records 50 --type to_in
expect 20 "nobody is a member" json members -- 'length == 0'
change_and_read
holds '.result | length > 100 and length < 10000 and all(.rows)' "$WORK/whole" ||
	fail "members that leave: $(head -c 300 "$WORK/whole")"

ctl murt import "$WORK/rows" || fail "import"
requests=("$LOOKUP")
for command in "murt list" "murt export" groups flows members; do requests+=("{\"command\":\"$command\"}"); done
for request in "${requests[@]}"; do
	begin "$request"
	quit "$READER"
	exec 3<&-
	json status -- 'type == "object"' || fail "no answer after somebody hung up in the middle of $request"
done
