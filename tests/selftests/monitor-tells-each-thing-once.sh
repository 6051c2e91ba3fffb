#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What happens is told as one JSON object a line, once, both families; what is only refreshed is not.
. "$(dirname "$0")/lib.sh"

start_agent <<END_CONF
[murt]
murt_entry = , , , 7, 10
murt_entry = , 6, , , 9, 20
[timers]
query_interval = 1s
query_response_interval = 500ms
[acl]
deny = , 5, ,
[port 4]
groups_per_port = 1
END_CONF
declare -A CLIENT=([4]=10.100.0.51 [6]=fe80::51) SOURCE=([4]=10.100.7.1 [6]=2001:db8::7:1)
SSM=([4]=232.1.1.1 [6]=ff3e::1)
started=$EPOCHREALTIME
spawn switch "$BUILD/mupictl" -s "$RUN/agent.sock" monitor >"$WORK/events"
# told FILTER: an event of which it is true
told() {
	holds -s "any($1)" "$WORK/events"
}
tells() { # tells WHAT FILTER
	expect 5 "$1" told "$2"
}

# Until the agent has taken monitor in.
poke() {
	ctl murt disable 2 >"$WORK/poked"
	ctl murt enable 2 >"$WORK/poked"
	told '.event == "table" and .change == "enable" and .id == 2'
}
expect 5 "monitor runs" poke
ctl murt add - 239.9.9.9 - 8 1 >"$WORK/added"
tells "a row" '.event == "table" and .change == "add" and .id == 3'
for family in 4 6; do
	who=".port == 1 and .client == \"${CLIENT[$family]}\" and .group == \"$(group_of $family 1)\""
	reports 1 --client "${CLIENT[$family]}" --group "$(group_of $family 1)"
	reports 1 --client "${CLIENT[$family]}" --group "$(group_of $family 1)"
	tells "IPv$family: join" ".event == \"join\" and $who and .mode == \"exclude\" and .sources == [] and .upstreams == [7]"
	reports 1 --client "${CLIENT[$family]}" --group "$(group_of $family 1)" --type to_in
	tells "IPv$family: leave" ".event == \"leave\" and $who and .why == \"left\""
	same "IPv$family: events of one join and leave" 2 "$(jq -c "select($who)" "$WORK/events" | wc -l)"

	reports 2 --client "${CLIENT[$family]}" --group "${SSM[$family]}" --type allow --source "${SOURCE[$family]}1"
	reports 2 --client "${CLIENT[$family]}" --group "${SSM[$family]}" --type allow --source "${SOURCE[$family]}2"
	tells "IPv$family: another source" ".event == \"change\" and .port == 2 and .mode == \"include\" and .was == [7] and
		.sources == [\"${SOURCE[$family]}1\", \"${SOURCE[$family]}2\"]"
	ctl murt add - "${SSM[$family]}" - 8 30 >"$WORK/added"
	tells "IPv$family: resolution" ".event == \"resolved\" and .port == 2 and .group == \"${SSM[$family]}\" and
		.was == [7] and .upstreams == [8]"
	tells "IPv$family: silence" ".event == \"leave\" and .port == 2 and .group == \"${SSM[$family]}\" and .why == \"expired\""

	reports 5 --client "${CLIENT[$family]}" --group "$(group_of $family 1)"
	tells "IPv$family: denial" ".event == \"denied\" and .port == 5 and .group == \"$(group_of $family 1)\""
done
reports 4 --client "${CLIENT[4]}" --group "$(group_of 4 1)" --joins 2
tells "limit" '.event == "limit" and .port == 4 and .limit == "groups_per_port"'

# Port 9 goes, and with it the upstream of port 6.
reports 6 --client "${CLIENT[6]}" --group "$(group_of 6 1)"
tells "join on port 6" '.event == "join" and .port == 6 and .upstreams == [9]'
ip -n "$MUPI_LAB-provider3" link set eth1 down
tells "port 9 is down" '.event == "port" and .port == 9 and .state == "down"'
tells "resolution" '.event == "resolved" and .port == 6 and .was == [9]'
ip -n "$MUPI_LAB-provider3" link set eth1 up
tells "port 9 is up" '.event == "port" and .port == 9 and .state == "up"'
ctl upstream disable 9
tells "port 9 is out of service" '.event == "port" and .port == 9 and .role == "upstream" and .enabled == false'
ctl upstream enable 9
on client3 "$BUILD/query" -I eth1 --from 10.100.0.1 ||
	fail "no query is sent"
tells "another querier" '.event == "querier" and .port == 3 and .family == "v4" and .querier == "10.100.0.1"'
ip -n "$MUPI_LAB-client4" link del eth1
tells "port 4 is pending" '.event == "port" and .port == 4 and .state == "pending"'
tells "its members are gone" '.event == "leave" and .port == 4 and .why == "port"'
ctl reload >"$WORK/reload" || fail "reload"
tells "reload" '.event == "table" and .change == "reload"'

holds -s "all(.time >= $started and .time <= $EPOCHREALTIME)" "$WORK/events" || fail "times"
holds -s 'map(.time) | . == sort' "$WORK/events" || fail "events are not in order"
