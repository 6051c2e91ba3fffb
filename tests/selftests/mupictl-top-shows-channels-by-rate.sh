#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# As tables in a pipe, and on a terminal of 80x24 that a person types at.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , 239.1.0.0/16, , 7, 30
murt_entry = , ff1e::/16, , 8, 30
END
view client1 one -g 239.1.1.1 -p 5000
view client2 two -g 239.1.1.1 -p 5000
view client3 three -g ff1e::3 -p 5000
reports 4 --client 10.100.0.14 --group 239.9.9.9
reports 5 --client 10.100.0.15 --group 239.1.7.7 --type allow --source 10.100.0.44
send 1 239.1.1.1 5000 400
send 2 ff1e::3 5000 100
for viewer in one two three; do expect 10 "$viewer receives" views $viewer; done

expect 5 "the other sources of a group are stopped" json flows -- \
	'map(select(.group == "239.1.7.7") | [.source, .ports]) | sort == [[null, []], ["10.100.0.44", [5]]]'

# ---- in a pipe ----

ctl -j top -n 2 -d 0.5 >"$WORK/json" || fail "top as JSON"
jq -se 'length == 2 and (.[1] |
	(.channels | map([.group, .upstreams, .ports, .viewers]) ==
		[["239.1.1.1", [7], [1, 2], 2], ["ff1e::3", [8], [3], 1], ["239.1.7.7", [7], [5], 1]]) and
	(.channels | map(.packets_per_s) | .[0] > 200 and .[0] < 800 and .[1] > 50 and .[1] < 200) and
	.totals.channels == 3 and .totals.viewers == 4 and .totals.unserved == 1 and (.ports | length == 9))' "$WORK/json" >"$WORK/jq" ||
	fail "rates: $(cat "$WORK/json")"
ctl top -n 2 -d 0.2 >"$WORK/plain" || fail "top as tables"
same "tables of channels" 2 "$(grep -c '^GROUP' "$WORK/plain")"
same "tables of ports" 2 "$(grep -c '^PORT' "$WORK/plain")"
grep -qE '^239.1.1.1  - +7 +1,2 +2 +[0-9]+ +[0-9.]+k$' "$WORK/plain" || fail "no channel: $(cat "$WORK/plain")"
same "tables when values stand behind their letters" 2 "$(ctl top -n2 -d0.2 | grep -c '^GROUP')"
ctl top -n 100 -d 0.1 | head -n 1 >"$WORK/head"
same "exit code when the reader goes" "0 0" "${PIPESTATUS[*]}"

# ---- on a terminal ----

mkfifo "$WORK/keys"
script -qefc "tty >'$WORK/tty'; stty rows 24 cols 80; TERM=vt100 '$BUILD/mupictl' -s '$RUN/agent.sock' top -d 0.1;
	echo \"ends with \$?\"" "$WORK/screen" <"$WORK/keys" >"$WORK/script" &
SCRIPT=$!
STARTED+=("$SCRIPT")
exec 3>"$WORK/keys"

shows() { # shows PATTERN: since the last key
	grep -qa -- "$1" <(tail -c "+$((SEEN + 1))" "$WORK/screen")
}
press() {
	SEEN=$(stat -c %s "$WORK/screen")
	printf '%s' "$1" >&3
}

SEEN=0
expect 10 "a title" shows 'mupictl top'
expect 10 "the channels" shows '239\.1\.1\.1'
expect 10 "the ports" shows 'UNWANTED/s'
for order in packets/s viewers group bits/s; do
	press s
	expect 5 "sorted by $order" shows "$order"
done
press p
expect 5 "a pause" shows PAUSED
# Nothing but the new size makes it draw now.
SEEN=$(stat -c %s "$WORK/screen")
stty -F "$(cat "$WORK/tty")" rows 12 cols 60
expect 5 "drawn anew on a small screen" shows 'mupictl top'
! shows $'\e\\[\\(1[3-9]\\|2[0-9]\\);' || fail "writes below a screen of 12 lines"
press p
SEEN=$(stat -c %s "$WORK/screen")
for ((cols = 141; cols >= 80; cols--)); do
	stty -F "$(cat "$WORK/tty")" rows 24 cols $cols
	sleep 0.013
done
expect 5 "drawn anew" shows 'mupictl top'
! shows 'AGENT AWAY' || fail "a new size looks as if the agent were away"

SEEN=$(stat -c %s "$WORK/screen")
lab agent stop
expect 10 "an agent that is away" shows 'AGENT AWAY'
lab agent start "$WORK/test.conf" || fail "no second agent"
expect 20 "the channels of the new agent" json flows -- 'map(.packets) | add > 0'
COLUMNS_NOW=80
drawn_whole() { # drawn_whole PATTERN: is it on a screen that is drawn from nothing, as a new size makes it?
	COLUMNS_NOW=$((159 - COLUMNS_NOW))
	SEEN=$(stat -c %s "$WORK/screen")
	stty -F "$(cat "$WORK/tty")" rows 24 cols $COLUMNS_NOW
	wait_until 2 shows 'mupictl top' && sleep 0.1 && shows "$1" && ! shows 'AGENT AWAY'
}
expect 10 "rates again" drawn_whole '[0-9]k'
press q
wait "$SCRIPT" || fail "script ends with $?"
grep -qa 'ends with 0' "$WORK/screen" || fail "top ends badly: $(tail -c 200 "$WORK/screen" | cat -v)"

script -qec "stty rows 24 cols 80; TERM=vt100 '$BUILD/mupictl' -s '$RUN/agent.sock' top -n 1 -d 0.2" "$WORK/screen" \
	</dev/null >"$WORK/script"
same "exit code of -n 1 on a terminal" 0 $?

# Where SIGHUP is ignored, a terminal that goes ends it all the same.
for keys in "" p; do
	rm -f "$WORK/keys" "$WORK/pid"
	mkfifo "$WORK/keys"
	script -qefc "trap '' HUP; stty rows 24 cols 80; echo \$\$ >'$WORK/pid'
		TERM=vt100 exec '$BUILD/mupictl' -s '$RUN/agent.sock' top -d 0.1" "$WORK/screen" <"$WORK/keys" >"$WORK/script" &
	SCRIPT=$!
	STARTED+=("$SCRIPT")
	exec 3>"$WORK/keys"
	SEEN=0
	expect 10 "rates" shows 'UNWANTED/s'
	press "$keys"
	[ -z "$keys" ] || expect 5 "a pause" shows PAUSED
	kill -KILL "$SCRIPT"
	wait "$SCRIPT" 2>/dev/null
	gone() { ! kill -0 "$(cat "$WORK/pid")" 2>/dev/null; }
	expect 5 "the end with the terminal, behind '$keys'" gone
done
