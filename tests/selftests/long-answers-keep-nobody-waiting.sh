#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a long answer needs of the kernel's maps is read as its reader takes it, and others are answered while an
# audit of tens of thousands of groups goes on.
. "$(dirname "$0")/lib.sh"

GROUPS_EACH=20000
start_agent <<END
[murt]
murt_entry = , , , 7, 0
[limits]
groups_per_port = 0
memberships_per_client = 0
reports_per_second = 0
END
reports 1 --client 10.100.1.1 --clients 50 --group 239.2.0.0 --joins $GROUPS_EACH --records 50
reports 2 --client fe80::2:1 --clients 50 --group ff1e:2:: --joins $GROUPS_EACH --records 50
expect 60 "many members" json members -- "length == 2 * $GROUPS_EACH"

spent() { # nanoseconds of the agent on a processor
	cut -d' ' -f1 "/proc/$(cat "$RUN/mupi-agent.pid")/schedstat"
}

ask() { # ask COMMAND: its answer on descriptor 3
	rm -f "$WORK/answer"
	mkfifo "$WORK/answer"
	echo "{\"command\":\"$1\"}" | "$BUILD/control" -s "$RUN/agent.sock" -t 60 >"$WORK/answer" 2>"$WORK/told" &
	STARTED+=($!)
	exec 3<"$WORK/answer"
}

for command in groups flows upstreams; do
	before=$(spent)
	ask $command
	head -c 1 <&3 >"$WORK/first"
	ctl status >"$WORK/out" || fail "no answer beside $command"
	begun=$(spent)
	cat "$WORK/first" - <&3 >"$WORK/whole"
	holds "[.result[] | .groups[]? // .] | length == 2 * $GROUPS_EACH" "$WORK/whole" || fail "$command: $(head -c 300 "$WORK/whole")"
	whole=$(spent)
	((begun - before < (whole - before) / 3)) ||
		fail "$command: $(((begun - before) / 1000)) us before it is read, $(((whole - before) / 1000)) us in all"
done

ask audit
head -c 1 <&3 >"$WORK/first"
ctl status >"$WORK/out" || fail "no answer beside audit"
read -r -t 0.01 line <&3 && fail "audit was answered first: $line"
cat "$WORK/first" - <&3 | grep -q '\]}' || fail "audit is not answered"
exit 0
