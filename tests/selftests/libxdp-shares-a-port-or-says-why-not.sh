#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# attach = libxdp, and a port that has a dispatcher of libxdp already: the port is shared, or one line says why it
# cannot be, and -m auto takes TC.
. "$(dirname "$0")/lib.sh"

unset MUPI_MODE
DISPATCHER=/usr/lib/$(gcc -print-multiarch)/bpf/xdp-dispatcher.o
[ -r "$DISPATCHER" ] || skip "no $DISPATCHER"
CONF='[murt]
murt_entry = , , , 7, 10
[datapath]
attach = '
programs() { # programs PORT: the XDP programs on it
	on switch ip -d link show "$1" | grep -c 'prog/xdp'
}
told() {
	grep -q "$1" "$RUN/agent.log" || fail "the log does not tell '$1'"
}
works() {
	view client2 got"$1" -g 239.1.1.1 -p 5001
	expect 5 "data, $1" views got"$1"
	leave got"$1"
}

send 1 239.1.1.1 5001 200
start_agent <<<"${CONF}libxdp"
told 'd1: attached through libxdp'
json ports -- '[.[].mode] | unique == ["native"]' || fail "$(ctl -j ports)"
works "at first"
lab agent stop KILL
same "programs that a kill leaves" 1 "$(programs d1)"
start_agent <<<"${CONF}libxdp"
works "after a restart"
lab agent stop TERM
start_agent <<<"${CONF}link"
works "with links again"
lab agent stop INT
same "programs after an orderly end" 0 "$(programs d1)"

on switch ip link set d1 xdpdrv obj "$DISPATCHER" sec xdp || skip "a dispatcher cannot be loaded by ip"
start_agent <<<"${CONF}auto"
told "ready"
if grep -q 'mode tc' "$RUN/agent.log"; then
	told 'mode tc (d1: another XDP program is there)'
	works "beside a dispatcher"
	lab agent stop INT
	same "the dispatcher is there" 1 "$(programs d1)"
	timeout 20 ip netns exec "$MUPI_LAB-switch" "$BUILD/mupi-agent" -c "$WORK/test.conf" -i 1=d1,7=u7 -m native \
		-s "$RUN/agent.sock" -p "$RUN/bpf/mupi" >"$WORK/start" 2>&1
	same "exit code" 1 $?
	grep -q 'd1: libxdp cannot add a program' "$WORK/start" || fail "native: $(cat "$WORK/start")"
else
	told 'd1: attached through libxdp$'
	works "with a dispatcher"
fi
