#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A signal that comes while a long configuration is read is obeyed once the agent runs: SIGHUP does not end it, SIGTERM
# and SIGINT end it in order.
. "$(dirname "$0")/lib.sh"

{
	echo '[murt]'
	for i in {0..255}; do
		for k in {0..255}; do echo "murt_entry = , 239.$i.$k.0/24, , 7, 10"; done
	done
} >"$WORK/test.conf"

reads() { # reads PID: is it at the configuration?
	find "/proc/$1/fd" -lname "$WORK/test.conf" 2>/dev/null | grep -q .
}
# The shell would let a command in the background ignore SIGINT.
begin() {
	: >"$RUN/agent.log"
	spawn switch env --default-signal=INT "$BUILD/mupi-agent" -c "$WORK/test.conf" -i 1=d1,7=u7 \
		-s "$RUN/agent.sock" -p "$RUN/bpf/mupi" ${MUPI_MODE:+-m "$MUPI_MODE"} 2>"$RUN/agent.log"
	until reads "$SPAWNED"; do kill -0 "$SPAWNED" 2>/dev/null || fail "no agent"; done
}
ends() { # ends WHAT: the exit code has to be 0
	wait "$SPAWNED"
	same "$1, exit code" 0 $?
}

begin
kill -HUP "$SPAWNED"
expect 20 "it is ready" grep -qw ready "$RUN/agent.log"
expect 20 "it has read it again" grep -q 'configuration reloaded' "$RUN/agent.log"
kill -TERM "$SPAWNED"
ends "SIGTERM"
[ -n "$(ls "$RUN/bpf/mupi")" ] || fail "SIGTERM took the data plane down"

begin
kill -TERM "$SPAWNED"
ends "SIGTERM while it reads"
begin
kill -INT "$SPAWNED"
ends "SIGINT while it reads"
same "what SIGINT leaves" "" "$(ls "$RUN/bpf/mupi" 2>/dev/null)"
