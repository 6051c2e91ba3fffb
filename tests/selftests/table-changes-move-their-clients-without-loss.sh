#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Three providers carry the same numbered stream. Every kind of change to the table moves the clients that it
# concerns, which miss no number, and leaves the others alone, who get none twice and of whom nothing is told.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 0
murt_entry = , 3, , , 9, 10
murt_entry = , 4, , , 9, 10
murt_entry = , 6, , , 9, 10
[proxy]
handover_overlap = 1s
[providers]
provider = one, 10.100.0.31, 7, 239.1.1.1
[static]
join = 5, 239.1.1.5
[acl]
deny = 239.66.0.0/16
END
EPOCH=$(cut -d' ' -f1 /proc/uptime)
for n in 1 2 3; do
	for family in 4 6; do send "$n" "$(group_of $family 1)" 5001 2000 -i 1 -e "$EPOCH"; done
done
# Clients 1 (IPv4) and 2 (IPv6) move, clients 3 and 4 stay where they are.
view client1 out1 -g "$(group_of 4 1)" -p 5001
view client2 out2 -g "$(group_of 6 1)" -p 5001
view client3 out3 -g "$(group_of 4 1)" -p 5001
view client4 out4 -g "$(group_of 6 1)" -p 5001

# served CLIENT UPSTREAM: by that one, and by no other any more
served() {
	json members --port "$1" -- "any(.upstreams == [$2])" &&
		json flows -- "[.[] | select(.ports | index($1)) | .upstream] == [$2]"
}

moved() { # WHAT UPSTREAM
	local n
	for n in 1 2; do expect 10 "client $n is moved by $1" served "$n" "$2"; done
}

# each COMMAND…: for the row of either client; ID stands for its id
each() {
	local n
	for n in 1 2; do
		ctl "${@/ID/${ids[n]}}" >/dev/null || fail "mupictl $*"
	done
}

refused() { # FILE-PART MESSAGE COMMAND…
	if ctl "${@:2}" 2>"$WORK/error"; then fail "mupictl ${*:2} succeeds"; fi
	grep -q "$1" "$WORK/error" || fail "$(cat "$WORK/error")"
}

for n in 1 2; do expect 10 "client $n is served" served "$n" 7; done
for n in 3 4; do expect 10 "client $n is served" served "$n" 9; done
spawn switch "$BUILD/mupictl" -s "$RUN/agent.sock" monitor >"$WORK/events"
follows() { # by a row that serves nobody
	ctl murt set 4 priority=11 && ctl murt set 4 priority=10 && grep -q '"set"' "$WORK/events"
}
expect 5 "monitor runs" follows
reports 6 --client 10.100.0.56 --group 239.66.1.1
expect 5 "a denied client" json acl -- '.[0].hits == 1'
for n in 1 2; do
	ids[n]=$(ctl -j murt add - - - 8 20 --port "$n" | jq .id)
done
moved "murt add" 8
each murt disable ID
moved "murt disable" 7
each murt enable ID
moved "murt enable" 8
each murt set ID upstream_if=9
moved "murt set" 9
each murt set ID upstream_if=8 priority=-1
moved "murt set to a lower priority" 7
each murt set ID priority=1
moved "murt set to a higher priority" 8
each murt del ID
moved "murt del" 7

printf 'murt_entry = , 1, , , 9, 5\nmurt_entry = , 2, , , 9, 5\n' >"$WORK/rows"
ctl murt import "$WORK/rows"
moved "murt import" 9
echo 'murt_entry = , 1, , , 99, 5' >"$WORK/bad"
refused 'bad:1: upstream 99 is not a configured port' murt import "$WORK/bad"
sed -i 's/^\[proxy\]/murt_entry = , , , 99, 1\n&/' "$WORK/test.conf"
refused 'test.conf:6: upstream 99 is not a configured port' reload
moved "nothing" 9
sed -i 's/^murt_entry = , , , 99, 1/murt_entry = , 1, , , 8, 30\nmurt_entry = , 2, , , 8, 30/' "$WORK/test.conf"
ctl reload
moved "reload" 8
same "rows of commands after a reload" 2 "$(ctl -j murt list | jq '[.[] | select(.origin == "ctl")] | length')"
ctl upstream disable 8
moved "upstream disable" 9
ctl upstream enable 8
moved "upstream enable" 8

ctl reload
sed -i 's/^deny = .*/&\ndeny = 239.67.0.0\/16/' "$WORK/test.conf"
same "hits of the access list after a reload without changes to it" 1 "$(ctl -j acl | jq '.[0].hits')"
ctl reload
json acl -- 'length == 2' || fail "the access list is not reloaded: $(ctl -j acl)"
expect 5 "monitor has told everything" eval "[ \"\$(grep -c '\"reload\"' $WORK/events)\" = 3 ]"
same "what is told of others" "" "$(jq -c 'select(.port == (3, 4, 5))' "$WORK/events")"

for n in 1 2 3 4; do
	leave "out$n"
	cat "$WORK/out$n"
	whole "out$n"
	[ "$n" -lt 3 ] || once "out$n"
done
