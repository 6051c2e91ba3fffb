#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
default_upstream = 9
END

# batch CODE OPTION...: output and errors are in files
batch() {
	local code
	ctl "${@:2}" >"$WORK/out" 2>"$WORK/err"
	code=$?
	same "exit code of a batch ($(cat "$WORK/err"))" "$1" $code
}

rows() {
	ctl -j murt list | jq length
}

cat >"$WORK/good" <<END
# two rows, and what became of them

murt add - 239.1.0.0/16 - 7 1   # a comment behind
 mu add - '239.2.0.0/16' "-" 8 1
murt list -j
END
batch 0 -b "$WORK/good"
same "rows" 2 "$(rows)"
tail -n 1 "$WORK/out" | holds 'length == 2' || fail "no JSON: $(cat "$WORK/out")"
batch 0 -b /dev/null
printf 'status\ngroups\nports' | batch 0 -j -b -
same "JSON values, the last without end of line" 3 "$(jq -s length "$WORK/out")"
printf '\xef\xbb\xbfstatus\n' | batch 0 -b -

# The first error ends it, with file, line and exit code.
printf 'murt add - 239.3.0.0/16 - 7 1\n\nmurt del 99\nmurt flush\n' >"$WORK/bad"
batch 1 -b "$WORK/bad"
same "rows: what came before is done, what comes after is not" 3 "$(rows)"
grep -q "^$WORK/bad:3: " "$WORK/err" || fail "no file and line: $(cat "$WORK/err")"
printf 'members\nmembres\nmurt flush\n' | batch 2 -b -
same "words" "stdin:2: unknown command 'membres'; did you mean 'members'?" "$(cat "$WORK/err")"
printf '%0999d\n' 0 | batch 2 -b -
grep -qE "^stdin:1: unknown command '0{40}\.\.\.'; one of: murt " "$WORK/err" || fail "a long word: $(cat "$WORK/err")"
printf 'murt add 10.1.1.0/24\xa0 - - 7 1\n' | batch 2 -b -
same "no UTF-8" "stdin:1: '10.1.1.0/24?' is no UTF-8 text" "$(cat "$WORK/err")"
printf 'murt del 1\0 7\n' | batch 2 -b -
same "a zero byte" "stdin:1: a zero byte, expected text" "$(cat "$WORK/err")"
printf 'log "info\n' | batch 2 -b -
same "quotes" "stdin:1: a closing quote is missing" "$(cat "$WORK/err")"
for line in monitor "top -n 1" "groups --watch"; do
	echo "$line" | batch 2 -b -
	grep -qE "^stdin:1: '(monitor|top|--watch)' cannot be part of a batch$" "$WORK/err" || fail "$line: $(cat "$WORK/err")"
done
batch 1 -b "$WORK"
same "a directory" "mupictl: cannot read $WORK: Is a directory" "$(cat "$WORK/err")"

# -k goes on; the exit code is that of the first error.
printf 'murt del 99\nmembres\nmurt flush\n' | batch 1 -k -b -
same "errors" 2 "$(wc -l <"$WORK/err")"
same "rows after the flush" 0 "$(rows)"

# One connection carries them all.
for i in {1..1000}; do echo "murt add - 239.$((i % 250)).$((i / 250)).0/24 - 7 $i"; done >"$WORK/many"
batch 0 --batch="$WORK/many"
same "many rows" 1000 "$(rows)"
batch 3 -s "$WORK/none" -b "$WORK/good"
grep -q "^$WORK/good:3: cannot reach the agent" "$WORK/err" || fail "no agent: $(cat "$WORK/err")"
