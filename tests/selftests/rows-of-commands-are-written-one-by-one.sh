#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A row of a command that changes or goes costs a line of the file and not a new file, until it holds more of what
# was than of what is; after a kill -9 all rows are as they were, in their order.
. "$(dirname "$0")/lib.sh"

ROWS=2000
for ((n = 0; n < ROWS / 2; n++)); do
	echo "murt_entry = 10.1.$((n / 250)).$((n % 250)), 239.1.1.1, , 7, $n"
	echo "murt_entry = 2001:db8:1::$n, ff1e::1, , 8, $n"
done >"$WORK/rows"
FILE=$RUN/agent.sock.rows
start_agent <<END
[murt]
murt_entry = , , , 7, 0
murt_entry = , 239.0.0.0/8, , 9, 0
END

rows() { # of commands
	ctl -j murt list | jq 'map(select(.origin == "ctl") | del(.id, .hits))'
}

after_a_crash() { # after_a_crash WHAT: are the rows as before?
	local before
	before=$(rows)
	lab agent stop KILL
	lab agent start "$WORK/test.conf" || fail "the agent does not start again"
	[ "$before" = "$(rows)" ] || fail "other rows after a crash: $1"
}

# for_rows N COMMAND…: for the first N of them
for_rows() {
	local id
	for id in $(ctl -j murt list | jq "[.[] | select(.origin == \"ctl\")][:$1][].id"); do
		echo "murt $2 $id ${*:3}"
	done >"$WORK/batch"
	ctl -b "$WORK/batch" || fail "$*"
}

is_same_file() {
	[ "$(stat -c %i "$FILE")" = "$INODE" ] || fail "a new file: $1"
}

ctl murt import "$WORK/rows" || fail "import"
after_a_crash "imported"
INODE=$(stat -c %i "$FILE")
ctl murt set 3 priority=77 || fail "murt set"
ctl murt del 4 || fail "murt del"
ctl murt set 3 group=239.7.0.0/16 || fail "murt set"
ctl murt disable 6 || fail "murt disable"
ctl murt add 10.9.9.9 - - 9 1 >"$WORK/out" || fail "murt add"
ctl murt set $((ROWS + 3)) balance=hash || fail "murt set of the row just added"
same "lines of the file" $((1 + ROWS + 6)) "$(wc -l <"$FILE")"
is_same_file "a few changes"
after_a_crash "changed, deleted, added"

# The file takes a row over: the command's goes.
echo "murt_entry = 10.9.9.9, , , 9, 1, balance=hash" >>"$WORK/test.conf"
ctl reload || fail "reload"
json murt list -- '[.[] | select(.priority == 1 and .upstream_if == 9)] | length == 1 and .[0].origin == "file"' ||
	fail "the row is not the file's"
same "rows of the file" $((ROWS - 1)) "$(grep -c ^murt_entry "$FILE")"
INODE=$(stat -c %i "$FILE")

# Whatever is done to them, the file stays in proportion.
for_rows 450 set priority=1000
is_same_file "450 changes"
for_rows 900 set priority=1001
[ "$(wc -l <"$FILE")" -lt $((ROWS * 8 / 5)) ] || fail "$(wc -l <"$FILE") lines for $ROWS rows"
after_a_crash "many changes"
for_rows $((ROWS - 10)) del
[ "$(wc -l <"$FILE")" -lt 20 ] || fail "$(wc -l <"$FILE") lines for 9 rows"
after_a_crash "most are gone"
ctl murt flush || fail "murt flush"
same "rows after a flush" 0 "$(rows | jq length)"
after_a_crash "all are gone"
exit 0
