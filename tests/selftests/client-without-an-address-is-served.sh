#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# IGMP from 0.0.0.0, as hosts send it before they have an address: a member, for rows that take any client.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = 10.100.0.0/24, , , 8, 20
murt_entry = 0.0.0.0/0, , , 7, 10
END
ip -n "$MUPI_LAB-client1" addr flush dev eth1 scope global
ip -n "$MUPI_LAB-client1" route add 224.0.0.0/4 dev eth1
ip -n "$MUPI_LAB-client1" route add 10.100.0.0/24 dev eth1
send 1 239.1.1.1 5001 100
send 2 239.1.1.1 5001 100
view client1 out -g 239.1.1.1 -p 5001
expect 5 "a member without an address" json members -- \
	'any(.group == "239.1.1.1" and .client == "0.0.0.0" and .upstreams == [7] and .version == 3)'
expect 5 "it gets data" views out
leave out
expect 5 "it has left" json members -- 'all(.group != "239.1.1.1")'
same "packets of the other upstream" 0 "$(received out 2)"
reports 1 --client 0.0.0.0 --group 239.1.1.2 --version 2
expect 5 "an older one, too" json members -- 'any(.client == "0.0.0.0" and .upstreams == [7] and .version == 2)'
