#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Signals that come while a large file is read do not each have it read again: the agent answers soon, from the file
# as it is in the end.
. "$(dirname "$0")/lib.sh"

for ((n = 0; n < 20000; n++)); do
	echo "murt_entry = 10.$((n / 10000)).$((n / 100 % 100)).$((n % 100)), 239.1.1.1, , 7, 10"
done >"$WORK/rows"
{ echo '[murt]' && cat "$WORK/rows"; } >"$WORK/big.conf"
start_agent <"$WORK/big.conf"
AGENT=$(cat "$RUN/mupi-agent.pid")

reloads() { grep -c 'configuration reloaded' "$RUN/agent.log"; }
taken() { # has the agent noticed the signal?
	local key value
	while read -r key value; do
		[ "$key" != ShdPnd: ] || break
	done <"/proc/$AGENT/status"
	[[ $value == *0 ]]
}

end=$((SECONDS + 60))
for ((n = 0; n < 50; n++)); do
	kill -HUP "$AGENT"
	# Without a pause: they are to come while the file is read.
	until taken; do [ $SECONDS -lt $end ] || fail "a signal is not noticed"; done
done
before=$(reloads)
echo 'murt_entry = , , , 8, 77' >>"$WORK/test.conf"
kill -HUP "$AGENT"
expect 60 "the last file is in force" json murt list -- 'any(.priority == 77)'
ctl status >"$WORK/out"
# One may be under way, one is for what came meanwhile, and one for the last signal.
left=$(($(reloads) - before))
[ $left -le 3 ] || fail "the file was read $left times after the last signal but one"
