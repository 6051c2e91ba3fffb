#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
END
pid=$(cat "$RUN/mupi-agent.pid")
used() { # centiseconds of processor time, user and system
	awk '{ print $14 + $15 }' "/proc/$pid/stat"
}
count_is() {
	[ "$(ctl -j groups | jq length)" = "$1" ]
}
before=$(used)
# Slower than the limit on punted packets: ten groups a report, a hundred reports.
reports 1 --client 10.100.0.11 --group 239.1.0.0 --joins 1000 --records 10
expect 10 "1000 groups" count_is 1000
after=$(used)
limit=70
[[ $BUILD == *san* ]] && limit=500
echo "1000 joins: $(((after - before) * 10)) ms of processor time"
[ $((after - before)) -lt $limit ] || fail "1000 joins took $(((after - before) * 10)) ms"
expect 10 "1000 groups are wanted upstream" json upstreams -- '.[] | select(.port == 7) | .groups | length == 1000'
