#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# 256 ports among hundreds of other interfaces: an agent starts, and starts again, in few seconds of a processor, and
# all ports are up.
. "$(dirname "$0")/lib.sh"

PORTS=256 OTHERS=150
SWITCH=$MUPI_LAB-switch
{
	for ((i = 1; i <= PORTS; i++)); do
		echo "link add p$i type veth peer name q$i"
		echo "link set p$i up"
		echo "link set q$i up"
	done
	for ((i = 1; i <= OTHERS; i++)); do echo "link add x$i type veth peer name y$i"; done
} | ip -n "$SWITCH" -batch - || fail "no interfaces"
for ((i = 1; i <= PORTS; i++)); do on switch ethtool -K "q$i" gro on; done

{
	echo '[ports]'
	for ((i = 1; i <= PORTS; i++)); do echo "port = $i, p$i"; done
	printf '[murt]\nmurt_entry = , , , %d, 10\n' $PORTS
} >"$WORK/test.conf"
# start WHICH MILLISECONDS: of a processor
start() {
	: >"$RUN/agent.log"
	spawn switch "$BUILD/mupi-agent" -c "$WORK/test.conf" -s "$RUN/agent.sock" -p "$RUN/bpf/mupi" \
		${MUPI_MODE:+-m "$MUPI_MODE"} 2>"$RUN/agent.log"
	expect 90 "the $1 agent is ready" grep -qw ready "$RUN/agent.log"
	spent=$(($(cut -d' ' -f1 "/proc/$SPAWNED/schedstat") / 1000000))
	[ $spent -lt "$2" ] || fail "the $1 agent took $spent ms of a processor"
}
start first 20000
expect 30 "all are up" json ports -- "length == $PORTS and all(.state == \"up\")"
quit "$SPAWNED"
start next 10000
expect 30 "all are up again" json ports -- "length == $PORTS and all(.state == \"up\")"
audit_clean
kill -INT "$SPAWNED"
wait "$SPAWNED"
