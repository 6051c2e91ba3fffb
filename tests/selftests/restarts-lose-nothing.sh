#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Numbered packets while the agent is killed, stopped, reloaded, upgraded and started again: none is lost, none
# comes twice, no upstream is left. ROUNDS says how often (25), RATE how many a second each of three viewers gets.
. "$(dirname "$0")/lib.sh"

RATE=${RATE:-34000}
start_agent <<END
[murt]
murt_entry = , , , 7, 10
murt_entry = 10.100.0.12, , , 8, 20
END
for family in 4 6; do
	send 1 "$(group_of $family 1)" 5001 "$RATE"
	send 2 "$(group_of $family 1)" 5001 "$RATE"
done
send 1 232.1.1.1 5001 1000 -S 10.100.0.31
view client1 out1 -g "$(group_of 4 1)" -p 5001
view client2 out2 -g "$(group_of 4 1)" -p 5001
view client3 out3 -g "$(group_of 6 1)" -p 5001
view client4 out4 -g 232.1.1.1 -s 10.100.0.31 -p 5001
for n in 1 2 3 4; do expect 10 "client $n receives" views out$n; done
capture provider1 upstream 'igmp or (ip6 and ip6[6] == 0)' -Q in -v

members() { # members WHAT: those of the viewers
	json members -- '[.[] | .client] | unique | length >= 4' || fail "members after $1: $(ctl members)"
}

start() { # start BUILD: the agent of that build
	BUILD=$1 lab agent start "$WORK/test.conf" || fail "the agent does not start"
}

# In the order of chance; an upgrade is to a data plane of another version, and the next one back.
RANDOM=${SEED:-$$}
echo "seed ${SEED:-$$}"
now=$BUILD other=$BUILD-next
for ((round = 0; round < ${ROUNDS:-25}; round++)); do
	kind=$((RANDOM % 6))
	case $kind in
	0) lab agent stop KILL && start "$now" ;;
	1) lab agent stop TERM && start "$now" ;;
	2) ctl reload >/dev/null ;;
	3) lab agent stop KILL && sleep 0.5 && start "$now" ;;
	4 | 5)
		lab agent stop TERM && start "$other"
		last=$now now=$other other=$last
		;;
	esac
	members "round $round, kind $kind"
	audit_clean
done

leaves() { # leaves NUMBER: at least so many were sent upstream
	[ "$(lines upstream '(to_in,|to_in \{|block,|block \{)')" -ge "$1" ]
}
if leaves 1; then fail "a leave was sent upstream: $(cat "$WORK/upstream")"; fi
for n in 1 2 3 4; do
	leave out$n
	cat "$WORK/out$n"
	whole out$n
	once out$n
done
expect 10 "leaves are sent when viewers leave" leaves 3
