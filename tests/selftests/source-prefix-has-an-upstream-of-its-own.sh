#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# selection = specificity: a client that wants any source has the sources of a row's prefix from that row's upstream
# only, and all others from the group's. When the row goes they move without loss, and nothing else does.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
selection = specificity
murt_entry = , 239.1.1.0/24, , 7, 10
murt_entry = , 239.1.1.0/24, 10.100.0.40/29, 8, 0
murt_entry = , ff1e::/16, , 7, 10
murt_entry = , ff1e::/16, 2001:db8:100::40/124, 8, 0
[proxy]
handover_overlap = 1s
END
declare -A GROUP=([4]=239.1.1.1 [6]=ff1e::1) NET=([4]=10.100.0. [6]=2001:db8:100::) RANGE=([4]=10.100.0.40/29
	[6]=2001:db8:100::40/124)
EPOCH=$(cut -d' ' -f1 /proc/uptime)
# Both providers carry the same numbered streams: sender 1 has a source in the prefix, sender 2 another.
for n in 1 2; do
	for last in 21 41; do
		ip -n "$MUPI_LAB-provider$n" addr add "10.100.0.$last/32" dev eth1
		ip -n "$MUPI_LAB-provider$n" addr add "2001:db8:100::$last/128" dev eth1 nodad
	done
	for family in 4 6; do
		send "$n" "${GROUP[$family]}" 5001 1000 -S "${NET[$family]}41" -i 1 -e "$EPOCH"
		send "$n" "${GROUP[$family]}" 5001 1000 -S "${NET[$family]}21" -i 2 -e "$EPOCH"
	done
done
view client1 out4 -g "${GROUP[4]}" -p 5001
view client2 out6 -g "${GROUP[6]}" -p 5001

forwards() { # forwards FAMILY CLIENT: the prefix from 8, all else from 7
	json flows -- "[.[] | select(.group == \"${GROUP[$1]}\") | [.upstream, .source, .ports]] | sort ==
		[[7, null, [$2]], [7, \"${RANGE[$1]}\", []], [8, null, []], [8, \"${RANGE[$1]}\", [$2]]]"
}

counted() { # counted GROUP UPSTREAM SOURCE: packets of the entry
	[ "$(ctl -j flows | jq ".[] | select(.group == \"$1\" and .upstream == $2 and .source == $3) | .packets")" -gt 200 ]
}

client=1
for family in 4 6; do
	expect 10 "IPv$family: the prefix is carved out" forwards $family $client
	expect 10 "IPv$family: data of the prefix" counted "${GROUP[$family]}" 8 "\"${RANGE[$family]}\""
	expect 10 "IPv$family: data of the rest" counted "${GROUP[$family]}" 7 null
	((client++))
done
same "both upstreams are asked for any source" 4 \
	"$(ctl -j upstreams | jq '[.[].groups[] | select(.mode == "exclude" and .sources == [])] | length')"
for id in 2 4; do ctl murt disable $id >/dev/null; done
expect 10 "the prefix has moved" json flows -- '[.[] | [.upstream, .source]] == [[7, null], [7, null]]'
for id in 2 4; do ctl murt enable $id >/dev/null; done
for family in 4 6; do expect 10 "IPv$family: the prefix is back" forwards $family $((family / 2 - 1)); done

for family in 4 6; do
	leave out$family
	sed "s/^/IPv$family: /" "$WORK/out$family"
	same "IPv$family: streams" 2 "$(grep -c '^sender [12] ' "$WORK/out$family")"
	whole out$family
	while read -r _ sender _ packets _ _ _ duplicates _; do
		[ "$sender" = 1 ] || same "IPv$family: packets of the rest that came twice" 0 "$duplicates"
		[ "$packets" -gt 1000 ] || fail "IPv$family: stream $sender: $packets packets"
	done < <(grep '^sender' "$WORK/out$family")
done

# With the prefix, 257 sources are named: more than can be carved out, so that all come from everywhere.
for n in {0..255}; do echo "murt_entry = , 239.1.1.0/24, 10.1.0.$n, 8, 0"; done >"$WORK/rows"
ctl murt import "$WORK/rows" >/dev/null || fail "no import"
reports 3 --client 10.100.0.53 --group 239.1.1.3
expect 3 "both upstreams serve any source" \
	json flows -- '[.[] | [.upstream, .source, .ports]] | sort == [[7, null, [3]], [8, null, [3]]]'
same "the log tells it once" 1 "$(grep -c 'rows name more than 256 sources' "$RUN/agent.log")"
json murt lookup 10.100.0.53 239.1.1.3 -- '.upstreams == [7, 8] and (has("carves") | not)' ||
	fail "lookup beyond the limit: $(ctl murt lookup 10.100.0.53 239.1.1.3)"
json members --port 3 -- '.[0].more_rows and (.[0].rows | length) == 100' || fail "rows: $(ctl members --port 3)"
ctl murt disable 5 >/dev/null
expect 10 "256 sources are carved out" json flows -- '[.[] | select(.upstream == 8 and .ports == [3])] | length == 256'

sed -i 's/^handover_overlap.*/reports = relay/' "$WORK/test.conf"
ctl reload || fail "no reload"
json murt lookup 10.100.0.11 "${GROUP[4]}" -- ".carves | index({source: \"${RANGE[4]}\", upstreams: [8]})" ||
	fail "lookup where clients' reports are relayed: $(ctl murt lookup 10.100.0.11 "${GROUP[4]}")"
