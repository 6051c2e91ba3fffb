#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two sources of one group behind one upstream: a client that asked for one does not get the other.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
END
ip -n "$MUPI_LAB-provider1" addr add 10.100.0.41/24 dev eth1
background on provider1 "$BUILD/mcast" send -I eth1 -g 232.1.1.1 -p 5001 -i 1 -r 50 -t 600 -S 10.100.0.31 >/dev/null
background on provider1 "$BUILD/mcast" send -I eth1 -g 232.1.1.1 -p 5001 -i 2 -r 50 -t 600 -S 10.100.0.41 >/dev/null
# On the wire, where the client's own filter does not help.
background on client1 tcpdump -lnq --immediate-mode -i eth1 -Q in 'udp and dst 232.1.1.1' \
	>"$WORK/wire" 2>"$WORK/tcpdump"
expect 10 "capture runs" grep -q 'listening on' "$WORK/tcpdump"
on client1 "$BUILD/mcast" recv -I eth1 -g 232.1.1.1 -s 10.100.0.31 -p 5001 -t 5 -n 50 >"$WORK/out"
same "packets of the wanted source" 50 "$(received out 1)"
same "packets of the other source" 0 "$(grep -c '10\.100\.0\.41\.' "$WORK/wire")"
