#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An agent that was killed has its clients served on for hold_time; then everything is the switch's, which floods here;
# a new agent is in force again at once. With "never" they are served on.
. "$(dirname "$0")/lib.sh"

export OVS_RUNDIR=$RUN
ovs-ofctl -O OpenFlow14 del-flows mupi
ovs-ofctl -O OpenFlow14 add-flow mupi actions=NORMAL
start_agent <<END
[murt]
murt_entry = , , , 7, 10
[datapath]
hold_time = 3s
END
capture client3 bystander 'udp and dst net 239.0.0.0/8'
view client1 viewer -g 239.1.1.1 -p 5001
view client1 stays -g 239.1.1.1 -p 5001
expect 5 "a member" json members -- 'length == 1'
send 1 239.1.1.1 5001 100
expect 5 "the client is served" views viewer
at_bystander() { lines bystander UDP; }
same "at the bystander beside an agent" 0 "$(at_bystander)"

lab agent stop KILL
alive() { # alive FILTER: of what the agent says in the map
	bpftool -j map dump pinned "$(find "$RUN/bpf/mupi" -name alive)" |
		jq ".[0].formatted.value // .[0].value | $1"
}
# What is in the map, as the test may have come to this line late.
end=$(alive '.last_ns + .hold_ns')
flooded() { [ "$(at_bystander)" -gt 20 ]; }
expect 20 "the switch floods when the hold time has ended" flooded
first=$(awk 'NR == 1 { printf "%d", $1 }' "$WORK/bystander")
boot=$(awk -v now="$EPOCHSECONDS" '{ printf "%d", now - $1 }' /proc/uptime)
[ $((first - boot + 1)) -ge $((end / 1000000000)) ] || fail "flooded at $((first - boot)) s, before $end ns"

leave viewer
whole viewer
# With TC the switch has frames that were forwarded, too, and the guard may let go of the last of them.
[ "${MUPI_MODE:-}" = tc ] || once viewer

lab agent start "$WORK/test.conf" || fail "no new agent"
in_force() { # 20 more forwarded, and none to the bystander meanwhile
	local before forwarded
	before=$(at_bystander)
	forwarded=$(counter 7 forwarded)
	wait_until 5 eval "[ \$(counter 7 forwarded) -gt $((forwarded + 20)) ]"
	[ "$(at_bystander)" = "$before" ]
}
expect 10 "a new agent is in force" in_force

sed -i 's/^hold_time = .*/hold_time = never/' "$WORK/test.conf"
ctl reload >/dev/null
view client1 served -g 239.1.1.1 -p 5001
expect 5 "the client is served" views served
for_ever() { [ "$(alive .hold_ns)" = 0 ]; }
expect 2 "the programs know that it is for ever" for_ever
lab agent stop KILL
before=$(at_bystander)
# Longer than it took before.
sleep 4
leave served
whole served
same "at the bystander without an agent" "$before" "$(at_bystander)"
lab agent start "$WORK/test.conf" || fail "no new agent"
