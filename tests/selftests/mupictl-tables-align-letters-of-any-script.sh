#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A letter may have several bytes and take two columns: tables and `top` count columns.
. "$(dirname "$0")/lib.sh"

export LC_ALL=C.UTF-8
cat >"$WORK/test.conf" <<END
[providers]
provider = Süd, 10.100.0.31, 7
provider = 日本放送協会, 10.100.0.31, 8
provider = a-long-name, 10.100.0.31, 9
[murt]
murt_entry = , 239.1.0.0/16, , 7, 1
murt_entry = , 239.2.0.0/16, , 8, 1
murt_entry = , 239.3.0.0/16, , 9, 1
END
lab agent start "$WORK/test.conf" -i 20=düü2 || fail "the agent does not start"

column() { # column FILE LINE WORD: where it begins, in letters
	local line
	line=$(grep -F -- "$2" "$WORK/$1") || fail "no $2: $(cat "$WORK/$1")"
	line=${line%%"$3"*}
	echo ${#line}
}

ctl providers >"$WORK/wide"
script -qec "stty cols 40; '$BUILD/mupictl' -s '$RUN/agent.sock' providers" /dev/null </dev/null >"$WORK/narrow"
for file in wide narrow; do
	source=$(column $file a-long-name 10.100)
	same "$file: a letter of two bytes" "$source" "$(column $file Süd 10.100)"
	same "$file: letters of two columns" $((source - 6)) "$(column $file 日本放送協会 10.100)"
done

script -qec "stty rows 24 cols 80; TERM=vt100 '$BUILD/mupictl' -s '$RUN/agent.sock' top -n 1 -d 0.2" "$WORK/screen" \
	</dev/null >"$WORK/script" || fail "top"
grep -q 'düü2  downstream  pending' "$WORK/screen" || fail "top: $(cat -v "$WORK/screen")"
