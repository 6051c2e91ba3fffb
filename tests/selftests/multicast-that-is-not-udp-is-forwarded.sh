#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
END
for group in 239.1.1.1 ff1e::1; do
	background on provider1 "$BUILD/mcast" send -I eth1 -g $group -P 253 -i 1 -r 50 -t 600 >/dev/null
	on client1 "$BUILD/mcast" recv -I eth1 -g $group -P 253 -t 10 -n 20 >"$WORK/out"
	same "packets of $group" 20 "$(received out 1)"
done
