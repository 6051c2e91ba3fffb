#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"

cat >"$WORK/bad.conf" <<END
[murt]
murt_entry = , , , 7, 10
murt_entry = 10.100.0.300, , , 7, 10
END
on switch "$BUILD/mupi-agent" -t -c "$WORK/bad.conf" -i 7=u7 >"$WORK/check" 2>&1
same "exit code of -t" 1 $?
grep -q "bad.conf:3: " "$WORK/check" || fail "-t names no line: $(cat "$WORK/check")"
printf 'default_upstream = 9\n[timers]\nrobustness = 99\n' >>"$WORK/bad.conf"
on switch "$BUILD/mupi-agent" -t -c "$WORK/bad.conf" -i 7=u7 >"$WORK/check" 2>&1
same "problems" "3 6 4" "$(sed -n 's/.*bad.conf:\([0-9]*\): .*/\1/p' "$WORK/check" | xargs)"
on switch "$BUILD/mupi-agent" -c "$WORK/bad.conf" -i 7=u7 -s "$RUN/agent.sock" -p "$RUN/bpf/mupi" >"$WORK/start" 2>&1
same "exit code of a start" 1 $?
grep -q "bad.conf:3: " "$WORK/start" || fail "a start names no line: $(cat "$WORK/start")"

misused() { # misused TEXT OPTION...: usage, told in one line; nothing is done
	on switch "$BUILD/mupi-agent" -c "$WORK/bad.conf" -i 7=u7 "${@:2}" >"$WORK/out" 2>&1
	same "exit code of '${*:2}'" 2 $?
	same "lines about '${*:2}'" 1 "$(wc -l <"$WORK/out")"
	grep -qF -- "$1" "$WORK/out" || fail "'${*:2}' lacks '$1': $(cat "$WORK/out")"
}
misused "exclude each other" -t --cleanup -p "$RUN/bpf/mupi" -s "$RUN/agent.sock"
misused "exclude each other" -t --check
misused "mupi-agent: bad option --no-such-option, try 'mupi-agent -h'" --no-such-option
misused "mupi-agent: bad option -x, try" -x
misused "mupi-agent: bad option -x, try" --check -xt
misused "mupi-agent: bad option --check=3, try" --check=3
misused "mupi-agent: bad option --ba?d, try" $'--ba\ed'
misused "mupi-agent: a value is missing after -m, try" -m
misused "mupi-agent: a value is missing after -m, try" -tm
misused "exclude each other" --check --cleanup
misused "-s '': expected a path" -s ''
misused "-p '': expected a path" -p ''
misused "-c '': expected a path" -c ''
