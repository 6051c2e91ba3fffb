#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = 10.100.0.11, , , 7, 10
END
reports 2 --client 10.100.0.12 --group 239.1.1.1
expect 5 "visible without upstream" json members -- \
	'.[] | select(.client == "10.100.0.12") | .upstreams == []'
refusals() {
	ctl -j stats | holds '[.. | objects | to_entries[] | select(.key | test("refused")) | .value
		| numbers] | add > 0'
}
expect 5 "counted in stats" refusals
expect 5 "nothing is asked upstream" json upstreams -- '[.[].groups | length] | add == 0'
