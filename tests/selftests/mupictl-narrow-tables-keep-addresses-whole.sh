#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# On a terminal a table is as wide as that, cells go on in the next line; but no address is cut.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = 2001:db8:100:1111::/64, ff1e:1:2:3::/64, 2001:db8:100::31, 7, 30
murt_entry = 10.100.0.0/26, 239.101.102.103, 10.100.0.131, 7, 30
murt_entry = 10.100.0.0/26, 239.101.102.0/24, , 8, 20
END
reports 1 --client 10.100.0.11 --group 239.101.102.103 --type allow --source 10.100.0.131 --source 10.100.0.132 \
	--source 10.100.0.133 --source 10.100.0.134
expect 5 "a member with four sources" json members -- '.[0].sources | length == 4'

# table COLUMNS COMMAND...: as a terminal of that width shows it
table() {
	script -qec "stty cols $1; '$BUILD/mupictl' -s '$RUN/agent.sock' ${*:2}" /dev/null </dev/null |
		tr -d '\r' >"$WORK/table"
	! grep -n ' $' "$WORK/table" || fail "${*:2} at $1 columns: a line ends in blanks"
}

whole() { # whole ADDRESS...: each is a word of the table
	local word
	for word in "$@"; do
		tr -s ' ,' '\n' <"$WORK/table" | grep -qxF "$word" || fail "$word is cut: $(cat "$WORK/table")"
	done
}

for width in 20 40 60 80 100 200; do
	table $width murt list
	whole 2001:db8:100:1111::/64 ff1e:1:2:3::/64 2001:db8:100::31 10.100.0.0/26 10.100.0.131
	table $width members
	whole 239.101.102.103 10.100.0.11 10.100.0.131 10.100.0.132 10.100.0.133 10.100.0.134
	table $width murt lookup 10.100.0.11 239.101.102.103 10.100.0.131
	whole priority 20 is lower than 30
done
# What can be wrapped is.
table 100 members
same "lines of members at 100 columns" 1 "$(awk '{ if (length > w) w = length } END { print w <= 100 }' "$WORK/table")"
