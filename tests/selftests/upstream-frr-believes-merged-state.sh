#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# FRR's pimd is the router behind upstreams 7 and 8, for IGMPv3. Debian's package has no pim6d: its
# rules build it with the profile pkg.frr.pim6d only. For MLDv2 the bridge is the judge.
. "$(dirname "$0")/judge.bash"

FRR=/usr/lib/frr
[ -x $FRR/pimd ] || skip "FRR's pimd is missing; run 'make deps'"

start_frr() { # start_frr PROVIDER
	# Not by `on`, a function: the job's pid must be the daemon's.
	local dir=$WORK/$1 here=(ip netns exec "$MUPI_LAB-$1") options
	# The daemons give up root for the user frr.
	install -d -o frr -g frr "$dir" || return
	options=(-P 0 -z "$dir/zserv.api" --vty_socket "$dir" --log stdout)
	cat >"$dir/pimd.conf" <<-END
		interface eth1
		 ip igmp
		 ip igmp query-max-response-time 5
		 ip igmp query-interval 3
		 ip igmp last-member-query-interval 1
		 ip igmp last-member-query-count 2
	END
	background "${here[@]}" $FRR/zebra "${options[@]}" -i "$dir/zebra.pid" -f /dev/null >"$dir/zebra.log" 2>&1
	wait_until 10 test -S "$dir/zserv.api" || return
	background "${here[@]}" $FRR/pimd "${options[@]}" -i "$dir/pimd.pid" -f "$dir/pimd.conf" >"$dir/pimd.log" 2>&1
	wait_until 10 querier_here "$1"
}

show() { # show PROVIDER WHAT...
	local dir=$WORK/$1 what commands=()
	shift
	for what; do commands+=(-c "show ip igmp $what"); done
	vtysh --vty_socket "$dir" -d pimd "${commands[@]}"
}

querier_here() {
	show "$1" "interface eth1" | grep -q 'Querier *: local'
}

# In EXCLUDE mode a source with a running timer is wanted, one without is blocked (RFC 9776 section
# 6.2.1). The source `*` is how pimd forwards any source, and a BLOCK for a group that it does not know
# makes one in INCLUDE mode without sources.
believed_by() { # believed_by PROVIDER UPSTREAM
	show "$1" "groups json" "sources json" | jq -rs --arg upstream "$2" '.[1].eth1 as $known |
		.[0].eth1.groups[]? | .group as $group | (.mode | ascii_downcase) as $mode |
		[$known[$group].sources[]? | select(.source != "*" and
			(.timer == "--:--") == ($mode == "exclude")) | .source] as $sources |
		select($mode == "exclude" or $sources != []) |
		[$upstream, $group, $mode] + ($sources | sort) | join(" ")'
}

believed() {
	believed_by provider1 7
	believed_by provider2 8
}

# pimd takes reports from its own subnet only, and none from 0.0.0.0.
ip -n "$MUPI_LAB-switch" addr add 10.100.0.7/24 dev u7
ip -n "$MUPI_LAB-switch" addr add 10.100.0.8/24 dev u8
chmod 711 "$WORK"
start_judged_agent
for provider in provider1 provider2; do
	start_frr $provider || fail "FRR does not start: $(tail -n 5 "$WORK/$provider"/*.log)"
done
judge_sequences 7 -4
