#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An upstream that wants 5000 groups of each family: its router's general query is answered for all of them, in
# time, and in packets as full as the MTU permits.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
END
GROUPS_WANTED=5000
declare -A FIRST=([4]=239.1.0.0 [6]=ff1e::1:0) ROUTER=([4]=10.100.0.31 [6]=fe80::31) CLIENT=([4]=10.100.0.51 [6]=fe80::51)
# Records of 8 bytes in what 24 of IGMP's IPv4 header and 8 of its own leave of 1500; of 20 bytes after 48 and 8.
declare -A RECORDS=([4]=183 [6]=72) REPORT=([4]='igmp[0] = 0x22' [6]='ip6[48] = 143')

counts_are() { # counts_are GROUPS MEMBERS
	json status -- ".groups == $1 and .members == $2"
}
wanted() {
	json upstreams -- ".[0].groups | length == $1"
}
for family in 4 6; do
	for client in 1 2 3; do
		reports $client --client "${CLIENT[$family]}" --group "${FIRST[$family]}" --joins $GROUPS_WANTED \
			--clients 2 --records 50
	done
done
expect 20 "members" counts_are $((6 * GROUPS_WANTED)) $((6 * GROUPS_WANTED))
expect 5 "wanted upstream" wanted $((2 * GROUPS_WANTED))

for family in 4 6; do
	spawn provider1 tcpdump -U -n --immediate-mode -i eth1 -Q in -w "$WORK/$family.pcap" "${REPORT[$family]}" 2>"$WORK/tcpdump"
	capture=$SPAWNED
	expect 10 "capture runs" grep -q 'listening on' "$WORK/tcpdump"
	answers() {
		tcpdump -nttevvr "$WORK/$family.pcap" 2>/dev/null
	}
	answered() {
		[ "$(answers | grep -o 'gaddr [^ ]* is_ex { }' | sort -u | wc -l)" = $GROUPS_WANTED ]
	}
	asked=$EPOCHREALTIME
	on provider1 "$BUILD/query" -I eth1 --from "${ROUTER[$family]}" --response 2000
	expect 5 "all groups of IPv$family are answered for" answered
	kill "$capture"
	# Ethernet's length and the time of each packet with answers.
	answers | awk -v asked="$asked" '/ length [0-9]+: / { when = $1 - asked
			match($0, /length [0-9]+: /); bytes = substr($0, RSTART + 7, RLENGTH - 9) - 14 }
		/is_ex/ { print when, bytes }' >"$WORK/answers"
	packets=$(wc -l <"$WORK/answers") last=$(tail -n 1 "$WORK/answers" | cut -d' ' -f1)
	full=$(awk -v least=$((family == 4 ? 1500 - 8 : 1500 - 20)) '$2 > least && $2 <= 1500' "$WORK/answers" | wc -l)
	echo "IPv$family: $GROUPS_WANTED groups in $packets packets, $full of them full, the last after $last s"
	same "packets" $(((GROUPS_WANTED + RECORDS[$family] - 1) / RECORDS[$family])) "$packets"
	same "full packets" $((packets - 1)) "$full"
	awk -v last="$last" 'BEGIN { exit !(last < 2) }' || fail "IPv$family: the answer came after $last s"
done
