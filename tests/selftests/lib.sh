# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What every selftest shares: a lab of its own, an agent, and checks that poll with a deadline.
# A test that ends without `fail` has passed; before, the agent's audit must be clean. 77 means skipped.
set -u

ROOT=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
export BUILD=${BUILD:-build}
[[ $BUILD == /* ]] || BUILD=$ROOT/$BUILD
export MUPI_LAB=st$$
RUN=/run/mupi-lab-$MUPI_LAB
WORK=$(mktemp -d)
STARTED=()

fail() {
	echo "FAIL: $*" >&2
	[ ! -r "$RUN/agent.log" ] || tail -n 20 "$RUN/agent.log" >&2
	exit 1
}

skip() {
	echo "SKIP: $*"
	exit 77
}

lab() {
	"$ROOT/tools/mupi-lab" "$@"
}

on() { # on HOST COMMAND...
	ip netns exec "$MUPI_LAB-$1" "${@:2}"
}

ctl() {
	"$BUILD/mupictl" -s "$RUN/agent.sock" "$@"
}

# wait_until SECONDS COMMAND...
wait_until() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $deadline ] || return 1
		sleep 0.05
	done
}

# expect SECONDS WHAT COMMAND...: fails the test when COMMAND does not succeed in time
expect() {
	wait_until "$1" "${@:3}" || fail "not within $1 s: $2"
}

same() { # same WHAT EXPECTED GOT
	[ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}

# json COMMAND... -- JQ-FILTER: true when the filter is
json() {
	local words=()
	while [ "$1" != -- ]; do words+=("$1") && shift; done
	ctl -j "${words[@]}" | jq -e "$2" >/dev/null
}

audit_clean() {
	local report
	report=$(ctl -j audit) || fail "audit: $report"
}

finish() {
	local status=$?
	trap '' INT TERM
	if [ $status = 0 ] && [ -S "$RUN/agent.sock" ]; then
		(audit_clean) || status=1
	fi
	[ ${#STARTED[@]} -eq 0 ] || kill "${STARTED[@]}" 2>/dev/null
	# Leaks are told at the end of the agent.
	lab agent stop
	if grep -sE 'Sanitizer|runtime error' "$RUN/agent.log" >&2; then status=1; fi
	lab down
	rm -rf "$WORK"
	exit $status
}

# The configuration is the text on stdin.
start_agent() {
	cat >"$WORK/test.conf"
	lab agent start "$WORK/test.conf" || fail "the agent does not start"
}

background() {
	"$@" &
	STARTED+=($!)
}

# send PROVIDER GROUP PORT RATE [MCAST-OPTION...]: from provider N as sender N
send() {
	background on "provider$1" "$BUILD/mcast" send -I eth1 -g "$2" -p "$3" -i "$1" -r "$4" -t 600 "${@:5}" \
		>/dev/null
}

# receive CLIENT FILE MCAST-OPTION...: in the background; `received FILE SENDER` tells the packets
receive() {
	background on "client$1" "$BUILD/mcast" recv -I eth1 "${@:3}" >"$WORK/$2"
}

received() {
	local count
	count=$(sed -n "s/^sender $2 packets \([0-9]*\) .*/\1/p" "$WORK/$1")
	echo "${count:-0}"
}

# A client's reports as raw frames: reports CLIENT OPTION...
reports() {
	on "client$1" "$BUILD/reports" -I eth1 "${@:2}"
}

trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
lab up || fail "no lab"
