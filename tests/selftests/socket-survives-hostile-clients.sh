#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Clients that send garbage, never end their lines, never read, come in masses and go at once: the agent answers
# others in time, clients still join, it neither spins nor grows.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
END
# Enough rows for a long answer.
for ((n = 0; n < 50; n++)); do
	for ((m = 1; m < 21; m++)); do
		echo "murt_entry = 10.$n.$m.0/24, 239.1.1.1, , 7, $m"
	done
done >"$WORK/rows.conf"
ctl murt import "$WORK/rows.conf" >"$WORK/out" || fail "import: $(cat "$WORK/out")"

control() { # control FILE OPTION...: its content from a client
	"$BUILD/control" -s "$RUN/agent.sock" "${@:2}" <"$1"
}
says() { # says WHAT FILTER FILE: what the agent says to the content
	control "$3" >"$WORK/said" 2>"$WORK/told"
	holds -s "$2" "$WORK/said" || fail "$1: $(head -c 500 "$WORK/said")"
}
repeat() { # repeat COUNT CHARACTER
	head -c "$1" /dev/zero | tr '\0' "$2"
}
well() { # the agent answers, and quickly
	local start=${EPOCHREALTIME/./}
	ctl -j status >"$WORK/status" || fail "no answer after $1: $(cat "$WORK/status")"
	[ $((${EPOCHREALTIME/./} - start)) -lt 2000000 ] || fail "$1 made the agent slow"
}
agent_stat() { # agent_stat FIELD: of its /proc/PID/stat
	cut -d' ' -f"$1" "/proc/$(cat "$RUN/mupi-agent.pid")/stat"
}
used() { # processor time, in ticks of 10 ms
	echo $(($(agent_stat 14) + $(agent_stat 15)))
}

sockets() {
	find "/proc/$(cat "$RUN/mupi-agent.pid")/fd" -type l -lname 'socket:*' | wc -l
}
sockets=$(sockets)

head -c 100000 /dev/urandom | tr -d '\n' >"$WORK/garbage"
echo >>"$WORK/garbage"
says "garbage" 'length == 1 and .[0].exit == 2' "$WORK/garbage"
printf '%s\n' '' '[]' '3' 'null' '{}' '{"command":1}' '{"command":"status","args":[]}' '{"command":"status","command":"x"}' \
	'{"command":"status"} {"command":"status"}' '{"command":"\u0000"}' >"$WORK/wrong"
says "requests that are none" 'length == 10 and all(.exit == 2)' "$WORK/wrong"
# Taken for missing, they would let a row serve every port, or a question mean all of them.
printf '{"command":"%s","args":{%s}}\n' members '"port":3' members '"port":null' members '"port":true' 'murt add' \
	'"group":"239.1.2.3","upstream":"7","priority":"1","port":3.5' 'murt add' \
	'"group":"239.1.2.3","upstream":"7","priority":"1","disabled":"yes"' 'murt set' '"id":"1","set":"priority=9"' \
	>"$WORK/types"
says "args of another type" 'map(.error) == [range(4) | "the argument \"port\" is no string"] +
	["the argument \"disabled\" is no boolean", "the argument \"set\" is no object"]' "$WORK/types"
json murt list -- 'length == 1001' || fail "a row was added"
{ repeat 1000000 '[' && echo; } >"$WORK/deep"
says "deep nesting" '.[0].error | test("depth")' "$WORK/deep"
repeat 140000000 x >"$WORK/long"
says "an endless line" '.[0].error | test("longer than 134217728 bytes")' "$WORK/long"
repeat 2000000 x >"$WORK/long"
"$BUILD/control" -s "$RUN/agent.sock" -k -n 3 -t 60 <"$WORK/long" >"$WORK/large" 2>&1 &
LARGE=$!
STARTED+=("$LARGE")
expect 5 "one large request is read at a time" eval \
	"[ \"\$(grep -c 'another large request is being read' $WORK/large)\" = 2 ]"
quit "$LARGE"
printf '{"command":"status"' >"$WORK/half"
says "half a request" '.[0].exit == 2' "$WORK/half"
for ((n = 0; n < 300; n++)); do echo '{"command":"status"}'; done >"$WORK/many"
says "many requests at once" 'length == 300 and all(.result)' "$WORK/many"
well "garbage"

# Long answers that are asked for again and again and never read; a viewer joins meanwhile.
for ((n = 0; n < 20000; n++)); do echo '{"command":"murt list"}'; done >"$WORK/lists"
before=$(agent_stat 24)
control "$WORK/lists" -d -k -n 20 -t 60 >"$WORK/deaf" 2>&1 &
STARTED+=($!)
view client1 out4 -g 239.1.1.1 -p 5001
expect 5 "the viewer is a member" json members --port 1 -- 'any(.group == "239.1.1.1")'
well "clients that do not read"
# Nothing is to be done for them: a second of theirs takes next to nothing of the processor's.
deadline=$((SECONDS + 20))
busy=100
while [ $busy -gt 50 ] && [ $SECONDS -lt $deadline ]; do
	start=$(used)
	sleep 1
	busy=$(($(used) - start))
done
[ $busy -le 50 ] || fail "the agent is busy with clients that do not read: $busy ticks a second"
grown=$(($(agent_stat 24) - before))
[ $grown -lt 50000 ] || fail "clients that do not read cost $grown pages"
# They are thrown out in the end.
few() { [ "$(sockets)" -le "$sockets" ]; }
expect 20 "those who do not read are closed" few

# More connections than are served, idle ones and halves; those beyond are told, the others closed after 30 s.
control "$WORK/half" -k -n 80 -t 60 >"$WORK/crowd" 2>"$WORK/crowd.end" &
CROWD=$!
STARTED+=("$CROWD")
expect 5 "16 are turned away" eval "[ \"\$(grep -c 'too many clients' $WORK/crowd)\" = 16 ]"
ctl status >"$WORK/out" 2>&1
same "exit code when there are too many" 1 $?
grep -q "too many clients" "$WORK/out" || fail "one too many is told: $(cat "$WORK/out")"
reports 2 --client 10.100.0.52 --group 239.1.1.2
expect 45 "the crowd is closed" eval "! kill -0 $CROWD"
grep -q "closed 80$" "$WORK/crowd.end" || fail "who was closed: $(cat "$WORK/crowd.end")"
same "told that it took too long" 64 "$(grep -c 'no whole request in time' "$WORK/crowd")"
json members -- 'any(.client == "10.100.0.52")' || fail "a client did not join meanwhile"

# Connections that end before they are answered.
for ((n = 0; n < 20; n++)); do
	control "$WORK/lists" -d -k -n 10 -t 0.02 >"$WORK/out" 2>&1
done
well "clients that go at once"

# Out of descriptors: it waits, and neither spins nor fills the log.
pid=$(cat "$RUN/mupi-agent.pid")
limit=$(prlimit --pid "$pid" --nofile --noheadings --output SOFT)
prlimit --pid "$pid" --nofile=$(($(find "/proc/$pid/fd" -type l | wc -l) + 5)):
control "$WORK/half" -k -n 20 -t 3 >"$WORK/out" 2>&1 &
STARTED+=($!)
expect 5 "it says so" grep -q 'Too many open files; connections wait' "$RUN/agent.log"
start=$(used)
sleep 2
[ $(($(used) - start)) -le 100 ] || fail "busy without descriptors: $(($(used) - start)) ticks in 2 s"
[ "$(grep -c 'connections wait' "$RUN/agent.log")" -le 10 ] || fail "the log: $(tail -n 3 "$RUN/agent.log")"
prlimit --pid "$pid" --nofile="${limit// /}":
expect 5 "it answers again" ctl status
