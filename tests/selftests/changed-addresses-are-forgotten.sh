#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A client that is heard with a new address is asked for its others: those that it confirms serve on, and those that it
# has no longer do not. An address that another host claims stays with who answers for it. Both families.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = 10.100.0.111, , , 8, 20
murt_entry = 2001:db8:100::111, , , 8, 20
murt_entry = , , , 7, 10
END

# speak CLIENT ADDRESS: to a neighbour whom it has to ask for, from its own address
speak() {
	on "client$1" ip neigh flush dev eth1
	case $2 in
	*:*) on "client$1" ping -nq -c 1 -W 5 -I "$2" 2001:db8:100::13 ;;
	*) on "client$1" ping -nq -c 1 -W 5 -I "$2" 10.100.0.13 ;;
	esac >/dev/null || fail "client $1 cannot ping from $2"
}

# served PORT FAMILY UPSTREAM
served() {
	json members --port "$1" --group "$(group_of "$2" 1)" -- "length == 1 and all(.upstreams == [$3])"
}

known() { # known PORT FAMILY ADDRESS...: these are the client's other addresses
	local list
	list=$(printf '%s\n' "${@:3}" | jq -Rsc 'split("\n")[:-1] | sort')
	json members --port "$1" --group "$(group_of "$2" 1)" -- "all(.addresses | sort == $list)"
}

for family in 4 6; do
	net=10.100.0. length=24 nodad='' own=''
	[ $family = 4 ] || net=2001:db8:100:: length=64 nodad=nodad own=2001:db8:100::11
	view client1 "out$family" -g "$(group_of $family 1)" -p 5001
	expect 10 "a member" served 1 $family 7
	on client1 ip addr add "${net}111/$length" dev eth1 ${nodad:+"$nodad"}
	[ $family = 4 ] || speak 1 "$own"
	speak 1 "${net}111"
	expect 5 "served by the row for another address, IPv$family" served 1 $family 8
	# A new one: the client is asked for that, and has it still.
	on client1 ip addr add "${net}121/$length" dev eth1 ${nodad:+"$nodad"}
	speak 1 "${net}121"
	sleep 4
	known 1 $family ${own:+"$own"} "${net}111" "${net}121" || fail "IPv$family: $(ctl -j members --port 1)"
	served 1 $family 8 || fail "the address is lost: $(ctl -j members --port 1)"
	# Somebody else claims it. Who has it answers, and keeps it.
	on client2 ip addr add "${net}111/$length" dev eth1 ${nodad:+"$nodad"}
	speak 2 "${net}111"
	on client2 ip addr del "${net}111/$length" dev eth1
	sleep 4
	served 1 $family 8 || fail "the address is taken away: $(ctl -j members --port 1)"
	# The next takes the place of the one that the row is for.
	on client1 ip addr del "${net}111/$length" dev eth1
	on client1 ip addr add "${net}131/$length" dev eth1 ${nodad:+"$nodad"}
	speak 1 "${net}131"
	expect 10 "the address is forgotten, IPv$family" served 1 $family 7
	known 1 $family ${own:+"$own"} "${net}121" "${net}131" || fail "IPv$family: $(ctl -j members --port 1)"
done
# Nor does the next agent know it.
lab agent stop KILL
lab agent start "$WORK/test.conf" || fail "no start"
for family in 4 6; do
	served 1 $family 7 || fail "known again: $(ctl -j members --port 1)"
done
