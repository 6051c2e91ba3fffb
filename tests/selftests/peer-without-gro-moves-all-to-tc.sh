#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A client's interface is switched to GRO off as its channels run: from then on XDP cannot send there. With auto all
# ports go over to TC at once, `ports` says why, and back when GRO is on again; other clients lose nothing, and nothing
# comes twice. -m native warns.
. "$(dirname "$0")/lib.sh"

unset MUPI_MODE
RATE=2000
CONF='[murt]
murt_entry = , , , 7, 10'
modes_are() { json ports -- "[.[].mode] | unique == [\"$1\"]"; }
gets() { on client2 cat /sys/class/net/eth1/statistics/rx_packets; }
more() { [ $(($(gets) - $1)) -gt $((RATE / 2)) ]; }

start_agent <<<"$CONF"
modes_are native || fail "at first: $(ctl -j ports)"
for family in 4 6; do
	send 1 "$(group_of $family 1)" 5001 $RATE
	view client1 other$family -g "$(group_of $family 1)" -p 5001
	view client2 out$family -g "$(group_of $family 1)" -p 5001
done
for file in {other,out}{4,6}; do expect 10 "$file receives" views "$file"; done
on client2 ethtool -K eth1 gro off
expect 5 "all ports go over to TC" modes_are tc
json ports -- '.[0].mode_reason | test("^d2: .*GRO off")' || fail "the reason: $(ctl -j ports)"
ctl ports | grep -q 'GRO off' || fail "the table does not say why: $(ctl ports)"
expect 10 "client 2 gets data again" more "$(gets)"
on client2 ethtool -K eth1 gro on
expect 30 "all ports go back to native XDP" modes_are native
expect 10 "client 2 gets data on" more "$(gets)"
for file in other out; do
	# As long as the message is on its way, nothing can get there.
	allowed=0
	[ $file = other ] || allowed=$((RATE / 2))
	for family in 4 6; do
		leave $file$family
		cat "$WORK/$file$family"
		whole $file$family $allowed
		once $file$family
	done
done
lab agent stop INT

MUPI_MODE=native start_agent <<<"$CONF"
on client2 ethtool -K eth1 gro off
expect 5 "native warns" grep -q 'd2: no redirect target' "$RUN/agent.log"
modes_are native || fail "the mode was asked for: $(ctl -j ports)"
on client2 ethtool -K eth1 gro on
