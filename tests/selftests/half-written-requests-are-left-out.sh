#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rows that one command made or changed are all there after a crash or none of them, wherever the crash, or a full
# disk, cut their file short; requests before are whole.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 0
END
FILE=$RUN/agent.sock.rows

rows() { # of commands
	ctl -j murt list | jq -c '[.[] | select(.origin == "ctl") | [.client, .group, .upstream_if, .priority, .enabled]]'
}

# cut_at BYTE ROWS: what is there when the file ends at BYTE?
cut_at() {
	lab agent stop KILL
	head -c "$1" "$WORK/whole" >"$FILE"
	lab agent start "$WORK/test.conf" || fail "the agent does not start again"
	same "rows when the file ends at byte $1 of $(wc -c <"$WORK/whole")" "$2" "$(rows)"
}

for ((n = 0; n < 400; n++)); do echo "murt_entry = 10.1.$((n / 200)).$((n % 200)), 239.1.1.1, , 8, $n"; done >"$WORK/rows"
head -n 20 "$WORK/rows" >"$WORK/first"
tail -n 380 "$WORK/rows" >"$WORK/second"
ctl murt import "$WORK/first" || fail "import"
ctl murt set 2 priority=77 || fail "murt set"
before=$(rows)
start=$(wc -c <"$FILE")
ctl murt import "$WORK/second" || fail "import"
after=$(rows)
cp "$FILE" "$WORK/whole"
size=$(wc -c <"$FILE")
for byte in $((start + 3)) $((start + 40)) $(((start + size) / 2)) $((size - 1)); do cut_at "$byte" "$before"; done
cut_at "$size" "$after"

# A row by command behind the rest of one that was cut short
cut_at $((size - 30)) "$before"
ctl murt add - - - 9 5 >"$WORK/out" || fail "murt add"
before=$(rows)
lab agent stop KILL
lab agent start "$WORK/test.conf" || fail "the agent does not start again"
same "rows after one more" "$before" "$(rows)"

# Rows that the configuration takes over together
cp "$WORK/test.conf" "$WORK/good.conf"
start=$(wc -c <"$FILE")
head -n 3 "$WORK/first" >>"$WORK/test.conf"
ctl reload || fail "reload"
cp "$FILE" "$WORK/whole"
cp "$WORK/good.conf" "$WORK/test.conf"
cut_at $((start + 20)) "$before"
