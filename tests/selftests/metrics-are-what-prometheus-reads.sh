#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# [metrics] listen: the text format of Prometheus, the same figures as `mupictl stats`; a reload moves the server, an
# address that cannot be used changes nothing, strangers cannot keep it busy.
. "$(dirname "$0")/lib.sh"

configure() { # configure LISTEN
	printf '[murt]\nmurt_entry = , , , 7, 10\n[metrics]\nlisten = %s\n' "$1" >"$WORK/test.conf"
}
page() { # page PORT [CURL-OPTION...]
	on switch curl -gsS --max-time 5 "${@:2}" "http://$HOST:$1/metrics"
}
value() { # value SERIES
	page 9473 | grep -v "^#" | grep -F "$1 " | cut -d' ' -f2
}
is() { [ "$(value "$1")" = "$2" ]; }

HOST=127.0.0.1
configure 127.0.0.1:9473
lab agent start "$WORK/test.conf" -i '10=a"b\c' || fail "the agent does not start"
for family in 4 6; do
	send 1 "$(group_of $family 1)" 5001 100
	view client1 out$family -g "$(group_of $family 1)" -p 5001
	expect 10 "IPv$family: packets" views out$family
done
expect 5 "memberships" is mupi_memberships 2
expect 5 "members of a group" is 'mupi_group_members{port="1",name="d1",group="ff1e::1"}' 1
expect 5 "groups of the upstream" is 'mupi_upstream_groups{port="7",name="u7"}' 2
same "a port" 1 "$(value 'mupi_port_up{port="7",name="u7",role="upstream"}')"
for family in 4 6; do quit "$(cat "$WORK/out$family.pid")"; done
expect 5 "no memberships" is mupi_memberships 0
same "packets" "$(counter 7 forwarded)" "$(value 'mupi_port_packets_total{port="7",name="u7",result="forwarded"}')"
same "joins" "$(counter 1 joins)" "$(value 'mupi_port_events_total{port="1",name="d1",event="joins"}')"

# The format: each series belongs to the family that was announced last; counters end in _total.
page 9473 >"$WORK/page"
awk '/^# HELP / { help = $3; next }
	/^# TYPE / { if ($3 != help) bad = bad $0 "\n"; name = $3; type = $4; next }
	!/^[a-z_]+({[a-z_]+="([^"\\]|\\.)*"(,[a-z_]+="([^"\\]|\\.)*")*})? -?[0-9.e+]+$/ { bad = bad $0 "\n" }
	{ split($1, part, "{"); if (part[1] != name) bad = bad $0 "\n" }
	type == "counter" && part[1] !~ /_total$/ { bad = bad $0 "\n" }
	END { printf "%s", bad }' "$WORK/page" >"$WORK/bad"
same "lines that are no metrics" "" "$(cat "$WORK/bad")"
same "a name that is quoted" 0 "$(value 'mupi_port_up{port="10",name="a\"b\\c",role="downstream"}')"
same "series that come twice" "" "$(grep -v '^#' "$WORK/page" | sed 's/ [^ ]*$//' | sort | uniq -d)"
# Prometheus takes another one for a restart.
starts() {
	for _ in {1..12}; do
		value process_start_time_seconds
		sleep 0.1
	done | sort -u | wc -l
}
same "times of the start" 1 "$(starts)"
[ "$(wc -l <"$WORK/page")" -gt 100 ] || fail "few lines"
# The dashboard asks for nothing else.
for series in $(jq -r '.panels[].targets[].expr' "$ROOT/conf/grafana-dashboard.json" | grep -oE '(mupi|process)_[a-z_]+' | sort -u); do
	grep -q "^# TYPE $series " "$WORK/page" || fail "the dashboard's $series is no metric"
done

same "another path" 404 "$(on switch curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:9473/other)"
same "another method" 405 "$(page 9473 -o /dev/null -w '%{http_code}' -d "$(head -c 100000 /dev/zero | tr '\0' x)")"

# Connections that say nothing, then too much.
for _ in {1..40}; do
	background on switch bash -c 'exec 3<>/dev/tcp/127.0.0.1/9473; sleep 60'
done
expect 15 "idle connections end" is mupi_memberships 0
on switch bash -c 'exec 3<>/dev/tcp/127.0.0.1/9473; head -c 3000000 /dev/zero | tr "\0" a >&3' 2>/dev/null
expect 15 "it answers on" is mupi_memberships 0

# Connections that are never idle, and never done.
drip() {
	exec 3<>/dev/tcp/127.0.0.1/9473
	while printf x >&3; do sleep 1; done 2>/dev/null
	sleep 600
}
export -f drip
for _ in {1..16}; do background on switch bash -c drip; done
taken() { [ "$(on switch ss -Htn state established 'dport = :9473' | wc -l)" -ge 16 ]; }
expect 10 "slow connections" taken
expect 30 "slow connections end" is mupi_memberships 0

# Another agent there is told, not given every other request.
same "ports on the page" 10 "$(page 9473 | grep -c '^mupi_port_up{')"
configure 127.0.0.1:9473
spawn switch "$BUILD/mupi-agent" -c "$WORK/test.conf" -i 1=pending,7=late -s "$RUN/other.sock" -p "$RUN/bpf/other" \
	2>"$WORK/other.log"
expect 20 "another agent" grep -qw ready "$WORK/other.log"
grep -q 'port 9473: Address already in use.*tried again' "$WORK/other.log" || fail "$(cat "$WORK/other.log")"
kill -INT "$SPAWNED"
wait "$SPAWNED"
# The agent is not in its own way.
configure 0.0.0.0:9473
ctl reload >/dev/null || fail "reload to all addresses"
expect 5 "all addresses" page 9473
configure 127.0.0.1:9473
ctl reload >/dev/null || fail "reload to one address"

configure '[::1]:9474'
ctl reload >/dev/null || fail "reload"
HOST='[::1]'
expect 5 "another address" page 9474
configure 192.0.2.1:9473
if ctl reload 2>"$WORK/error"; then fail "an address of nobody is taken"; fi
grep -q 'test.conf:4: listen: 192.0.2.1, port 9473: Cannot assign requested address' "$WORK/error" || fail "$(cat "$WORK/error")"
expect 5 "the old one goes on" page 9474
configure localhost
if ctl reload 2>"$WORK/error"; then fail "a name is taken"; fi
grep -q 'test.conf:4: listen: "localhost" is not accepted' "$WORK/error" || fail "$(cat "$WORK/error")"
# At a start the agent goes on without, until the address is there.
lab agent stop
configure 192.0.2.1:9473
lab agent start "$WORK/test.conf" || fail "no start without the address"
grep -q 'Cannot assign requested address.*tried again' "$RUN/agent.log" || fail "$(cat "$RUN/agent.log")"
ip -n "$MUPI_LAB-switch" addr add 192.0.2.1/32 dev lo
HOST=192.0.2.1
expect 5 "the address that came" page 9473
sed -i '/metrics/,$d' "$WORK/test.conf"
ctl reload >/dev/null || fail "reload"
if page 9473 2>/dev/null; then fail "it still listens"; fi
