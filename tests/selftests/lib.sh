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

# holds JQ-FILTER [FILE]: of JSON that there is; `jq -e` alone is content with no input at all
holds() {
	local said
	said=$(jq -e "$@") && [ -n "$said" ]
}

# json COMMAND... -- JQ-FILTER: true when the filter is
json() {
	local words=()
	while [ "$1" != -- ]; do words+=("$1") && shift; done
	ctl -j "${words[@]}" | holds "$2"
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
	if grep -qsE 'Sanitizer|runtime error' "$RUN/agent.log"; then
		grep -E -A 30 'Sanitizer|runtime error' "$RUN/agent.log" | head -n 60 >&2
		status=1
	fi
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
	# Not `on`: its shell would end in the command's place.
	if [ "$1" = on ]; then set -- ip netns exec "$MUPI_LAB-$2" "${@:3}"; fi
	"$@" &
	STARTED+=($!)
}

# send PROVIDER GROUP PORT RATE [MCAST-OPTION...]: from provider N as sender N
send() {
	background on "provider$1" "$BUILD/mcast" send -I eth1 -g "$2" -p "$3" -i "$1" -r "$4" -t 600 "${@:5}" \
		>/dev/null
}

# send_when_asked PROVIDER GROUP PORT RATE [MCAST-OPTION...]: as `send`, but from half a second after it is asked
send_when_asked() {
	capture "provider$1" "asked$1" igmp -v
	wait_and_send "$@" &
	STARTED+=($!)
}
wait_and_send() {
	until grep -q "gaddr $2 to_ex" "$WORK/asked$1"; do sleep 0.05; done
	sleep 0.5
	exec ip netns exec "$MUPI_LAB-provider$1" "$BUILD/mcast" send -I eth1 -g "$2" -p "$3" -i "$1" -r "$4" -t 600 "${@:5}" \
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

# spawn HOST COMMAND...: in the background; SPAWNED is the process of the command itself
spawn() {
	local shell comm
	ip netns exec "$MUPI_LAB-$1" "${@:2}" &
	SPAWNED=$!
	STARTED+=("$SPAWNED")
	# As long as it is a shell, a signal to it would run this script's traps.
	read -r shell <"/proc/$$/comm"
	while read -r comm <"/proc/$SPAWNED/comm" && [ "$comm" = "$shell" ]; do :; done 2>/dev/null
}

# quit PID: end it and wait for its last words
quit() {
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# capture HOST FILE FILTER [TCPDUMP-OPTION...]: a line for each packet on eth1, with its time in seconds
capture() {
	spawn "$1" tcpdump -lntt --immediate-mode -i eth1 "${@:4}" "$3" >"$WORK/$2" 2>"$WORK/$2.err"
	expect 10 "capture runs" grep -q 'listening on' "$WORK/$2.err"
}

lines() { # lines FILE PATTERN: how many match
	grep -cE "$2" "$WORK/$1"
}

# counter PORT NAME: of `stats`
counter() {
	ctl -j stats | jq ".ports[] | select(.port == $1) | .counters.$2"
}

counter_is() { # counter_is PORT NAME VALUE
	[ "$(counter "$1" "$2")" = "$3" ]
}

# host_version HOST FAMILY VERSION: of the IGMP or MLD that the host speaks; 0: the newest
host_version() {
	case $2 in
	4) on "$1" sysctl -qw "net.ipv4.conf.eth1.force_igmp_version=$3" ;;
	6) on "$1" sysctl -qw "net.ipv6.conf.eth1.force_mld_version=$3" ;;
	esac
}

# the number N of a family's test groups
group_of() { # group_of FAMILY N
	case $1 in
	4) echo "239.1.1.$2" ;;
	6) echo "ff1e::$2" ;;
	esac
}

# view HOST FILE MCAST-OPTION...: a receiver until it is told to quit; FILE.pid is its process
view() {
	[[ $1 != client* ]] || echo "${1#client} $(overruns "${1#client}")" >"$WORK/$2.overruns"
	spawn "$1" "$BUILD/mcast" recv -I eth1 -t 600 "${@:3}" >"$WORK/$2" 2>"$WORK/$2.err"
	echo "$SPAWNED" >"$WORK/$2.pid"
}

views() { # views FILE: has it received something?
	grep -q 'first packet' "$WORK/$1.err"
}

leave() { # leave FILE: the viewer leaves and tells what it got
	quit "$(cat "$WORK/$1.pid")"
}

# overruns CLIENT: packets that found the queue of a test host full, a sender's, a port's towards the client or the
# client's socket
overruns() {
	local sum=0 n
	for n in 1 2 3; do ((sum += $(on "provider$n" cat /sys/class/net/eth1/statistics/tx_dropped))); done
	((sum += $(on switch ethtool -S "d$1" | awk '/xdp_xmit_errors|tx_dropped/ { n += $2 } END { print n + 0 }')))
	((sum += $(on "client$1" cat /proc/net/snmp | awk '/^Udp: [0-9]/ { n += $6 } END { print n + 0 }')))
	((sum += $(on "client$1" cat /proc/net/snmp6 | awk '/^Udp6RcvbufErrors/ { n += $2 } END { print n + 0 }')))
	echo "$sum"
}

# whole FILE [ALLOWED]: a client that has left missed no number but those that found a queue full meanwhile, as they do
# when processors are busy; or so many more
whole() {
	local client before full gaps
	read -r client before <"$WORK/$1.overruns"
	full=$(($(overruns "$client") - before))
	gaps=$(awk '{ sum += $6 } END { print sum + 0 }' "$WORK/$1")
	[ -s "$WORK/$1" ] || fail "$1: nothing received"
	[ "$gaps" -le $((full + ${2:-0})) ] || fail "$1: $gaps numbers missed, $full in full queues: $(cat "$WORK/$1"{,.err})"
}

# once FILE: of what a client got, nothing came twice
once() {
	! grep -v ' duplicates 0 ' "$WORK/$1" || fail "$1: packets came twice: $(cat "$WORK/$1")"
}

VIEWERS=()
# share CLIENT NUMBER...: viewerNUMBER with address 10.100.0.NUMBER, 2001:db8:100::NUMBER; they share the
# client's port, on a bridge in the client's place
share() {
	local client=$MUPI_LAB-client$1 viewer number
	ip -n "$client" link add br0 type bridge mcast_snooping 0 forward_delay 0
	ip -n "$client" link set br0 up
	ip -n "$client" link set eth1 master br0
	for number in "${@:2}"; do
		viewer=$MUPI_LAB-viewer$number
		ip netns add "$viewer" || fail "no namespace $viewer"
		VIEWERS+=("$viewer")
		ip link add "v$number" netns "$client" type veth peer name eth1 netns "$viewer"
		ip -n "$client" link set "v$number" up master br0
		on "viewer$number" sysctl -qw net.ipv6.conf.eth1.accept_dad=0
		ip -n "$viewer" link set eth1 up
		ip -n "$viewer" addr add "10.100.0.$number/24" dev eth1
		ip -n "$viewer" addr add "2001:db8:100::$number/64" dev eth1 nodad
		ip -n "$viewer" route add 224.0.0.0/4 dev eth1
	done
}

finish_viewers() {
	local status=$? viewer
	for viewer in "${VIEWERS[@]}"; do
		ip netns del "$viewer" 2>/dev/null
	done
	return $status
}

trap 'finish_viewers; finish' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
lab up || fail "no lab"
