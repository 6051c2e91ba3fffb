#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"

ip -n "$MUPI_LAB-switch" link set d6 down
ip -n "$MUPI_LAB-switch" link set d6 name away
start_agent <<END
[murt]
murt_entry = , , , 7, 10
END
expect 5 "port 6 is pending" json ports -- '.[] | select(.port == 6) | .state == "pending"'
ip -n "$MUPI_LAB-switch" link set away name d6
ip -n "$MUPI_LAB-switch" link set d6 up
expect 10 "port 6 is up" json ports -- '.[] | select(.port == 6) | .state == "up"'
send 1 239.1.1.1 5001 50
on client6 "$BUILD/mcast" recv -I eth1 -g 239.1.1.1 -p 5001 -t 10 -n 20 >"$WORK/out"
same "packets on the late port" 20 "$(received out 1)"
