#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
END
for to in 10.100.0.16 10.100.0.31 2001:db8:100::16 2001:db8:100::31; do
	expect 10 "client1 reaches $to" on client1 ping -nq -c 3 -i 0.1 -W 1 "$to"
done
