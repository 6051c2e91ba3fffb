#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
END
for group in 224.0.0.251 ff02::fb ff12::1234; do
	background on provider2 "$BUILD/mcast" send -I eth1 -g $group -p 5353 -i 2 -r 50 -t 600 >/dev/null
	on client1 "$BUILD/mcast" recv -I eth1 -g $group -p 5353 -t 10 -n 20 >"$WORK/out"
	same "packets of $group" 20 "$(received out 2)"
done
expect 5 "they are no members" json members -- 'length == 0'
