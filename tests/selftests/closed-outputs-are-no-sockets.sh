#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Where standard output or standard error is closed, the next file that is opened takes its number: what is printed must
# not go to the control socket, or out of a port.
. "$(dirname "$0")/lib.sh"

cat >"$WORK/test.conf" <<END
[murt]
default_upstream = 9
END
# nowhere FD...: each of these of the agent is /dev/null
nowhere() {
	for fd in "$@"; do
		same "descriptor $fd of the agent" /dev/null "$(readlink "/proc/$pid/fd/$fd")"
	done
}
on switch "$BUILD/mupi-agent" -c "$WORK/test.conf" -i 9=u9 -s "$RUN/agent.sock" -p "$RUN/bpf/mupi" <&- >&- 2>&- &
expect 20 "the agent answers" ctl status
pid=$(ctl -j status | jq .pid)
STARTED+=("$pid")
nowhere 0 1 2

# unwritten WORD...: mupictl says that it could not write
unwritten() {
	local code
	timeout 20 "$BUILD/mupictl" -s "$RUN/agent.sock" "$@" 2>"$WORK/err" >&-
	code=$?
	same "exit code of '$*'" 1 "$code"
	same "what '$*' says" "mupictl: cannot write: Bad file descriptor" "$(cat "$WORK/err")"
}
unwritten status
unwritten -j status
unwritten murt list

# events until it ends
background bash -c "while sleep 0.1; do '$BUILD/mupictl' -s '$RUN/agent.sock' murt add - 239.1.1.1 - 9 1 &&
	'$BUILD/mupictl' -s '$RUN/agent.sock' murt flush; done" >/dev/null 2>&1
unwritten monitor
