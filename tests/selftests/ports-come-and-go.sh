#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Interfaces are deleted and made again, renamed, exchanged, moved to another namespace and back, also unnoticed, get
# another MTU: who watches on other ports loses nothing, who is back is asked and served, an upstream that is back is
# told again what is wanted.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
[ports]
port = 8, u8, upstream
END
SWITCH=$MUPI_LAB-switch
for family in 4 6; do
	send 1 "$(group_of $family 1)" 5001 2000
	# One more receiver than an entry for a single one.
	view client1 stay$family -g "$(group_of $family 1)" -p 5001
	view client2 also$family -g "$(group_of $family 1)" -p 5001
	view client3 move$family -g "$(group_of $family 1)" -p 5001
done
for file in {stay,also,move}{4,6}; do expect 10 "$file receives" views "$file"; done

port_is() { json ports -- ".[] | select(.port == $1) | .state == \"$2\""; }
receives() { json flows -- "[.[] | select(.upstream == 7 and .source == null) | .ports | index($1)] | length == 2 and all"; }
absent() { json flows -- "[.[] | .ports[]] | all(. != $1)"; }
members_on() { json members --port "$1" -- "[.[].group] | unique | length == 2"; }
grows() { # grows CLIENT: its data goes on
	local before
	before=$(on "client$1" cat /sys/class/net/eth1/statistics/rx_packets)
	expect 15 "client $1 gets data" eval "[ \$(on client$1 cat /sys/class/net/eth1/statistics/rx_packets) -gt $((before + 500)) ]"
}

plug() { # plug HOST PORT NUMBER MAC [OPTION...]: a new pair of interfaces, with the host's addresses
	ip link add "$2" "${@:5}" netns "$SWITCH" type veth peer name eth1 netns "$MUPI_LAB-$1" address "$4"
	on "$1" sysctl -qw net.ipv6.conf.eth1.accept_dad=0
	on "$1" ethtool -K eth1 tx off gro on >/dev/null
	ip -n "$MUPI_LAB-$1" link set eth1 up
	ip -n "$MUPI_LAB-$1" addr add "10.100.0.$3/24" dev eth1
	ip -n "$MUPI_LAB-$1" addr add "2001:db8:100::$3/64" dev eth1 nodad
	ip -n "$MUPI_LAB-$1" route add 224.0.0.0/4 dev eth1
}

# Renamed: another name is another interface.
ip -n "$SWITCH" link set d3 down
ip -n "$SWITCH" link set d3 name away3
ip -n "$SWITCH" link set away3 up
expect 5 "port 3 is pending" port_is 3 pending
expect 5 "nothing is sent there" absent 3
same "programs on it" 0 "$(ip -n "$SWITCH" link show away3 | grep -c xdp)"
ip -n "$SWITCH" link set away3 down
ip -n "$SWITCH" link set away3 name d3
ip -n "$SWITCH" link set d3 up
expect 5 "port 3 is up" port_is 3 up
expect 15 "its client is asked and served" receives 3
grows 3

# Two exchange their names, and again: each is the other port, and no other is disturbed.
exchange() {
	ip -n "$SWITCH" -batch - <<-END
		link set d4 down
		link set d5 down
		link set d5 name away
		link set d4 name d5
		link set away name d4
		link set d4 up
		link set d5 up
	END
}
taken() { grep -cE ' taken as ' "$RUN/agent.log"; }
both_taken() { # both_taken BEFORE PORT PORT
	[ "$(taken)" = $(($1 + 2)) ] && port_is "$2" up && port_is "$3" up
}
modes() { ctl -j ports | jq -c '[.[].mode]'; }
before=$(modes)
for port in 5 4; do
	so_far=$(taken)
	exchange
	expect 5 "ports 4 and 5 are up again" both_taken "$so_far" 4 5
	same "modes" "$before" "$(modes)"
	for family in 4 6; do view client4 exchanged$family -g "$(group_of $family 1)" -p 5001; done
	expect 10 "client 4 is served on port $port" receives $port
	for family in 4 6; do leave exchanged$family; done
done
same "complaints" "" "$(grep 'another port' "$RUN/agent.log")"

# In another namespace and back.
VIEWERS+=("$SWITCH-x") # is removed at the end, wherever that is
ip netns add "$SWITCH-x"
ip -n "$SWITCH" link set d3 netns "$SWITCH-x"
expect 5 "port 3 is pending" port_is 3 pending
expect 5 "nothing is sent there" absent 3
ip -n "$SWITCH-x" link set d3 netns "$SWITCH"
ip netns del "$SWITCH-x"
ip -n "$SWITCH" link set d3 up
expect 5 "port 3 is up" port_is 3 up
expect 15 "its client is asked and served" receives 3
grows 3

# Deleted and made again: the other end is new, too, and so is its viewer.
for family in 4 6; do quit "$(cat "$WORK/move$family.pid")"; done
ip -n "$SWITCH" link del d3
expect 5 "port 3 is pending" port_is 3 pending
expect 5 "nothing is sent there" absent 3
plug client3 d3 13 02:fd:00:00:03:01
ip -n "$SWITCH" link set d3 up
expect 5 "port 3 is up" port_is 3 up
for family in 4 6; do view client3 new$family -g "$(group_of $family 1)" -p 5001; done
expect 10 "the new client is served" receives 3
grows 3
# Its other end was no redirect target until it was set up.
same "modes" "$before" "$(modes)"

# Another MTU: the port stays, and the agent's packets fit.
ip -n "$SWITCH" link set d2 mtu 1400
ip -n "$SWITCH" link set d2 mtu 1500
expect 5 "port 2 is up" port_is 2 up
expect 5 "port 2 has its members" members_on 2

# Whoever switches its reception of all multicast off.
is_allmulti() { ip -n "$SWITCH" link show "$1" | grep -q ALLMULTI; }
is_allmulti d2 || fail "d2 does not receive all multicast"
ip -n "$SWITCH" link set d2 allmulticast off
expect 5 "d2 receives all multicast again" is_allmulti d2

# Gone and back while the agent does not look, then also with more events than it can be told: they are back as they were,
# with the same ifindex.
agent() { kill "-$1" "$(cat "$RUN/mupi-agent.pid")"; }
missed() { on switch cat /proc/net/netlink | awk 'NR > 1 && $2 == 0 { n += $9 } END { print n + 0 }'; }
storm() {
	ip -n "$SWITCH" link add storm type veth peer name calm
	for mtu in {1000..3000}; do echo "link set storm mtu $mtu"; done | ip -n "$SWITCH" -batch -
	ip -n "$SWITCH" link del storm
}
more_taken() { [ "$(taken)" -gt "$1" ]; }
for family in 4 6; do view client4 back$family -g "$(group_of $family 1)" -p 5001; done
expect 10 "client 4 is served" receives 4
for events in few many; do
	for family in 4 6; do quit "$(cat "$WORK/new$family.pid")"; done
	index=$(on switch cat /sys/class/net/d3/ifindex)
	so_far=$(taken)
	agent STOP
	[ $events = few ] || storm
	ip -n "$SWITCH" link del d3
	plug client3 d3 13 02:fd:00:00:03:01 index "$index"
	ip netns add "$SWITCH-x"
	ip -n "$SWITCH" link set d4 netns "$SWITCH-x"
	ip -n "$SWITCH-x" link set d4 netns "$SWITCH"
	ip netns del "$SWITCH-x"
	for port in 3 4; do ip -n "$SWITCH" link set d$port up; done
	agent CONT
	# Not d4 if a list that was made since has it.
	expect 5 "port 3 is taken again, $events events" more_taken "$so_far"
	for family in 4 6; do view client3 new$family -g "$(group_of $family 1)" -p 5001; done
	for port in 3 4; do
		expect 15 "client $port is served" receives $port
		grows $port
	done
done
[ "$(missed)" -gt 0 ] || fail "no event was missed"

for name in stay also; do
	for family in 4 6; do
		leave $name$family
		cat "$WORK/$name$family"
		whole $name$family
		once $name$family
	done
done

# The upstream: deleted and made again, it hears again what is wanted.
for family in 4 6; do view client1 last$family -g "$(group_of $family 2)" -p 5001; done
ip -n "$SWITCH" link del u7
expect 5 "port 7 is pending" port_is 7 pending
plug provider1 u7 31 02:fd:00:00:07:01
capture provider1 reports 'igmp or (ip6 and ip6[6] == 0)' -Q in -v
ip -n "$SWITCH" link set u7 up
expect 5 "port 7 is up" port_is 7 up
heard() { [ "$(lines reports 'gaddr 239.1.1.2 to_ex')" -ge 1 ] && [ "$(lines reports 'gaddr ff1e::2 to_ex')" -ge 1 ]; }
expect 5 "it is told" heard
for family in 4 6; do
	send 1 "$(group_of $family 2)" 5001 500
	expect 10 "IPv$family: data again" views last$family
done
