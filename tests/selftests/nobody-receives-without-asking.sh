#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Data nobody wants, and data another port wants, stays off a port; also from an upstream that was not chosen. So do
# the reports of other clients.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
END
of_client1="ether src $(on client1 cat /sys/class/net/eth1/address) and (igmp or ip6 proto 0)"
background on client2 tcpdump -lnq --immediate-mode -i eth1 -Q in "(udp and dst net 239.0.0.0/8) or ($of_client1)" \
	>"$WORK/wire" 2>"$WORK/tcpdump"
expect 10 "capture runs" grep -q 'listening on' "$WORK/tcpdump"
send 1 239.1.1.1 5001 100
send 2 239.1.1.1 5001 100
view client1 six -g ff1e::1 -p 5001
expect 5 "the agent has heard of client 1" json members -- 'any(.group == "ff1e::1")'
on client1 "$BUILD/mcast" recv -I eth1 -g 239.1.1.1 -p 5001 -t 10 -n 200 >"$WORK/out"
leave six
same "packets of the chosen upstream" 200 "$(received out 1)"
same "packets of the other upstream" 0 "$(received out 2)"
same "packets and reports at the bystander" "" "$(cat "$WORK/wire")"
