#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What one client or group gets is looked up, not searched for among all others.
. "$(dirname "$0")/lib.sh"

CLIENTS=40000
start_agent <<END
[murt]
murt_entry = , , , 7, 0
[limits]
reports_per_second = 0
END
reports 1 --client 10.100.0.11 --group 239.1.1.1
expect 20 "a member" json members -- 'length == 1'

spent() { # nanoseconds of the agent on a processor
	cut -d' ' -f1 "/proc/$(cat "$RUN/mupi-agent.pid")/schedstat"
}

# cost REQUEST: nanoseconds of the agent's for many of it
cost() {
	local before n
	for ((n = 0; n < 200; n++)); do echo "$1"; done >"$WORK/requests"
	before=$(spent)
	"$BUILD/control" -s "$RUN/agent.sock" <"$WORK/requests" >"$WORK/answers" 2>"$WORK/told"
	echo $(($(spent) - before))
	same "answers" 200 "$(grep -c '^{"result":' "$WORK/answers")"
}

QUESTIONS=()
for client in 10.100.0.11 10.100.0.12; do
	QUESTIONS+=("{\"command\":\"murt lookup\",\"args\":{\"client\":\"$client\",\"group\":\"239.1.1.1\"}}")
done
QUESTIONS+=('{"command":"members","args":{"group":"239.1.1.1"}}')
COSTS=()
for question in "${QUESTIONS[@]}"; do COSTS+=("$(cost "$question")"); done

many() { # again, where the agent is too busy to hear so many
	reports 2 --client 10.101.0.1 --clients $CLIENTS --group 239.2.0.0 --joins $CLIENTS --records 1
	wait_until 10 json status -- ".members > $CLIENTS / 2"
}
expect 60 "many clients" many
cheap() { # cheap NUMBER: again, when the agent has told the upstream of all
	((COST = $(cost "${QUESTIONS[$1]}"), COST < 5 * COSTS[$1] + 50000000))
}
for i in "${!QUESTIONS[@]}"; do
	wait_until 60 cheap "$i" ||
		fail "${QUESTIONS[i]}: $((COSTS[i] / 200000)) us among few, $((COST / 200000)) us among many"
done
