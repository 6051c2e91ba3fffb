#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# MLD reports come from a link-local address. The client's other addresses are learned from what it tells its
# neighbours, and a row for one of them serves it from then on, without a new report.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = 2001:db8:100::11, , , 8, 20
murt_entry = , , , 7, 10
END
for n in 1 2; do
	send "$n" "$(group_of 6 1)" 5001 100
done
for n in 1 2; do
	view "client$n" "out$n" -g "$(group_of 6 1)" -p 5001
	expect 10 "client $n is a member" json members --port "$n" -- 'length > 0'
done
# Whoever talks to a neighbour asks for it from its own address.
for n in 1 2; do
	on "client$n" ping -nq -c 1 -W 5 2001:db8:100::33 >/dev/null || fail "client $n cannot ping"
done
expect 5 "client 1 is known by its address" json members --port 1 -- 'any(.addresses | index("2001:db8:100::11"))'
expect 10 "client 1 is served by the row for it" json flows -- '[.[] | select(.ports | index(1)) | .upstream] == [8]'
LOCAL=$(ctl -j members --port 1 | jq -r "map(select(.group == \"$(group_of 6 1)\"))[0].client")
for client in "$LOCAL" 2001:db8:100::11; do
	json murt lookup "$client" "$(group_of 6 1)" -- '.upstreams == [8] and .rows[0].id == 1' ||
		fail "looked up as $client: $(ctl -j murt lookup "$client" "$(group_of 6 1)")"
done
json members --port 1 --group "$(group_of 6 1)" -- 'map(.rows) == [[1]]' || fail "rows: $(ctl -j members)"
for client in "$LOCAL" 2001:db8:100::11; do
	json members --client "$client" -- "length > 0 and all(.port == 1 and .client == \"$LOCAL\")" ||
		fail "members with $client: $(ctl -j members --client "$client")"
done
same "members with an address of nobody" '[]' "$(ctl -j members --client 2001:db8:100::99)"
expect 5 "client 2 is served as before" json flows -- '[.[] | select(.ports | index(2)) | .upstream] == [7]'
wait_until 10 views out1
# The next agent knows it, too, without a word of the client.
lab agent stop KILL
lab agent start "$WORK/test.conf" || fail "no start"
json members --port 1 -- 'any(.addresses | index("2001:db8:100::11"))' || fail "the address is forgotten"
same "upstream after a restart" '[8]' "$(ctl -j flows | jq -c '[.[] | select(.ports | index(1)) | .upstream]')"
for n in 1 2; do leave "out$n"; done
grep -q '^sender 2 ' "$WORK/out1" || fail "client 1: $(cat "$WORK/out1")"
if grep -q '^sender 2 ' "$WORK/out2"; then fail "client 2: $(cat "$WORK/out2")"; fi
