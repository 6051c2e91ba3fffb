#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Both behind port 1: the second client exists as reports only.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
[timers]
last_member_query_interval = 100ms
END
receive 1 out -g 239.1.1.1 -p 5001 -t 60 -n 150
reports 1 --client 10.100.0.51 --group 239.1.1.1
expect 5 "two clients are members" json groups -- '.[] | select(.group == "239.1.1.1") | .clients == 2'
send 1 239.1.1.1 5001 100
reports 1 --client 10.100.0.51 --group 239.1.1.1 --type to_in
expect 5 "one has left" json groups -- '.[] | select(.group == "239.1.1.1") | .clients == 1'
expect 20 "150 packets arrive" test -s "$WORK/out"
same "who received what" "sender 1 packets 150 gaps 0 duplicates 0" "$(sed 's/ from.*//' "$WORK/out")"
