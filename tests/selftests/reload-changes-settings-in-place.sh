#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Timers, querier and limits of a port change with a reload; members stay, and miss nothing.
. "$(dirname "$0")/lib.sh"

settings() { # settings LINE...: of port 1
	printf '%s\n' '[murt]' 'murt_entry = , , , 7, 10' '[timers]' 'query_response_interval = 50ms' 'robustness = 7' '[port 1]' "$@" >"$WORK/new.conf"
}
reload() {
	settings "$@"
	cat "$WORK/new.conf" >"$WORK/test.conf"
	ctl reload || fail "no reload"
}
settings 'query_interval = 60s'
start_agent <"$WORK/new.conf"
capture client1 queries 'igmp[0] = 17 or ip6[48] = 130' -Q in
for family in 4 6; do
	view client1 out$family -g "$(group_of $family 1)" -p 5001
	send 1 "$(group_of $family 1)" 5001 500
	expect 5 "IPv$family data" views out$family
done
queries_are() { # queries_are COUNT: at least, of each family
	[ "$(lines queries ' igmp query')" -ge "$1" ] && [ "$(lines queries ' multicast listener query')" -ge "$1" ]
}
reload 'query_interval = 200ms'
before=$(lines queries query)
expect 4 "queries come faster" queries_are $((before / 2 + 10))

# On port 2, where nobody is: with no querier, members would expire.
reload 'query_interval = 200ms' '[port 2]' 'querier = off'
silent=$(counter 2 queries_out)
json ports -- '.[] | select(.port == 2) | .querier == {"v4": "none", "v6": "none"}' || fail "port 2 has a querier"
# No limit ends what is there; this one is below the two groups of the viewers.
reload 'query_interval = 1s' 'groups_per_port = 1' '[port 2]' 'querier = off'
reports 1 --client 10.100.0.51 --group 239.1.1.7
expect 3 "one more is refused" counter_is 1 over_groups_per_port 1
same "members" 2 "$(ctl -j members | jq length)"
reload 'query_interval = 1s' '[port 2]' 'querier = off'
reports 1 --client 10.100.0.51 --group 239.1.1.7
expect 3 "without the limit it is taken" json members -- 'length == 3'
before=$(lines queries query)
expect 4 "port 1 asks on" queries_are $((before / 2 + 2))
same "queries without a querier" "$silent" "$(counter 2 queries_out)"
reload 'query_interval = 1s'
expect 3 "port 2 asks again" eval "[ \$(counter 2 queries_out) -gt $silent ]"
for family in 4 6; do
	leave out$family
	[[ $(cat "$WORK/out$family") == *"gaps 0 duplicates 0"* ]] || fail "IPv$family: $(cat "$WORK/out$family")"
done
