#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An upstream router of IGMPv2 and MLDv1 asks about 5000 groups of each family: one report for each, spread over
# the response time.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
END
GROUPS_WANTED=5000
declare -A FIRST=([4]=239.1.0.0 [6]=ff1e::1:0) CLIENT=([4]=10.100.0.51 [6]=fe80::51)
declare -A ROUTER=([4]=10.100.0.31 [6]=fe80::31) VERSION=([4]=2 [6]=1)

wanted() {
	json upstreams -- ".[0].groups | length == $1"
}
for family in 4 6; do
	reports 1 --client "${CLIENT[$family]}" --group "${FIRST[$family]}" --joins $GROUPS_WANTED --records 50
done
expect 10 "wanted upstream" wanted $((2 * GROUPS_WANTED))

spawn provider1 tcpdump -U -n -B 16384 --immediate-mode -i eth1 -Q in -w "$WORK/pcap" 'igmp[0] = 0x16 or ip6[48] = 131' \
	2>"$WORK/tcpdump"
expect 10 "capture runs" grep -q 'listening on' "$WORK/tcpdump"
# Nothing before the query: the proxy's own reports are of the newest version.
for family in 4 6; do
	on provider1 "$BUILD/query" -I eth1 --from "${ROUTER[$family]}" --response 2000 --version "${VERSION[$family]}"
done
asked=$EPOCHREALTIME
answers() { # time, group
	tcpdump -nttr "$WORK/pcap" 2>/dev/null |
		sed -nE 's/^([0-9.]+) .*(v2 report|addr:) ((239|ff1e)[0-9a-f.:]*).*/\1 \3/p'
}
answered() {
	[ "$(answers | cut -d' ' -f2 | sort -u | wc -l)" = $((2 * GROUPS_WANTED)) ]
}
expect 10 "all groups are answered for" answered
answers >"$WORK/answers"
same "reports" $((2 * GROUPS_WANTED)) "$(wc -l <"$WORK/answers")"
# A quarter of the time has about a quarter of the reports; the last comes in time.
awk -v asked="$asked" '{ t = $1 - asked; q[int(t * 2)]++; if (t > last) last = t }
	END {
		printf "reports in each half second: %d %d %d %d, the last after %.2f s\n", q[0], q[1], q[2], q[3], last
		for (i = 0; i < 4; i++) if (q[i] < NR / 8 || q[i] > NR / 2.5) exit 1
		exit last > 2.1
	}' "$WORK/answers" || fail "not spread over the response time"
