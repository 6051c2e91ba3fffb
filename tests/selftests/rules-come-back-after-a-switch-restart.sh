#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"

export OVS_RUNDIR=$RUN
background "$ROOT/tools/mupi-ovs" watch -b mupi
clean() {
	"$ROOT/tools/mupi-ovs" check -b mupi
}
ovs-ofctl -O OpenFlow14 del-flows mupi
expect 10 "deleted rules are back" clean
ovs-ofctl -O OpenFlow14 add-flow mupi 'priority=999,actions=drop'
expect 10 "an added rule is gone" clean
pid=$(cat "$RUN/ovs-vswitchd.pid")
kill -KILL "$pid"
gone() { ! kill -0 "$pid"; }
expect 5 "the switch has ended" gone
on switch ovs-vswitchd "unix:$RUN/db.sock" -vconsole:off --no-chdir --detach --pidfile="$RUN/ovs-vswitchd.pid" \
	--log-file="$RUN/ovs-vswitchd.log" --unixctl="$RUN/ovs-vswitchd.ctl" || fail "no new switch"
expect 10 "rules are back after the restart" clean
expect 10 "unicast passes" on client1 ping -nq -c 1 -W 1 10.100.0.31
