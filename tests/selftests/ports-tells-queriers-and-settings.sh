#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"

start_agent <<END
[port 3]
robustness = 3
query_interval = 100ms
query_response_interval = 30ms
mld_source = fe80::3
[port 4]
querier = off
[murt]
default_upstream = 9
[timers]
query_interval = 60s
[limits]
groups_per_port = 50
END
expect 5 "queries on port 1" json ports -- '.[0].querier == {"v4": "self", "v6": "self"}'
json ports -- '.[3].querier == {"v4": "none", "v6": "none"}' || fail "port 4 is no querier: $(ctl -j ports)"
json ports -- '.[8].querier == {"v4": "none", "v6": "none"}' || fail "port 9 is upstream: $(ctl -j ports)"
same "settings of port 3" \
	'{"robustness":3,"query_interval":0.1,"query_response_interval":0.03,"last_member_query_interval":1.0,'`
		`'"last_member_query_count":3,"startup_query_interval":0.025,"startup_query_count":3,'`
		`'"unsolicited_report_interval":1.0,"fast_leave":"auto","querier":"on","query_guard":"off",'`
		`'"igmp_source":"own","mld_source":"fe80::3","groups_per_port":50,"sources_per_group":1000,'`
		`'"memberships_per_client":10000,"memberships_per_port":500000,"reports_per_second":2222,"queries_per_second":1111,'`
		`'"neighbours_per_second":1111}' \
	"$(ctl -j ports | grep -o '{"robustness":3[^}]*}')"
json ports -- '.[0].settings | .robustness == 2 and .query_interval == 60 and .startup_query_interval == 15' ||
	fail "settings of port 1: $(ctl -j ports)"
ctl ports >"$WORK/ports" || fail "ports as a table"
grep -q "^mode $(ctl -j ports | jq -r '.[0].mode'): [a-z]" "$WORK/ports" || fail "no mode with its reason: $(cat "$WORK/ports")"
grep -q '^PORT  *1-2,5-9  *3  *4$' "$WORK/ports" || fail "ports of the same settings share no column: $(cat "$WORK/ports")"
ctl stats >"$WORK/stats" || fail "stats as a table"
grep -q '^queries_out  *[1-9]' "$WORK/stats" || fail "no counter of queries: $(cat "$WORK/stats")"
! grep -q '^over_memberships  *0  ' "$WORK/stats" || fail "counters that are 0 everywhere: $(cat "$WORK/stats")"
for table in ports stats; do
	! grep -E '.{101}' "$WORK/$table" || fail "$table is wider than 100 columns"
done

sed -i 's/^robustness = 3/robustness = 4/' "$WORK/test.conf"
ctl reload >"$WORK/reload" || fail "reload"
json ports -- '.[2].settings.robustness == 4' || fail "not reloaded: $(ctl -j ports)"
echo '[port 12]' >>"$WORK/test.conf"
if ctl reload >"$WORK/reload" 2>&1; then fail "a section of a port that is not configured is accepted"; fi
grep -q 'test.conf:[0-9]*: port 12 is not a configured port' "$WORK/reload" || fail "reload says: $(cat "$WORK/reload")"
json ports -- '.[2].settings.robustness == 4' || fail "a refused file changes settings: $(ctl -j ports)"
