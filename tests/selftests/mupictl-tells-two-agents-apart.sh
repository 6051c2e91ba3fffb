#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two agents on one machine, each with a lab: -s says which one is asked and changed.
. "$(dirname "$0")/lib.sh"

OTHER=${MUPI_LAB}b
OTHER_RUN=/run/mupi-lab-$OTHER

other_lab() {
	MUPI_LAB=$OTHER lab "$@"
}

other_ctl() {
	"$BUILD/mupictl" --socket "$OTHER_RUN/agent.sock" "$@"
}

finish_other() {
	local status=$?
	other_lab agent stop
	other_lab down
	return $status
}
trap 'finish_other; finish_viewers; finish' EXIT

other_lab up || fail "no second lab"
echo "[murt]
default_upstream = 8" >"$WORK/other.conf"
other_lab agent start "$WORK/other.conf" || fail "no second agent"
start_agent <<END
[murt]
default_upstream = 7
END
same "the first" '[7]' "$(ctl -j murt lookup 10.0.0.1 239.1.1.1 | jq -c .upstreams)"
same "the second" '[8]' "$(other_ctl -j murt lookup 10.0.0.1 239.1.1.1 | jq -c .upstreams)"
[ "$(ctl -j status | jq .pid)" != "$(other_ctl -j status | jq .pid)" ] || fail "one agent answers for both"

ctl murt add - 239.2.0.0/16 - 9 1 >"$WORK/id" || fail "murt add"
json murt list -- 'length == 1' || fail "the first has no row"
same "the second's rows" '[]' "$(other_ctl -j murt list)"
ctl murt export | other_ctl murt import - || fail "a table goes from one to the other"
same "the copy" "$(ctl murt export)" "$(other_ctl murt export)"

other_ctl exit --cleanup || fail "exit"
gone() { [ ! -e "$OTHER_RUN/agent.sock" ]; }
expect 10 "the second is gone" gone
other_ctl status 2>"$WORK/err"
same "exit code without the second" 3 $?
ctl status >"$WORK/status" || fail "the first is gone too"
