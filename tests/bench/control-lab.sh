#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The control plane with everything in it: bursts of joins through the kernel's ring, and the time from a report
# on the wire to the first frame at the client, beside a Linux bridge and igmpproxy, in turn.
# ROUNDS and JOINS: how often, and how many joins each time; REPORTS: a second, that a port may hand to the agent.
. "$(dirname "$0")/../selftests/lib.sh"

ROUNDS=${ROUNDS:-3}
JOINS=${JOINS:-100}
REPORTS=${REPORTS:-1000000}
# Each client joins all the channels: the numbers have no common divisor, and its turn comes with another channel.
CLIENTS=1001
CHANNELS=100
MEMBERSHIPS=$((CLIENTS * CHANNELS))
NAMESPACES=()

end() {
	local status=$? netns
	[ -z "${IGMPPROXY:-}" ] || kill "$IGMPPROXY"
	for netns in "${NAMESPACES[@]}"; do
		ip netns del "$netns"
	done
	return $status
}
trap 'end; finish' EXIT

# ---- bursts ------------------------------------------------------------------------------------

microseconds() { # of processor time that the agent took
	awk '{ printf "%d", $1 / 1000 }' "/proc/$PID/schedstat"
}

members_are() {
	[ "$(ctl -j status | jq .members)" = "$1" ]
}

dropped() {
	ctl -j stats | jq '[.ports[].counters | .punt_full // 0, .punt_limited // 0] | add'
}

# burst WHAT BEFORE AFTER REPORTS-OPTION...: memberships before and after
burst() {
	local cpu begin used
	cpu=$(microseconds)
	begin=$(date +%s%N)
	reports 1 --clients $CLIENTS --joins $MEMBERSHIPS --channels $CHANNELS "${@:4}"
	expect 30 "$1: $3 memberships" members_are "$3"
	used=$(($(microseconds) - cpu))
	awk -v what="$1" -v n=$MEMBERSHIPS -v ms=$((($(date +%s%N) - begin) / 1000000)) -v us=$used -v lost="$(dropped)" \
		'BEGIN { printf "%-16s %8d %10d %10.2f %12.0f %8d\n", what, n, ms, us / n, n / us * 1e6, lost }'
}

bursts() {
	local n=$MEMBERSHIPS
	printf '\n%-16s %8s %10s %10s %12s %8s\n' burst changes "ms in all" "us each" "a second*" dropped
	expect 10 "no members" members_are 0
	burst igmpv3 0 $n --client 10.20.0.1 --group 239.1.0.0 --records 100
	burst igmpv3-ssm $n $((2 * n)) --client 10.20.0.1 --group 232.1.0.0 --records 100 --type allow --source 10.100.0.31
	burst mldv2 $((2 * n)) $((3 * n)) --client fe80::2:1 --group ff1e::1:0 --records 20
	burst igmpv2 $((3 * n)) $((4 * n)) --client 10.30.0.1 --group 239.2.0.0 --version 2
	burst mldv1 $((4 * n)) $((5 * n)) --client fe80::3:1 --group ff1e::2:0 --version 1
	burst leave-igmpv3 $((5 * n)) $((4 * n)) --client 10.20.0.1 --group 239.1.0.0 --records 100 --type to_in
	echo "* of the agent's processor time, its answers to the test included"
	sed -n 's/^VmRSS:\s*\([0-9]*\) kB/resident: \1 KiB/p' "/proc/$PID/status"
	audit_clean
}

# ---- peers -------------------------------------------------------------------------------------

# between NAME: a namespace with ports p and c, provider and client behind them
between() {
	local host
	for host in "$1" "$1-p" "$1-c"; do
		ip netns add "$MUPI_LAB-$host" || fail "no namespace"
		NAMESPACES+=("$MUPI_LAB-$host")
	done
	for host in p c; do
		ip link add $host netns "$MUPI_LAB-$1" type veth peer name eth1 netns "$MUPI_LAB-$1-$host"
		ip -n "$MUPI_LAB-$1" link set $host up
		ip -n "$MUPI_LAB-$1-$host" link set eth1 up
	done
}

make_bridge() {
	between bridge
	# Short, so that the bridge soon believes that it is the querier.
	on bridge ip link add br0 type bridge mcast_snooping 1 mcast_querier 1 forward_delay 0 \
		mcast_query_response_interval 100
	on bridge ip link set p master br0
	on bridge ip link set c master br0
	on bridge ip link set br0 up
}

make_router() {
	between router
	on router sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0
	on router ip addr add 10.7.0.1/24 dev p
	on router ip addr add 10.8.0.1/24 dev c
	printf 'phyint p upstream ratelimit 0 threshold 1\nphyint c downstream ratelimit 0 threshold 1\n' \
		>"$WORK/igmpproxy.conf"
	ip netns exec "$MUPI_LAB-router" igmpproxy -n "$WORK/igmpproxy.conf" >"$WORK/igmpproxy.log" 2>&1 &
	IGMPPROXY=$!
}

# ---- latency -----------------------------------------------------------------------------------

# The sender has the last processor for itself, as if it were another machine; client and agents share the others.
LAST=$(($(nproc) - 1))
[ $LAST -gt 0 ] || fail "two processors are needed: one for the sender"

# measure NAME ROUND PROVIDER CLIENT
measure() {
	taskset -c 0-$((LAST - 1)) "$BUILD/latency" --sender-cpu $LAST --provider "$MUPI_LAB-$3" --client "$MUPI_LAB-$4" --group "239.$((10 + $2)).0.0" \
		--joins "$JOINS" >>"$WORK/$1.times" || fail "$1: no measurement"
}

rounds() {
	local round
	for round in $(seq "$ROUNDS"); do
		measure mupi "$round" provider1/eth1/10.100.0.31 client1/eth1/10.100.0.11
		measure bridge "$round" bridge-p/eth1/10.9.0.2 bridge-c/eth1/10.9.0.3
		measure igmpproxy "$round" router-p/eth1/10.7.0.2 router-c/eth1/10.8.0.2
	done
}

latencies() {
	local name
	printf '%-16s %8s %8s %8s %8s %8s %8s\n' "us to 1st frame" joins lost least median p90 p99
	for name in mupi bridge igmpproxy; do
		sort -n "$WORK/$name.times" | awk -v name=$name '
			/[a-z]/ { lost++; next }
			{ us[n++] = $1 }
			END { printf "%-16s %8d %8d %8.1f %8.1f %8.1f %8.1f\n", name, n + lost, lost, us[0],
				us[int(n / 2)], us[int(n * 0.9)], us[int(n * 0.99)] }'
	done
}

command -v igmpproxy >/dev/null || fail "igmpproxy is missing: run 'sudo make deps'"
start_agent <<END
[murt]
murt_entry = , , , 7, 10
[limits]
sources_per_group = 0
memberships_per_port = 0
reports_per_second = $REPORTS
END
PID=$(cat "$RUN/mupi-agent.pid")
make_bridge
make_router
for pid in "$PID" "$IGMPPROXY"; do
	taskset -p -c 0-$((LAST - 1)) "$pid" >/dev/null || fail "no processor of their own"
done
rounds
latencies
for pid in "$PID" "$IGMPPROXY"; do taskset -p -c 0-$LAST "$pid" >/dev/null; done
bursts
