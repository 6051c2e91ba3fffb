#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# [acl], both families: a denied client gets nothing while its neighbour loses nothing; a reload cuts and serves who
# is joined, without a new report; hits, counters, members and lookups tell of it.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
[acl]
permit = , 2, ,
deny = 239.1.1.0/24
deny = , 1, ff1e::/64,
END
declare -A CLIENT=([4]=10.100.0.11 [6]=fe80::11) RULE=([4]=2 [6]=3)

for family in 4 6; do
	group=$(group_of $family 1)
	send 1 "$group" 5001 500
	view client1 denied$family -g "$group" -p 5001
	view client2 permitted$family -g "$group" -p 5001
	# One that says it once, and answers no query.
	reports 1 --client "${CLIENT[$family]%1}5" --group "$(group_of $family 2)"
	expect 5 "IPv$family: the permitted client receives" views permitted$family
	expect 3 "IPv$family: the denied client is a member without upstream" json members --port 1 -- \
		".[] | select(.group == \"$group\") | .upstreams == [] and .denied"
	expect 2 "IPv$family: a lookup names the rule" json murt lookup "${CLIENT[$family]}" "$group" --port 1 -- \
		".upstreams == [] and .reason == \"denied by acl rule ${RULE[$family]}\" and .rows[0].selected == false"
	expect 2 "IPv$family: a lookup for the other port does not" json murt lookup "${CLIENT[$family]}" "$group" \
		--port 2 -- '.upstreams == [7]'
done
same "denied on port 1" 4 "$(counter 1 denied)"
same "denied on port 2" 0 "$(counter 2 denied)"
same "refused on port 1" 0 "$(counter 1 refused)"
json acl -- '. == [
	{"id": 1, "action": "permit", "client": null, "port": 2, "group": null, "source": null, "hits": .[0].hits},
	{"id": 2, "action": "deny", "client": null, "port": null, "group": "239.1.1.0/24", "source": null, "hits": 2},
	{"id": 3, "action": "deny", "client": null, "port": 1, "group": "ff1e::/64", "source": null, "hits": 2}]
	and .[0].hits >= 2' || fail "acl: $(ctl -j acl)"
for family in 4 6; do
	! views denied$family || fail "IPv$family: the denied client received something"
done

# rules SED-SCRIPT: another list, reloaded
rules() {
	sed -i "$1" "$WORK/test.conf"
	ctl reload || fail "no reload"
}
served() { # served PORT COUNT: memberships of the port that have an upstream
	json members --port "$1" -- "[.[] | select(.group | test(\"^(239.1.1|ff1e::)\")) | .upstreams[]] | length == $2"
}
packets() { # that port 1 was given
	ip -j -s -n "$MUPI_LAB-client1" link show dev eth1 | jq '.[0].stats64.rx.packets'
}
still() { # nothing came for 200 ms; queries and the like are few
	local before
	before=$(packets)
	sleep 0.2
	[ $(($(packets) - before)) -lt 20 ]
}

rules '/^deny/d'
expect 2 "all are served" served 1 4
for family in 4 6; do
	expect 2 "IPv$family: the client receives" views denied$family
done

rules '/^permit/a deny ='
expect 2 "port 1 is cut off" still
served 1 0 || fail "port 1 is served"
served 2 2 || fail "port 2 is not served"
json members --port 1 -- 'map(select(.denied)) | length >= 4' || fail "members: $(ctl -j members)"
rules '/^deny/d'
expect 2 "all are served again" served 1 4

# A bad list changes nothing.
echo 'deny = 10.0.0.1' >>"$WORK/test.conf"
ctl reload 2>"$WORK/error" && fail "a bad list is accepted"
grep -q 'test.conf:[0-9]*: deny: group "10.0.0.1" is not a multicast address' "$WORK/error" || fail "$(cat "$WORK/error")"
served 1 4 || fail "a bad list changed something"

for family in 4 6; do
	for file in permitted$family denied$family; do leave "$file"; done
	[ "$(received permitted$family 1)" -gt 100 ] || fail "IPv$family: $(cat "$WORK/permitted$family")"
	[[ $(cat "$WORK/permitted$family") == *"gaps 0 duplicates 0"* ]] || fail "IPv$family: $(cat "$WORK/permitted$family")"
	[ "$(received denied$family 1)" -gt 0 ] || fail "IPv$family: nothing after the reload"
done
