#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A command that takes longer than a client may take to read its answer is answered all the same.
. "$(dirname "$0")/lib.sh"

for ((n = 0; n < 100000; n++)); do
	echo "murt_entry = 10.$((n / 40000)).$((n / 200 % 200)).$((n % 200)), 239.1.1.1, , 7, 10"
done >"$WORK/rows"
{ echo '[murt]' && cat "$WORK/rows"; } >"$WORK/big.conf"
start_agent <"$WORK/big.conf"
AGENT=$(cat "$RUN/mupi-agent.pid")

# stopped_within DELAY: stop the agent amid a reload
stopped_within() {
	ctl reload 2>"$WORK/error" &
	RELOAD=$!
	sleep "$1"
	kill -STOP "$AGENT"
	sleep 0.5
	kill -0 "$RELOAD" 2>/dev/null && return
	kill -CONT "$AGENT"
	return 1
}
# On a busy machine the reload may be over by then.
for delay in 0.1 0.1 0.05 0.05 0.02 0.02 0 end; do
	[ $delay != end ] || skip "the agent cannot be stopped amid a reload"
	stopped_within $delay && break
done
sleep 11
kill -CONT "$AGENT"
wait "$RELOAD" || fail "no answer: $(cat "$WORK/error")"
