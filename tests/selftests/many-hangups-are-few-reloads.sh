#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Signals that come while a large file is read do not each have it read again: the agent answers soon, from the file
# as it is in the end.
. "$(dirname "$0")/lib.sh"

for ((n = 0; n < 30000; n++)); do
	echo "murt_entry = 10.$((n / 10000)).$((n / 100 % 100)).$((n % 100)), 239.1.1.1, , 7, 10"
done >"$WORK/rows"
{ echo '[murt]' && cat "$WORK/rows"; } >"$WORK/big.conf"
start_agent <"$WORK/big.conf"
AGENT=$(cat "$RUN/mupi-agent.pid")

kill -HUP "$AGENT"
for ((n = 0; n < 100; n++)); do
	kill -HUP "$AGENT"
	sleep 0.002
done
echo 'murt_entry = , , , 8, 77' >>"$WORK/test.conf"
kill -HUP "$AGENT"
expect 30 "the last file is in force" json murt list -- 'any(.priority == 77)'
times=$(grep -c 'configuration reloaded' "$RUN/agent.log")
[ "$times" -lt 40 ] || fail "the file was read $times times"
